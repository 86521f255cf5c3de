"""Draw the attempts of a pool of sequential revisions and write its Trace table.

Every attempt but the first is shown the answer of the one before. All samples make their first
attempt, then all their second, and so on: a row an attempt, whose `waits` counts the revisions
before it. Everything goes through the pool's journal, so that a run that was killed, or that
gets more revisions or samples, asks only for what is missing. With a budget the run stops before
it can spend more, over all rounds, and exits with status 3; all that it paid for is kept.
"""

import logging
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.config.models import Generator, ModelFacts, Price
from scripts.lib.config.pools import RevisedPool
from scripts.lib.engines.open import check_model, open_engine
from scripts.lib.journal import Journal
from scripts.lib.pool_requests import check_prompts, problem_rows, wanted_of
from scripts.lib.pool_traces import trace_table, watched
from scripts.lib.revision import attempt_requests, in_chains
from scripts.lib.sampling import journaled
from scripts.lib.sampling_program import run_sampling
from scripts.lib.spending import BudgetReachedError, Spending


def sample_revised(
    pool: RevisedPool,
    name: str,
    model: Generator,
    prompts: dict[str, str],
    problems: pl.DataFrame,
    weights: Path | None,
    facts: ModelFacts | None,
    price: Price | None,
    journal_folder: Path,
) -> pl.DataFrame:
    """Draw what the journal does not hold yet; return the whole pool as a Trace table.

    Rows stand in the order of problem, sample and attempt.

    Raises:
        UserError: of the pool, its model, its journal or its budget.
    """
    rows = problem_rows(pool, problems)
    check_prompts([pool.wording, pool.revision], prompts)
    spending = Spending(price, pool.budget_usd, f"pool {name}")
    journal = Journal(journal_folder, visit=spending.count)
    engine = open_engine(model, weights, facts, price)
    rounds: list[pl.DataFrame] = []
    for attempt in range(pool.revisions + 1):
        before = rounds[-1].select("text", "end").rows() if rounds else []
        requests = attempt_requests(pool, rows, prompts, attempt, before)
        wanted = wanted_of(requests, engine.identity)
        kept = sum(one.key in journal for one in wanted)
        turn = f"attempt {attempt + 1} of {pool.revisions + 1}"
        logging.info("pool %s, %s: %d, %d in the journal", name, turn, len(wanted), kept)
        if kept < len(wanted):
            check_model(engine)
        responses = journaled(engine, wanted, journal, spending)
        shown = watched(responses, f"pool {name}, {turn}", len(wanted), kept, spending)
        try:
            rounds.append(trace_table(name, wanted, shown))
        except BudgetReachedError as error:
            raise BudgetReachedError(f"{error}. All this is about {turn} alone") from None
    return in_chains(rounds)


if __name__ == "__main__":
    cli.run(lambda: run_sampling(__doc__, RevisedPool, sample_revised))
