"""The expected majority vote of k answers drawn without replacement from n, exactly.

Answers come as classes of equal answers. In a draw of k, class a shows up j_a times; the draw
is worth the mean worth of its modes (1/m for m modes, one of them right). An empty answer uses up
a draw and never wins, and a draw of nothing but empty answers is worth 0.

The value is a sum over the winner a and its count t. Given these, every other class shows up
fewer than t times, or t times and ties. With C(c, j) x^j for "j of the c answers of a class"
(an ordinary generating function over the number of draws), the draws in which a wins are

    C(c_a, t) x^t (1 + x)^c_empty prod_{b != a} (sum_{j<t} C(c_b, j) x^j + y C(c_b, t) x^t)

where y marks ties. A term y^s stands for s rivals at the top and must count 1 / (s + 1), which is
the integral of y^s over [0, 1]: Gauss-Legendre quadrature takes it exactly at a few nodes. All
terms are positive, so nothing cancels. Binomials are carried as probabilities
C(c, j) p^j (1 - p)^(c - j) for a p near k/n: no n is too large for them.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_LOG = -575.0
"""Natural log of the smallest probability carried: 1e-250, safely above the smallest float."""

TOGETHER = 512
"""Larger draws are done one size at a time, as few counts of a winner are likely for each."""
SURELY = 1e-16
"""Chance that is lost in the rounding of a value near 1."""


@dataclass(frozen=True)
class Tally:
    """The answers of one problem, counted.

    `classes` holds (count, worth) of each class of equal answers, sorted, so that problems with
    the same counts compare equal whatever their answers are; worth is the share of the class
    that was graded right, 1 or 0 unless a grader disagrees with itself. `empty` counts the
    samples without an answer.
    """

    classes: tuple[tuple[int, float], ...]
    empty: int = 0

    def __post_init__(self) -> None:
        if self.empty < 0 or any(c < 1 or not 0 <= w <= 1 for c, w in self.classes):
            raise ValueError(f"counts must be positive and worths within [0, 1]: {self}")
        object.__setattr__(self, "classes", tuple(sorted(self.classes)))

    @property
    def n(self) -> int:
        """Number of samples, empty ones included."""
        return self.empty + sum(count for count, _ in self.classes)

    def with_one_more(self, right: bool) -> "Tally":
        """The same answers and one more: of the largest right class, or an empty one."""
        if not right:
            return Tally(self.classes, self.empty + 1)
        best = max((one for one in self.classes if one[1] == 1), default=None)
        if best is None:
            return Tally((*self.classes, (1, 1.0)), self.empty)
        others = list(self.classes)
        others.remove(best)
        return Tally((*others, (best[0] + 1, 1.0)), self.empty)


def tally(answer_classes: Sequence[int | None], correct: Sequence[bool]) -> Tally:
    """Count the answers of one problem; a class of None is an empty answer.

    Raises:
        ValueError: an empty answer is marked right.
    """
    counts: Counter[int] = Counter()
    right: Counter[int] = Counter()
    for answer_class, is_right in zip(answer_classes, correct, strict=True):
        if answer_class is None:
            if is_right:
                raise ValueError("an empty answer is marked right")
            continue
        counts[answer_class] += 1
        right[answer_class] += is_right
    classes = tuple((count, right[a] / count) for a, count in counts.items())
    return Tally(classes, empty=len(answer_classes) - counts.total())


def expected_votes(tallies: Sequence[Tally], ks: Sequence[int]) -> Floats:
    """Expected vote of every problem at every k; problems with equal counts are done once.

    Returns:
        Array of shape (problems, ks).

    Raises:
        ValueError: a k is below 1 or above a problem's number of samples.
    """
    done = {one: expected_vote(one, ks) for one in dict.fromkeys(tallies)}
    return np.array([done[one] for one in tallies]).reshape(len(tallies), len(ks))


def expected_vote(answers: Tally, ks: Sequence[int]) -> Floats:
    """Expected vote of one problem at every k, shape (ks,); see the module's text.

    Raises:
        ValueError: a k is below 1 or above the number of samples.
    """
    n = answers.n
    if any(not 1 <= k <= n for k in ks):
        raise ValueError(f"k must lie within 1 to {n}, the number of samples: {list(ks)}")
    values = np.empty(len(ks))
    sure, worth = _sure_from(answers)
    values[np.asarray(ks) >= sure] = worth
    open_ks = sorted({k for k in ks if k < sure})
    for chosen in _groups(n, open_ks) if open_ks else []:
        p = _tilt(n, chosen)
        drawn = _binomial(n, p)
        lost = SURELY * min(drawn[k] for k in chosen)
        won = _won(answers, chosen[-1], p, lost)
        for position, k in enumerate(ks):
            if k in chosen:
                values[position] = won[k] / drawn[k]
    # Rounding can leave the value a few units in the last place outside [0, 1].
    return np.clip(values, 0.0, 1.0)


def _sure_from(answers: Tally) -> tuple[float, float]:
    """From which k on the most frequent class wins but for chances below rounding, and its worth.

    The lead over another class is a sum of k draws of -1, 0 or 1. By Hoeffding (1963, "Probability
    inequalities for sums of bounded random variables", theorem 2, which section 6 extends to draws
    without replacement) it is gone with a chance of at most exp(-k gap^2 / 2), where the gap is the
    mean of a draw. Of several classes these chances add up; to be drawn at all is a lead over none.
    """
    if not answers.classes:
        return math.inf, 0.0
    *others, (most, worth) = answers.classes
    gap = (most - max((count for count, _ in others), default=0)) / answers.n
    if gap == 0:
        return math.inf, worth
    return 2 * (math.log(len(answers.classes)) - math.log(SURELY)) / gap**2, worth


def vote_of_all(answers: Tally) -> float:
    """The vote of all samples of a problem: the mean worth of the modes, 0 without an answer.

    What `expected_vote` gives for k = n.
    """
    most = max((count for count, _ in answers.classes), default=0)
    modes = [worth for count, worth in answers.classes if count == most]
    return sum(modes) / len(modes) if modes else 0.0


def _tilt(n: int, ks: Sequence[int]) -> float:
    """The p at which draws of all these sizes are likely enough to be carried."""
    # At k = n every answer is drawn, but p = 1 would make all smaller draws impossible.
    return min(max((ks[0] + ks[-1]) / (2 * n), 1 / (2 * n)), 1 - 1 / (2 * n))


def _groups(n: int, ks: list[int]) -> list[list[int]]:
    """Split sorted `ks` into stretches for which one p serves without underflow."""
    ends = _binomial_law().logpmf([ks[0], ks[-1]], n, _tilt(n, ks))
    if len(ks) == 1 or (min(ends) > SMALLEST_LOG and ks[-1] <= TOGETHER):
        return [ks]
    middle = len(ks) // 2
    return _groups(n, ks[:middle]) + _groups(n, ks[middle:])


@lru_cache(maxsize=1024)
def _binomial(count: int, p: float) -> Floats:
    """Probabilities of 0 to `count` draws from a class of `count` answers."""
    chances = _binomial_law().pmf(np.arange(count + 1), count, p)
    return np.asarray(chances, dtype=np.float64)


def _binomial_law() -> Any:
    """SciPy's binomial distribution, imported only by who votes: it takes a second to load."""
    from scipy.stats import binom  # noqa: PLC0415

    return binom


def _won(answers: Tally, top: int, p: float, lost: float) -> Floats:
    """Entry k, up to `top`: probability of drawing k answers, times the worth of their vote.

    Counts of a winner that are too rare to matter are left out: `lost` is what they may add up to.
    """
    counts = Counter(count for count, _ in answers.classes)
    total = np.zeros(top + 1)
    for winner in counts:
        worth = sum(w for count, w in answers.classes if count == winner)
        if worth == 0:
            continue
        rivals = counts - Counter([winner])
        chances = _binomial(winner, p)
        for t in range(1, min(winner, top) + 1):
            if chances[t] * len(answers.classes) * winner < lost:
                continue
            total[t:] += worth * chances[t] * _others(rivals, answers.empty, t, top - t, p)
    return total


def _others(rivals: Counter[int], empty: int, t: int, top: int, p: float) -> Floats:
    """Entry j, up to `top`: probability that j others are drawn and none beats t.

    Ties with s rivals are weighted 1 / (s + 1).
    """
    harmless = empty + sum(count * times for count, times in rivals.items() if count < t)
    dangerous = {count: times for count, times in rivals.items() if count >= t}
    most_ties = min(sum(dangerous.values()), top // t)
    # q nodes integrate polynomials in y up to degree 2q - 1 exactly.
    nodes, weights = _quadrature(most_ties // 2 + 1)
    drawn = np.zeros((len(nodes), top + 1))
    alone = _binomial(harmless, p)[: top + 1]
    drawn[:, : len(alone)] = alone
    for count, times in dangerous.items():
        chances = _binomial(count, p)
        factors = np.tile(chances[: t + 1], (len(nodes), 1))
        factors[:, t] *= nodes
        for _ in range(times):
            drawn = _multiplied(drawn, factors)
    return np.asarray(weights @ drawn)


@lru_cache(maxsize=1024)
def _quadrature(nodes: int) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, w / 2


def _multiplied(long: Floats, short: Floats) -> Floats:
    """Products of polynomials, row by row, cut at the degree of `long`; one row per node."""
    rows, size = long.shape
    product = np.zeros_like(long)
    if rows <= short.shape[1]:
        for row in range(rows):
            product[row] = np.convolve(long[row], short[row])[:size]
    else:
        for shift in range(min(short.shape[1], size)):
            product[:, shift:] += short[:, shift : shift + 1] * long[:, : size - shift]
    return product
