"""What every verifier takes and gives: steps behind what it has read, scores out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from scripts.lib.errors import UserError


class VerifierError(UserError):
    """A verifier cannot be had, or cannot score what it is given; the text says what to do."""


class Thread(Protocol):
    """What a verifier has read of one solution: its prompt and the steps so far. Never changes,
    so that solutions with a common beginning share it.
    """  # noqa: D205

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the verifier's own before the first step."""
        ...

    @property
    def tokens(self) -> int:
        """All tokens up to here, the prompt's included."""
        ...


@dataclass(frozen=True)
class NewStep:
    """The next step of a solution: its text with its separator, and its ids in the solver's
    tokens (None where they are not known). `last`: the solution ends with it.
    """  # noqa: D205

    text: str
    token_ids: tuple[int, ...] | None
    last: bool


@dataclass(frozen=True)
class Scored:
    """A step that was read. `score`: probability that it is right; None where nothing is left of
    the step to read, which then is no step of its own: its thread is that of the step before, and
    no tokens are read. `tokens`: how many the verifier read for it, `positions`: the sum of their
    positions, counted from 1; both without the prompt.
    """  # noqa: D205

    thread: Thread
    score: float | None
    tokens: int
    positions: int


class Verifier(Protocol):
    """A model that scores steps.

    `identity` is all that may change a score: weights, layout, dtype.
    """

    identity: dict[str, Any]

    def begin(self, problem: str, prompt: str) -> Thread:
        """The thread of a problem before its first step.

        Args:
            problem: the problem's text as its benchmark has it.
            prompt: the message that the solver was sent, which a verifier trained on the
                solver's own texts reads in its chat format.
        """
        ...

    def score(self, steps: Sequence[tuple[Thread, NewStep]]) -> list[Scored]:
        """Read each step behind its thread; only tokens that the thread does not hold are read.

        A prompt is read with its first step, and not again for other threads of the same `begin`.
        A score depends on nothing but its own thread and step. A solution's first step always has
        one.

        Raises:
            VerifierError: a step without tokens that the verifier cannot place, one longer than
                what it can read, or a score that is not a number.
        """
        ...
