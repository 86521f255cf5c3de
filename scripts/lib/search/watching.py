"""What a search tells who watches it: every step, also those that it gives up."""

from collections.abc import Callable
from dataclasses import dataclass

from scripts.lib.journal import Sample
from scripts.lib.search.tree import Node


@dataclass(frozen=True)
class Taken:
    """The step that a place took in a round, told when the round is complete.

    `begun`: tokens of the longest chain before the round. `ahead` are the steps looked ahead from
    it, `value` is what it was compared by, None where nothing was compared. `onward`: how many
    places go on from it.
    """

    place: int
    round_number: int
    begun: int
    node: Node
    ahead: tuple[Node, ...]
    value: float | None
    onward: int


Watch = Callable[[Sample, list[Taken]], None]
"""Is told of each complete round of a tree, by the coordinates of its search."""
