"""Which candidates of a round are the best, and how many continuations each of them gets."""

import math
from collections.abc import Sequence


def ranked(scores: Sequence[float]) -> list[int]:
    """Places from the best score to the worst; of equal scores the first place comes first.

    Raises:
        ValueError: a score is not a number.
    """
    for place, score in enumerate(scores):
        if math.isnan(score):
            raise ValueError(f"the score of candidate {place} is not a number")
    return sorted(range(len(scores)), key=lambda place: -scores[place])


def shared_out(continuations: int, best: Sequence[int], candidates: int) -> list[int]:
    """Continuations of each candidate, shared evenly among the `best`.

    Where they do not divide, the best get one more.

    Args:
        continuations: how many there are.
        best: places of those that go on, the best first.
        candidates: how many places there are.
    """
    each, more = divmod(continuations, len(best))
    found = [0] * candidates
    for rank, place in enumerate(best):
        found[place] = each + (rank < more)
    return found
