"""Where a line of accuracy against compute reaches a point, and ratios of compute.

Lines join points in log2 of their compute, as figures draw them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """Points in the order of their compute, arrays of shape (points,).

    `n` is the samples of each point, not a number where it is not one number.
    """

    flops: Floats
    accuracy: Floats
    n: Floats

    @classmethod
    def through(cls, flops: ArrayLike, accuracy: ArrayLike, n: ArrayLike) -> "Line":
        """A line through points in any order.

        Raises:
            ValueError: there are no points, or compute is not above 0.
        """
        columns = [np.asarray(column, dtype=np.float64) for column in (flops, accuracy, n)]
        if not len(columns[0]) or not (columns[0] > 0).all():
            raise ValueError("a line needs points with compute above 0")
        order = np.lexsort((columns[1], columns[0]))
        return cls(*(column[order] for column in columns))


@dataclass(frozen=True)
class Place:
    """A place on a line; not a number where it is unknown. `first`: it is the first point."""

    flops: float
    n: float
    first: bool


def reaches(line: Line, accuracy: float) -> Place | None:
    """The place where a line first has at least this accuracy; None where it never has."""
    high = np.flatnonzero(line.accuracy >= accuracy)
    if not len(high):
        return None
    after = int(high[0])
    if after == 0:
        return Place(float(line.flops[0]), float(line.n[0]), first=True)
    before = after - 1
    rise = line.accuracy[after] - line.accuracy[before]
    share = (accuracy - line.accuracy[before]) / rise
    flops, n = (
        float(2 ** ((1 - share) * np.log2(column[before]) + share * np.log2(column[after])))
        for column in (line.flops, line.n)
    )
    return Place(flops, n, first=False)


def at_compute(line: Line, flops: float) -> tuple[float, float]:
    """Accuracy and n of a line at some compute; not numbers outside its points."""
    x = np.log2(line.flops)
    outside = {"left": np.nan, "right": np.nan}
    accuracy = np.interp(np.log2(flops), x, line.accuracy, **outside)
    n = 2 ** np.interp(np.log2(flops), x, np.log2(line.n), **outside)
    return float(accuracy), float(n)


def samples_over_one_run(n: int, model: float, verifier: float, larger: float) -> float:
    """Compute of n samples, each read by a verifier, over that of one run of a larger model.

    FLOPs of a token are twice the parameters that it passes (Kaplan et al. 2020, arXiv:2001.08361,
    section 2.1), and all are taken to write and read equally many tokens: attention and
    prompts are left out.

    Args:
        n: samples.
        model: active parameters of the model that draws them.
        verifier: those of the verifier; 0 without one.
        larger: those of the larger model.
    """
    return n * (model + verifier) / larger


def matched_inference(size: float, inference: float) -> float:
    """How many times its own inference a model can spend for a larger one's training and inference.

    M + 3 (M - 1) / R (Snell et al. 2024, arXiv:2408.03314, section 7): training takes 6 N D_pre,
    inference 2 N D_inf, and M times the parameters make both M times as dear.

    Args:
        size: M, the larger model's parameters over the smaller one's.
        inference: R = D_inf / D_pre, tokens of inference for each token of pretraining.
    """
    return size + 3 * (size - 1) / inference
