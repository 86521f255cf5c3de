"""Finding the problems of a benchmark in the texts of a recording."""

import re
from dataclasses import dataclass

import polars as pl

_FIGURE = re.compile(r"\[asy\].*?\[/asy\]", re.DOTALL)
_SPACE = re.compile(r"\s+")


def squeezed(text: str) -> str:
    """`text` without white space and figure code, which copies of a problem set differ in."""
    return _SPACE.sub("", _FIGURE.sub("", text))


@dataclass(frozen=True)
class KnownProblem:
    """A problem of the benchmark: one row of a Problem table."""

    problem_id: str
    problem: str | None
    answer: str
    level: str | None
    publish: str


class KnownProblems:
    """The problems that `problems_from` names, found by their id or by their text.

    Args:
        problems: a Problem table, or None where the pool names no benchmark.
    """

    def __init__(self, problems: pl.DataFrame | None) -> None:
        columns = ["problem_id", "problem", "answer", "level", "publish"]
        rows = [] if problems is None else problems.select(columns).rows()
        self.ordered = [KnownProblem(*row) for row in rows]
        self.by_id = {problem.problem_id: problem for problem in self.ordered}
        texts = {squeezed(problem.problem or ""): problem for problem in self.ordered}
        self._by_text = {text: problem for text, problem in texts.items() if text}

    def __bool__(self) -> bool:
        return bool(self.ordered)

    def same(self, text: str) -> KnownProblem | None:
        """The problem whose text this is."""
        return self._by_text.get(squeezed(text))

    def last_in(self, text: str) -> KnownProblem | None:
        """The problem that stands last in a prompt (examples may stand before it)."""
        whole = squeezed(text)
        found = [mark for mark in self._by_text if mark in whole]
        if not found:
            return None
        return self._by_text[
            max(found, key=lambda mark: (whole.rfind(mark) + len(mark), len(mark)))
        ]

    def at_end(self, text: str, after: str = "") -> tuple[str, KnownProblem] | None:
        """The longest problem that `text` ends with, and what stands before it, squeezed.

        Only a problem that follows on `after` counts; `after` is part of what stands before.
        """
        whole = squeezed(text)
        ends = [mark for mark in self._by_text if whole.endswith(after + mark)]
        if not ends:
            return None
        longest = max(ends, key=len)
        return whole.removesuffix(longest), self._by_text[longest]
