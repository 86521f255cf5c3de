"""Training against inference compute at equal accuracy: what models need, when training pays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from scripts.lib.config.tradeoff_tables import IsoAccuracyTable
from scripts.lib.curves.iso_rows import Row, all_row, model_row, reached, step_row
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError, refuse_other_problems
from scripts.lib.curves.tradeoff_tables import IsoAccuracy
from scripts.lib.curves.values import values_of
from scripts.lib.estimators.iso_accuracy import (
    ModelLine,
    Statistic,
    Value,
    doublings_saved,
    doublings_saved_by_all,
    needed_log2,
    saved,
    with_limits,
)
from scripts.lib.tableio import make_table


@dataclass(frozen=True)
class Trained:
    """A model's line in one curve."""

    curve: str
    model: str
    line: ModelLine


def iso_accuracy_table(
    table: IsoAccuracyTable,
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    bootstrap: Bootstrap,
) -> pl.DataFrame:
    """Rows of each accuracy: each model, each step from one to the next, and all together.

    Intervals resample problems, their accuracies and costs together; trainings are taken as they
    are, so that limits do not count what another seed of the training would change.

    Args:
        table: its entry in the study.
        points: Point tables by curve.
        outcomes: their Outcome tables.
        labels: what curves are called.
        bootstrap: for the limits.

    Raises:
        CurveError: training or inference FLOPs are unknown, two lines have the same training FLOPs,
            or curves have different benchmarks or problems.
    """
    at = sorted(set(table.at))
    models = _models(table.curves, points, outcomes)
    any_points = points[table.curves[0]]
    shared: Row = {"benchmark": any_points["benchmark"][0], "origin": any_points["origin"][0]}
    problems = len(models[0].line.accuracy)
    shared |= {"problems": problems}

    def limits(statistic: Statistic) -> Value:
        return with_limits(statistic, problems, bootstrap.draws, bootstrap.seed)

    needs = [limits(needed_log2(model.line, at)) for model in models]
    steps = [
        (less, more, limits(doublings_saved(less.line, more.line, at)),
         limits(saved(less.line, more.line, at)))
        for less, more in pairwise(models)
    ]  # fmt: skip
    rows: list[Row] = []
    for place, accuracy in enumerate(at):
        here = shared | {"at": accuracy}
        where = [reached(need, place) for need in needs]
        for model, need in zip(models, needs, strict=True):
            named = _named(model, labels) | {"train_flops": model.line.train}
            rows.append(here | named | model_row(need, place))
        for (less, more, rate, saving), ends in zip(steps, pairwise(where), strict=True):
            extra = more.line.train - less.line.train
            named = _named(more, labels) | _named(less, labels, "against")
            rows.append(here | named | step_row(ends, extra, rate, saving, place))
        between = zip(models, where, strict=True)
        lines = [model.line for model, on_line in between if on_line == "between points"]
        known = limits(doublings_saved_by_all(lines, accuracy)) if len(lines) > 1 else None
        rows.append(here | all_row(known, len(lines)))
    return make_table(IsoAccuracy, rows)


def _named(model: Trained, labels: Mapping[str, str], which: str = "curve") -> Row:
    if which == "curve":
        return {"curve": model.curve, "label": labels[model.curve], "model": model.model}
    return {
        "against": model.curve,
        "against_label": labels[model.curve],
        "against_model": model.model,
    }


def _models(
    curves: Sequence[str],
    points: Mapping[str, pl.DataFrame],
    outcomes: Mapping[str, pl.DataFrame],
) -> list[Trained]:
    """The lines of all curves, the least trained model first, over the same problems."""
    found = []
    benchmark, problems = points[curves[0]]["benchmark"][0], outcomes[curves[0]]["problem_id"]
    for name in curves:
        if set(points[name]["benchmark"]) != {benchmark}:
            raise CurveError(f"{name} and {curves[0]} are of different benchmarks")
        refuse_other_problems(name, outcomes[name]["problem_id"], curves[0], problems)
        known = points[name].drop_nulls("accuracy")
        for column in ("train_flops", "flops"):
            if known[column].has_nulls() or not (known[column] > 0).all() or known.is_empty():
                raise CurveError(f"{name} has points without {column}: its model's size is needed")
        for (model, train), own in known.group_by("model", "train_flops", maintain_order=True):
            settings, of_curve = own["setting"].to_list(), outcomes[name]
            each = (values_of(of_curve, settings, column) for column in ("accuracy", "flops"))
            line = ModelLine.of(float(train), *each)
            found.append(Trained(name, str(model), line))
    found.sort(key=lambda one: one.line.train)
    for less, more in pairwise(found):
        if less.line.train == more.line.train:
            raise CurveError(
                f"{less.curve} and {more.curve} have models of the same training FLOPs; "
                "a table of iso-accuracy takes one line of each"
            )
    return found
