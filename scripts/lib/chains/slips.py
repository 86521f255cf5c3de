"""How often a trace's writer slips, and to what.

Slips belong to facts: a fact is a digit and an operation on it ("7*8" may be hard, "1+1" easy).
The chances of a slip are spread over the facts as a Beta distribution with a heavy tail, so that
most facts are nearly safe and a few are wrong more often than right. Each fact slips to one
wrong digit of its own. As with real models, wrong answers then agree with each other, a
majority vote of many samples cannot mend everything, and what is left over is what only a
verifier finds.
"""

from dataclasses import dataclass

import numpy as np
import scipy  # its parts load when they are used

from scripts.lib.chains.problems import OPERATIONS, Operation

TAIL = 3.0
"""Sum of the Beta distribution's two shapes; smaller is heavier-tailed."""


@dataclass(frozen=True)
class Slips:
    """Chance of a slip and its result for every fact, by digit and operation."""

    chances: dict[tuple[int, Operation], float]
    results: dict[tuple[int, Operation], int]

    @classmethod
    def draw(cls, rate: float, seed: int) -> "Slips":
        """Spread chances with mean `rate` over all facts; which fact is hard is random.

        The chances are the quantiles of Beta(TAIL rate, TAIL (1 - rate)), so that their spread
        is the same for every seed; they are scaled to the exact mean.
        """
        facts = [(digit, operation) for operation in OPERATIONS for digit in range(10)]
        noise = np.random.Generator(np.random.PCG64(seed))
        chances = np.zeros(len(facts))
        if rate > 0:
            middles = (np.arange(len(facts)) + 0.5) / len(facts)
            chances = scipy.special.betaincinv(TAIL * rate, TAIL * (1 - rate), middles)
            chances = np.minimum(chances * (rate / chances.mean()), 1)
        noise.shuffle(chances)
        shifts = noise.integers(1, 10, size=len(facts))
        results = {
            (digit, operation): (operation(digit) + int(shift)) % 10
            for (digit, operation), shift in zip(facts, shifts, strict=True)
        }
        return cls(dict(zip(facts, chances.tolist(), strict=True)), results)

    def step(
        self, value: int, operation: Operation, noise: np.random.Generator, tries: int = 1
    ) -> int:
        """The result as written: wrong if any of `tries` chances to slip is taken."""
        safe = 1 - self.chances[value, operation]
        if noise.random() < safe**tries:
            return operation(value)
        return self.results[value, operation]
