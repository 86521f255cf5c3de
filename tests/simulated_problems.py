"""Many simulated benchmarks at once, for the coverage of intervals on new problems.

A benchmark is a column: the bootstrap then draws problems once for all of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from scripts.lib.estimators.bootstrap import TAILS, bca_limits, resampled_means
from scripts.lib.estimators.intervals import clopper_pearson, new_problems_interval, wilson
from scripts.lib.estimators.passk import pass_at_k
from scripts.lib.estimators.vote import Tally, expected_vote

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Interval = Callable[[Floats, int], Floats]
"""From accuracies, shape (problems, benchmarks), and a seed to limits, shape (benchmarks, 2)."""

DRAWS = 2000
AT_ONCE = 500
"""Benchmarks that share the draws of a bootstrap."""
WRONG_SPLIT = 0.6
"""Part of the wrong answers that are one and the same; the others are another one."""


@dataclass(frozen=True)
class Coverage:
    """How often intervals hold the truth, lie above it, lie below it, and how wide they are."""

    held: float
    above: float
    below: float
    width: float


def coverage(limits: Floats, truth: float) -> Coverage:
    """Of limits of shape (benchmarks, 2)."""
    low, high = limits.T
    above, below = (low > truth + 1e-12).mean(), (high < truth - 1e-12).mean()
    return Coverage(1 - above - below, float(above), float(below), float((high - low).mean()))


def covered(interval: Interval, values: Floats, truth: float) -> Coverage:
    """Of intervals of the mean of values of shape (problems, benchmarks)."""
    parts = range(0, values.shape[1], AT_ONCE)
    limits = [
        interval(values[:, start : start + AT_ONCE], seed) for seed, start in enumerate(parts)
    ]
    return coverage(np.vstack(limits), truth)


def shapes(mean: float, total: float) -> tuple[float, float]:
    """Shapes of a Beta law of this mean; the smaller the total, the further apart problems lie."""
    return mean * total, (1 - mean) * total


def right_samples(
    law: tuple[float, float], samples: int, size: tuple[int, int], generator: np.random.Generator
) -> Ints:
    """Right samples of problems whose chances follow a Beta law."""
    return generator.binomial(samples, generator.beta(*law, size))


def passes(right: Ints, samples: int, k: int) -> Floats:
    """pass@k of every problem, the same shape."""
    table = pass_at_k(samples, np.arange(samples + 1), [k])[:, 0]
    return np.asarray(table[right])


def pass_truth(law: tuple[float, float], k: int) -> float:
    """pass@k of new problems: 1 less the mean of (1 - p)^k."""
    a, b = law
    return float(1 - np.exp(special.betaln(a, b + k) - special.betaln(a, b)))


def votes(right: Ints, first: Ints, samples: int, k: int) -> Floats:
    """The expected vote of k; `first` wrong answers are of one class, the rest of another."""
    return _vote_table(samples, k)[right, first]


def vote_truth(law: tuple[float, float], k: int) -> float:
    """The vote of k on new problems: that of k samples, over all counts that may come."""
    r = np.arange(k + 1)
    a, b = law
    log = special.betaln(a + r, b + k - r) - special.betaln(a, b)
    chance = np.exp(log) * special.comb(k, r)
    table = _vote_table(k, k)
    total = 0.0
    for right in range(k + 1):
        wrong = k - right
        f = np.arange(wrong + 1)
        split = special.comb(wrong, f) * WRONG_SPLIT**f * (1 - WRONG_SPLIT) ** (wrong - f)
        total += chance[right] * float(split @ table[right, : wrong + 1])
    return total


def wrong_of_first(right: Ints, samples: int, generator: np.random.Generator) -> Ints:
    """How many of the wrong answers are the more frequent one."""
    return generator.binomial(samples - right, WRONG_SPLIT)


@lru_cache(maxsize=32)
def _vote_table(samples: int, k: int) -> Floats:
    table = np.full((samples + 1, samples + 1), np.nan)
    for right in range(samples + 1):
        for first in range(samples - right + 1):
            counts = [(right, 1.0), (first, 0.0), (samples - right - first, 0.0)]
            answers = Tally(tuple(one for one in counts if one[0]))
            table[right, first] = expected_vote(answers, [k])[0]
    return table


def percentile(values: Floats, seed: int) -> Floats:
    """Quantiles of the means over resampled problems."""
    return np.quantile(resampled_means(values, DRAWS, seed), TAILS, axis=0).T


def bca(values: Floats, seed: int) -> Floats:
    """BCa limits; the mean itself where values do not vary."""
    mean = values.mean(axis=0)[:, None]
    limits = bca_limits(values, DRAWS, seed)
    return np.where(np.isnan(limits), mean, limits)


def student(values: Floats, _seed: int) -> Floats:
    """t limits of the mean."""
    n = len(values)
    half = special.stdtrit(n - 1, TAILS[1]) * values.std(axis=0, ddof=1) / np.sqrt(n)
    return _around(values.mean(axis=0), half)


def score(values: Floats, _seed: int) -> Floats:
    """Wilson's."""
    return wilson(np.clip(values.mean(axis=0), 0, 1), len(values))


def exact(values: Floats, _seed: int) -> Floats:
    """Clopper and Pearson's, for counts that need not be whole."""
    n = len(values)
    right = np.clip(values.sum(axis=0), 0, n)
    known: dict[float, tuple[float, float]] = {}
    for one in np.unique(right):
        known[one] = clopper_pearson(one, n)
    return np.array([known[one] for one in right])


def plus_four(values: Floats, _seed: int) -> Floats:
    """Agresti and Coull's (1998): z^2 / 2 right and as many wrong answers added."""
    n = len(values)
    z = special.ndtri(TAILS[1])
    more = n + z**2
    centre = (values.sum(axis=0) + z**2 / 2) / more
    return _around(centre, z * np.sqrt(centre * (1 - centre) / more))


def house(values: Floats, seed: int) -> Floats:
    """What curves carry."""
    return new_problems_interval(values, DRAWS, seed)


METHODS: dict[str, Interval] = {
    "house": house,
    "percentile": percentile,
    "BCa": bca,
    "t": student,
    "Wilson": score,
    "Clopper-Pearson": exact,
    "Agresti-Coull": plus_four,
}


def _around(centre: Floats, half: Floats) -> Floats:
    return np.clip(np.stack([centre - half, centre + half], axis=-1), 0, 1)


def accuracies(means: Sequence[float]) -> list[float]:
    """The same close to 0 and close to 1."""
    return [*means, *(1 - mean for mean in reversed(means))]
