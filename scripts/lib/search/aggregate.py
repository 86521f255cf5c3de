"""One score for a solution, from the scores of its steps."""

import math
from collections.abc import Sequence

from scripts.lib.config.searched import Aggregate


def aggregated(scores: Sequence[float], how: Aggregate) -> float:
    """The last score, the smallest, the product or the mean of all.

    Raises:
        ValueError: there is none.
    """
    if not scores:
        raise ValueError("a solution without scored steps has no score")
    if how == "last":
        return scores[-1]
    if how == "min":
        return min(scores)
    return math.prod(scores) if how == "product" else math.fsum(scores) / len(scores)
