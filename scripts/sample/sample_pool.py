"""Draw the samples of one pool and write its Trace table.

Every finished response is appended to the pool's journal before it is used, so that a run that
was killed, or whose settings grew, asks only for what is missing. With a budget the run stops
before it can spend more, and exits with status 3; all that it paid for is kept.
"""

import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.config.models import Model, ModelFacts, Price
from scripts.lib.config.options import facts_option, price_option
from scripts.lib.config.pools import SampledPool
from scripts.lib.engines.open import check_model, open_engine
from scripts.lib.journal import Journal
from scripts.lib.pool_requests import pool_requests, wanted_of
from scripts.lib.pool_traces import trace_table, watched
from scripts.lib.sampling import journaled
from scripts.lib.spending import Spending
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace


def main() -> None:
    """Read the arguments, draw, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(SampledPool), required=True)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--model-spec", type=TypeAdapter(Model).validate_json, required=True)
    parser.add_argument("--prompts", type=TypeAdapter(dict[str, str]).validate_json, required=True)
    parser.add_argument("--problems", type=cli.existing, required=True)
    parser.add_argument("--weights", type=cli.existing)
    parser.add_argument("--facts", type=facts_option)
    parser.add_argument("--price", type=price_option)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    traces = sample_pool(
        args.spec,
        args.pool,
        args.model_spec,
        args.prompts,
        read_table(Problem, args.problems),
        args.weights,
        args.facts,
        args.price,
        args.journal,
    )
    write_table(Trace, traces, args.output)
    logging.info("%s: %d rows", args.output, len(traces))


def sample_pool(
    pool: SampledPool,
    name: str,
    model: Model,
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
    cli.run(main)
