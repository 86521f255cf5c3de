"""Merge one table of a pool from those of its shards, which several jobs drew.

Rows stand as one job would have written them: the shards are blocks of the pool's problems, in
their order. Large tables are read and written in groups of rows, never as a whole.
"""

import logging
from pathlib import Path

from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.config.pools import DrawnPool
from scripts.lib.merging import PARTS, merge_shards
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem


def main() -> None:
    """Read the arguments, merge."""
    parser = cli.parser(__doc__)
    spec = TypeAdapter(DrawnPool).validate_json
    parser.add_argument("--spec", type=spec, required=True, help="the pool as JSON")
    parser.add_argument("--pool", required=True, help="its name")
    parser.add_argument("--table", choices=list(PARTS), required=True)
    parser.add_argument("--problems", type=cli.existing, required=True, help="Problem table")
    parser.add_argument(
        "--shards", type=cli.existing, nargs="+", required=True, help="their files, in order"
    )
    parser.add_argument("--output", type=Path, required=True, help="the merged table")
    args = parser.parse_args()
    problems = read_table(Problem, args.problems)
    rows = merge_shards(args.pool, args.spec, args.table, problems, args.shards, args.output)
    logging.info("%s: %d rows of %d shards", args.output, rows, len(args.shards))


if __name__ == "__main__":
    cli.run(main)
