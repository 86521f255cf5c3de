"""Make the problems of a chains benchmark: the same settings give the same file, byte by byte.

Questions of the tables given with --exclude are not asked, in whatever notation they stand there.
"""

import logging
from collections.abc import Collection
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.chains.excluded import asked_chains
from scripts.lib.chains.families import FAMILIES
from scripts.lib.chains.problems import Chain, draw_benchmark
from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Problem


def generate_problems(
    spec: GeneratedBenchmark, benchmark: str, excluded: Collection[Chain] = ()
) -> pl.DataFrame:
    """A Problem table; `level` is the number of operations.

    Lengths take turns, and so do the question families within each length: any first part of
    the table holds them as evenly as can be. `problem_id` ends in the family's name.
    """
    rows: list[dict[str, object]] = []
    for number, chain in enumerate(draw_benchmark(spec, excluded)):
        family = FAMILIES[number // len(spec.operations) % len(FAMILIES)]
        rows.append(
            {
                "benchmark": benchmark,
                "problem_id": f"{number:04d}-{family.name}",
                "problem": family.text(chain),
                "answer": str(int(chain.answer())),
                "answer_kind": "integer",
                "level": str(len(chain.operations)),
                "publish": "text",
            }
        )
    return make_table(Problem, rows)


def main() -> None:
    """Read the arguments, make the problems, write them."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(GeneratedBenchmark), required=True)
    parser.add_argument("--benchmark", required=True)
    parser.add_argument("--exclude", type=cli.existing, nargs="*", default=[])
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    excluded = set(asked_chains(arguments.exclude).values())
    problems = generate_problems(arguments.spec, arguments.benchmark, excluded)
    write_table(Problem, problems, arguments.output)
    logging.info("wrote %d problems to %s", len(problems), arguments.output)


if __name__ == "__main__":
    cli.run(main)
