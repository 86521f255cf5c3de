"""Whether prompts are there and hold the fields that they need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.undefined import undefined

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def prompt_problems(
    study: Study, key: str, name: str, *, asks: bool, also: str = ""
) -> Iterator[str]:
    """What does not fit of a prompt: a line that leads with its key each.

    Args:
        study: that defines it.
        key: where it is named.
        name: of the prompt.
        asks: whether it must hold {asked}; if not, it must not.
        also: another field that it must hold.
    """
    unknown = undefined(key, name, study.prompts)
    if unknown:
        yield from unknown
        return
    text = study.prompts[name]
    if ("{asked}" in text) != asks:
        has, what = ("lacks", "asks") if asks else ("has", "does not ask")
        who = key.split(".", maxsplit=1)[0].removesuffix("s")
        yield f"{key}: prompt {name!r} {has} {{asked}}, and the {who} {what} for budgets"
    for field in ["{problem}", also] if also else ["{problem}"]:
        if field not in text:
            yield f"prompts.{name}: {field} is missing"
