"""What a verifier has read of a solution, as a chain of pieces that solutions share."""

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(eq=False)
class Piece:
    """A prompt or a step behind what was read before it; see scripts.lib.verifiers.base.Thread.

    `memory` holds the keys and values of this piece alone, of shape (2 layers, heads, tokens,
    size), the keys of a layer before its values; None until it is read. A piece that no search
    goes on from is let go of, and its memory with it. `text` is what it was spelt from, where that
    matters for what comes next. `key` is that of its score in a journal, once it was asked for.
    """

    token_ids: tuple[int, ...]
    before: "Piece | None" = None
    memory: Tensor | None = field(default=None, repr=False)
    text: str = ""
    key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._start = self.before.tokens if self.before else 0
        self._prompt = self.before.prompt_tokens if self.before else len(self.token_ids)

    @property
    def start(self) -> int:
        """Tokens before this piece."""
        return self._start

    @property
    def tokens(self) -> int:
        """All tokens up to here, the prompt's included."""
        return self._start + len(self.token_ids)

    @property
    def prompt_tokens(self) -> int:
        """Tokens of the prompt."""
        return self._prompt

    @property
    def positions(self) -> int:
        """Sum of the positions of this piece's tokens, counted from 1."""
        size = len(self.token_ids)
        return size * self._start + size * (size + 1) // 2

    def chain(self) -> list["Piece"]:
        """All pieces up to this one, the prompt first."""
        pieces = [self]
        while pieces[-1].before is not None:
            pieces.append(pieces[-1].before)
        return pieces[::-1]
