"""Printed tables in LaTeX (booktabs), laid out so that they can be read on a page.

Long ones break over pages; wide ones are made smaller, and turned on their side if the letters
would get too small. Texts are escaped: models wrote some.
"""

import math
import re
import textwrap
from dataclasses import dataclass

from tabulate import LATEX_ESCAPE_RULES

from scripts.lib.export.layout import Printed, sentence
from scripts.lib.export.numbers import CONTROL, NONE, POWER, TIMES

LINE = 72
"""About so many letters of 10 points fit across the text of an article."""
GAP = 2
"""Letters that fit between two columns."""
SIZES = {0.92: r"\small", 0.85: r"\footnotesize", 0.79: r"\scriptsize", 0.67: r"\tiny"}
"""By what share of their width letters have in them."""
SMALLEST, SMALLEST_LONG = 0.5, min(SIZES)
"""Letters are not made narrower: by a scale, or by the sizes that there are."""
HEAD = 12
"""Letters of a line of a header that has no wider cells below it."""
MOST_TEXT = 40
"""A column of longer texts is as wide as this, in letters, and its texts break."""
MOST_LINES = 40
"""A table of more lines breaks over pages."""
BESIDE = 3
"""Rows that stand beside each other where a table is turned."""
BROKEN = r"\raggedright\arraybackslash"
FITTED = r"\ifdim\width>\textwidth\textwidth\else\width\fi"
_SIGNS = LATEX_ESCAPE_RULES | {
    "_": r"\_\allowbreak{}",
    NONE: "--",
    "\N{MINUS SIGN}": "$-$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{HORIZONTAL ELLIPSIS}": r"\dots{}",
}


@dataclass(frozen=True)
class _Body:
    """What stands between the rules: columns as LaTeX specifies them, and rows of cells.

    `head` is repeated on each page; `lines` is how many the rows take, `scale` the size of letters.
    """

    columns: str
    head: str
    rows: list[str]
    lines: int
    scale: float

    @property
    def is_long(self) -> bool:
        """Whether it breaks over pages."""
        return self.lines > MOST_LINES


def latex(table: Printed, title: str, label: str) -> str:
    r"""A table with `\caption` and `\label`, to be taken in by `\input`.

    Args:
        table: what to print.
        title: as the study has it; the caption is this and the notes.
        label: of the table, after `tab:`.
    """
    body = _upright(table)
    if body.scale < (SMALLEST_LONG if body.is_long else SMALLEST):
        body = _turned(table)
    notes = "; ".join(in_latex(note) for note in table.notes)
    caption = f"{in_latex(title)}." + (f" {sentence(notes)}" if notes else "")
    named = rf"\caption{{{caption}}}", rf"\label{{tab:{label}}}"
    lines = _long(body, *named) if body.is_long else _floating(body, *named)
    text = "\n".join(lines)
    return f"% needs {_needs(text)}\n{text}\n"


def _needs(text: str) -> str:
    """What a document must have for a table."""
    marks = {"array": BROKEN, "graphicx": r"\resizebox", "longtable": "{longtable}"}
    packages = ["booktabs", *(name for name, mark in marks.items() if mark in text)]
    needs = f"the packages {', '.join(packages)}"
    if "longtable" in packages:
        needs += "; text in one column"
    if not text.isascii():
        needs += "; LuaLaTeX or XeLaTeX, and a font with its letters beyond ASCII"
    return needs


def _upright(table: Printed) -> _Body:
    columns, heads, width = [], [], 0
    lines = sum(_lines(row, MOST_TEXT) for row in table.rows)
    for place, (header, number) in enumerate(zip(table.headers, table.numbers, strict=True)):
        widest = max((len(row[place]) for row in table.rows), default=0)
        side = "r" if number else "l"
        columns.append(side if number or widest <= MOST_TEXT else _broken(f"{MOST_TEXT // 2}em"))
        widest = min(widest, MOST_TEXT)
        head = textwrap.wrap(CONTROL.sub(" ", header), max(widest, HEAD), break_long_words=False)
        heads.append(_stacked(head, side))
        width += max(widest, *(len(line) for line in head)) + GAP
    rows = [_row([in_latex(cell) for cell in row]) for row in table.rows]
    return _Body("".join(columns), _row(heads), rows, lines, LINE / max(width, 1))


def _turned(table: Printed) -> _Body:
    """Headers down the side, and a few rows beside each other; the next ones below them.

    What none of a few has is left out there.
    """
    rows, lines = [], 0
    most = min(BESIDE, len(table.rows))
    share = 0.63 / most
    for start in range(0, len(table.rows), most):
        beside = table.rows[start : start + most]
        rows += [r"\midrule[\heavyrulewidth]"] if start else []
        for place, header in enumerate(table.headers):
            cells = [row[place] for row in beside]
            if set(cells) == {NONE}:
                continue
            rows.append(_row([in_latex(text) for text in (header, *cells)]))
            rows += [r"\midrule"] if not place else []
            lines += max(_lines([header], 0.26 * LINE), _lines(cells, share * LINE))
    columns = _broken(r"0.26\textwidth") + most * _broken(rf"{share:.2f}\textwidth")
    return _Body(f"@{{}}{columns}@{{}}", "", rows, lines, 0.85)


def _lines(texts: list[str], letters: float) -> int:
    """Lines that the longest of some texts takes in columns of so many letters."""
    return max((math.ceil(len(text) / letters) for text in texts if text), default=1)


def _broken(width: str) -> str:
    """A column whose texts break between words, and parts of words."""
    return rf">{{{BROKEN}}}p{{{width}}}"


def _floating(body: _Body, caption: str, label: str) -> list[str]:
    tabular = [
        rf"\begin{{tabular}}{{{body.columns}}}",
        r"\toprule",
        *([body.head, r"\midrule"] if body.head else []),
        *body.rows,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if not body.head:
        tabular = [_size(body.scale), *tabular]
    elif body.scale < 1:
        tabular = [rf"\resizebox{{{FITTED}}}{{!}}{{%", *tabular[:-1], r"\end{tabular}%", "}"]
    return [r"\begin{table}", r"\centering", caption, label, *tabular, r"\end{table}"]


def _long(body: _Body, caption: str, label: str) -> list[str]:
    head = [r"\toprule", *([body.head, r"\midrule"] if body.head else [])]
    return [
        rf"\begingroup{_size(body.scale)}",
        r"\setlength{\LTcapwidth}{\textwidth}\setlength{\tabcolsep}{4pt}",
        rf"\begin{{longtable}}{{{body.columns}}}",
        rf"{caption}{label}\\",
        *head,
        r"\endfirsthead",
        *head,
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        *body.rows,
        r"\end{longtable}",
        r"\endgroup",
    ]


def _size(scale: float) -> str:
    """The largest size of letters that is as small as a scale."""
    return "" if scale >= 1 else next((s for limit, s in SIZES.items() if limit <= scale), r"\tiny")


def _row(cells: list[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _stacked(lines: list[str], side: str) -> str:
    r"""A header on one line or on several."""
    text = r"\\".join(in_latex(line) for line in lines)
    return rf"\shortstack[{side}]{{{text}}}" if len(lines) > 1 else text


def in_latex(text: str) -> str:
    """A text that LaTeX prints as it stands; powers of ten and signs in math."""
    signed = re.sub(r"(?<![\w.])-(?=\d)", "\N{MINUS SIGN}", CONTROL.sub(" ", text))
    parts = POWER.split(signed.replace(f"{TIMES}\N{MINUS SIGN}", f"{TIMES}-"))
    escaped = ["".join(_SIGNS.get(c, c) for c in part)
               for part in parts[::2]]  # fmt: skip
    powers = [rf"$\times10^{{{power}}}$" for power in parts[1::2]] + [""]
    whole = "".join(part + power for part, power in zip(escaped, powers, strict=True))
    # After the end of a row these would be its arguments.
    return "{}" + whole if whole.startswith(("[", "*")) else whole
