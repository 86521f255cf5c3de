"""How well a way of controlling length works: scaling and performance.

Two of the three metrics of s1 (Muennighoff et al. 2025, section 3.2, equations 2 and 3). Their
table follows from equation 2 only if tokens enter it as log2 tokens: as printed, with plain
tokens, it gives other numbers.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

EQUAL = 1e-9
"""Lengths that differ by less are one: means of the same lengths differ in their last bits."""


def mean_slopes(x: ArrayLike, accuracy: ArrayLike) -> NDArray[np.float64]:
    """Mean slope of accuracy over all pairs of points (equation 2), in many draws at once.

    Points that think equally long have no slope between them: such pairs are left out, as where
    a budget is beyond all that a model thinks.

    Args:
        x: of each point in each draw, shape (draws, points): log2 tokens give the slope per
            doubling, which is what the published table holds (in percent).
        accuracy: likewise.

    Returns:
        Array of shape (draws,); not a number in draws without a pair.
    """
    places, values = _floats(x), _floats(accuracy)
    first, second = np.triu_indices(places.shape[1], k=1)
    with np.errstate(invalid="ignore"):
        apart = places[:, second] - places[:, first]
    equal = np.isclose(places[:, second], places[:, first], rtol=EQUAL, atol=EQUAL)
    told = np.isfinite(apart) & ~equal
    slopes = (values[:, second] - values[:, first]) / np.where(told, apart, 1)
    pairs = told.sum(axis=1)
    total = np.where(told, slopes, 0).sum(axis=1)
    return np.where(pairs > 0, total / np.maximum(pairs, 1), np.nan)


def performance(accuracy: ArrayLike) -> float:
    """The best accuracy of all points (equation 3).

    A maximum over noisy points overstates: an interval for it has to repeat the choice.
    """
    return float(_floats(accuracy).max())


def _floats(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)
