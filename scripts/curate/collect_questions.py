"""Collect the questions of one source as a Collected table, features still unknown.

The study file says where they come from: a data set on the Hub, a file, or the generator of
chained arithmetic, which keeps clear of the benchmarks given with --exclude.
"""

import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.chains.excluded import asked_chains
from scripts.lib.config.questions import FileQuestions, HubQuestions, QuestionSource
from scripts.lib.errors import UserError
from scripts.lib.fetch import find_source
from scripts.lib.questions.chains import generate_questions
from scripts.lib.questions.files import read_questions
from scripts.lib.questions.tables import Collected
from scripts.lib.tableio import write_table

SOURCES = Path("data/sources.csv")


class SourceError(UserError):
    """A source lacks its file."""


def collect_questions(
    spec: QuestionSource,
    source: str,
    file: Path | None,
    exclude: list[Path],
    sources: Path = SOURCES,
) -> pl.DataFrame:
    """The questions of a source, whatever its kind; see scripts/lib/questions."""
    if isinstance(spec, HubQuestions):
        # Imported only here: its library takes seconds to load.
        from scripts.lib.questions.hub import load_questions  # noqa: PLC0415

        return load_questions(spec, source)
    if isinstance(spec, FileQuestions):
        if file is None:
            raise SourceError(f"questions.sources.{source}: a source of kind file needs --input")
        publish = find_source(sources, spec.source).publish if spec.source else spec.publish
        return read_questions(spec, source, file, publish)
    return generate_questions(spec, source, asked_chains(exclude))


def main() -> None:
    """Read the arguments, collect, write."""
    parser = cli.parser(__doc__)
    parser.add_argument(
        "--spec", type=TypeAdapter(QuestionSource).validate_json, required=True, help="as JSON"
    )
    parser.add_argument("--source", required=True, help="name in the study file")
    parser.add_argument("--input", type=cli.existing, help="the file of a source of kind file")
    parser.add_argument("--sources", type=Path, default=SOURCES)
    parser.add_argument("--exclude", type=cli.existing, nargs="*", default=[])
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    questions = collect_questions(args.spec, args.source, args.input, args.exclude, args.sources)
    write_table(Collected, questions, args.output)
    logging.info("%s: %d questions", args.output, questions.height)


if __name__ == "__main__":
    cli.run(main)
