"""Points of a curve that is taken from published values."""

import re

import polars as pl

from scripts.lib.config.curves import Published
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Point
from scripts.lib.estimators.intervals import wilson
from scripts.lib.tableio import make_table

TOLD = {
    "asked": re.compile(r"\b(?:asked|steps)=(\d+)\b"),
    "budget": re.compile(r"\bbudget=(\d+)\b"),
    "waits": re.compile(r"\b(\d+)x Wait\b"),
    "tries": re.compile(r"\btries=(\d+)\b"),
}
"""What settings of published values tell, where they tell it."""
TOKENS = ("tokens", "tokens per problem")
ALL_PROBLEMS = "tokens of all problems"
"""Divided by the number of problems, as points are per problem."""
THINKING = "thinking tokens"
DRAWN_TOGETHER = ("vote", "oracle", "best_of_n", "beam", "lookahead", "dvts", "rebase")
"""Methods whose points stand for n samples, and are called by them."""
ACCURACY = "accuracy"


def published_points(
    reference: pl.DataFrame, published: Published, curve: str, method: str
) -> pl.DataFrame:
    """A Point per published value of one series.

    A series gives either accuracies, over tokens or something else, or used tokens over asked
    tokens, whose points then have no accuracy. Accuracies get Wilson's interval of a score out
    of so many problems: votes and averages are taken as single answers, for want of more. A
    setting is called what the paper calls it; asked budgets and numbers of samples as elsewhere
    here.

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
    told = _told(row["setting"])
    point: dict[str, object] = {
        "curve": curve,
        "method": method,
        "benchmark": published.benchmark,
        "model": published.model,
        "setting": _name(row, method, told["asked"]),
        "asked": told["asked"],
        "budget": told["budget"],
        "waits": told["waits"],
        "n": row["n"] or told["tries"] or (None if method in DRAWN_TOGETHER else 1),
        "problems": published.problems,
        "origin": row["origin"],
    }
    if row["y_unit"] != ACCURACY:
        return point | {"tokens": row["y"]}
    accuracy = float(row["y"])  # type: ignore[arg-type]
    low, high = wilson(accuracy, published.problems)
    return point | {
        "thinking_tokens": row["x"] if row["x_unit"] == THINKING else None,
        "tokens": _tokens(row, published.problems),
        "accuracy": accuracy,
        "low": float(low),
        "high": float(high),
    }


def _tokens(row: dict[str, object], problems: int) -> float | None:
    """Generated tokens of one problem; None where the series tells none."""
    if row["x_unit"] == ALL_PROBLEMS:
        return float(row["x"]) / problems  # type: ignore[arg-type]
    return float(row["x"]) if row["x_unit"] in TOKENS else None  # type: ignore[arg-type]


def _told(setting: object) -> dict[str, int | None]:
    """The numbers that a setting tells; None for those it does not."""
    found = {name: pattern.search(str(setting or "")) for name, pattern in TOLD.items()}
    return {name: int(match[1]) if match else None for name, match in found.items()}


def _name(row: dict[str, object], method: str, asked: int | None) -> str:
    if method == "ask" and asked is not None:
        return f"asked={asked}"
    if method in DRAWN_TOGETHER and row["n"] is not None:
        return f"k={row['n']}"
    if row["setting"] is not None:
        return str(row["setting"])
    return str(row["series"]) if row["x"] is None else f"{row['x_unit']}={row['x']:.10g}"
