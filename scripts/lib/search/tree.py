"""The tree of a search: each node is a step behind the node before it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

State = Literal["open", "finished", "cut"]
"""open: it can go on; finished: the model has ended it; cut: a limit has."""
Phase = Literal["free", "think", "answer"]
"""What comes next. think: thinking that a budget limits; answer: an answer opened by force."""


@dataclass(frozen=True, eq=False)
class Node:
    """A candidate: its last step, and the candidate that it goes on from. Never changes.

    `token_ids` are those of the step, the first `forced` of them appended by force. `seed` and
    `key` are those of the last request that made it. `score` is the verifier's, None where it was
    not asked or the step is none to it; `read` how many tokens it read for the step.
    """

    parent: "Node | None"
    token_ids: tuple[int, ...]
    forced: int
    state: State
    phase: Phase
    seed: int = 0
    key: str = ""
    score: float | None = None
    read: int = 0

    @cached_property
    def depth(self) -> int:
        """Steps up to here; 0 of the root, which stands for the prompt."""
        return 0 if self.parent is None else self.parent.depth + 1

    @cached_property
    def length(self) -> int:
        """Tokens after the prompt."""
        return len(self.token_ids) + (0 if self.parent is None else self.parent.length)

    @cached_property
    def all_forced(self) -> int:
        """Those of them that were appended by force."""
        return self.forced + (0 if self.parent is None else self.parent.all_forced)

    @property
    def generated(self) -> int:
        """Those of them that were generated."""
        return self.length - self.all_forced

    def lineage(self) -> list["Node"]:
        """The root and the nodes of all its steps, from the first on."""
        nodes = [self]
        while nodes[-1].parent is not None:
            nodes.append(nodes[-1].parent)
        return nodes[::-1]

    def path(self) -> list["Node"]:
        """The nodes of all its steps, from the first on."""
        return self.lineage()[1:]

    def all_ids(self) -> tuple[int, ...]:
        """All tokens after the prompt."""
        return tuple(token for node in self.path() for token in node.token_ids)

    def scores(self) -> list[float]:
        """The scores of all its steps; those that were not scored are left out."""
        return [node.score for node in self.path() if node.score is not None]


def root(phase: Phase) -> Node:
    """The node before the first step."""
    return Node(None, (), 0, "open", phase)
