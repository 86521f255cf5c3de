"""How well a way of controlling length works: control, scaling and performance.

The three metrics of s1 (Muennighoff et al. 2025, section 3.2, equations 1 to 3). Their table
follows from equation 2 only if tokens enter it as log2 tokens: as printed, with plain tokens, it
gives other numbers. Both are here, under names that say which.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def control(used: ArrayLike, least: float, most: float) -> float:
    """Share of `used` within [least, most] (equation 1).

    Args:
        used: tokens, shape (n,): a mean per run, as published, or one per response.
        least: smallest number of tokens that counts as obeying.
        most: largest.

    Raises:
        ValueError: `used` is empty.
    """
    tokens = _floats(used)
    if not len(tokens):
        raise ValueError("control of nothing: give at least one number of tokens")
    return float(((tokens >= least) & (tokens <= most)).mean())


def scaling_per_1000_tokens(tokens: ArrayLike, accuracy: ArrayLike) -> float:
    """Mean slope of accuracy over all pairs of points, per 1,000 tokens (equation 2 as printed).

    Arguments and errors are those of `scaling_per_doubling`.
    """
    return 1000 * _mean_slope(_floats(tokens), _floats(accuracy))


def scaling_per_doubling(tokens: ArrayLike, accuracy: ArrayLike) -> float:
    """Mean slope of accuracy over all pairs of points, per doubling of the tokens.

    Equation 2 with log2 tokens for tokens, which is what the published table holds (in percent).

    Args:
        tokens: mean thinking tokens of each point, above 0, shape (points,).
        accuracy: of each point, shape (points,).

    Raises:
        ValueError: fewer than two points, or two of equal tokens.
    """
    return _mean_slope(np.log2(_floats(tokens)), _floats(accuracy))


def mean_slopes(x: ArrayLike, accuracy: ArrayLike) -> NDArray[np.float64]:
    """Mean slope over all pairs of points, in many draws at once.

    Points that think equally long have no slope between them: such pairs are left out, as where
    a budget is beyond all that a model thinks.

    Args:
        x: of each point in each draw, shape (draws, points).
        accuracy: likewise.

    Returns:
        Array of shape (draws,); not a number in draws without a pair.
    """
    places, values = _floats(x), _floats(accuracy)
    first, second = np.triu_indices(places.shape[1], k=1)
    apart = places[:, second] - places[:, first]
    told = np.isfinite(apart) & (apart != 0)
    slopes = (values[:, second] - values[:, first]) / np.where(told, apart, 1)
    pairs = told.sum(axis=1)
    total = np.where(told, slopes, 0).sum(axis=1)
    return np.where(pairs > 0, total / np.maximum(pairs, 1), np.nan)


def performance(accuracy: ArrayLike) -> float:
    """The best accuracy of all points (equation 3).

    A maximum over noisy points overstates: an interval for it has to repeat the choice.
    """
    return float(_floats(accuracy).max())


def _mean_slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    first, second = np.triu_indices(len(x), k=1)
    if not len(first):
        raise ValueError(f"a slope needs two points or more, not {len(x)}")
    apart = x[second] - x[first]
    if (apart == 0).any():
        raise ValueError("two points have the same tokens: there is no slope between them")
    return float(((y[second] - y[first]) / apart).mean())


def _floats(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)
