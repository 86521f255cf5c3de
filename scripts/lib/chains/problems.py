"""Chains of single-digit arithmetic modulo 10 and their answers.

A chain starts with a digit and applies operations from left to right, each result taken modulo
10. Every operation is one-to-one on the digits (plus, minus, times a number prime to 10), so a
slip never heals: all later values are wrong too. The answer is the last three running values
read as one number, 000 to 999, so that guessing is worth 1 in 1000. Where a chain has two
operations, its start is the first of the three values. Operations that change nothing (plus 0,
minus 0, times 1) are left out.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.errors import UserError

ANSWER_VALUES = 3
MOST_TAKEN = 0.5
"""Largest share of all chains of one length that a benchmark may hold, so that training keeps
enough."""


@dataclass(frozen=True, order=True)
class Operation:
    """One step: `sign` is "+", "-" or "*", `digit` its right-hand side."""

    sign: str
    digit: int

    def __call__(self, value: int) -> int:
        """The next running value, 0 to 9."""
        if self.sign == "+":
            return (value + self.digit) % 10
        if self.sign == "-":
            return (value - self.digit) % 10
        return (value * self.digit) % 10


OPERATIONS = tuple(
    Operation(sign, digit)
    for sign, digits in (("+", range(1, 10)), ("-", range(1, 10)), ("*", (3, 7, 9)))
    for digit in digits
)


def allowed_operations(made_of: list[str] | None) -> tuple[Operation, ...]:
    """The operations that a setting `made_of` names, such as "+3"; all if it is None."""
    if made_of is None:
        return OPERATIONS
    return tuple(one for one in OPERATIONS if f"{one.sign}{one.digit}" in made_of)


class TooManyProblemsError(UserError):
    """A benchmark asks for more different chains of one length than it may take."""


@dataclass(frozen=True, order=True)
class Chain:
    """A question, whatever its notation: two chains are the same question if they are equal."""

    start: int
    operations: tuple[Operation, ...]

    def values(self) -> list[int]:
        """The running values, start first: one more than there are operations."""
        values = [self.start]
        for operation in self.operations:
            values.append(operation(values[-1]))
        return values

    def answer(self) -> str:
        """The right answer as three digits, "042"."""
        return answer_of(self.values())


def answer_of(values: list[int]) -> str:
    """The last three running values as three digits."""
    return "".join(str(value) for value in values[-ANSWER_VALUES:])


def draw_chain(
    length: int, noise: np.random.Generator, operations: tuple[Operation, ...] = OPERATIONS
) -> Chain:
    """A chain of `length` of the operations, all equally likely."""
    picks = noise.integers(len(operations), size=length)
    return Chain(int(noise.integers(10)), tuple(operations[pick] for pick in picks))


def draw_benchmark(spec: GeneratedBenchmark, excluded: Collection[Chain] = ()) -> list[Chain]:
    """The chains of a benchmark, all different; lengths take turns, so that any first part of
    the list holds each length equally often.

    Args:
        spec: settings of the benchmark.
        excluded: chains that it must not hold.

    Raises:
        TooManyProblemsError: a length has too few different chains.
    """  # noqa: D205
    _check_room(spec, excluded)
    noise = np.random.Generator(np.random.PCG64(spec.seed))
    operations = allowed_operations(spec.made_of)
    chains: dict[Chain, None] = {}
    while len(chains) < spec.problems:
        length = spec.operations[len(chains) % len(spec.operations)]
        chain = draw_chain(length, noise, operations)
        if chain not in excluded:
            chains.setdefault(chain)
    return list(chains)


def _check_room(spec: GeneratedBenchmark, excluded: Collection[Chain]) -> None:
    turns = -(-spec.problems // len(spec.operations))
    kinds = len(allowed_operations(spec.made_of))
    taken = Counter(len(chain.operations) for chain in excluded)
    problems = []
    for length in spec.operations:
        room = int(MOST_TAKEN * 10 * kinds**length) - taken[length]
        if turns > room:
            problems.append(
                f"problems: {spec.problems} over {len(spec.operations)} length(s) takes {turns} "
                f"chains of {length} operations, and at most {max(room, 0)} may be taken (half of "
                "all, those of other benchmarks included, so that training has others); ask for "
                "fewer problems or list longer chains"
            )
    if problems:
        raise TooManyProblemsError("\n".join(problems))
