"""Questions by domain, taken one at a time until a domain is used up."""

from collections.abc import Mapping
from math import floor, log2

import numpy as np
import polars as pl

from scripts.lib.curation.dropping import CurationError


class Domains:
    """The questions not yet taken, by domain; within one the longest trace stands first.

    All draws come from `generator` and depend on nothing but it and the questions: domains are
    ordered by name, questions with traces of the same length by question_id.
    """

    def __init__(self, questions: pl.DataFrame, generator: np.random.Generator) -> None:
        """Take over the rows of `questions`; what is drawn are indices into them."""
        rows = questions.select("domain", "trace_tokens", "question_id").with_row_index("row")
        longest = rows.sort(
            "domain", "trace_tokens", "question_id", descending=[False, True, False]
        )
        grouped = longest.group_by("domain", maintain_order=True).agg("row")
        self._rows: dict[str, list[int]] = dict(grouped.iter_rows())
        self._generator = generator

    def draw(self, weights: Mapping[str, float] | None = None, *, favour_long: bool) -> int:
        """Take one question of one domain and return its row.

        Args:
            weights: of the domains relative to each other; without them all that still have
                questions are equally likely.
            favour_long: s1's rule; otherwise each question of the domain is equally likely.

        Raises:
            CurationError: no domain of any weight has questions left.
        """
        domain = self._domain(weights)
        rows = self._rows[domain]
        uniform = self._generator.random()
        place = halving_rank(uniform, len(rows)) if favour_long else floor(uniform * len(rows))
        row = rows.pop(place)
        if not rows:
            del self._rows[domain]
        return row

    def _domain(self, weights: Mapping[str, float] | None) -> str:
        live = list(self._rows)
        of = np.array([1.0 if weights is None else weights.get(name, 0.0) for name in live])
        if not of.sum() > 0:
            raise CurationError("no question is left in any domain of those to draw from")
        limits = np.cumsum(of / of.sum())
        # A limit may end just below 1; a domain of no weight is never beyond it.
        last = int(np.flatnonzero(of)[-1])
        return live[min(int(np.searchsorted(limits, self._generator.random(), "right")), last)]


def halving_rank(uniform: float, size: int) -> int:
    """The rank r of 0 to size - 1 with probability proportional to 2^-r (s1, Algorithm 1).

    The chance of a rank up to r is (1 - 2^-(r+1)) / (1 - 2^-size); this inverts it at `uniform`,
    a number of [0, 1).
    """
    left = 1 - uniform * (1 - 2.0**-size)
    return min(floor(-log2(left)), size - 1)


def domain_weights(questions: pl.DataFrame, sources: Mapping[str, float]) -> dict[str, float]:
    """How much each domain weighs, from the domains of some sources' questions.

    Each source spreads its weight over the domains of its questions, evenly by question.
    """
    weights: dict[str, float] = {}
    for source, weight in sources.items():
        counts = questions.filter(pl.col("source") == source)["domain"].value_counts()
        total = counts["count"].sum()
        for domain, count in counts.sort("domain").iter_rows():
            weights[domain] = weights.get(domain, 0.0) + weight * count / total
    return weights
