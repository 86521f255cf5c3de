"""The samples a curve is made of: graded answers beside their costs."""

from collections.abc import Iterable

import polars as pl

from scripts.lib.config.curves import FromPool, OneSettingCurve, SftCurve
from scripts.lib.errors import UserError
from scripts.lib.tables import SAMPLE_KEY

SETTING = ["asked", "effort", "budget", "waits", "beams"]
"""What tells the settings of a pool apart, besides the wording."""
COSTS = [
    *("generated_tokens", "serial_tokens", "prompt_flops", "flops", "usd"),
    *("verifier_tokens", "verifier_flops"),
]
FEW = 3


class CurveError(UserError):
    """A curve cannot be made from the tables at hand; the text says what they lack."""


def refuse_other_problems(
    name: str, problems: Iterable[str], other: str, others: Iterable[str]
) -> None:
    """Check that two curves, or a curve and bins, are of the same problems.

    Raises:
        CurveError: naming both, and problems that only one has.
    """
    lost = sorted(set(problems) ^ set(others))
    if lost:
        raise CurveError(
            f"{name} and {other} do not have the same problems; only one has {len(lost)} of them: "
            f"{', '.join(lost[:FEW])}"
        )


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
        if not _same_order(answers, other):
            problems += _unmatched("answers", answers, name, other)
            problems += _unmatched(name, other, "answers", answers)
    if problems:
        raise CurveError("\n".join(problems))
    joined = answers.select(*SAMPLE_KEY, "answer_class", "correct", "thinking_tokens")
    for _, other in others:
        if _same_order(answers, other):
            joined = joined.hstack(other.drop(SAMPLE_KEY))
            continue
        joined = joined.join(
            other, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left"
        )
    return joined


def _same_order(table: pl.DataFrame, other: pl.DataFrame) -> bool:
    """Whether both hold the same samples in the same order, as tables of one pool mostly do."""
    return table.select(SAMPLE_KEY).equals(other.select(SAMPLE_KEY))


def _unmatched(name: str, table: pl.DataFrame, other_name: str, other: pl.DataFrame) -> list[str]:
    """Samples of one table that the other does not have, as a line of text."""
    lost = table.select(SAMPLE_KEY).join(
        other, on=SAMPLE_KEY, how="anti", nulls_equal=True, maintain_order="left"
    )
    if lost.is_empty():
        return []
    shown = "; ".join(str(row) for row in lost.head(FEW).rows())
    return [f"{lost.height} samples of the {name} are not among the {other_name}: {shown}"]


def select_samples(samples: pl.DataFrame, curve: FromPool | SftCurve) -> pl.DataFrame:
    """The samples that a curve's setting asks for.

    Args:
        samples: an Answer table, or from `join_samples`.
        curve: budget "auto" means samples without a budget.

    Raises:
        CurveError: none is left, or a curve over one setting is left with several settings.
    """
    chosen = samples
    for column in ["wording", *SETTING]:
        value = getattr(curve, column, None)
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        wanted = pl.col(column).is_null() if value == "auto" else pl.col(column).is_in(values)
        chosen = chosen.filter(wanted)
        lost = [] if value == "auto" else sorted(set(values) - set(chosen[column]))
        if chosen.is_empty() or lost:
            there = samples[column].unique().sort().to_list()
            named = repr(value) if chosen.is_empty() else ", ".join(map(str, lost))
            raise CurveError(f"no sample has {column} {named}; there are: {there}")
    varied = [name for name in SETTING if chosen[name].n_unique() > 1]
    if varied and isinstance(curve, OneSettingCurve | SftCurve):
        rows = chosen.select(varied).unique().sort(varied).rows()
        known = [name for name in varied if name in type(curve).model_fields]
        raise CurveError(
            f"a curve of method {curve.method} takes samples of one setting: "
            f"name its {' and '.join(known) or 'pool'}; ({', '.join(varied)}) here are: {rows}"
        )
    return chosen


def refuse_right_without_answer(samples: pl.DataFrame) -> None:
    """Refuse samples that are marked right and have no answer that could be.

    Raises:
        CurveError: naming their problems.
    """
    odd = samples.filter(pl.col("correct") & pl.col("answer_class").is_null())
    if odd.height:
        names = ", ".join(sorted(set(odd["problem_id"]))[:FEW])
        raise CurveError(f"answers without a class are marked right, in problems: {names}")


def only_setting(samples: pl.DataFrame, columns: list[str], why: str) -> None:
    """Refuse samples that differ in columns in which a curve's points may not.

    Raises:
        CurveError: naming the columns, the values, and `why` they may not differ.
    """
    rows = samples.select(columns).unique().sort(columns).rows()
    if len(rows) > 1:
        raise CurveError(f"several values of ({', '.join(columns)}): {rows}; {why}")


def known_mean(column: str, among: pl.Expr | None = None) -> pl.Expr:
    """Mean of a column; null, not the mean of the rest, where a value is unknown.

    Args:
        column: of numbers or truths.
        among: which rows to count; all if left out.
    """
    values = pl.col(column) if among is None else pl.col(column).filter(among)
    return pl.when(values.is_not_null().all()).then(values.mean()).alias(column)
