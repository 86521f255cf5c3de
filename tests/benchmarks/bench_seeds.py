"""Coverage of the interval over seeds and problems, in simulations with a known truth.

Run: python -m tests.benchmarks.bench_seeds [simulations]. An interval at 95 % should cover 0.95;
beside it the interval that knows of problems only, which seeds that matter make too narrow.
"""

import sys

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from scripts.lib.estimators.intervals import new_problems_interval
from scripts.lib.estimators.seeds import seeds_interval

Floats = NDArray[np.float64]

PROBLEMS = 90
SAMPLES = 4
DRAWS = 1000
MANY = 20_000


def chances(hardness: Floats, seeds: Floats, level: float) -> Floats:
    """Chance of a right sample of each problem under each seed."""
    return np.asarray(expit(level + hardness[:, None] + seeds[None, :]))


def coverage(effect: float, seeds: int, level: float, simulations: int) -> tuple[float, float]:
    """How often the interval, and the one over problems alone, hold the true mean."""
    generator = np.random.default_rng(3)
    truth = chances(
        1.5 * generator.standard_normal(MANY), effect * generator.standard_normal(200), level
    ).mean()
    held = np.zeros(2)
    for run in range(simulations):
        chance = chances(
            1.5 * generator.standard_normal(PROBLEMS),
            effect * generator.standard_normal(seeds),
            level,
        )
        values = generator.binomial(SAMPLES, chance) / SAMPLES
        low, high = seeds_interval(values, DRAWS, run)
        alone = new_problems_interval(values.mean(axis=1)[:, None], DRAWS, run)[0]
        held += low <= truth <= high, alone[0] <= truth <= alone[1]
    return held[0] / simulations, held[1] / simulations


def main(simulations: int) -> None:
    """Print coverage for several strengths of the seed, numbers of seeds and accuracies."""
    print(f"{PROBLEMS} problems, {SAMPLES} samples each, {simulations} simulations")
    print("seed effect  seeds  level  covered  by problems alone")
    for effect in (0.0, 0.3, 0.6):
        for seeds in (2, 5):
            for level in (0.0, 3.0):
                both, alone = coverage(effect, seeds, level, simulations)
                print(f"{effect:11.1f}  {seeds:5d}  {level:5.1f}  {both:7.3f}  {alone:17.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
