"""Search a pool's problems against a verifier; write what was found, its scores, and the cost.

Each problem, number of beams and repeat is a search of its own; all of them advance together. The
Trace table has a row for each candidate that a search ended with, the Step table one for each of
its scored steps, and the Spent table what was spent in its place. Every generated step is appended
to the pool's journal, and every score to the folder scores in it, so that a search that was killed
asks and reads only what is missing.
"""

import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.config.models import Generator
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.shards import read_shard
from scripts.lib.config.verifiers import HubVerifier, VerifierModel
from scripts.lib.engines.base import EngineError, TokenEngine
from scripts.lib.engines.open import open_engine
from scripts.lib.journal import Journal
from scripts.lib.progress import Progress
from scripts.lib.sampling import Drawing
from scripts.lib.search.pool import Searched
from scripts.lib.search.tables import Spent, Step
from scripts.lib.shards import block_of
from scripts.lib.spending import Spending
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.lib.verifiers.open import open_verifier


def search_pool(searched: Searched, engine: TokenEngine, journal_folder: Path) -> None:
    """Bring all searches of a pool to their end, through its journal.

    Raises:
        UserError: of the model, the verifier or the journal.
    """
    name = f"pool {searched.name}"
    spending, journal = Spending(None, None, name), Journal(journal_folder)
    begun = searched.begin()
    drawing = Drawing(engine, begun, journal, spending, searched.follow, searched.more)
    kept = sum(1 for _ in drawing.replay())
    logging.info(
        "%s: %d samples, %d of them whole in the journal, which holds %d steps",
        name, searched.total, searched.finished, kept,
    )  # fmt: skip
    if searched.finished < searched.total:
        with Progress(name, searched.total, searched.finished, spending.paid_usd) as progress:
            for _, response in drawing.ask():
                # Several steps may come in one go: what is finished is counted once.
                progress.add(response.generated_tokens, searched.finished - progress.done)


def main() -> None:
    """Read the arguments, search, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(SearchedPool), required=True, help="the pool, JSON")
    parser.add_argument("--pool", required=True, help="its name")
    parser.add_argument("--model-spec", type=TypeAdapter(Generator).validate_json, required=True)
    parser.add_argument("--shard", type=read_shard, help="search its problems only, as in 2-of-4")
    parser.add_argument("--weights", type=cli.existing, help="folder of a model made here")
    parser.add_argument("--verifier", required=True, help="its name")
    parser.add_argument(
        "--verifier-spec",
        type=TypeAdapter(VerifierModel | HubVerifier).validate_json,
        required=True,
    )
    parser.add_argument("--verifier-weights", type=cli.existing, help="its folder, if made here")
    parser.add_argument("--prompts", type=TypeAdapter(dict[str, str]).validate_json, required=True)
    parser.add_argument("--problems", type=cli.existing, required=True, help="Problem table")
    parser.add_argument("--journal", type=Path, required=True, help="folder of the journal")
    parser.add_argument("--output", type=Path, required=True, help="Trace table to write")
    parser.add_argument("--steps", type=Path, required=True, help="Step table to write")
    parser.add_argument("--spent", type=Path, required=True, help="Spent table to write")
    args = parser.parse_args()
    problems = read_table(Problem, args.problems)
    pool, problems = block_of(args.pool, args.spec, problems, args.shard)
    engine = _open_solver(args.pool, args.model_spec, args.weights)
    verifier = open_verifier(
        args.verifier_spec, args.verifier_weights, engine.tokenizer, args.journal / "scores"
    )
    searched = Searched(args.pool, pool, problems, args.prompts, engine, verifier, args.verifier)
    search_pool(searched, engine, args.journal)
    tables: list[tuple[type, pl.DataFrame, Path]] = [
        (Trace, searched.traces(), args.output),
        (Step, searched.steps(), args.steps),
        (Spent, searched.spent(), args.spent),
    ]
    for model, table, path in tables:
        write_table(model, table, path)
        logging.info("%s: %d rows", path, len(table))


def _open_solver(pool: str, model: Generator, weights: Path | None) -> TokenEngine:
    engine = open_engine(model, weights, None, None)
    if not isinstance(engine, TokenEngine):
        raise EngineError(
            f"pool {pool}: its model is behind an API, which cannot go on from token ids; take a "
            "model that runs here"
        )
    return engine


if __name__ == "__main__":
    cli.run(main)
