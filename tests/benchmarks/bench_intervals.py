"""Coverage and width of the intervals in simulations, larger than those of the tests.

Run: python -m tests.benchmarks.bench_intervals [simulations]. An interval at 95 % should cover
0.95; width is relative to what the estimate really scatters (1 is as narrow as it can be).
"""

import sys

import numpy as np
from numpy.typing import NDArray

from scripts.lib.estimators.intervals import (
    chance_sizes,
    new_problems_interval,
    plausible_chance,
    same_problems_interval,
)
from scripts.lib.estimators.passk import pass_at_k
from scripts.lib.estimators.vote import Tally, expected_votes

Floats = NDArray[np.float64]

PROBLEMS = 30
TWO_SIDED = 2 * 1.959964


def chances_of_answers(kind: str, generator: np.random.Generator) -> Floats:
    """Chances of five answers (the first is right) and of an empty one, per problem."""
    if kind == "spread out":
        return generator.dirichlet(np.full(6, 0.4), PROBLEMS)
    if kind == "mostly decided":
        chances = generator.dirichlet(np.full(6, 0.1), PROBLEMS)
        chances[:10] = [1, 0, 0, 0, 0, 0]
        chances[10:14] = [0, 0.5, 0.3, 0.1, 0.1, 0]
        return chances
    return generator.dirichlet([0.05, 1, 1, 1, 0.5, 0.1], PROBLEMS)


def votes(counts: NDArray[np.int64], sizes: list[int]) -> list[Floats]:
    """Votes of the pools as they are, with one more right and one more wrong sample."""
    tallies = [
        Tally(tuple((int(c), float(a == 0)) for a, c in enumerate(row[:-1]) if c), int(row[-1]))
        for row in counts
    ]
    right = [one.with_one_more(True) for one in tallies]
    wrong = [one.with_one_more(False) for one in tallies]
    return [expected_votes(pools, sizes) for pools in (tallies, right, wrong)]


def passes(counts: NDArray[np.int64], sizes: list[int]) -> list[Floats]:
    """The same for pass@k."""
    n, c = int(counts[0].sum()), counts[:, 0]
    return [pass_at_k(m, right, sizes) for m, right in ((n, c), (n + 1, c + 1), (n + 1, c))]


def same_problems(simulations: int) -> None:
    """New samples of the same problems."""
    for kind in ("spread out", "mostly decided", "nearly all wrong"):
        for n in (4, 16, 64):
            generator = np.random.default_rng(1)
            chances = chances_of_answers(kind, generator)
            ks = sorted({1, max(2, n // 4), n // 2, n})
            pools = [
                np.array([generator.multinomial(n, chance) for chance in chances])
                for _ in range(simulations)
            ]
            for name, evaluate in (("vote", votes), ("pass", passes)):
                means, limits = [], []
                for counts in pools:
                    mean = evaluate(counts, ks)[0].mean(axis=0)
                    chance = plausible_chance(*evaluate(counts, chance_sizes(n, ks)))
                    means.append(mean)
                    limits.append(same_problems_interval(mean, chance, n, ks))
                # The values are unbiased: their mean over all pools stands for the truth.
                report(f"{kind}, {name} of n={n}, k={ks}", np.array(means), np.array(limits))


def new_problems(simulations: int) -> None:
    """New problems: accuracies over 16 samples, and single answers."""
    for samples, a, b in ((16, 0.5, 0.5), (16, 3, 1), (16, 20, 1), (1, 3, 1), (1, 30, 1)):
        generator = np.random.default_rng(2)
        means, limits = [], []
        for seed in range(simulations):
            right = generator.binomial(samples, generator.beta(a, b, PROBLEMS))
            values = right[:, None] / samples
            means.append(values.mean(axis=0))
            limits.append(new_problems_interval(values, 1000, seed))
        name = f"new problems, mean accuracy {a / (a + b):.2f}, {samples} samples"
        report(name, np.array(means), np.array(limits), np.array([a / (a + b)]))


def report(name: str, means: Floats, limits: Floats, truth: Floats | None = None) -> None:
    """Print coverage and relative width, one figure per k."""
    centre = means.mean(axis=0) if truth is None else truth
    low, high = limits[..., 0], limits[..., 1]
    covered = ((low <= centre + 1e-12) & (centre - 1e-12 <= high)).mean(axis=0)
    width = (high - low).mean(axis=0) / (TWO_SIDED * np.maximum(means.std(axis=0), 1e-12))
    print(f"{name}: covers {np.round(covered, 3)}, width {np.round(width, 2)}")


if __name__ == "__main__":
    COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    new_problems(COUNT)
    same_problems(COUNT)
