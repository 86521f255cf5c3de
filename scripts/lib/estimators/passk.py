"""pass@k: the chance that at least one of k answers drawn without replacement from n is right."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def pass_at_k(n: ArrayLike, correct: ArrayLike, ks: Sequence[int]) -> Floats:
    """Unbiased pass@k, 1 - C(n - c, k) / C(n, k), as a product that cannot overflow.

    Chen et al. (2021), "Evaluating Large Language Models Trained on Code", eq. 1. The share of
    draws without a right answer is prod_{i<k} (n - c - i) / (n - i).

    Args:
        n: samples per problem, a number or shape (problems,).
        correct: right samples per problem, shape (problems,).
        ks: sizes of the draw.

    Returns:
        Array of shape (problems, ks).

    Raises:
        ValueError: a k is below 1 or above a problem's n, or a problem has more right samples
            than samples.
    """
    right = np.atleast_1d(np.asarray(correct, dtype=np.int64))
    samples = np.broadcast_to(np.asarray(n, dtype=np.int64), right.shape)
    if ((right < 0) | (right > samples)).any():
        raise ValueError("right samples must lie within 0 to n")
    _check_sizes(samples, ks)
    drawn = np.arange(max(ks, default=1))
    left = np.maximum(samples[:, None] - drawn, 1)
    wrong = np.clip(left - right[:, None], 0, None)
    misses = np.cumprod(wrong / left, axis=1)
    return np.asarray(1 - misses[:, np.asarray(ks, dtype=np.int64) - 1])


def pass_at_k_of_guesses(guess: float, ks: Sequence[int]) -> Floats:
    """pass@k of guessing, the chance floor: 1 - (1 - guess)^k, shape (ks,).

    Args:
        guess: probability that one guess is right, such as 1/4 for four choices.
        ks: numbers of independent guesses.
    """
    if not 0 <= guess <= 1:
        raise ValueError(f"a probability lies within 0 to 1, not {guess}")
    if guess == 1:
        return np.ones(len(ks))
    return np.asarray(-np.expm1(np.asarray(ks) * np.log1p(-guess)))


def _check_sizes(samples: NDArray[np.int64], ks: Sequence[int]) -> None:
    if samples.size and any(not 1 <= k <= samples.min() for k in ks):
        raise ValueError(f"k must lie within 1 to {samples.min()}, the samples of a problem")
