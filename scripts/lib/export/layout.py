"""From a table to what is printed of it: cells as texts, and what is said once, below them."""

from dataclasses import dataclass

import polars as pl

from scripts.lib.export.columns import Column, columns_of
from scripts.lib.export.numbers import NONE, written
from scripts.lib.origins import PUBLISHED, READ_OFF

ORIGIN = "origin"
ORIGINS = {
    "measured": "measured here",
    "recorded": "computed from samples that others recorded",
    **dict.fromkeys(PUBLISHED, "published number"),
    **dict.fromkeys(READ_OFF, "read off a published figure"),
}
"""In the words of the figures."""

UNSAID = ("curve",)
"""Columns whose only value the title tells."""
UNUSED = ("verifier_tokens", "verifier_flops")
"""Costs that are left out where there are none."""
LABELS = {"curve": "label", "against": "against_label"}


@dataclass(frozen=True)
class Printed:
    """A table to be printed: cells as text, one row of them each."""

    headers: list[str]
    numbers: list[bool]
    """Whether a column holds numbers, which stand to the right."""
    rows: list[list[str]]
    notes: list[str]
    """What is the same in all rows, what brackets are, and where the numbers are from."""


def printed(table: pl.DataFrame) -> Printed:
    """What is printed of a table.

    Columns without any value are left out. What is the same in several rows, all of them, goes into
    the notes. A value stands with its limits as `value [low, high]`.

    Args:
        table: of any model. Origins are told in words, as in figures.
    """
    if ORIGIN in table.columns:
        table = table.with_columns(pl.col(ORIGIN).replace_strict(ORIGINS, default=pl.col(ORIGIN)))
    table = _by_label(table)
    unused = {name for name in UNUSED if name in table.columns and (table[name] == 0).all()}
    named = [
        name
        for name in table.columns
        if table[name].null_count() < table.height and name not in unused
    ]
    texts = frozenset(name for name in named if table[name].dtype in (pl.String, pl.Boolean))
    columns = columns_of(named, texts)
    same = [column for column in columns if _is_same(table, column)]
    kept = [column for column in columns if column not in same]
    notes = [
        f"{column.header}: {_cell(table.row(0, named=True), column)}"
        for column in same
        if column.value not in UNSAID
    ]
    if any(column.low for column in columns):
        notes.append("brackets: 95 % interval" if "median" not in named else "brackets: 10 to 90 %")
    rows = [[_cell(row, column) for column in kept] for row in table.iter_rows(named=True)]
    return Printed(
        [column.header for column in kept], [c.unit != "text" for c in kept], rows, notes
    )


def sentence(notes: str) -> str:
    """Notes that are put together, as a sentence."""
    return f"{notes[0].upper()}{notes[1:]}."


def _by_label(table: pl.DataFrame) -> pl.DataFrame:
    """Curves under what they are called, where that tells them apart; else with their names too."""
    for name, label in LABELS.items():
        if {name, label} <= set(table.columns):
            pairs = table.select(name, label).unique()
            if pairs[label].n_unique() == pairs.height and pairs[label].null_count() == 0:
                table = table.drop(name).rename({label: name})
    return table


def _is_same(table: pl.DataFrame, column: Column) -> bool:
    """Whether a column without limits says the same in every row of a table of several."""
    if table.height < 2 or column.value is None or column.low is not None:
        return column.value == ORIGIN
    values = table[column.value]
    return values.null_count() == 0 and values.n_unique() == 1


def _cell(row: dict[str, object], column: Column) -> str:
    value = "" if column.value is None else written(row[column.value], column.unit)
    if column.low is None or column.high is None:
        return value
    if row[column.low] is None and row[column.high] is None:
        return value or NONE
    ends = ", ".join(written(row[end], column.unit) for end in (column.low, column.high))
    return f"{value} [{ends}]".strip()
