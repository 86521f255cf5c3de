"""Turn a file of problems into the Problem table of a benchmark.

The study file says which fields of the file hold what; the table of sources says whether the
texts of a fetched file may be published, the study file that of a user's own.
"""

import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.benchmarks import SourceBenchmark
from scripts.lib.fetch import find_source
from scripts.lib.problems import import_problems, read_rows
from scripts.lib.tableio import write_table
from scripts.lib.tables import Problem


def main() -> None:
    """Read the arguments, import, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(SourceBenchmark), required=True)
    parser.add_argument("--benchmark", required=True, help="name in the study file")
    parser.add_argument("--sources", type=Path, default=Path("data/sources.csv"))
    parser.add_argument("--input", type=cli.existing, required=True, help="the fetched file")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    spec: SourceBenchmark = arguments.spec
    own = spec.publish or "text"
    publish = find_source(arguments.sources, spec.source).publish if spec.source else own
    name = spec.source or str(arguments.input)
    rows = read_rows(arguments.input, name)
    problems = import_problems(rows, arguments.benchmark, spec, publish, arguments.input)
    write_table(Problem, problems, arguments.output)
    logging.info("%s: %d problems of %s", arguments.output, problems.height, name)


if __name__ == "__main__":
    cli.run(main)
