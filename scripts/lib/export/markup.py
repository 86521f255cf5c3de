"""Printed tables in Markdown and in LaTeX (booktabs). Texts are escaped: models wrote some."""

import re

from tabulate import LATEX_ESCAPE_RULES, DataRow, Line, TableFormat, tabulate

from scripts.lib.export.layout import Printed
from scripts.lib.export.numbers import NONE, TIMES

BOOKTABS = TableFormat(
    lineabove=Line(r"\toprule", "", "", ""),
    linebelowheader=Line(r"\midrule", "", "", ""),
    linebetweenrows=None,
    linebelow=Line(r"\bottomrule", "", "", ""),
    headerrow=DataRow("", " & ", r" \\"),
    datarow=DataRow("", " & ", r" \\"),
    padding=0,
    with_header_hide=None,
)
WIDE = 7
"""From so many columns on, a table is fitted to the width of the text."""
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$])")
_POWER = re.compile(re.escape(TIMES) + r"(-?\d+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_UNICODE = {
    NONE: "--",
    "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
}


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
    parts = [f"**{_in_markdown(title)}**", body, *([f"{_sentence(notes)}"] if notes else [])]
    return "\n\n".join(parts) + "\n"


def latex(table: Printed, title: str, label: str) -> str:
    r"""A floating table with `\caption` and `\label`, to be taken in by `\input`.

    Args:
        table: what to print.
        title: as the study has it; the caption is this and the notes.
        label: of the table, after `tab:`.
    """
    heads = [in_latex(header) for header in table.headers]
    rows = [[in_latex(cell) for cell in row] for row in table.rows]
    body = tabulate(rows, heads, tablefmt=BOOKTABS, disable_numparse=True, stralign=None)
    lines = "\n".join(line.rstrip() for line in body.splitlines())
    columns = "".join("r" if number else "l" for number in table.numbers)
    tabular = rf"\begin{{tabular}}{{{columns}}}" + f"\n{lines}\n" + r"\end{tabular}"
    packages = "booktabs"
    if len(heads) >= WIDE:
        packages = "booktabs, graphicx"
        tabular = r"\resizebox{\textwidth}{!}{%" + f"\n{tabular}%\n}}"
    notes = "; ".join(in_latex(note) for note in table.notes)
    caption = f"{in_latex(title)}." + (f" {_sentence(notes)}" if notes else "")
    return "\n".join(
        [
            f"% needs the packages {packages}",
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{caption}}}",
            rf"\label{{tab:{label}}}",
            tabular,
            r"\end{table}",
            "",
        ]
    )


def in_latex(text: str) -> str:
    """A text that LaTeX prints as it stands; powers of ten and signs in math."""
    signed = re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", _CONTROL.sub(" ", text))
    parts = _POWER.split(signed.replace(f"{TIMES}\N{MINUS SIGN}", f"{TIMES}-"))
    escaped = ["".join(_UNICODE.get(c, LATEX_ESCAPE_RULES.get(c, c)) for c in part)
               for part in parts[::2]]  # fmt: skip
    powers = [rf"$\times10^{{{power}}}$" for power in parts[1::2]] + [""]
    whole = "".join(part + power for part, power in zip(escaped, powers, strict=True))
    # After the end of a row these would be its arguments.
    return "{}" + whole if whole.startswith(("[", "*")) else whole


def _in_markdown(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", _CONTROL.sub(" ", text))


def _number_in_markdown(cell: str) -> str:
    """Numbers need no escapes; a power of ten is written with a raised number."""
    return _POWER.sub("\N{MULTIPLICATION SIGN}10<sup>\\1</sup>", cell)


def _sentence(notes: str) -> str:
    return f"{notes[0].upper()}{notes[1:]}."
