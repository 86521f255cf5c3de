"""Problems with known chances of answers, of several sorts, for simulations of intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.lib.estimators.vote import Tally

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """Chances of the answers of one problem: the right one, wrong ones, and none."""

    right: float
    wrong: Floats
    empty: float

    @property
    def limit(self) -> float:
        """The vote of infinitely many samples."""
        return float(self.right > self.wrong.max())

    def drawn(self, n: int, generator: np.random.Generator) -> NDArray[np.int64]:
        """Classes of n samples: 0 is right, -1 empty, others wrong."""
        chances = np.concatenate([[self.empty, self.right], self.wrong])
        return generator.choice(len(chances), size=n, p=chances / chances.sum()) - 1


def tally_of(classes: NDArray[np.int64]) -> Tally:
    """Counts of such samples."""
    values, counts = np.unique(classes[classes >= 0], return_counts=True)
    pairs = zip(counts.tolist(), (values == 0).astype(float).tolist(), strict=True)
    return Tally(tuple(pairs), int((classes < 0).sum()))


def truths(kind: str, problems: int, generator: np.random.Generator) -> list[Truth]:
    """Problems of a sort.

    urn: what the laws of scripts/lib/estimators/answer_prior.py describe. uneven: nearly always
    right or hardly ever, as reasoning models on a contest; wrong answers follow Zipf's law, so
    that some problems have a favourite wrong one. middling: right shares in the middle, few wrong
    answers. scattered: hard, wrong answers many and rare.
    """
    found = []
    for _ in range(problems):
        empty = generator.beta(0.3, 3)
        if kind == "urn":
            share = generator.beta(0.6, 0.4)
            broken = generator.beta(1 - 0.2, 2 + 0.2 * np.arange(1, 81))
            wrong = broken * np.concatenate([[1], np.cumprod(1 - broken)[:-1]])
        elif kind == "uneven":
            share = generator.beta(0.6, 0.4)
            wrong = np.arange(1, 41) ** -generator.uniform(0.6, 2.0)
        elif kind == "middling":
            share = generator.beta(3, 3)
            wrong = generator.dirichlet(np.full(6, 0.7))
        else:
            share = generator.beta(0.8, 3)
            wrong = generator.dirichlet(np.full(60, 0.5))
        wrong = wrong / wrong.sum()
        found.append(Truth((1 - empty) * share, (1 - empty) * (1 - share) * wrong, empty))
    return found


def limit_of_kind(kind: str, problems: int) -> float:
    """The share of such problems whose right answer is the most frequent one."""
    generator = np.random.default_rng(12345)
    return float(np.mean([one.limit for one in truths(kind, problems, generator)]))
