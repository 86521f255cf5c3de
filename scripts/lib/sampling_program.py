"""What the programs that draw the samples of a pool have in common: their command line."""

import logging
from collections.abc import Callable
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.config.models import Generator
from scripts.lib.config.options import facts_option, price_option
from scripts.lib.config.pools import ForcedPool, RevisedPool, SampledPool
from scripts.lib.config.shards import read_shard
from scripts.lib.shards import block_of
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace


def run_sampling(
    doc: str | None,
    kind: type[SampledPool | ForcedPool | RevisedPool],
    draw: Callable[..., pl.DataFrame],
) -> None:
    """Read the arguments, draw, write.

    Args:
        doc: the program's docstring, as its help text.
        kind: model of the pool's slice of the study.
        draw: takes the pool, its name, its model, prompts by name, the Problem table, the folder
            of weights, facts and price of the model (each or None) and the folder of the
            journal; gives a Trace table.
    """
    parser = cli.parser(doc)
    parser.add_argument("--spec", type=cli.spec(kind), required=True, help="the pool as JSON")
    parser.add_argument("--pool", required=True, help="its name")
    parser.add_argument("--model-spec", type=TypeAdapter(Generator).validate_json, required=True)
    parser.add_argument("--prompts", type=TypeAdapter(dict[str, str]).validate_json, required=True)
    parser.add_argument("--problems", type=cli.existing, required=True, help="Problem table")
    parser.add_argument("--shard", type=read_shard, help="draw its problems only, as in 2-of-4")
    parser.add_argument("--weights", type=cli.existing, help="folder of a model made here")
    parser.add_argument("--facts", type=facts_option, help="its entry in config/models.yaml")
    parser.add_argument("--price", type=price_option, help="its entry in config/prices.yaml")
    parser.add_argument("--journal", type=Path, required=True, help="folder of the journal")
    parser.add_argument("--output", type=Path, required=True, help="Trace table to write")
    args = parser.parse_args()
    problems = read_table(Problem, args.problems)
    pool, problems = block_of(args.pool, args.spec, problems, args.shard)
    traces = draw(
        pool,
        args.pool,
        args.model_spec,
        args.prompts,
        problems,
        args.weights,
        args.facts,
        args.price,
        args.journal,
    )
    write_table(Trace, traces, args.output)
    logging.info("%s: %d rows", args.output, len(traces))
