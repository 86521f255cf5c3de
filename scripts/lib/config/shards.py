"""Pools whose samples several jobs draw, each for a block of the problems."""

import re
from dataclasses import dataclass

from pydantic import Field

from scripts.lib.config.base import Strict


class Sharded(Strict):
    """What all pools of local models can be told."""

    shards: int = Field(default=1, ge=1)
    """Jobs that share the drawing, each with a block of the problems; their tables are merged.
    Another number draws nothing again. Only for models that run here."""


@dataclass(frozen=True)
class Shard:
    """One of several jobs, counted from 1. Its name, as in `2-of-4`, is that of its folder."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}-of-{self.of}"

    def block(self, problems: int) -> slice:
        """Which of so many problems it draws: blocks follow one another, alike in size."""
        return slice((self.number - 1) * problems // self.of, self.number * problems // self.of)


def all_shards(count: int) -> list[Shard]:
    """The shards of a pool, in the order of their blocks."""
    return [Shard(number, count) for number in range(1, count + 1)]


def read_shard(text: str) -> Shard:
    """A shard by its name.

    Raises:
        ValueError: there is none of that name.
    """
    found = re.fullmatch(r"([1-9]\d*)-of-([1-9]\d*)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise ValueError(f"{text!r} is no shard; one is written 2-of-4")
    return Shard(int(found[1]), int(found[2]))
