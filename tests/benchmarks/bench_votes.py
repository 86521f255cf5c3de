"""Seconds and peak memory of exact votes, on one core, for pools of the sizes that matter.

Run: python -m tests.benchmarks.bench_votes. Answers follow random distributions over up to 40
classes, from nearly unanimous to nearly even ones; no two problems have the same counts, or
nearly none, so that computing equal ones once does not help.
"""

import os
import resource
import statistics
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402

from scripts.lib.estimators.vote import Tally, expected_votes  # noqa: E402

REPEATS = 3
SIZES = {
    "30 problems x 160 samples, every k": (30, 160, list(range(1, 161)), 5.0),
    "500 problems x 256 samples, k = 1, 2, 4 ... 256": (500, 256, [2**i for i in range(9)], 20.0),
}
EVENNESS = {"nearly unanimous": 0.1, "mixed": 0.5, "nearly even": 5.0}


def random_tallies(problems: int, n: int, evenness: float) -> list[Tally]:
    """Random counts of up to 40 classes, the first of them right, and some empty answers."""
    generator = np.random.default_rng(0)
    tallies = []
    for _ in range(problems):
        chances = generator.dirichlet(np.full(int(generator.integers(2, 41)), evenness))
        empty = int(generator.binomial(n, 0.05))
        counts = generator.multinomial(n - empty, chances)
        classes = ((int(count), float(a == 0)) for a, count in enumerate(counts) if count)
        tallies.append(Tally(tuple(classes), empty))
    return tallies


def main() -> None:
    """Print the median seconds per size and kind of pool, and the peak memory at the end."""
    for name, (problems, n, ks, limit) in SIZES.items():
        for kind, evenness in EVENNESS.items():
            tallies = random_tallies(problems, n, evenness)
            seconds = []
            for _ in range(REPEATS):
                start = time.process_time()
                expected_votes(tallies, ks)
                seconds.append(time.process_time() - start)
            median = statistics.median(seconds)
            print(f"{name}, {kind}: {median:.3f} s of processor time (limit {limit:.0f} s)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak resident memory: {peak:.3f} GiB (limit 1 GB)")


if __name__ == "__main__":
    main()
