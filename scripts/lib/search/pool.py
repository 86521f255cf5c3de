"""All searches of a pool: their requests, as responses and scores call for them, and their tables.

Each problem, number of beams and repeat is a search of its own, and none depends on another. They
advance together: rounds that are complete wait for the verifier until the engine runs out of
other work, and are then read in one batch.
"""

from collections.abc import Callable, Iterator
from itertools import islice, product

import polars as pl

from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.base import Request, Response, TokenEngine
from scripts.lib.journal import Sample
from scripts.lib.pool_requests import PoolError, check_prompts, problem_rows, prompt_text
from scripts.lib.sampling import Wanted
from scripts.lib.search.growth import Growth, SearchError, growth_of
from scripts.lib.search.methods import go_on, looks_ahead, trees
from scripts.lib.search.rows import Row, Search, spent_rows, step_rows, trace_rows
from scripts.lib.search.tables import Spent, Step
from scripts.lib.search.tree import root
from scripts.lib.search.tree_search import Recipe, TreeSearch
from scripts.lib.search.watching import Watch
from scripts.lib.tableio import make_table
from scripts.lib.tables import Table, Trace
from scripts.lib.verifiers.base import Verifier


class Searched:
    """The searches of one pool, problem by problem, then by their number of beams, then repeats.

    `total` counts the places of all searches, `finished` those that have ended.

    Args:
        name: the pool's name.
        pool: its settings.
        problems: a Problem table; its first `pool.problems` rows are used.
        prompts: prompt texts by name.
        engine: a model that goes on from token ids.
        verifier: scores the steps.
        scorer: the verifier's name.
        watch: is told of every step that is taken.

    Raises:
        UserError: a prompt or a text is missing, a string is not what it must be for the model,
            or a prompt leaves no room in the context.
    """

    def __init__(
        self,
        name: str,
        pool: SearchedPool,
        problems: pl.DataFrame,
        prompts: dict[str, str],
        engine: TokenEngine,
        verifier: Verifier,
        scorer: str,
        watch: Watch | None = None,
    ) -> None:
        self.name = name
        self.finished = 0
        self._engine, self._verifier, self._scorer = engine, verifier, scorer
        check_prompts(pool.wordings, prompts)
        self.searches = list(
            _searches(name, pool, problems, prompts[pool.wording], engine, verifier, watch)
        )
        self.total = sum(len(tree.spent) for search in self.searches for tree in search.trees)
        self._owner: dict[str, TreeSearch] = {}
        self._waiting: list[TreeSearch] = []
        self._unread = 0

    def begin(self) -> list[Wanted]:
        """The first steps of all searches."""
        return [
            one
            for search in self.searches
            for tree in search.trees
            for one in self._own(tree, tree.begin())
        ]

    def follow(self, key: str, response: Response) -> list[Wanted]:
        """What a response calls for by itself."""
        tree = self._owner.pop(key)
        ended = len(tree.finals)
        wanted = self._own(tree, tree.take(key, response))
        self.finished += len(tree.finals) - ended
        if tree.waits:
            self._waiting.append(tree)
            self._unread += tree.active
        return wanted

    def more(self, unanswered: int) -> list[Wanted]:
        """The next rounds of all trees that wait for the verifier, once they are worth a batch.

        They wait as long as the engine has a full batch without them, or more candidates are
        still being written than wait to be read.

        Raises:
            VerifierError: from the verifier, or a score is not a probability.
        """
        wanted: list[Wanted] = []
        if unanswered >= self._engine.batch_size or unanswered > self._unread:
            return wanted
        self._unread = 0
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            ended = {tree: len(tree.finals) for tree in waiting}
            unread = [tree.unread() for tree in waiting]
            scored = iter(self._verifier.score([step for steps in unread for step in steps]))
            for tree, steps in zip(waiting, unread, strict=True):
                own = list(islice(scored, len(steps)))
                wanted += self._own(tree, tree.score(own))
                self.finished += len(tree.finals) - ended[tree]
                if tree.waits:  # there are steps further ahead
                    self._waiting.append(tree)
        return wanted

    def traces(self) -> pl.DataFrame:
        """The Trace table, once all searches are finished: a row for each place."""
        return self._table(Trace, lambda search: trace_rows(self.name, search, self._engine))

    def steps(self) -> pl.DataFrame:
        """The Step table: the scored steps of the traces."""
        return self._table(Step, lambda search: step_rows(self.name, search, self._scorer))

    def spent(self) -> pl.DataFrame:
        """The Spent table: a row for each place."""
        return self._table(Spent, lambda search: spent_rows(self.name, search))

    def _table(self, model: type[Table], rows: Callable[[Search], Iterator[Row]]) -> pl.DataFrame:
        return pl.concat([make_table(model, list(rows(search))) for search in self.searches])

    def _own(self, tree: TreeSearch, wanted: list[Wanted]) -> list[Wanted]:
        for one in wanted:
            if one.key in self._owner:
                raise PoolError(
                    f"pool {self.name}: two steps have the same request; change the pool's seed"
                )
            self._owner[one.key] = tree
        return wanted


def _searches(
    name: str,
    pool: SearchedPool,
    problems: pl.DataFrame,
    prompt: str,
    engine: TokenEngine,
    verifier: Verifier,
    watch: Watch | None,
) -> Iterator[Search]:
    growth = growth_of(name, pool, engine)
    recipe = Recipe(
        growth=growth,
        go_on=go_on(pool.search),
        ahead=looks_ahead(pool.search),
        aggregate=pool.search.aggregate,
        noise=pool.sampling,
        seed=pool.seed,
        identity=engine.identity,
        text_of=engine.decode,
        watch=watch,
    )
    for row in problem_rows(pool, problems):
        text = prompt_text(prompt, row["problem"])
        # What else a request says makes no difference to the tokens of its prompt.
        token_ids = engine.encode(Request(text, seed=0, max_tokens=1, temperature=0))
        _check_room(f"pool {name}, problem {row['problem_id']}", growth, len(token_ids))
        for beams, repeat in product(pool.beams, range(pool.repeats)):
            where = (row["problem_id"], pool.wording, None, None, repeat * beams)
            sample = Sample(row["benchmark"], *where, beams=beams)
            # A single candidate has nothing to be chosen from, and nobody reads it.
            thread = verifier.begin(row["problem"], text) if beams > 1 else None
            yield Search(
                sample=sample,
                prompt=token_ids,
                read_prompt=0 if thread is None else thread.prompt_tokens,
                trees=[
                    TreeSearch(recipe, sample, places, token_ids, thread)
                    for places in trees(pool.search, beams)
                ],
            )


def _check_room(at: str, growth: Growth, prompt: int) -> None:
    first = growth.begin(root("free" if growth.forced is None else "think"))
    if growth.limit(prompt, first) < 1:
        raise SearchError(
            f"{at}: its prompt takes {prompt + first.forced} tokens, which leaves nothing of the "
            f"model's context of {growth.context}; shorten it"
        )
