"""What engines of local models share: how texts become tokens, and how a batch is kept full."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from scripts.lib.engines.base import NOTHING_IN_FLIGHT, End, EngineError, Keyed, Request, Response
from scripts.lib.engines.local_text import LocalText
from scripts.lib.engines.request_source import RequestSource

WINDOW_BATCHES = 8
"""Requests are drawn in windows of so many batches, and sorted by prompt within a window."""


@dataclass(frozen=True)
class Job:
    """A request with its prompt as token ids and the most tokens that it can get."""

    key: str
    request: Request
    prompt: tuple[int, ...]
    limit: int


@dataclass(frozen=True)
class Finished:
    """What became of a job: every generated token, the end token included."""

    job: Job
    token_ids: tuple[int, ...]
    end: End


class Batch(Protocol):
    """Sequences that are decoded together."""

    @property
    def free(self) -> int:
        """How many more it takes."""
        ...

    @property
    def busy(self) -> bool:
        """Whether it has any."""
        ...

    def admit(self, job: Job) -> None:
        """Take a job, whose limit is at least one token."""
        ...

    def step(self) -> list[Finished]:
        """Decode on; the jobs that are done."""
        ...


class LocalEngine:
    """The part of scripts.lib.engines.base.TokenEngine that does not depend on who decodes.

    Args:
        text: the text side of the model.
        identity: all that may change what it says.
        batch_size: sequences decoded at once.
    """

    def __init__(self, text: LocalText, identity: dict[str, Any], batch_size: int) -> None:
        if batch_size < 1:
            raise ValueError("batch_size: at least 1")
        self._text = text
        self.identity = identity
        self._batch_size = batch_size

    @property
    def settings(self) -> dict[str, Any]:
        """How it is run, beside what may change a response: for the record."""
        return {"batch_size": self._batch_size}

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self._text.tokenizer

    @property
    def context(self) -> int:
        """Most tokens of a sequence."""
        return self._text.context

    @property
    def batch_size(self) -> int:
        """Sequences decoded at once."""
        return self._batch_size

    def encode(self, request: Request) -> tuple[int, ...]:
        """The token ids that the model gets: prompt in its chat format, or context as it is."""
        return self._text.encode(request)

    def prompt_tokens(self, request: Request) -> int:
        """Tokens of the prompt in the model's chat format, or of the context."""
        return len(self.encode(request))

    def spell(self, text: str) -> tuple[int, ...]:
        """The token ids of a text, without anything put before or after it.

        Raises:
            EngineError: the vocabulary cannot write it.
        """
        return self._text.spell(text)

    def names(self, token_ids: tuple[int, ...]) -> list[str]:
        """The tokens as the vocabulary writes them."""
        names: list[str] = self.tokenizer.convert_ids_to_tokens(list(token_ids))
        return names

    def decode(self, token_ids: tuple[int, ...]) -> str:
        """Text with all special tokens; an end token that closes it is left out."""
        return self._text.decode(token_ids)

    def thinking_tokens(self, prompt: tuple[int, ...], token_ids: tuple[int, ...]) -> int | None:
        """Tokens of thinking in what follows a prompt; see TokenEngine."""
        return self._text.thinking_tokens(prompt, token_ids)

    def _fill(
        self, requests: Iterable[Keyed | None], batch: Batch
    ) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as jobs of a batch end, and give it new ones in their place.

        At most one window and one batch of requests are held at a time. A request whose prompt
        is longer than the context stops the drawing; what is held is finished first.

        Raises:
            EngineError: prompts longer than the context, or token ids outside the vocabulary, by
                key; or requests wait for a response while none is in flight.
        """
        source = RequestSource(requests)
        waiting: deque[Job] = deque()
        refused: list[Job] = []
        while True:
            if source.ready and batch.free and not waiting:
                jobs = self._draw(source)
                refused = [job for job in jobs if job.limit < 0]
                source.over = source.over or bool(refused)
                waiting.extend(sorted((job for job in jobs if job.limit >= 0), key=_order))
            while waiting and batch.free:
                job = waiting.popleft()
                if job.limit == 0:
                    yield job.key, self._text.response(job.prompt, (), "length")
                    source.waits = False
                else:
                    batch.admit(job)
            if batch.busy:
                for done in batch.step():
                    response = self._text.response(done.job.prompt, done.token_ids, done.end)
                    yield done.job.key, response
                    source.waits = False
            elif source.over:
                break
            elif source.waits:
                raise EngineError(f"{self._text.name}: {NOTHING_IN_FLIGHT}")
        if refused:
            raise self._text.too_long({job.key: len(job.prompt) for job in refused})

    def _draw(self, source: RequestSource) -> list[Job]:
        """The next window of requests; a prompt that does not fit has a limit below 0."""
        jobs = []
        for key, request in source.window(WINDOW_BATCHES * self._batch_size):
            prompt = self._text.checked(key, request)
            limit = min(request.max_tokens, self.context - len(prompt))
            jobs.append(Job(key, request, prompt, limit))
        return jobs


def _order(job: Job) -> tuple[int, tuple[int, ...]]:
    """Where a job stands in its window.

    Prompts of like length are neighbours, which wastes little, and equal ones are read only
    once; contexts with a common beginning are neighbours, so that it is read only once.
    """
    return (len(job.prompt) if job.request.context is None else 0, job.prompt)
