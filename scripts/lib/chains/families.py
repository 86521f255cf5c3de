"""Question families: the same arithmetic in different notations, as domains of the benchmark.

Each family writes a chain as text and reads it back, so that a question can be recognised in
any of them.
"""

import re
from dataclasses import dataclass

from scripts.lib.chains.problems import OPERATIONS, Chain, Operation

TAGS = "abcdefghij"
"""Each operation bears a letter, by which a trace refers to it. A small model finds a letter in
its prompt long before it learns to count operations."""

STEM = "Last three values modulo 10"


@dataclass(frozen=True)
class Family:
    """One notation: what stands before the steps, and the text of a step by sign."""

    name: str
    opening: str
    steps: dict[str, str]

    def text(self, chain: Chain) -> str:
        """The question."""
        steps = [self._step(place, operation) for place, operation in enumerate(chain.operations)]
        return self.opening.format(digit=chain.start) + "".join(steps)

    def read(self, text: str) -> Chain | None:
        """The chain that `text` asks about; None if it is not of this family."""
        start = re.match(re.escape(self.opening).replace(r"\{digit\}", "([0-9])"), text)
        if not start:
            return None
        operations: list[Operation] = []
        position = start.end()
        while position < len(text) and len(operations) < len(TAGS):
            for operation in OPERATIONS:
                step = self._step(len(operations), operation)
                if text.startswith(step, position):
                    operations.append(operation)
                    position += len(step)
                    break
            else:
                return None
        chain = Chain(int(start[1]), tuple(operations))
        return chain if self.text(chain) == text else None

    def _step(self, place: int, operation: Operation) -> str:
        return self.steps[operation.sign].format(tag=TAGS[place], digit=operation.digit)


FAMILIES = (
    Family(
        "line",
        f"{STEM}: {{digit}}",
        {sign: f" {{tag}}{sign}{{digit}}" for sign in "+-*"},
    ),
    Family(
        "words",
        f"{STEM}: start {{digit}}",
        {
            "+": "; {tag} add {digit}",
            "-": "; {tag} take {digit}",
            "*": "; {tag} times {digit}",
        },
    ),
    Family(
        "program",
        f"{STEM} of v: v={{digit}}",
        {sign: f";{{tag}}{sign}={{digit}}" for sign in "+-*"},
    ),
)


def read_question(text: str) -> Chain | None:
    """The chain behind a question in any family; None if it is not a question about chains."""
    for family in FAMILIES:
        chain = family.read(text)
        if chain is not None:
            return chain
    return None
