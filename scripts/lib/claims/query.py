"""Queries of claims: what they read and what they have to give."""

from collections.abc import Mapping

import polars as pl

from scripts.lib.config.claims import Evidence, Interval
from scripts.lib.errors import UserError

WANTED: dict[Interval, list[str]] = {
    "given": ["value", "low", "high"],
    "exact": ["value"],
    "problems": ["value"],
    "unpaired": ["first", "second", "problems"],
    "runs": ["first", "first_sd", "second", "second_sd", "runs"],
}
"""Columns that the query of each kind of interval gives."""
EXTRA = "problems"
"""A column that any query may give besides: how many problems the number rests on."""


class ClaimError(UserError):
    """A query does not give what a claim needs; the text names the claim and the key."""


def check_query(at: str, evidence: Evidence, schemas: Mapping[str, pl.Schema]) -> None:
    """Make sure that a query finds its columns and gives those that its interval needs.

    Args:
        at: the file and key of the evidence, for errors.
        evidence: the entry.
        schemas: columns of its tables, by the names that evidence gives them.

    Raises:
        ClaimError: it does not.
    """
    empty = {table: pl.LazyFrame(schema=schema) for table, schema in schemas.items()}
    given = _run(at, evidence, empty).collect_schema()
    wanted = WANTED[evidence.interval]
    lost = [name for name in wanted if name not in given]
    more = [name for name in given if name not in [*wanted, EXTRA]]
    if lost or more:
        raise ClaimError(
            f"{at}.sql: gives {', '.join(given)}; interval {evidence.interval!r} needs "
            f"{', '.join(wanted)}, and nothing else but {EXTRA}"
        )
    texts = [name for name, dtype in given.items() if not dtype.is_numeric()]
    if texts:
        raise ClaimError(f"{at}.sql: {', '.join(texts)}: not a number")


def rows_of(at: str, evidence: Evidence, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What a query gives: one row, or one for each problem.

    Args:
        at: the file and key of the evidence, for errors.
        evidence: the entry.
        tables: its tables, by the names that evidence gives them.

    Raises:
        ClaimError: it gives no row, or several where there is to be one.
    """
    rows = _run(at, evidence, {name: table.lazy() for name, table in tables.items()}).collect()
    if rows.is_empty() or (rows.height > 1 and evidence.interval != "problems"):
        wanted = "a row for each problem" if evidence.interval == "problems" else "one row"
        raise ClaimError(f"{at}.sql: gives {rows.height} rows, and should give {wanted}")
    return rows


def _run(at: str, evidence: Evidence, tables: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    frames = {alias: tables[table] for alias, table in evidence.tables.items()}
    try:
        found = pl.SQLContext(frames, eager=False).execute(evidence.sql)
        found.collect_schema()
    except (pl.exceptions.PolarsError, pl.exceptions.SQLSyntaxError) as error:
        raise ClaimError(f"{at}.sql: {str(error).splitlines()[0]}") from None
    return found
