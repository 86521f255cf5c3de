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

from collections.abc import Iterable, Iterator
from pathlib import Path

import torch

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import EngineError, Keyed, Response
from scripts.lib.engines.local_engine import LocalEngine
from scripts.lib.engines.local_model import load_model
from scripts.lib.engines.row_batch import RowBatch


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
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._local = load_model(source, revision, dtype, str(self._device))
        super().__init__(self._local.text, self._local.identity, batch_size)

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as rows finish; see scripts.lib.engines.base.Engine.

        Raises:
            EngineError: what `LocalEngine._fill` raises; or the device's memory is full.
        """
        try:
            yield from self._fill(requests, RowBatch(self._local, self._batch_size, self._device))
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"{self._text.name}: the memory of {self._device} is full at "
                f"{self._batch_size} rows; lower batch_size: {error}"
            ) from error
