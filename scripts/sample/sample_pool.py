"""Draw the samples of one pool and write its Trace table.

Every finished response is appended to the pool's journal before it is used, so that a run that
was killed, or whose settings grew, asks only for what is missing. With a budget the run stops
before it can spend more, and exits with status 3; all that it paid for is kept.
"""

import logging
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.config.models import Generator, ModelFacts, Price
from scripts.lib.config.pools import SampledPool
from scripts.lib.engines.open import check_model, open_engine
from scripts.lib.journal import Journal
from scripts.lib.pool_requests import pool_requests, wanted_of
from scripts.lib.pool_traces import trace_table, watched
from scripts.lib.sampling import journaled
from scripts.lib.sampling_program import run_sampling
from scripts.lib.spending import Spending


def sample_pool(
    pool: SampledPool,
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

    Rows stand in the order of problem, wording, asked budget, effort and sample, whatever the
    order in which responses came.

    Raises:
        UserError: of the pool, its model, its journal or its budget.
    """
    requests = pool_requests(pool, problems, prompts)
    spending = Spending(price, pool.budget_usd, f"pool {name}")
    journal = Journal(journal_folder, visit=spending.count)
    engine = open_engine(model, weights, facts, price)
    wanted = wanted_of(requests, engine.identity)
    kept = sum(one.key in journal for one in wanted)
    logging.info("pool %s: %d samples, %d of them in the journal", name, len(wanted), kept)
    if kept < len(wanted):
        check_model(engine)
    responses = journaled(engine, wanted, journal, spending)
    return trace_table(
        name, wanted, watched(responses, f"pool {name}", len(wanted), kept, spending)
    )


if __name__ == "__main__":
    cli.run(lambda: run_sampling(__doc__, SampledPool, sample_pool))
