"""The verdicts on claims as a table: each claim once, with all numbers that judge it."""

import re
from itertools import groupby
from pathlib import Path

import polars as pl

from scripts.lib.errors import UserError
from scripts.lib.page.texts import escape

SHOWN = (
    *("claim", "text", "source", "published", "about", "quantity", "value", "low", "high"),
    *("confirmed_if", "verdict", "why", "evidence", "basis", "note"),
)
SIGNS = {"confirmed": "\u2713", "refuted": "\u2717", "undecided": "?", "no data": "\u2013"}
"""What stands before a verdict, so that no colour is needed to read it."""

ADDRESS = re.compile(r"(https://([^/\s]+)\S*?)([,;.)]*)")

Row = dict[str, str]


class VerdictError(UserError):
    """A table of verdicts cannot be shown."""


def read_verdicts(path: Path) -> list[Row]:
    """The rows of a table of verdicts as texts, empty where they are null.

    Raises:
        VerdictError: it cannot be read, or lacks a column that the page shows.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise VerdictError(f"{path}: cannot be read as a table of verdicts: {error}") from None
    lost = [name for name in SHOWN if name not in table.columns]
    if lost:
        raise VerdictError(f"{path}: no column {', '.join(lost)}")
    return [{name: text or "" for name, text in row.items()} for row in table.rows(named=True)]


def counts(verdicts: list[Row]) -> str:
    """How many numbers came out how, in words."""
    found = {one: sum(row["verdict"] == one for row in verdicts) for one in SIGNS}
    claims = len({row["claim"] for row in verdicts})
    told = ", ".join(f"{count} {one}" for one, count in found.items() if count)
    numbers = f"{len(verdicts)} number{'' if len(verdicts) == 1 else 's'}"
    return f"{claims} claim{'' if claims == 1 else 's'}, judged by {numbers}: {told}."


def verdict_bodies(verdicts: list[Row]) -> str:
    """A body of an HTML table for each claim: what is claimed, and a row for each number."""
    return "\n".join(
        _claim(list(rows)) for _, rows in groupby(verdicts, key=lambda row: row["claim"])
    )


def _claim(rows: list[Row]) -> str:
    first = rows[0]
    published = f"Published: {_linked(first['published'])}." if first["published"] else ""
    head = (
        f'<tr class="claim"><th scope="rowgroup" colspan="4"><p>{escape(first["text"])}</p>'
        f'<p class="quiet">{published} {_linked(first["source"])}</p></th></tr>'
    )
    return f'<tbody id="claim-{escape(first["claim"])}">{head}{"".join(map(_number, rows))}</tbody>'


def _linked(text: str) -> str:
    """A text; each address in it is shown by its host alone, and can be followed."""
    words = []
    for word in text.split():
        found = ADDRESS.fullmatch(word)
        if found is None:
            words.append(escape(word))
        else:
            link = f'<a rel="noreferrer" href="{escape(found[1])}">{escape(found[2])}</a>'
            words.append(link + escape(found[3]))
    return " ".join(words)


def _number(row: Row) -> str:
    verdict = row["verdict"]
    bounds = [_written(row["low"]), _written(row["high"])]
    sampled = row["low"] and row["low"] != row["high"]
    interval = f"{bounds[0]} to {bounds[1]}" if sampled else ""
    note = f'<p class="quiet">{escape(row["note"])}</p>' if row["note"] else ""
    return (
        f'<tr><th scope="row"><p><b>{escape(row["about"])}</b>: {escape(row["quantity"])}</p>'
        f'<p class="quiet">{escape(row["basis"])}, {escape(row["evidence"])}</p></th>'
        f'<td class="number">{escape(_written(row["value"]))}'
        f'<span class="interval">{escape(interval)}</span></td>'
        f'<td class="verdict" data-verdict="{escape(verdict)}">'
        f'<span aria-hidden="true">{SIGNS.get(verdict, "")}</span> {escape(verdict)}'
        f'<span class="interval">if {escape(row["confirmed_if"])}</span></td>'
        f"<td><p>{escape(row['why'])}</p>{note}</td></tr>"
    )


def _written(text: str) -> str:
    """A number with four digits; any other text as it is."""
    try:
        return f"{float(text):.4g}".replace("-", "\u2212")
    except ValueError:
        return text
