"""Sampling from a local model with transformers: continuous batches, a noise of its own per sample.

A batch has a fixed number of rows. A row that finishes is given to the next request at once, so
that the batch stays full; rows without a request are ignored. Each prompt goes
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

import torch

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import NOTHING_IN_FLIGHT, EngineError, Keyed, Response
from scripts.lib.engines.local_model import load_model
from scripts.lib.engines.local_text import LocalEngine
from scripts.lib.engines.request_source import RequestSource
from scripts.lib.engines.row_batch import Finished, Job, RowBatch

WINDOW_BATCHES = 8
"""Requests are drawn in windows of so many batches, and sorted by prompt within a window."""


class TransformersEngine(LocalEngine):
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
        self._text = self._local.text
        self._batch_size = batch_size
        self.identity = self._local.identity

    @property
    def batch_size(self) -> int:
        """Rows decoded at once."""
        return self._batch_size

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
                f"{self._text.name}: the memory of {self._device} is full at "
                f"{self._batch_size} rows; lower batch_size: {error}"
            ) from error

    def _generate(self, source: RequestSource) -> Iterator[tuple[str, Response]]:
        batch = RowBatch(self._local, self._batch_size, self._device)
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
                    yield job.key, self._response(Finished(job, (), "length"))
                    source.waits = False
                else:
                    batch.admit(job)
            if batch.busy:
                for finished in batch.step():
                    yield finished.job.key, self._response(finished)
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
            limit = min(request.max_tokens, self._text.context - len(prompt))
            jobs.append(Job(key, request, prompt, limit))
        return jobs

    def _response(self, finished: Finished) -> Response:
        return self._text.response(finished.job.prompt, finished.token_ids, finished.end)


def _order(job: Job) -> tuple[int, tuple[int, ...]]:
    """Where a job stands in its window.

    Prompts of like length are neighbours, which wastes little, and equal ones are read only
    once; contexts with a common beginning are neighbours, so that it is read only once.
    """
    return (len(job.prompt) if job.request.context is None else 0, job.prompt)
