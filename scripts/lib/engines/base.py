"""What every engine takes and gives: requests with their own seeds in, finished responses out."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from scripts.lib.errors import UserError

End = Literal["stop", "length", "refusal"]


class EngineError(UserError):
    """An engine or its server did what it must not; the text says what, and what to do."""


@dataclass(frozen=True)
class Request:
    """One sample to draw.

    `prompt` is the user's message; the engine puts it into the model's chat format. `context`
    are token ids to continue from instead of `prompt`. `seed` belongs to the sample and sets
    its noise, whatever else is in the batch. `max_tokens` caps what is generated.
    """

    prompt: str | None
    seed: int
    max_tokens: int
    temperature: float
    top_p: float = 1.0
    effort: str | None = None
    context: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if (self.prompt is None) == (self.context is None):
            raise ValueError("a request has either a prompt or a context of token ids")


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

    def generate(self, requests: Iterable[tuple[str, Request]]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as responses finish, in any order.

        Requests are drawn from the iterable only when there is room for them, so that a caller
        who stops handing them out stops the spending.

        Raises:
            EngineError: no response can be had; those already yielded are whole.
        """
        ...

    def prompt_tokens(self, request: Request) -> int:
        """Tokens the request's prompt takes, exact for local models, an upper bound for others."""
        ...


def request_key(identity: dict[str, Any], request: Request, sample: int) -> str:
    """The sha256 of the whole request: engine identity, request and sample index."""
    whole = {"engine": identity, "request": vars(request), "sample": sample}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
