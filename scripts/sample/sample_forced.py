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

from scripts.lib import cli
from scripts.lib.config.models import Generator, ModelFacts, Price
from scripts.lib.config.pools import ForcedPool
from scripts.lib.engines.base import EngineError, TokenEngine
from scripts.lib.engines.open import open_engine
from scripts.lib.forcing.pool import Forced
from scripts.lib.journal import Journal
from scripts.lib.progress import Progress
from scripts.lib.sampling import Drawing
from scripts.lib.sampling_program import run_sampling
from scripts.lib.spending import Spending


def sample_forced(
    pool: ForcedPool,
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
    cli.run(lambda: run_sampling(__doc__, ForcedPool, sample_forced))
