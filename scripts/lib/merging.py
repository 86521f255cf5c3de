"""The tables of a pool's shards, made one without being read as a whole."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from scripts.lib.atomic import written_whole
from scripts.lib.config.shards import Shard, all_shards
from scripts.lib.search.tables import Spent, Step
from scripts.lib.shards import P, ShardError, block_of
from scripts.lib.tableio import TableError, count_rows, read_table, write_table
from scripts.lib.tables import Table, Trace, schema_of

PARTS: dict[str, type[Table]] = {"traces": Trace, "steps": Step, "spent": Spent}
"""The tables of a pool, by the names of their files."""
SMALL_BYTES, SMALL_ROWS = 2**26, 2**16
"""Tables up to this size are merged in memory, which gives the bytes that one job would write."""
GROUP_BYTES = 2**25
"""Of a group of rows of larger ones, which is what is in memory at a time."""

_PROBLEM = ["benchmark", "problem_id"]
_SHOWN = 3


def merge_shards(
    name: str, pool: P, part: str, problems: pl.DataFrame, tables: list[Path], output: Path
) -> int:
    """Write one table of a pool from those of its shards, row after row; say how many rows.

    Each was checked row by row when it was written. Here its types are, and that it holds the
    problems of its shard and no others, in their order: then no sample stands in two of them.

    Args:
        name: of the pool.
        pool: its settings.
        part: which of PARTS.
        problems: a Problem table; its first `pool.problems` rows are the pool's.
        tables: a file of every shard, in their order.
        output: written whole or not at all.

    Raises:
        UserError: a file cannot be read, or is not the table of its shard.
    """
    for shard, path in zip(all_shards(len(tables)), tables, strict=True):
        _, block = block_of(name, pool, problems, shard)
        _check_shard(path, part, name, block.select(_PROBLEM), shard)
    model, rows = PARTS[part], sum(map(count_rows, tables))
    size = sum(path.stat().st_size for path in tables)
    if size <= SMALL_BYTES and rows <= SMALL_ROWS:
        write_table(model, pl.concat([read_table(model, path) for path in tables]), output)
        return rows
    with written_whole(output) as temporary:
        _stream(tables, temporary)
        merged = count_rows(temporary)
        if merged != rows:
            raise ShardError(f"{output}: the shards have {rows} rows, merged they are {merged}")
    return rows


def _stream(tables: list[Path], output: Path) -> None:
    """Write the rows of Parquet files of one schema into one file, group after group."""
    with ExitStack() as stack:
        writer = None
        for path in tables:
            file = stack.enter_context(pq.ParquetFile(path, memory_map=True, pre_buffer=False))
            if writer is None:
                writer = pq.ParquetWriter(
                    output, file.schema_arrow, compression="zstd", compression_level=1
                )
                stack.enter_context(writer)
            for batch in file.iter_batches(_group_rows(file.metadata)):
                writer.write_batch(batch)


def _group_rows(metadata: Any) -> int:
    """Rows of a group of GROUP_BYTES, by what a file says of itself."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups) / max(1, metadata.num_rows)
    return max(1, min(SMALL_ROWS, int(GROUP_BYTES / max(1.0, size))))


def _check_shard(path: Path, part: str, pool: str, block: pl.DataFrame, shard: Shard) -> None:
    """Refuse a file that is not what a shard of this pool writes.

    Raises:
        TableError: it is missing or not a table of this kind.
        ShardError: it is of another pool, or holds other problems than those of the shard.
    """
    model = PARTS[part]
    wanted = schema_of(model)
    try:
        found = dict(pl.read_parquet_schema(path))
        odd = [name for name in {**wanted, **found} if found.get(name) != wanted.get(name)]
        if odd or list(found) != list(wanted):
            what = f"other columns or types: {', '.join(odd)}" if odd else "columns out of order"
            raise TableError(f"{path}: not a valid {model.__name__} table: {what}")
        keys = pl.scan_parquet(path).select("pool", *_PROBLEM)
        held = keys.unique(maintain_order=True).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path}: cannot be read as a table: {error}") from error
    others = held.filter(pl.col("pool") != pool)["pool"].unique(maintain_order=True)
    if len(others):
        raise ShardError(f"{path}: holds samples of pool {', '.join(others)}, not of {pool}")
    held = held.select(_PROBLEM)
    if part == "steps":  # not every problem has a step that was scored
        block = block.join(held, on=_PROBLEM, how="semi", maintain_order="left")
    if not held.equals(block):
        raise ShardError(
            f"{path}: holds other problems ({_few(held)}) than shard {shard} of pool {pool} has "
            f"({_few(block)}); delete it, and the same command reads it from the journal again"
        )


def _few(problems: pl.DataFrame) -> str:
    more = len(problems) - _SHOWN
    shown = ", ".join(problems["problem_id"].head(_SHOWN))
    return shown + (f" and {more} more" if more > 0 else "")
