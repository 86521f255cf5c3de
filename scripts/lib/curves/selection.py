"""Which of several scored answers is chosen, and how often it is right."""

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from scripts.lib.curves.rows import Floats
from scripts.lib.curves.samples import CurveError, refuse_right_without_answer
from scripts.lib.curves.scores import CHOICE
from scripts.lib.estimators.best_of import best_of_k
from scripts.lib.estimators.weighted_vote import weighted_vote

Select = Literal["naive", "weighted", "majority"]

DRAWS = 100_000
"""Random orders of all problems together: the Monte-Carlo error of a mean over problems is then
at most 0.5 / sqrt(DRAWS), or 0.16 points, however many problems there are."""


@dataclass(frozen=True)
class Selected:
    """How often the choice among k is right: `values` and, where they were drawn, their
    Monte-Carlo `errors`, both of shape (problems, ks).
    """  # noqa: D205

    values: Floats
    errors: Floats

    def mean_errors(self) -> Floats:
        """The Monte-Carlo errors of means over problems, shape (ks,)."""
        return np.asarray(np.sqrt((self.errors**2).sum(axis=0)) / len(self.errors))


def selected(samples: pl.DataFrame, select: Select, ks: Sequence[int]) -> Selected:
    """The expected correctness of what is chosen among k samples, drawn without replacement.

    naive: the sample with the best score, exactly; equal scores share. weighted: the answer with
    the largest sum of scores, by seeded random draws but for one sample and for all. majority:
    the same with equal weights. A sample without an answer is never chosen before one with, and
    does not vote; it uses up a draw. One without a score counts behind all others, and votes with
    weight 0.

    Args:
        samples: with the columns problem_id, answer_class, correct and score.
        select: how one is chosen.
        ks: sizes of the draw.

    Returns:
        Problems in the order in which they first stand in the samples.

    Raises:
        CurveError: samples have no scores, or an empty answer is marked right.
    """
    if "score" not in samples.columns:
        raise CurveError("the samples have no scores of a verifier: give --scores")
    refuse_right_without_answer(samples)
    weight = pl.lit(1.0) if select == "majority" else pl.col("score").fill_null(0.0)
    problems = (
        samples.with_columns(CHOICE, weight.alias("weight"))
        .group_by("problem_id", maintain_order=True)
        .agg("answer_class", "correct", "choice", "weight")
    )
    if select == "naive":
        values = np.array(
            [best_of_k(choice, right, ks) for _, _, right, choice, _ in problems.rows()]
        )
        return Selected(values, np.zeros_like(values))
    draws = max(math.ceil(DRAWS / len(problems)), 2)
    both = np.array(
        [
            # The seed is the problem's own: other problems do not change its value.
            weighted_vote(classes, weights, right, ks, draws, zlib.crc32(problem.encode()))
            for problem, classes, right, _, weights in problems.rows()
        ]
    )
    return Selected(both[:, 0], both[:, 1])
