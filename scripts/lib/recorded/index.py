"""Which reader reads which format of recorded samples."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.answer_pairs import read_answer_pairs
from scripts.lib.recorded.inspect_log import read_inspect
from scripts.lib.recorded.lm_eval import read_lm_eval
from scripts.lib.recorded.o1_cache import read_o1_cache
from scripts.lib.recorded.sample_table import read_samples

Tables = tuple[pl.DataFrame, pl.DataFrame]
Reader = Callable[[Path, str, RecordedPool, pl.DataFrame | None], Tables]

READERS: dict[str, Reader] = {
    "answer_pairs": read_answer_pairs,
    "lm_eval": read_lm_eval,
    "inspect": read_inspect,
    "samples": read_samples,
    "o1_cache": read_o1_cache,
}
"""By RecordedPool.format."""


def read_recording(
    path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None = None
) -> Tables:
    """The Trace and the Problem table of the recording at `path`.

    Args:
        path: the recording.
        name: name of the pool.
        pool: its settings.
        problems: the Problem table of `pool.problems_from`, or None.

    Raises:
        UserError: with everything that is wrong with the recording.
    """
    return READERS[pool.format](path, name, pool, problems)
