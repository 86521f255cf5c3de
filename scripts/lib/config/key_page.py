"""The page of all keys, config/KEYS.md, from the models that check them."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scripts.lib.config.base import Strict
from scripts.lib.config.key_types import (
    default_of,
    is_discriminator,
    kinds_in,
    models_in,
    slug,
    type_of,
    words,
)

Keys = dict[str, FieldInfo]
TABLE = "| key | holds | default | what it is |\n|---|---|---|---|"


@dataclass
class Page:
    """The page as it grows. A model is told of once, where it is first needed."""

    lines: list[str] = field(default_factory=list)
    told: set[type[BaseModel]] = field(default_factory=set)

    def add(self, *paragraphs: str) -> None:
        """Add paragraphs, an empty line behind each."""
        self.lines += [line for paragraph in paragraphs for line in (paragraph, "")]

    def text(self) -> str:
        """The whole page."""
        return "\n".join(self.lines).rstrip() + "\n"


def keys_of(model: type[BaseModel]) -> Keys:
    """The keys of a model."""
    return dict(model.model_fields)


def write_sections(page: Page, study: type[BaseModel]) -> None:
    """Tell of a study: its own keys, then a section for each that holds more than a value."""
    page.told.add(study)
    rows = []
    for name, key in keys_of(study).items():
        deeper = f"[{'entries' if _by_name(key) else 'keys'}](#{slug(name)})"
        shown = deeper if _models(key) else type_of(name, key)
        rows.append(_row(f"`{name}`", shown, default_of(key), _said(key)))
    page.add("\n".join([TABLE, *rows]))
    for name, key in keys_of(study).items():
        if models := _models(key):
            one = about(models[0]) if len(models) == 1 else _said(key)
            page.add(f"## {name}", one + (" By name." if _by_name(key) else ""))
            if len(models) == 1:
                _write_keys(page, keys_of(models[0]))
                _write_parts(page, *models)
            else:
                _write_kinds(page, name, models)


def _write_kinds(
    page: Page, section: str, models: list[type[BaseModel]], level: str = "###"
) -> None:
    """Tell of the kinds of entry of a section: shared keys first, then what each has besides."""
    page.add("\n".join(_kinds(section, models)))
    everywhere = _shared_by_all(models)
    if everywhere:
        page.add(f"All {section} have:")
        _write_keys(page, everywhere)
    bases = _bases(models, everywhere)
    for base, keys in bases.items():
        page.add(f"{_listed(section, [m for m in models if issubclass(m, base)])} have:")
        _write_keys(page, keys)
    for model in models:
        page.add(f"{level} {_title(section, model)}", about(model))
        above = list(everywhere)
        above += [k for base, keys in bases.items() if issubclass(model, base) for k in keys]
        _write_keys(page, {k: v for k, v in keys_of(model).items() if k not in above})
        if above:
            page.add("Besides, as above: " + ", ".join(f"`{key}`" for key in above) + ".")
    _write_parts(page, *models)


def write_file(page: Page, name: str, model: type[BaseModel]) -> None:
    """Tell of a file of entries by name."""
    page.add(f"## {name}", about(model))
    _write_keys(page, keys_of(model))
    _write_parts(page, model)


def about(model: type[BaseModel]) -> str:
    """What a model's docstring says, in a line a paragraph."""
    paragraphs = inspect.cleandoc(model.__doc__ or "").split("\n\n")
    return "\n\n".join(_escaped(" ".join(paragraph.split())) for paragraph in paragraphs)


def _models(key: FieldInfo) -> list[type[BaseModel]]:
    return list(models_in(key.annotation))


def _by_name(key: FieldInfo) -> bool:
    return get_origin(key.annotation) is dict


def _kinds(section: str, models: list[type[BaseModel]]) -> Iterator[str]:
    yield f"| {_discriminator(models[0])[0]} | what it is |\n|---|---|"
    for model in models:
        link = f"#{slug(_title(section, model))}"
        values = ", ".join(f"[`{value}`]({link})" for value in _discriminator(model)[1])
        yield _row(values, about(model).splitlines()[0])


def _discriminator(model: type[BaseModel]) -> tuple[str, list[str]]:
    """The key that tells a kind from others, and its values."""
    for name, key in keys_of(model).items():
        if is_discriminator(name, key):
            return name, list(get_args(key.annotation))
    raise TypeError(f"{model.__name__} has no key that tells its kind")


def _title(section: str, model: type[BaseModel]) -> str:
    name, values = _discriminator(model)
    return f"{section}, {name}: {', '.join(values)}"


def _listed(section: str, models: list[type[BaseModel]]) -> str:
    values = [f"`{value}`" for model in models for value in _discriminator(model)[1]]
    return f"{section.capitalize()} {', '.join(values[:-1])} and {values[-1]}"


def _shared_by_all(models: list[type[BaseModel]]) -> Keys:
    """Keys that are the same in every model: what they hold, their default and what is said."""
    first, *others = [keys_of(model) for model in models]
    return {
        name: key
        for name, key in first.items()
        if not is_discriminator(name, key)
        and all(name in keys and _same(name, key, keys[name]) for keys in others)
    }


def _same(name: str, one: FieldInfo, other: FieldInfo) -> bool:
    told = [(type_of(name, key), default_of(key), key.description) for key in (one, other)]
    return told[0] == told[1]


def _bases(models: list[type[BaseModel]], shared: Keys) -> dict[type[BaseModel], Keys]:
    """Base classes that several, but not all, of the models have, with their own keys."""
    found: dict[type[BaseModel], Keys] = {}
    for model in models:
        for base in reversed(model.__mro__):
            if base in found or base is Strict or not issubclass(base, Strict):
                continue
            heirs = [m for m in models if issubclass(m, base)]
            own = {
                name: base.model_fields[name]
                for name in inspect.get_annotations(base)
                if name not in shared and name in base.model_fields
            }
            same = {
                name: key
                for name, key in own.items()
                if all(_same(name, key, keys_of(m)[name]) for m in heirs)
            }
            if len(heirs) > 1 and same:
                found[base] = same
    return found


def _write_keys(page: Page, keys: Keys) -> None:
    rows = [
        _row(f"`{name}`", type_of(name, key), default_of(key), _said(key))
        for name, key in keys.items()
        if key.description or not is_discriminator(name, key)
    ]
    if rows:
        page.add("\n".join([TABLE, *rows]))


def _write_parts(page: Page, *models: type[BaseModel]) -> None:
    """Tell of what the keys of models hold, and of what that holds, if it was not told before."""
    page.told.update(models)
    for model in models:
        for name, key in keys_of(model).items():
            if (kinds := kinds_in(key.annotation)) and not page.told.issuperset(kinds):
                page.add(f"### {name}", _said(key))
                _write_kinds(page, name, kinds, level="####")
            for part in models_in(key.annotation):
                if part not in page.told:
                    page.add(f"### {words(part)}", about(part))
                    _write_keys(page, keys_of(part))
                    _write_parts(page, part)


def _said(key: FieldInfo) -> str:
    return _escaped(" ".join((key.description or "").split()))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Text in which Markdown finds no tags and no emphasis; what stands in backticks is code."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)
