"""What all verifiers do that read solutions piece by piece: batches, checks and counts."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from scripts.lib.verifiers.base import NewStep, Scored, Thread, VerifierError
from scripts.lib.verifiers.kept import KeptScores
from scripts.lib.verifiers.thread import Piece


def last_class(logits: Tensor) -> float:
    """The probability of the last of some classes."""
    return float(logits.double().softmax(dim=-1)[-1])


def single_value(logits: Tensor) -> float:
    """The probability that a single value is the logit of."""
    return float(logits.double().sigmoid()[-1])


class PieceReader(Protocol):
    """A model that reads pieces, each behind those before it.

    `context`: most tokens of prompt and steps together. `identity`: what of the way it reads may
    change a score.
    """

    context: int
    identity: dict[str, str]

    def read(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Tensor]]:
        """The place of each piece, and what the model says at its last token."""
        ...


class PiecewiseVerifier(ABC):
    """Scores a step at the last token of its piece; see scripts.lib.verifiers.base.Verifier.

    Args:
        name: of the model, for errors.
        reader: the model.
        probability: of what the model says at the last token of a right step.
    """

    identity: dict[str, Any]

    def __init__(
        self, name: str, reader: PieceReader, probability: Callable[[Tensor], float]
    ) -> None:
        self._name, self._reader, self._context = name, reader, reader.context
        self._probability = probability
        self._kept: KeptScores | None = None
        self._reads = True

    def keep(self, folder: Path) -> None:
        """Write every score down from now on, and read nothing that has its score there.

        A step whose score was found is read after all, and not counted again, once a later step
        needs what it would remember of it.

        Args:
            folder: of the journal.

        Raises:
            JournalError: it is broken.
        """
        self._kept = KeptScores(folder, self.identity)

    def only_kept(self) -> None:
        """Read nothing from now on: a step whose score is not on disk is an error."""
        self._reads = False

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
            VerifierError: a first step without tokens, one longer than the context, a score that
                is not a number, or one that is not kept after `only_kept`.
        """
        pieces = [self._next(thread, step) for thread, step in steps]
        scores = [None if piece is None else self._found(piece) for piece in pieces]
        unread = [
            (at, piece)
            for at, (piece, score) in enumerate(zip(pieces, scores, strict=True))
            if piece is not None and score is None
        ]
        if unread and not self._reads:
            raise VerifierError(
                f"{self._name}: the journal lacks the scores of {len(unread)} of {len(steps)} "
                "steps, and none is to be read anew"
            )
        for place, logits in self._reader.read([piece for _, piece in unread]):
            at, piece = unread[place]
            scores[at] = self._scored(piece, logits)
        return [
            Scored(thread, None, 0, 0)
            if piece is None
            else Scored(piece, score, len(piece.token_ids), piece.positions)
            for piece, score, (thread, _) in zip(pieces, scores, steps, strict=True)
        ]

    def _found(self, piece: Piece) -> float | None:
        return None if self._kept is None else self._kept.get(piece)

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

    def _scored(self, piece: Piece, logits: Tensor) -> float:
        score = self._probability(logits)
        if not 0 <= score <= 1:
            raise VerifierError(
                f"{self._name}: the score of a step is {score}, which is no probability; the "
                "weights may be broken, or overflow in this dtype: try float32"
            )
        return score if self._kept is None else self._kept.keep(piece, score)
