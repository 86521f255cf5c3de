"""The verdicts on a study's claims as a table of the page."""

from pathlib import Path

import polars as pl

from scripts.lib.errors import UserError
from scripts.lib.page.texts import escape

SHOWN = ("text", "verdict", "published", "measured", "low", "high", "why", "source")
SIGNS = {"holds": "\u2713", "fails": "\u2717", "open": "?", "unclear": "?"}
"""What stands before a verdict, so that no colour is needed to read it."""


class VerdictError(UserError):
    """A table of verdicts cannot be shown."""


def read_verdicts(path: Path) -> list[dict[str, str]]:
    """The rows of a table of verdicts as texts, empty where they are null.

    Raises:
        VerdictError: it cannot be read, or lacks a column that the page shows.
    """
    try:
        table = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise VerdictError(f"{path}: cannot be read as a table of verdicts: {error}") from None
    lost = [name for name in ("claim", *SHOWN) if name not in table.columns]
    if lost:
        raise VerdictError(f"{path}: no column {', '.join(lost)}")
    return [{name: text or "" for name, text in row.items()} for row in table.rows(named=True)]


def verdict_rows(verdicts: list[dict[str, str]]) -> str:
    """Rows of an HTML table: what is claimed, the verdict, both numbers, and why."""
    return "\n".join(_row(verdict) for verdict in verdicts)


def _row(row: dict[str, str]) -> str:
    verdict = row["verdict"]
    sign = SIGNS.get(verdict, "\u2022")
    interval = f"[{_number(row['low'])}, {_number(row['high'])}]" if row["low"] else ""
    source = f'<p class="quiet">{escape(row["source"])}</p>' if row["source"] else ""
    return (
        f'<tr id="claim-{escape(row["claim"])}">'
        f'<th scope="row"><p>{escape(row["text"])}</p>{source}</th>'
        f'<td class="verdict" data-verdict="{escape(verdict)}">'
        f'<span aria-hidden="true">{sign}</span> {escape(verdict)}</td>'
        f'<td class="number">{escape(_number(row["published"]))}</td>'
        f'<td class="number">{escape(_number(row["measured"]))}'
        f'<span class="interval">{escape(interval)}</span></td>'
        f"<td>{escape(row['why'])}</td></tr>"
    )


def _number(text: str) -> str:
    """A number with four digits; any other text as it is."""
    try:
        return f"{float(text):.4g}".replace("-", "\u2212")
    except ValueError:
        return text
