"""Which problems of a pool each of its shards draws."""

from typing import TypeVar

import polars as pl

from scripts.lib.config.pools import ForcedPool, RevisedPool, SampledPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.shards import Shard
from scripts.lib.errors import UserError
from scripts.lib.pool_requests import problem_rows

P = TypeVar("P", SampledPool, ForcedPool, RevisedPool, SearchedPool)


class ShardError(UserError):
    """A pool has too many shards, or tables are not those of its shards."""


def block_of(
    name: str, pool: P, problems: pl.DataFrame, shard: Shard | None
) -> tuple[P, pl.DataFrame]:
    """The pool as it asks the problems of a shard alone, and these; all of it without a shard.

    Args:
        name: of the pool.
        pool: its settings.
        problems: a Problem table; its first `pool.problems` rows are the pool's.
        shard: which block of these.

    Raises:
        UserError: the pool cannot ask these problems, or there are fewer of them than shards.
    """
    if shard is None:
        return pool, problems
    count = len(problem_rows(pool, problems))
    if count < shard.of:
        raise ShardError(
            f"pool {name}: {shard.of} shards for {count} problems; set shards to {count} at most"
        )
    return pool.model_copy(update={"problems": None}), problems[shard.block(count)]
