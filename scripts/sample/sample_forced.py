"""Draw the samples of a pool under budget forcing and write its Trace table.

Each sample is thought once, to its largest setting; every budget and number of waits is cut from
that, and answered. The table has a row for each sample and setting, which holds what a run of
that setting alone would give. All samples advance together, each at its own pace. Every finished
round and answer is appended to the pool's journal, so that a run that was killed asks only for
what is missing.
"""

import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.config.models import Model, ModelFacts, Price
from scripts.lib.config.options import facts_option, price_option
from scripts.lib.config.pools import ForcedPool
from scripts.lib.engines.base import EngineError, TokenEngine
from scripts.lib.engines.open import open_engine
from scripts.lib.forcing.pool import Forced
from scripts.lib.journal import Journal
from scripts.lib.progress import Progress
from scripts.lib.sampling import Drawing
from scripts.lib.spending import Spending
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace


def main() -> None:
    """Read the arguments, draw, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(ForcedPool), required=True)
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
    traces = sample_forced(
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


def sample_forced(
    pool: ForcedPool,
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

    Rows stand in the order of problem, wording, asked, sample and setting.

    Raises:
        UserError: of the pool, its model or its journal.
    """
    engine = open_engine(model, weights, facts, price)
    if not isinstance(engine, TokenEngine):
        raise EngineError(
            f"pool {name}: its model is behind an API, which cannot go on from token ids; take a "
            "model that runs here"
        )
    forced = Forced(name, pool, problems, prompts, engine)
    spending = Spending(price, None, f"pool {name}")
    journal = Journal(journal_folder, visit=spending.count)
    drawing = Drawing(engine, forced.begin(), journal, spending, forced.follow)
    kept = sum(1 for _ in drawing.replay())
    total = len(forced.samples)
    logging.info(
        "pool %s: %d samples, %d of them whole in the journal, which holds %d responses",
        name, total, forced.finished, kept,
    )  # fmt: skip
    if forced.finished < total:
        with Progress(f"pool {name}", total, forced.finished, spending.paid_usd) as progress:
            for _, response in drawing.ask():
                # Several answers may come in one go: what is finished is counted once.
                progress.add(response.generated_tokens, forced.finished - progress.done)
    traces = forced.table()
    _log_saving(name, forced, traces)
    return traces


def _log_saving(name: str, forced: Forced, traces: pl.DataFrame) -> None:
    alone = int(traces["generated_tokens"].sum())
    logging.info(
        "pool %s: %s tokens generated for %d rows, which take %s in runs of each setting alone",
        name, f"{forced.generated:,}", len(traces), f"{alone:,}",
    )  # fmt: skip


if __name__ == "__main__":
    cli.run(main)
