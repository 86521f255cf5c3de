"""Printed tables in Markdown. Texts are escaped: models wrote some."""

import re

from tabulate import tabulate

from scripts.lib.export.layout import Printed, sentence
from scripts.lib.export.numbers import CONTROL, POWER

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def markdown(table: Printed, title: str) -> str:
    """A pipe table under its title, with its notes below.

    Args:
        table: what to print.
        title: as the study has it.
    """
    heads = [_in_markdown(header) for header in table.headers]
    rows = [
        [_in_markdown(cell) if not number else _number_in_markdown(cell)
         for cell, number in zip(row, table.numbers, strict=True)]
        for row in table.rows
    ]  # fmt: skip
    aligned = ["right" if number else "left" for number in table.numbers]
    body = tabulate(rows, heads, tablefmt="pipe", colalign=aligned, disable_numparse=True)
    notes = "; ".join(_number_in_markdown(_in_markdown(note)) for note in table.notes)
    parts = [f"**{_in_markdown(title)}**", body, *([sentence(notes)] if notes else [])]
    return "\n\n".join(parts) + "\n"


def _in_markdown(text: str) -> str:
    return _MARKS.sub(r"\\\1", CONTROL.sub(" ", text))


def _number_in_markdown(cell: str) -> str:
    """Numbers need no escapes; a power of ten is written with a raised number."""
    return POWER.sub("\N{MULTIPLICATION SIGN}10<sup>\\1</sup>", cell)
