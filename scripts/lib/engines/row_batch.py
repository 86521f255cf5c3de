"""Decoding a fixed number of rows, each with a request of its own, one token a step."""

import numpy as np
import torch

from scripts.lib.engines.local_engine import Finished, Job
from scripts.lib.engines.local_model import LocalModel
from scripts.lib.engines.prompt_reader import PromptReader
from scripts.lib.engines.row_cache import SLOTS, RowCache
from scripts.lib.engines.row_sampler import RowSampler


class RowBatch:
    """`rows` rows that are decoded together.

    Rows with a job stand first. A row without one passes through the matrix products too, so that
    their shape stays the same, but not through attention, which looks at each row by itself. A
    prompt is read alone, up to its last token; that one is fed with the next step, like any other
    token.
    """

    def __init__(self, local: LocalModel, rows: int, device: torch.device) -> None:
        self._model = local.model
        self._device = device
        self._reader = PromptReader(local.model, device)
        self._rows = rows
        self._jobs: list[Job] = []
        self._vocabulary = local.text.vocabulary
        self._end_tokens = local.text.end_tokens
        self._is_end = np.isin(np.arange(local.text.vocabulary), list(local.text.end_tokens))
        # Of each row: which tokens else end it. Nothing as long as no request asks for any.
        self._is_stop: np.ndarray | None = None
        self._cache = RowCache(rows, local.layers)
        self._sampler = RowSampler(rows, local.text.vocabulary, device)
        # Of each row: the token fed next, its position, how many were generated, may be, must be.
        self._token = np.zeros(rows, dtype=np.int64)
        self._position = np.zeros(rows, dtype=np.int64)
        self._count = np.zeros(rows, dtype=np.int64)
        self._limit = np.zeros(rows, dtype=np.int64)
        self._least = np.zeros(rows, dtype=np.int64)
        self._generated = np.zeros((rows, 256), dtype=np.int64)

    @property
    def free(self) -> int:
        """Number of rows without a job."""
        return self._rows - len(self._jobs)

    @property
    def busy(self) -> bool:
        """Whether any row has a job."""
        return bool(self._jobs)

    @torch.inference_mode()
    def admit(self, job: Job) -> None:
        """Give a free row to a job."""
        row = len(self._jobs)
        prompt, start = job.prompt, len(job.prompt) - 1
        if start:
            self._cache.fill(row, self._reader.read(prompt[:-1], job.request.cuts))
        self._sampler.admit(row, job.request)
        self._jobs.append(job)
        self._token[row], self._position[row] = prompt[-1], start
        self._count[row], self._limit[row] = 0, job.limit
        self._least[row] = job.request.min_tokens
        self._set_stops(row, job.request.stop_ids)

    @torch.inference_mode()
    def step(self) -> list[Finished]:
        """One more token for every row with a job; rows that finish are free again."""
        active = len(self._jobs)
        positions = torch.tensor(self._position, device=self._device)
        width = (int(self._position[:active].max()) // SLOTS + 1) * SLOTS
        self._cache.step(positions, width, active)
        unseen = torch.arange(width, device=self._device) > positions[:active, None]
        mask = torch.zeros(unseen.shape, dtype=self._model.dtype, device=self._device)
        mask.masked_fill_(unseen, torch.finfo(self._model.dtype).min)
        logits = self._model(
            input_ids=torch.tensor(self._token, device=self._device)[:, None],
            position_ids=positions[:, None],
            attention_mask=mask[:, None, None],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits[:active, -1]
        for row in np.flatnonzero(self._count[:active] < self._least[:active]).tolist():
            logits[row, self._ends_of(row)] = -torch.inf
        chosen = self._sampler.choose(logits, positions[:active] + 1)
        self._token[:active] = chosen.cpu().numpy()
        return self._record(active)

    def _set_stops(self, row: int, stop_ids: tuple[int, ...]) -> None:
        if self._is_stop is None:
            if not stop_ids:
                return
            self._is_stop = np.zeros((self._rows, self._vocabulary), dtype=bool)
        self._is_stop[row] = False
        self._is_stop[row, list(stop_ids)] = True

    def _ends_of(self, row: int) -> list[int]:
        """The tokens that end a row."""
        return sorted(self._end_tokens.union(self._jobs[row].request.stop_ids))

    def _record(self, active: int) -> list[Finished]:
        """Keep the new tokens; take out the rows that ended."""
        if self._count.max() == self._generated.shape[1]:
            self._generated = np.pad(self._generated, ((0, 0), (0, self._generated.shape[1])))
        rows = np.arange(active)
        self._generated[rows, self._count[:active]] = self._token[:active]
        self._count[:active] += 1
        self._position[:active] += 1
        stopped = self._is_end[self._token[:active]]
        if self._is_stop is not None:
            stopped |= self._is_stop[rows, self._token[:active]]
        over = np.flatnonzero(stopped | (self._count[:active] >= self._limit[:active]))
        finished = [
            Finished(
                self._jobs[row],
                tuple(self._generated[row, : self._count[row]].tolist()),
                "stop" if stopped[row] else "length",
            )
            for row in over.tolist()
        ]
        # From the last on: the row that takes a place has not ended itself.
        for row in over[::-1].tolist():
            self._leave(row)
        return finished

    def _leave(self, row: int) -> None:
        """Free a row; the last one with a job takes its place."""
        last = len(self._jobs) - 1
        if row < last:
            self._jobs[row] = self._jobs[last]
            self._cache.move(last, row)
            self._sampler.move(last, row)
        own = [self._token, self._position, self._count, self._limit, self._least]
        for values in [*own, self._generated, *([] if self._is_stop is None else [self._is_stop])]:
            values[row] = values[last]
            values[last] = 0
        self._jobs.pop()
