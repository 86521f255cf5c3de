"""The samples a curve is made of: graded answers beside their costs."""

import polars as pl

from scripts.lib.config.curves import FromPool, OneSettingCurve
from scripts.lib.errors import UserError
from scripts.lib.tables import SAMPLE_KEY

COSTS = ["generated_tokens", "serial_tokens", "prompt_flops", "flops", "usd"]
FEW = 3


class CurveError(UserError):
    """A curve cannot be made from the tables at hand; the text says what they lack."""


def join_samples(
    answers: pl.DataFrame, costs: pl.DataFrame, traces: pl.DataFrame | None = None
) -> pl.DataFrame:
    """One row per sample: its Answer with the columns of its Cost and, if given, its end.

    Args:
        answers: an Answer table.
        costs: the Cost table of the same pool.
        traces: its Trace table; the column `end` is left out without it.

    Raises:
        CurveError: samples lack a cost or a trace, or the table holds no samples or several
            benchmarks.
    """
    problems = []
    if answers.is_empty():
        problems.append("there are no answers")
    if answers["benchmark"].n_unique() > 1:
        names = answers["benchmark"].unique().sort().to_list()
        problems.append(f"one benchmark is expected, not {', '.join(names)}")
    others = [("costs", costs.select(*SAMPLE_KEY, *COSTS))]
    if traces is not None:
        others.append(("traces", traces.select(*SAMPLE_KEY, "end")))
    for name, other in others:
        problems += _unmatched("answers", answers, name, other)
        problems += _unmatched(name, other, "answers", answers)
    if problems:
        raise CurveError("\n".join(problems))
    joined = answers.select(*SAMPLE_KEY, "answer_class", "correct")
    for _, other in others:
        joined = joined.join(
            other, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left"
        )
    return joined


def _unmatched(name: str, table: pl.DataFrame, other_name: str, other: pl.DataFrame) -> list[str]:
    """Samples of one table that the other does not have, as a line of text."""
    lost = table.select(SAMPLE_KEY).join(
        other, on=SAMPLE_KEY, how="anti", nulls_equal=True, maintain_order="left"
    )
    if lost.is_empty():
        return []
    shown = "; ".join(str(row) for row in lost.head(FEW).rows())
    return [f"{lost.height} samples of the {name} are not among the {other_name}: {shown}"]


def select_samples(samples: pl.DataFrame, curve: FromPool) -> pl.DataFrame:
    """The samples that a curve's `wording`, `asked` and `effort` ask for.

    Raises:
        CurveError: none is left, or a curve over one setting is left with several settings.
    """
    wanted: dict[str, str | int | None] = {"wording": curve.wording}
    if isinstance(curve, OneSettingCurve):
        wanted |= {"asked": curve.asked, "effort": curve.effort}
    chosen = samples
    for column, value in wanted.items():
        if value is None:
            continue
        chosen = chosen.filter(pl.col(column) == value)
        if chosen.is_empty():
            there = samples[column].unique().sort().to_list()
            raise CurveError(f"no sample has {column} {value!r}; there are: {there}")
    settings = chosen.select("asked", "effort").unique().sort("asked", "effort").rows()
    if isinstance(curve, OneSettingCurve) and len(settings) > 1:
        raise CurveError(
            f"a {curve.method} curve takes samples of one setting: name its asked or effort; "
            f"(asked, effort) here are: {settings}"
        )
    return chosen


def known_mean(column: str) -> pl.Expr:
    """Mean of a column; null, not the mean of the rest, where a value is unknown."""
    values = pl.col(column)
    return pl.when(values.is_not_null().all()).then(values.mean()).alias(column)
