"""Labelled steps as a tree, in which alternatives share what stands before them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Node:
    """A step with its label: `soft` the share or certainty that it is right, None for unknown.

    `outcome`: of a last step, whether the solution that it ends is right.
    """

    text: str
    soft: float | None
    children: list["Node"] = field(default_factory=list)
    outcome: bool | None = None


@dataclass(frozen=True)
class Step:
    """A step of one solution: its label, or None where another solution before has it already."""

    text: str
    soft: float | None


def solutions(nodes: Sequence[Node]) -> Iterator[tuple[list[Step], bool | None]]:
    """Every path from a root to a leaf as the steps of a solution, with its outcome.

    A step that several paths share has its label in the first of them only, so that each label
    counts once.
    """
    told: set[int] = set()
    # No recursion: a solution may have more steps than Python has levels.
    open_paths: list[list[Node]] = [[node] for node in reversed(nodes)]
    while open_paths:
        path = open_paths.pop()
        if path[-1].children:
            open_paths += [[*path, child] for child in reversed(path[-1].children)]
            continue
        steps = [Step(node.text, None if id(node) in told else node.soft) for node in path]
        told.update(map(id, path))
        yield steps, path[-1].outcome
