import importlib
import pkgutil
import re
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from scripts.config.write_keys import keys_text
from scripts.lib import config
from scripts.lib.config.base import Name, Strict
from scripts.lib.config.key_page import Page, write_sections
from scripts.lib.config.key_types import default_of, is_discriminator, slug, type_of

PAGE = Path("config/KEYS.md")


def config_models() -> list[type[Strict]]:
    """All models of scripts/lib/config, those that no study reaches too."""
    for module in pkgutil.iter_modules(config.__path__):
        importlib.import_module(f"{config.__name__}.{module.name}")
    found, waiting = [], [Strict]
    while waiting:
        heirs = waiting.pop().__subclasses__()
        found += [heir for heir in heirs if heir.__module__.startswith(config.__name__)]
        waiting += heirs
    return sorted(found, key=lambda model: (model.__module__, model.__name__))


def test_the_page_is_in_step():
    text = PAGE.read_text(encoding="utf-8")
    assert text == keys_text(), "config/KEYS.md is out of step: run `make schema`"


@pytest.mark.parametrize("model", config_models(), ids=lambda model: model.__name__)
def test_every_key_says_what_it_is(model):
    silent = [
        name
        for name, key in model.model_fields.items()
        if not key.description and not is_discriminator(name, key)
    ]
    assert not silent, f"{model.__module__}.{model.__name__}: a line below each of {silent}"
    assert model.__doc__ or model.__name__.startswith("_")


def test_every_link_leads_to_a_heading_and_headings_differ():
    text = PAGE.read_text(encoding="utf-8")
    anchors = [slug(heading) for heading in re.findall(r"^#+ (.*)", text, re.M)]
    assert len(set(anchors)) == len(anchors)
    links = re.findall(r"\]\(#([^)]*)\)", text)
    assert len(links) > 100
    assert set(links) <= set(anchors)


class _Shared(Strict):
    common: Name
    """Of two kinds."""


class One(_Shared):
    """The first | kind."""

    kind: Literal["one"]
    most: int = Field(default=3, ge=1, le=9)
    """Most of 2*3 <b>things</b>."""


class Two(_Shared):
    """The second kind."""

    kind: Literal["two"]
    words: list[str] = Field(default_factory=list)
    """Words."""


class BigPart(Strict):
    """A part of parts."""

    inner: "BigPart | None" = None
    """Of its own kind."""


class Three(Strict):
    """The third kind, which has a part."""

    kind: Literal["three"]
    part: BigPart | None = None
    """Its part."""


class Whole(Strict):
    """A file of entries."""

    title: str
    """What it is called."""
    entries: dict[Name, One | Two | Three] = Field(default_factory=dict)
    """What it holds."""


@pytest.fixture(scope="module")
def page() -> str:
    """The page of a small model."""
    page = Page()
    write_sections(page, Whole)
    return page.text()


def test_kinds_are_linked_and_told_of(page):
    assert "| `title` | text | **needed** | What it is called. |" in page
    assert "| `entries` | [entries](#entries) |  | What it holds. |" in page
    assert "| [`one`](#entries-kind-one) | The first \\| kind. |" in page
    assert "### entries, kind: three" in page


def test_what_kinds_share_is_told_once(page):
    assert page.count("| `common` | name | **needed** | Of two kinds. |") == 1
    assert "Entries `one` and `two` have:" in page
    assert page.count("Besides, as above: `common`.") == 2


def test_what_a_key_holds_is_told_once_where_it_is_first_needed(page):
    assert "| `part` | [Big part](#big-part) |  | Its part. |" in page
    assert page.count("### Big part\n\nA part of parts.") == 1


def test_rows_say_limits_and_defaults_and_are_safe_in_a_table(page):
    row = "| `most` | whole number ≥ 1 and ≤ 9 | `3` | Most of 2\\*3 &lt;b>things&lt;/b>. |"
    assert row in page
    assert "| `words` | list: text |  | Words. |" in page


class Values(Strict):
    """Values of all sorts."""

    free: float | None = Field(default=1, gt=0)
    ends: tuple[float, float] = (0, 1)
    counts: Literal["all"] | list[int] = "all"
    by_text: dict[str, bool] = Field(default_factory=dict)
    kept: str = Field(default="\n", min_length=1)


@pytest.mark.parametrize(
    ("key", "holds", "default"),
    [
        ("free", "number > 0, or null", "`1`"),
        ("ends", "list of 2: number", "`[0, 1]`"),
        ("counts", "`all` or list: whole number", '`"all"`'),
        ("by_text", "by text: true or false", ""),
        ("kept", "text (not empty)", '`"\\n"`'),
    ],
)
def test_values_are_told_in_words(key, holds, default):
    field = Values.model_fields[key]
    assert (type_of(key, field), default_of(field)) == (holds, default)
