"""The strings of budget forcing as token ids, each spelt once."""

from collections.abc import Callable
from dataclasses import dataclass

from scripts.lib.config.pools import Forcing
from scripts.lib.engines.base import TokenEngine
from scripts.lib.errors import UserError
from scripts.lib.forcing.rounds import Thinking


class ForcingError(UserError):
    """A pool cannot be forced as it says."""


@dataclass(frozen=True)
class Marks:
    """What is appended by force, and what ends a round.

    `think` opens the thinking. `answer` follows thinking that ended by itself, `final` thinking
    that was cut: the first of the two where its text does not end in a newline.
    """

    think: tuple[int, ...]
    wait: tuple[int, ...]
    answer: tuple[int, ...]
    final: tuple[tuple[int, ...], tuple[int, ...]]
    stop_ids: tuple[int, ...]
    text_of: Callable[[tuple[int, ...]], str]

    @property
    def longest_suffix(self) -> int:
        """Most tokens between thinking and answer."""
        return max(map(len, (self.answer, *self.final)))

    def suffix(self, thinking: Thinking) -> tuple[int, ...]:
        """What ends the thinking and opens the answer.

        Whether a newline is missing is read off the thinking that the answer rests on. (s1's code
        reads it off the last round as generated, also where the budget trimmed that round.)
        """
        if not thinking.cut:
            return self.answer
        return closing(self.final, self.text_of, thinking.token_ids)


def marks_of(pool: str, forcing: Forcing, engine: TokenEngine) -> Marks:
    """Spell a pool's strings with the tokens of its model.

    Raises:
        ForcingError: a stop string is not one token.
        EngineError: a string that the vocabulary cannot write.
    """
    stop_ids: list[int] = []
    for text in forcing.stop:
        token_ids = engine.spell(text)
        if len(token_ids) != 1:
            raise ForcingError(
                f"pool {pool}: forcing.stop: {text!r} must be one token of the model, and is "
                f"{len(token_ids)}: {engine.names(token_ids)}; name tokens by which the model "
                "ends its thinking"
            )
        stop_ids += token_ids
    return Marks(
        think=engine.spell(forcing.think),
        wait=engine.spell(forcing.wait),
        answer=engine.spell(forcing.answer),
        final=closings(engine, forcing.answer, forcing.final),
        stop_ids=tuple(dict.fromkeys(stop_ids)),
        text_of=engine.decode,
    )


def closings(
    engine: TokenEngine, answer: str, final: str
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """What follows thinking that was cut: behind a text without a newline at its end, and with.

    Raises:
        EngineError: a string that the vocabulary cannot write.
    """
    return engine.spell("\n" + answer + final), engine.spell(answer + final)


def closing(
    final: tuple[tuple[int, ...], tuple[int, ...]],
    text_of: Callable[[tuple[int, ...]], str],
    token_ids: tuple[int, ...],
) -> tuple[int, ...]:
    """The one of the two `closings` that follows `token_ids`."""
    return final[text_of(token_ids[-1:]).endswith("\n")]
