"""What all verifiers do that read solutions piece by piece: batches, checks and counts."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from scripts.lib.verifiers.base import NewStep, Scored, Thread, VerifierError
from scripts.lib.verifiers.loading import Loaded
from scripts.lib.verifiers.reader import Reader
from scripts.lib.verifiers.thread import Piece


def last_class(logits: Tensor) -> float:
    """The probability of the last of some classes."""
    return float(logits.double().softmax(dim=-1)[-1])


def single_value(logits: Tensor) -> float:
    """The probability that a single value is the logit of."""
    return float(logits.double().sigmoid()[-1])


class PiecewiseVerifier(ABC):
    """Scores a step at the last token of its piece; see scripts.lib.verifiers.base.Verifier.

    Args:
        loaded: the model.
        batch_size: steps read at once.
        probability: of what the model says at the last token of a right step.
    """

    identity: dict[str, Any]

    def __init__(
        self, loaded: Loaded, batch_size: int, probability: Callable[[Tensor], float]
    ) -> None:
        self._name, self._context = loaded.name, loaded.context
        self._reader = Reader(loaded.model, batch_size, loaded.device)
        self._probability = probability

    @abstractmethod
    def begin(self, problem: str, prompt: str) -> Thread:
        """The thread of a problem before its first step."""

    @abstractmethod
    def _piece(self, thread: Piece, step: NewStep) -> Piece:
        """A step as the verifier reads it; without tokens if nothing is left of it."""

    def score(self, steps: Sequence[tuple[Thread, NewStep]]) -> list[Scored]:
        """Read each step behind its thread; see scripts.lib.verifiers.base.Verifier.

        A step without tokens is none of its own, unless it is the first.

        Raises:
            VerifierError: a first step without tokens, one longer than the context, or a score
                that is not a number.
        """
        pieces = [self._next(thread, step) for thread, step in steps]
        logits = iter(self._reader.read([piece for piece in pieces if piece is not None]))
        return [
            Scored(thread, None, 0, 0) if piece is None else self._scored(piece, next(logits))
            for piece, (thread, _) in zip(pieces, steps, strict=True)
        ]

    def _next(self, thread: Thread, step: NewStep) -> Piece | None:
        assert isinstance(thread, Piece), "threads come from begin() and score()"
        piece = self._piece(thread, step)
        if not piece.token_ids:
            if thread.before is not None:
                return None
            raise VerifierError(
                f"{self._name}: a step without tokens cannot be scored: its text is {step.text!r}"
            )
        if piece.tokens > self._context:
            raise VerifierError(
                f"{self._name}: prompt and steps take {piece.tokens} tokens, and the verifier "
                f"reads {self._context}; lower the solver's max_tokens"
            )
        return piece

    def _scored(self, piece: Piece, logits: Tensor) -> Scored:
        score = self._probability(logits)
        if not 0 <= score <= 1:
            raise VerifierError(
                f"{self._name}: the score of a step is {score}, which is no probability; the "
                "weights may be broken, or overflow in this dtype: try float32"
            )
        return Scored(piece, score, len(piece.token_ids), piece.positions)
