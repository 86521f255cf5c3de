"""A search of one problem once more, from the journal alone."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.base import TokenEngine
from scripts.lib.journal import Journal
from scripts.lib.sampling import Drawing
from scripts.lib.search.pool import Searched
from scripts.lib.search.rows import Search
from scripts.lib.search.watching import Taken
from scripts.lib.spending import Spending
from scripts.lib.tables import SAMPLE_KEY
from scripts.lib.verifiers.base import Verifier, VerifierError

ADVICE = (
    "An anatomy replays what was searched and asks for nothing: finish the search (the journal is "
    "older or newer than its tables, or the models are others, or run in another way), or get the "
    "journal that belongs to them"
)


@dataclass(frozen=True)
class Replayed:
    """A search that was replayed: itself, every step that it took, and its tables."""

    search: Search
    taken: list[Taken]
    traces: pl.DataFrame
    spent: pl.DataFrame

    def check(self, traces: pl.DataFrame, spent: pl.DataFrame) -> None:
        """Make sure that it found and spent what is recorded.

        Args:
            traces: the recorded Trace table of this search.
            spent: the Spent table of its pool.

        Raises:
            AnatomyError: a candidate or a count is another.
        """
        recorded = spent.join(traces, on=SAMPLE_KEY, how="semi", nulls_equal=True)
        for what, mine, theirs in (
            ("candidates", self.traces, traces),
            ("spent tokens", self.spent, recorded),
        ):
            if not mine.sort("sample").equals(theirs.sort("sample")):
                sample = self.search.sample
                raise AnatomyError(
                    f"pool {traces['pool'][0]}, problem {sample.problem_id}, N = {sample.beams}: "
                    f"the journal gives other {what} than the pool's tables. {ADVICE}"
                )


def replayed(
    name: str,
    pool: SearchedPool,
    problem: pl.DataFrame,
    prompts: dict[str, str],
    engine: TokenEngine,
    verifier: Verifier,
    scorer: str,
    journal: Path,
) -> Replayed:
    """Replay one search.

    Args:
        name: the pool's name.
        pool: its settings, with a single number of beams and repeat.
        problem: a Problem table of one row.
        prompts: prompt texts by name.
        engine: the pool's model, which is asked for nothing.
        verifier: one that scores from the journal alone.
        scorer: its name.
        journal: folder of the pool's journal.

    Raises:
        AnatomyError: the journal lacks responses or scores.
    """
    at = f"pool {name}, problem {problem['problem_id'][0]}, N = {pool.beams[0]}"
    taken: list[Taken] = []
    searched = Searched(
        name, pool, problem, prompts, engine, verifier, scorer, lambda _, steps: taken.extend(steps)
    )
    drawing = Drawing(
        engine,
        searched.begin(),
        Journal(journal),
        Spending(None, None, at),
        searched.follow,
        searched.more,
    )
    try:
        steps = sum(1 for _ in drawing.replay())
    except VerifierError as error:
        raise AnatomyError(f"{at}: {error}. {ADVICE}") from error
    if searched.finished < searched.total:
        raise AnatomyError(
            f"{at}: {journal} holds {steps} steps of this search and lacks the next "
            f"{drawing.missing}. {ADVICE}"
        )
    (search,) = searched.searches
    return Replayed(search, taken, searched.traces(), searched.spent())
