"""What every engine takes and gives: requests with their own seeds in, finished responses out."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from scripts.lib.errors import UserError

End = Literal["stop", "length", "refusal"]


class EngineError(UserError):
    """An engine or its server did what it must not; the text says what, and what to do."""


@dataclass(frozen=True)
class Request:
    """One sample to draw.

    `prompt` is the user's message; the engine puts it into the model's chat format. `context`
    are token ids to continue from instead of `prompt`. `seed` belongs to the sample and sets
    its noise, whatever else is in the batch. `max_tokens` caps what is generated. `stop_ids` are
    tokens that end it besides the model's own end tokens; neither kind is chosen before
    `min_tokens` tokens were generated. `cuts` are lengths of the context, steps that end there:
    what was read up to such a place serves other requests that begin alike.
    """

    prompt: str | None
    seed: int
    max_tokens: int
    temperature: float
    top_p: float = 1.0
    effort: str | None = None
    context: tuple[int, ...] | None = None
    stop_ids: tuple[int, ...] = ()
    min_tokens: int = 0
    cuts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if (self.prompt is None) == (self.context is None):
            raise ValueError("a request has either a prompt or a context of token ids")


Keyed = tuple[str, Request]
"""A request and the key by which its response is known."""

NOTHING_IN_FLIGHT = (
    "the requests that are left wait for a response, and none is in flight: what hands out the "
    "requests has lost one"
)
"""What an engine says that would otherwise wait for ever."""


@dataclass(frozen=True)
class Response:
    """One finished sample. Token counts are None where nobody knows them.

    `generated_tokens` holds everything generated, its end token and hidden reasoning included;
    `thinking_tokens` the part before the answer. `billed_usd` is what the service says it
    charged. `details` keeps what else the service told (its model name, its request id).
    """

    text: str | None
    end: End
    prompt_tokens: int | None
    generated_tokens: int | None
    cached_tokens: int | None = None
    thinking_tokens: int | None = None
    token_ids: tuple[int, ...] | None = None
    billed_usd: float | None = None
    details: dict[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """A model that can be asked.

    `identity` is everything about the model and how it is run that may change a response: its
    name and revision or the sha256 of its weights, engine, dtype. It enters every request key.
    """

    identity: dict[str, Any]

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as responses finish, in any order.

        Requests are drawn from the iterable only when there is room for them, so that a caller
        who stops handing them out stops the spending. It may yield None: no request is ready
        before another response has been taken. It is then asked again after the next response;
        None while nothing is in flight is an error.

        Raises:
            EngineError: no response can be had; those already yielded are whole.
        """
        ...

    def prompt_tokens(self, request: Request) -> int:
        """Tokens the request's prompt takes, exact for local models, an upper bound for others."""
        ...


@runtime_checkable
class TokenEngine(Engine, Protocol):
    """An engine that can go on from token ids."""

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, as transformers has it."""
        ...

    @property
    def context(self) -> int:
        """Most tokens of a sequence."""
        ...

    @property
    def batch_size(self) -> int:
        """Requests that it works on at once."""
        ...

    def encode(self, request: Request) -> tuple[int, ...]:
        """The token ids that the model gets: prompt in its chat format, or context as it is."""
        ...

    def spell(self, text: str) -> tuple[int, ...]:
        """The token ids of a text, without anything put before or after it.

        Raises:
            EngineError: the vocabulary cannot write it.
        """
        ...

    def names(self, token_ids: tuple[int, ...]) -> list[str]:
        """The tokens as the vocabulary writes them."""
        ...

    def decode(self, token_ids: tuple[int, ...]) -> str:
        """Text with all special tokens; an end token that closes it is left out."""
        ...

    def thinking_tokens(self, prompt: tuple[int, ...], token_ids: tuple[int, ...]) -> int | None:
        """Tokens of thinking in what follows a prompt, as of scripts.lib.thinking; None where
        thinking and answer cannot be told apart.

        Args:
            prompt: token ids before it.
            token_ids: all that follows, without the token that ended it.
        """  # noqa: D205
        ...


def request_key(identity: dict[str, Any], request: Request, sample: int) -> str:
    """The sha256 of the whole request: engine identity, request and sample index.

    Settings that requests did not always have enter it only where they are used, so that older
    journals keep their keys.
    """
    later = {"stop_ids", "min_tokens"}
    used = {name: value for name, value in vars(request).items() if value or name not in later}
    del used["cuts"]  # how it is read, not what is asked
    whole = {"engine": identity, "request": used, "sample": sample}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
