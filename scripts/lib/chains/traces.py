"""Training traces: a first pass with slips, further passes (after a "Wait") that check it.

A pass writes one line a step ("3a+4=7", where a is the step's tag in the question), or, where
the prompt asks for few tokens, only the running values in one line ("378"): those steps are done
in the head and get two chances to slip. A checking pass works every step out again. Where its
result differs from the pass before (for the same step on the same value), it looks a second time
and keeps what it sees then. So a right step is lost only by two slips, and a wrong one is mended
if the fact is not a hard one. Nothing tells the writer which step was wrong. The answer follows
the last pass.

That makes one or two waits help and more help less: what is left over are facts that the
writer holds for true. Had the checking pass ignored the one before, the last pass would be no
better than the first; had it copied, waits would do nothing.
"""

from dataclasses import dataclass

import numpy as np

from scripts.lib.chains.families import TAGS
from scripts.lib.chains.problems import Chain
from scripts.lib.chains.slips import Slips

HEAD_TRIES = 2
"""Chances to slip in a step that is not written out."""
STEP_TOKENS = 7
"""Tokens of a written step, one a character, its newline included."""
FRAME_TOKENS = 13
"""Tokens around the passes: delimiters, the answer's opening, the answer, the end."""


@dataclass(frozen=True)
class Plan:
    """How long to think: steps written out or not, and how often to wait."""

    written: bool
    waits: int

    def tokens(self, length: int) -> int:
        """Tokens that a sample with this plan generates for a chain of `length` operations."""
        one = STEP_TOKENS * length if self.written else length + 2
        return FRAME_TOKENS + one * (self.waits + 1) + 2 * self.waits


@dataclass(frozen=True)
class Pass:
    """One way through the chain: running values as written, start first."""

    values: tuple[int, ...]
    written: bool

    def text(self, chain: Chain) -> str:
        """The pass as it stands in the trace, without a newline at its end."""
        if not self.written:
            return "".join(str(value) for value in self.values)
        steps = zip(TAGS, self.values, chain.operations, self.values[1:], strict=False)
        return "\n".join(f"{old}{tag}{op.sign}{op.digit}={new}" for tag, old, op, new in steps)


def first_pass(chain: Chain, written: bool, slips: Slips, noise: np.random.Generator) -> Pass:
    """Work the chain out once."""
    tries = 1 if written else HEAD_TRIES
    values = [chain.start]
    for operation in chain.operations:
        values.append(slips.step(values[-1], operation, noise, tries))
    return Pass(tuple(values), written)


def checking_pass(chain: Chain, before: Pass, slips: Slips, noise: np.random.Generator) -> Pass:
    """Work the chain out again beside the pass before; look twice where they differ."""
    tries = 1 if before.written else HEAD_TRIES
    values = [chain.start]
    for position, operation in enumerate(chain.operations):
        value = values[-1]
        result = slips.step(value, operation, noise, tries)
        if value == before.values[position] and result != before.values[position + 1]:
            result = slips.step(value, operation, noise, tries)
        values.append(result)
    return Pass(tuple(values), before.written)


def draw_passes(chain: Chain, plan: Plan, slips: Slips, noise: np.random.Generator) -> list[Pass]:
    """All passes of a trace: the first and one for each wait."""
    passes = [first_pass(chain, plan.written, slips, noise)]
    for _ in range(plan.waits):
        passes.append(checking_pass(chain, passes[-1], slips, noise))
    return passes
