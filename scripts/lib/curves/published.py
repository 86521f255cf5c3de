"""Points of a curve that is taken from published values."""

import re

import polars as pl

from scripts.lib.config.curves import Published
from scripts.lib.curves.samples import CurveError
from scripts.lib.estimators.intervals import wilson
from scripts.lib.tableio import make_table
from scripts.lib.tables import Point

ASKED = re.compile(r"\basked=(\d+)\b")
TOKENS = ("tokens", "tokens per problem")
ACCURACY = "accuracy"


def published_points(
    reference: pl.DataFrame, published: Published, curve: str, method: str
) -> pl.DataFrame:
    """A Point per published value of one series.

    A series gives either accuracies, over tokens or something else, or used tokens over asked
    tokens, whose points then have no accuracy. Accuracies get Wilson's interval of a score out
    of so many problems: votes and averages are taken as single answers, for want of more.

    Args:
        reference: a Reference table.
        published: which series to take, and the number of problems behind it.
        curve: name of the curve.
        method: its method.

    Raises:
        CurveError: the series does not exist, or holds something else.
    """
    wanted = ("paper", "figure", "series")
    rows = reference.filter(
        pl.col(column) == getattr(published, column) for column in wanted
    ).filter(pl.col("benchmark").is_null() | (pl.col("benchmark") == published.benchmark))
    if rows.is_empty():
        there = reference.select(*wanted, "benchmark").unique(maintain_order=True).rows()
        raise CurveError(
            f"no values for paper {published.paper!r}, figure {published.figure!r}, series "
            f"{published.series!r}, benchmark {published.benchmark!r}; there are: {there}"
        )
    bad = rows.filter(~pl.col("y_unit").is_in([ACCURACY, *TOKENS]))
    off = rows.filter((pl.col("y_unit") == ACCURACY) & ~pl.col("y").is_between(0, 1))
    problems = [f"y_unit {unit!r} is neither {ACCURACY} nor tokens" for unit in set(bad["y_unit"])]
    problems += [f"accuracy {value} is not within 0 to 1" for value in off["y"]]
    if problems:
        raise CurveError(f"series {published.series!r}: " + "; ".join(sorted(problems)))
    return make_table(
        Point, [_point(row, published, curve, method) for row in rows.iter_rows(named=True)]
    )


def _point(
    row: dict[str, object], published: Published, curve: str, method: str
) -> dict[str, object]:
    asked = ASKED.search(str(row["setting"] or ""))
    n = row["n"] or 1
    names = {"ask": f"asked={asked[1]}" if asked else None, "vote": f"k={n}", "oracle": f"k={n}"}
    point: dict[str, object] = {
        "curve": curve,
        "method": method,
        "benchmark": published.benchmark,
        "model": published.model,
        "setting": names.get(method) or row["setting"] or f"{row['x_unit']}={row['x']}",
        "asked": int(asked[1]) if asked else None,
        "n": n,
        "problems": published.problems,
        "origin": row["origin"],
    }
    if row["y_unit"] != ACCURACY:
        return point | {"tokens": row["y"]}
    accuracy = float(row["y"])  # type: ignore[arg-type]
    low, high = wilson(accuracy, published.problems)
    return point | {
        "tokens": row["x"] if row["x_unit"] in TOKENS else None,
        "accuracy": accuracy,
        "low": float(low),
        "high": float(high),
    }
