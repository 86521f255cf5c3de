"""Coverage of the house's intervals on new problems, and of others that it might have taken.

Run: python -m tests.benchmarks.bench_coverage [simulations]. First 200 problems at accuracies of
0.2 to 0.8: votes, pass@k and paired differences over 16 samples. Then 30 problems close to 0 and 1:
one answer a problem, and the mean of 16. An interval at 95 % should cover 0.950; in brackets the
shares that lie wholly above and wholly below the truth, then the width in points.
"""

import sys

import numpy as np

from scripts.lib.estimators.differences import mean_differences
from tests.simulated_problems import (
    AT_ONCE,
    DRAWS,
    METHODS,
    Coverage,
    accuracies,
    coverage,
    covered,
    house,
    pass_truth,
    passes,
    right_samples,
    shapes,
    vote_truth,
    votes,
    wrong_of_first,
)

SAMPLES = 16
MANY, FEW = 200, 30
LEVELS = (0.2, 0.35, 0.5, 0.65, 0.8)
NEAR_EDGE = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15)
SPREADS = (0.3, 2.0)
"""Totals of the shapes of Beta laws: problems nearly always right or wrong, or of all sorts."""


def told(found: Coverage) -> str:
    """One cell of the table."""
    return f"{found.held:.3f} ({found.above:.3f} {found.below:.3f}) {100 * found.width:5.1f}"


def many_problems(simulations: int) -> None:
    """200 problems: the house's intervals."""
    size = (MANY, simulations)
    for spread in SPREADS:
        for level in LEVELS:
            generator = np.random.default_rng(1)
            law = shapes(level, spread)
            right = right_samples(law, SAMPLES, size, generator)
            first = wrong_of_first(right, SAMPLES, generator)
            name = f"{MANY} problems, mean share {level}, spread {spread}"
            for k in (1, 4, 16):
                found = covered(house, passes(right, SAMPLES, k), pass_truth(law, k))
                print(f"{name}, pass@{k} ({pass_truth(law, k):.3f}): {told(found)}")
                found = covered(house, votes(right, first, SAMPLES, k), vote_truth(law, k))
                print(f"{name}, vote@{k} ({vote_truth(law, k):.3f}): {told(found)}")
            for gain in (0.0, 0.05):
                print(f"{name}, paired, {gain}: {told(paired(level, spread, gain, size))}")
            sys.stdout.flush()


def paired(level: float, spread: float, gain: float, size: tuple[int, int]) -> Coverage:
    """Differences of two methods over the same problems, the second nearer to 1 by some part."""
    generator = np.random.default_rng(2)
    chance = generator.beta(*shapes(level, spread), size)
    better = chance + gain * (1 - chance)
    right = [generator.binomial(SAMPLES, one) for one in (better, chance)]
    apart = (right[0] - right[1]) / SAMPLES
    limits = [
        mean_differences(apart[:, at : at + AT_ONCE], DRAWS, at)[1]
        for at in range(0, size[1], AT_ONCE)
    ]
    return coverage(np.vstack(limits), gain * (1 - level))


def few_problems(simulations: int) -> None:
    """30 problems close to 0 and 1: all methods."""
    for samples, spread in ((1, 1.0), (SAMPLES, 0.3), (SAMPLES, 2.0)):
        worst: dict[str, list[Coverage]] = {name: [] for name in METHODS}
        for level in accuracies(NEAR_EDGE):
            generator = np.random.default_rng(3)
            right = right_samples(shapes(level, spread), samples, (FEW, simulations), generator)
            print(f"{FEW} problems of {samples}, spread {spread}, accuracy {level:.3f}")
            for name, method in METHODS.items():
                found = covered(method, right / samples, level)
                worst[name].append(found)
                print(f"    {name:16s} {told(found)}", flush=True)
        for name, all_found in worst.items():
            held = np.array([one.held for one in all_found])
            width = np.mean([one.width for one in all_found])
            print(
                f"  {samples} samples, spread {spread}, {name}: least {held.min():.3f}, mean "
                f"{held.mean():.3f}, mean distance to 0.95 {np.abs(held - 0.95).mean():.3f}, "
                f"mean width {100 * width:.1f}"
            )


if __name__ == "__main__":
    COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    many_problems(COUNT)
    few_problems(COUNT)
