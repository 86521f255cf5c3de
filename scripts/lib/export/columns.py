"""Which columns of a table stand together where people read it: a value with its limits.

A column that scripts/lib/export/headers.py does not have is shown under its name, with three
digits: a new table is readable before anybody describes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scripts.lib.export.headers import NAMES, Unit

_MIDDLES: dict[str, tuple[str, ...]] = {
    "": ("accuracy", "value", "median", "measured", "limit", "coverage"),
    "scaling": ("scaling_per_doubling",),
}
"""What limits without a name of their own, or with a shorter one, are the limits of."""
_ENDS = {"low_": "lower limit", "high_": "upper limit"}
"""What limits are called that stand alone, the other being unknown in every row."""
_SECOND = {
    "benchmark": {
        "accuracy": "accuracy, same problems (%)",
        "limit": "limit, same problems (%)",
    }
}
"""Limits of a value that has others already: they get a column of their own."""


@dataclass(frozen=True)
class Column:
    """One column as it is shown: a value, its limits in brackets, or both."""

    header: str
    unit: Unit
    value: str | None
    """Name of the column that holds it; None where only limits are shown."""
    low: str | None = None
    high: str | None = None


def columns_of(names: Sequence[str], texts: frozenset[str]) -> list[Column]:
    """The columns to show for those of a table, in their order, each value with its limits.

    Args:
        names: columns of the table.
        texts: those that hold texts or truths.
    """
    limits = {middle: pair for pair in _pairs(names) if (middle := _middle(pair, names))}
    used = {name for pair in limits.values() for name in pair}
    shown = []
    for name in names:
        if name in used:
            continue
        low, high = limits.get(name, (None, None))
        header, unit = described(name, text=name in texts)
        shown.append(Column(header, unit, name, low, high))
        for suffix, titles in _SECOND.items():
            ends = f"low_{suffix}", f"high_{suffix}"
            if name in titles and set(ends) <= set(names):
                shown.append(Column(titles[name], unit, None, *ends))
    second = {f"{end}_{suffix}" for suffix in _SECOND for end in ("low", "high")}
    return [column for column in shown if column.value not in second]


def described(name: str, *, text: bool) -> tuple[str, Unit]:
    """Header and unit of a column."""
    plain = name.replace("_", " ")
    header, unit = NAMES.get(name, (plain, "number"))
    for end, said in _ENDS.items():
        middle = name.removeprefix(end)
        if name not in NAMES and middle != name and middle in NAMES:
            header, unit = f"{NAMES[middle][0]}, {said}", NAMES[middle][1]
    if text and unit != "text":
        return plain, "text"
    return header, unit


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    ends = [(name, name.replace("low", "high", 1)) for name in names if _is_low(name)]
    return [(low, high) for low, high in ends if high in names]


def _is_low(name: str) -> bool:
    return name == "low" or name.startswith("low_")


def _middle(pair: tuple[str, str], names: Sequence[str]) -> str | None:
    """The column whose limits a pair holds; None where there is none."""
    suffix = pair[0].removeprefix("low").removeprefix("_")
    if suffix in _SECOND:
        return None
    return next((name for name in (*_MIDDLES.get(suffix, ()), suffix) if name in names), None)
