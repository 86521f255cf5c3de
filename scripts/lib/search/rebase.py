"""REBASE, reward balanced search (Wu et al. 2024, arXiv:2408.00724, section 3.2)."""

import math
from collections.abc import Sequence

from scripts.lib.search.ranking import ranked

_SLACK = 1e-9
"""A share is rounded up only if it is above a whole number by more than rounding errors."""


def rebase_continuations(scores: Sequence[float], places: int, balance: float) -> list[int]:
    """How many continuations each candidate gets; their sum is `places`.

    Candidate i gets about places * exp(score_i / balance) / sum_j exp(score_j / balance). The
    paper rounds each share, so that the sum may miss the number of places; this is what its
    published code does: from the best candidate down, each gets its share of what is left,
    rounded up.

    Args:
        scores: of the candidates that can go on, in the order of their places.
        places: N less the candidates that have ended.
        balance: temperature of the softmax; the paper uses 0.2.

    Raises:
        ValueError: a score is not a number.
    """
    best = ranked(scores)
    # Less the best score: the largest exponent is 0, however small the temperature.
    weights = [math.exp((scores[place] - scores[best[0]]) / balance) for place in best]
    found = [0] * len(scores)
    left = places
    for rank, place in enumerate(best):
        # Summed anew: taken off one by one, small weights would drown in rounding errors.
        share = left * weights[rank] / math.fsum(weights[rank:]) if left else 0
        found[place] = min(left, math.ceil(share - _SLACK))
        left -= found[place]
    return found
