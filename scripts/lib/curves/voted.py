"""Vote curves with their answers, as programs are handed them, in the order of their samples.

Each --curve on a command line begins a curve; --spec, --answers and --origin after it are its own.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import TypeAdapter

from scripts.lib.cli import existing, spec_of
from scripts.lib.config.curves import Curve, VoteCurve
from scripts.lib.curves.samples import (
    CurveError,
    refuse_right_without_answer,
    select_samples,
)
from scripts.lib.estimators.vote import Tally, tally, vote_of_all
from scripts.lib.option_groups import option_groups
from scripts.lib.tableio import read_table
from scripts.lib.tables import Answer


@dataclass(frozen=True)
class Voters:
    """The samples of a vote curve, in the order in which they were drawn.

    `problems` holds the classes of the answers of each, None for empty ones, and which are right.
    """

    curve: str
    benchmark: str
    origin: str
    problems: list[tuple[list[int | None], list[bool]]]

    @property
    def fewest(self) -> int:
        """Samples of the problem that has fewest."""
        return min(len(classes) for classes, _ in self.problems)

    def first(self, k: int | None = None) -> list[Tally]:
        """Tallies of the first k samples of every problem, or of all."""
        return [tally(classes[:k], correct[:k]) for classes, correct in self.problems]


@dataclass
class VotedCurve:
    """One curve on the command line."""

    name: str
    spec: Curve | None = None
    answers: Path | None = None
    origin: str | None = None

    def read(self) -> Voters:
        """Its samples.

        Raises:
            CurveError: an option is missing, its method is not vote, or its samples do not fit.
            UserError: the file is missing or breaks its model.
        """
        if not isinstance(self.spec, VoteCurve):
            raise CurveError(f"{self.name}: --spec must be that of a vote curve")
        if self.answers is None or self.origin is None:
            raise CurveError(f"{self.name}: --answers and --origin must follow --curve")
        answers = read_table(Answer, self.answers)
        try:
            return voters(self.name, self.spec, answers, self.origin)
        except CurveError as error:
            raise CurveError(f"{self.name}, from {self.answers}: {error}") from None


def voters(name: str, curve: VoteCurve, answers: pl.DataFrame, origin: str) -> Voters:
    """The samples of a vote curve.

    Args:
        name: of the curve.
        curve: its entry, which selects among the samples.
        answers: an Answer table.
        origin: whether they were measured or recorded.

    Raises:
        CurveError: there are none, they are of several settings or benchmarks, or an empty answer
            is marked right.
    """
    if answers.is_empty():
        raise CurveError("there are no answers")
    chosen = select_samples(answers, curve)
    refuse_right_without_answer(chosen)
    benchmarks = chosen["benchmark"].unique().sort().to_list()
    if len(benchmarks) > 1:
        raise CurveError(f"one benchmark is expected, not {', '.join(benchmarks)}")
    ordered = chosen.sort("sample", "wording", maintain_order=True)
    problems = ordered.group_by("problem_id", maintain_order=True).agg("answer_class", "correct")
    rows = [(classes, correct) for _, classes, correct in problems.sort("problem_id").rows()]
    return Voters(name, benchmarks[0], origin, rows)


def votes_of_all(tallies: Sequence[Tally]) -> NDArray[np.float64]:
    """The vote of all answers of each problem, ties shared, shape (problems,)."""
    return np.array([vote_of_all(one) for one in tallies])


def add_voted_curves(parser: argparse.ArgumentParser) -> None:
    """The options that hand over curves: `curves`, a list of VotedCurve, and their `labels`."""
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    begins, belongs = option_groups("curves", "--curve", VotedCurve)
    add = parser.add_argument
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--curve", dest="curves", action=begins, required=True, help="name of a vote curve")
    add("--spec", action=belongs, type=spec_of(curve), help="the curve as JSON")
    add("--answers", action=belongs, type=existing, help="Answer table of its pool")
    add("--origin", action=belongs, choices=["measured", "recorded"], help="of its samples")
