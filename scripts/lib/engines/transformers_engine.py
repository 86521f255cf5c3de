"""Sampling from a local model with transformers: continuous batches, a noise of its own per sample.

A batch has a fixed number of rows. A row that finishes is given to the next request at once, so
that the batch stays full; rows without a request compute and are ignored. Each prompt goes
through the model alone (samples of the same prompt share it), and each row keeps its keys and
values from slot 0 on, so that no row's numbers depend on what its neighbours are.

What is left is the number of rows itself: a matrix product of another shape may differ in the
last bits, and a choice on a knife's edge may then fall otherwise. In float64 such differences
are smaller than any gap between two choices that occurs in practice: use it where samples must not
depend on `batch_size` or on the point at which a text was cut and continued.
tests/benchmarks/bench_transformers_engine.py measures both.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import NOTHING_IN_FLIGHT, EngineError, Keyed, Request, Response
from scripts.lib.engines.local_model import load_model
from scripts.lib.engines.request_source import RequestSource
from scripts.lib.engines.row_batch import Finished, Job, RowBatch
from scripts.lib.thinking import opens_thinking, thinking_length

WINDOW_BATCHES = 8
"""Requests are drawn in windows of so many batches, and sorted by prompt within a window."""


class TransformersEngine:
    """A local model, decoded by transformers; see scripts.lib.engines.base.Engine.

    Args:
        source: folder with safetensors weights, or repository on the Hub.
        revision: branch, tag or commit of the repository; None for a folder.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        batch_size: rows decoded at once.
        device: as PyTorch names it; None takes a GPU where there is one.

    Raises:
        EngineError: the model cannot be loaded or decoded.
    """

    def __init__(
        self,
        source: Path | str,
        *,
        revision: str | None = None,
        dtype: Dtype = "auto",
        batch_size: int = 32,
        device: str | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError("batch_size: at least 1")
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._local = load_model(source, revision, dtype, str(self._device))
        self._batch_size = batch_size
        self.identity = self._local.identity

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer."""
        return self._local.tokenizer

    @property
    def context(self) -> int:
        """Most tokens of a sequence."""
        return self._local.context

    @property
    def batch_size(self) -> int:
        """Rows decoded at once."""
        return self._batch_size

    def spell(self, text: str) -> tuple[int, ...]:
        """The token ids of a text, without anything put before or after it.

        Raises:
            EngineError: the vocabulary cannot write it.
        """
        token_ids = tuple(self.tokenizer.encode(text, add_special_tokens=False))
        unknown = self.tokenizer.unk_token_id
        if (text and not token_ids) or (unknown is not None and unknown in token_ids):
            raise EngineError(
                f"{self._local.name}: the vocabulary cannot write {text!r}; take another text"
            )
        return token_ids

    def names(self, token_ids: tuple[int, ...]) -> list[str]:
        """The tokens as the vocabulary writes them."""
        names: list[str] = self.tokenizer.convert_ids_to_tokens(list(token_ids))
        return names

    def decode(self, token_ids: tuple[int, ...]) -> str:
        """Text with all special tokens; an end token that closes it is left out."""
        return self._local.decode(token_ids)

    def thinking_tokens(self, prompt: tuple[int, ...], token_ids: tuple[int, ...]) -> int | None:
        """Tokens of thinking in what follows a prompt; see TokenEngine."""
        marks = self._local.openings, self._local.delimiters
        return thinking_length(token_ids, *marks, opened=opens_thinking(prompt, *marks))

    def encode(self, request: Request) -> tuple[int, ...]:
        """The token ids that the model gets: prompt in its chat format, or context as it is."""
        if request.prompt is not None:
            return self._local.encode_prompt(request.prompt)
        assert request.context is not None
        return request.context

    def prompt_tokens(self, request: Request) -> int:
        """Tokens of the prompt in the model's chat format, or of the context."""
        return len(self.encode(request))

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as rows finish.

        At most one window and one batch of requests are held at a time. A request whose prompt
        is longer than the model's context stops the drawing; what is held is finished first.
        Requests may depend on responses: see scripts.lib.engines.base.Engine.

        Raises:
            EngineError: prompts longer than the context, or token ids outside the vocabulary, by
                key; or the device's memory is full; or requests wait for a response while none
                is in flight.
        """
        try:
            yield from self._generate(RequestSource(requests))
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"{self._local.name}: the memory of {self._device} is full at "
                f"{self._batch_size} rows; lower batch_size: {error}"
            ) from error

    def _generate(self, source: RequestSource) -> Iterator[tuple[str, Response]]:
        batch = RowBatch(self._local, self._batch_size, self._device)
        waiting: deque[Job] = deque()
        refused: list[Job] = []
        while True:
            free = batch.free
            if source.ready and free and not waiting:
                jobs = self._draw(source)
                refused = [job for job in jobs if job.limit < 0]
                source.over = source.over or bool(refused)
                waiting.extend(sorted((job for job in jobs if job.limit >= 0), key=_order))
            while waiting and free:
                job = waiting.popleft()
                if job.limit == 0:
                    yield job.key, self._response(Finished(job, (), "length"))
                    source.waits = False
                else:
                    batch.admit(free.pop(), job)
            if batch.busy:
                for finished in batch.step():
                    yield finished.job.key, self._response(finished)
                    source.waits = False
            elif source.over:
                break
            elif source.waits:
                raise EngineError(f"{self._local.name}: {NOTHING_IN_FLIGHT}")
        if refused:
            lines = "".join(f"\n  - request {job.key}: {len(job.prompt)} tokens" for job in refused)
            raise EngineError(
                f"{self._local.name}: the model's context is {self._local.context} tokens, and "
                f"{len(refused)} prompt(s) are longer; shorten them{lines}"
            )

    def _draw(self, source: RequestSource) -> list[Job]:
        """The next window of requests; a prompt that does not fit has a limit below 0."""
        jobs = []
        for key, request in source.window(WINDOW_BATCHES * self._batch_size):
            prompt = self.encode(request)
            if not prompt or not 0 <= min(prompt) <= max(prompt) < self._local.vocabulary:
                raise EngineError(
                    f"request {key}: a prompt is one or more token ids from 0 to "
                    f"{self._local.vocabulary - 1}; this has {len(prompt)}, "
                    f"from {min(prompt, default=None)} to {max(prompt, default=None)}"
                )
            stops = request.stop_ids
            if stops and not 0 <= min(stops) <= max(stops) < self._local.vocabulary:
                raise EngineError(
                    f"request {key}: stop_ids {list(stops)} are not all token ids from 0 to "
                    f"{self._local.vocabulary - 1}"
                )
            limit = min(request.max_tokens, self._local.context - len(prompt))
            jobs.append(Job(key, request, prompt, limit))
        return jobs

    def _response(self, finished: Finished) -> Response:
        token_ids, prompt = finished.token_ids, finished.job.prompt
        spoken = token_ids[:-1] if finished.end == "stop" else token_ids
        return Response(
            text=self._local.decode(spoken),
            end=finished.end,
            prompt_tokens=len(prompt),
            generated_tokens=len(token_ids),
            thinking_tokens=self.thinking_tokens(prompt, spoken),
            token_ids=token_ids,
        )


def _order(job: Job) -> tuple[int, tuple[int, ...]]:
    """Where a job stands in its window.

    Prompts of like length are neighbours, which wastes little, and equal ones are read only
    once; contexts with a common beginning are neighbours, so that it is read only once.
    """
    return (len(job.prompt) if job.request.context is None else 0, job.prompt)
