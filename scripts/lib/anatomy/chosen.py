"""Which of several answers to a problem is taken in the end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Select = Literal["naive", "weighted", "majority"]


@dataclass(frozen=True)
class Ended:
    """What came to an end: the class of its answer, and its score; None where it has none."""

    answer_class: int | None
    score: float | None


def outcomes(ended: Sequence[Ended], select: Select) -> list[dict[str, Any]]:
    """What each vote weighs and whether each answer is taken, as columns of a Segment table.

    The rules are those of curves (scripts.lib.curves.selection). naive: the best score, among those
    with an answer if there are any; equal scores are all taken. weighted, majority: all answers of
    the class with the largest sum of scores, or of most answers; of several such classes, all.
    Answers that are none do not vote.
    """
    if select == "naive":
        values = [_rank(one) for one in ended]
        return [{"weight": None, "chosen": value == max(values)} for value in values]
    weights = [
        None if one.answer_class is None else 1.0 if select == "majority" else one.score or 0.0
        for one in ended
    ]
    sums: dict[int | None, float] = {}
    for one, weight in zip(ended, weights, strict=True):
        if weight is not None:
            sums[one.answer_class] = sums.get(one.answer_class, 0.0) + weight
    best = max(sums.values(), default=None)
    return [
        {"weight": weight, "chosen": weight is not None and sums[one.answer_class] == best}
        for one, weight in zip(ended, weights, strict=True)
    ]


def _rank(one: Ended) -> float:
    if one.answer_class is None:
        return -2.0
    return -1.0 if one.score is None else one.score
