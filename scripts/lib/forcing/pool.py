"""All samples of a forced pool: their requests, as responses call for them, and their table."""

from collections.abc import Iterator

import polars as pl

from scripts.lib.config.pool_settings import Setting, settings_of
from scripts.lib.config.pools import ForcedPool
from scripts.lib.engines.base import Request, Response, TokenEngine
from scripts.lib.forcing.marks import Marks, marks_of
from scripts.lib.forcing.sample import ForcedSample, Recipe
from scripts.lib.forcing.settings import budgets_of
from scripts.lib.journal import Sample
from scripts.lib.pool_requests import (
    PoolError,
    check_prompts,
    problem_rows,
    prompt_text,
    sample_seed,
)
from scripts.lib.sampling import Wanted
from scripts.lib.tableio import make_table
from scripts.lib.tables import Trace

ROWS_AT_ONCE = 4096


class Forced:
    """The samples of one forced pool, problem by problem, then wording, asked, and number.

    `generated` counts the tokens of all responses so far, `finished` the samples whose settings
    all have their answers.

    Args:
        name: the pool's name.
        pool: its settings.
        problems: a Problem table; its first `pool.problems` rows are used.
        prompts: prompt texts by name.
        engine: a model that goes on from token ids.

    Raises:
        UserError: a prompt or a text is missing, a string is not what it must be for the model,
            or a budget does not fit the context.
    """

    def __init__(
        self,
        name: str,
        pool: ForcedPool,
        problems: pl.DataFrame,
        prompts: dict[str, str],
        engine: TokenEngine,
    ) -> None:
        self.name = name
        self.marks = marks_of(name, pool.forcing, engine)
        self.generated = 0
        self.finished = 0
        recipe = Recipe(
            rule=pool.forcing.rule,
            marks=self.marks,
            noise=pool.sampling,
            answer_tokens=pool.forcing.answer_tokens,
            context=engine.context,
            identity=engine.identity,
        )
        self.samples = [
            ForcedSample(recipe, sample, seed, prompt, budgets)
            for sample, seed, prompt, budgets in _samples(
                name, pool, problems, prompts, engine, self.marks
            )
        ]
        self._owner: dict[str, ForcedSample] = {}

    def begin(self) -> list[Wanted]:
        """The first round of every sample."""
        return [one for sample in self.samples for one in self._own(sample, sample.begin())]

    def follow(self, key: str, response: Response) -> list[Wanted]:
        """What a response calls for."""
        sample = self._owner[key]
        wanted = self._own(sample, sample.take(key, response))
        self.generated += response.generated_tokens or 0
        self.finished += sample.finished
        return wanted

    def table(self) -> pl.DataFrame:
        """The Trace table: a row for each sample and setting, once all samples are finished."""
        parts: list[pl.DataFrame] = []
        rows: list[dict[str, object]] = []
        for sample in self.samples:
            rows += _rows(self.name, self.marks, sample)
            if len(rows) >= ROWS_AT_ONCE:
                parts.append(make_table(Trace, rows))
                rows = []
        return pl.concat([*parts, make_table(Trace, rows)])

    def _own(self, sample: ForcedSample, wanted: list[Wanted]) -> list[Wanted]:
        for one in wanted:
            if one.key in self._owner:
                raise PoolError(
                    f"pool {self.name}: two samples have the same request; change the pool's seed"
                )
            self._owner[one.key] = sample
        return wanted


def _samples(
    name: str,
    pool: ForcedPool,
    problems: pl.DataFrame,
    prompts: dict[str, str],
    engine: TokenEngine,
    marks: Marks,
) -> Iterator[tuple[Sample, int, tuple[int, ...], dict[Setting, int]]]:
    """Each sample with its seed, the token ids of its prompt, and its budgets."""
    rows = problem_rows(pool, problems)
    asks: list[int | None] = list(pool.asked) if pool.asked else [None]
    check_prompts(pool.wordings, prompts)
    for row in rows:
        for wording in pool.wordings:
            for asked in asks:
                text = prompt_text(prompts[wording], row["problem"], asked)
                # What else a request says makes no difference to the tokens of its prompt.
                prompt = engine.encode(Request(text, seed=0, max_tokens=1, temperature=0))
                settings = settings_of(pool.forcing, asked)
                taken = len(prompt) + len(marks.think)
                at = f"pool {name}, problem {row['problem_id']}, prompt {wording}"
                budgets = budgets_of(at, pool.forcing, settings, marks, taken, engine.context)
                for number in range(pool.n):
                    where = (row["problem_id"], wording, asked, None, number)
                    sample = Sample(row["benchmark"], *where)
                    yield sample, sample_seed(pool.seed, *where), prompt, budgets


def _rows(pool: str, marks: Marks, sample: ForcedSample) -> Iterator[dict[str, object]]:
    """The rows of one sample in the Trace table: what a run of each setting alone would give."""
    for setting, thinking, key, answer in sample.rows():
        suffix = marks.suffix(thinking)
        answered = answer.token_ids or ()
        before = marks.think + thinking.token_ids + suffix
        # The engine leaves out of its text the token that ended it, and so does this.
        spoken = answered[:-1] if answer.end == "stop" else answered
        yield {
            "pool": pool,
            **vars(sample.sample),
            "budget": setting.budget,
            "waits": setting.waits,
            "seed": sample.seed,
            "request_key": key,
            "prompt_tokens": len(sample.prompt),
            "cached_tokens": None,
            "generated_tokens": thinking.generated + len(answered),
            "thinking_tokens": len(thinking.token_ids),
            "token_ids": [*before, *answered],
            "text": marks.text_of(before + spoken),
            "answer": None,
            "end": answer.end,
            "forced_tokens": len(marks.think) + thinking.forced + len(suffix),
            "wait_positions": [len(marks.think) + place for place in thinking.waits],
            "usd": None,
        }
