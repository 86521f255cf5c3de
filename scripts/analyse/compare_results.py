"""Compare two sets of results: of two commits, engines or studies, or a colleague's and yours.

Each is a folder with the tables of a study (results/tiny, also that of another clone), or such a
folder at a commit (COMMIT:results/paper), out of Git and DVC. Curves are matched by their names,
settings too, problems by their ids.
"""

import argparse
import logging
import re
import sys
import tempfile
from pathlib import Path

from scripts.lib import cli
from scripts.lib.compare.differences import compare
from scripts.lib.compare.places import read_results
from scripts.lib.compare.report import report
from scripts.lib.compare.tables import Difference
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.tableio import write_table


def main() -> None:
    """Read both, compare, print, write."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="ttscale-") as folder:
        a, b = (
            read_results(text, scratch(Path(folder, side)))
            for side, text in (("a", arguments.a), ("b", arguments.b))
        )
        compared = compare(a, b, arguments.match, Bootstrap(arguments.bootstrap, arguments.seed))
    print(report(a, b, compared), end="")
    output = arguments.output or default_output(arguments.a, arguments.b)
    write_table(Difference, compared.table, output)
    logging.info("wrote %d differences to %s", compared.table.height, output)
    if arguments.fail_on_difference and a.hashes != b.hashes:
        sys.exit(1)


def scratch(folder: Path) -> Path:
    """An empty folder."""
    folder.mkdir()
    return folder


def default_output(a: str, b: str) -> Path:
    """Where the table goes if nobody says: named by what is compared."""
    names = [re.sub(r"[^A-Za-z0-9.]+", "-", one).strip("-.") for one in (a, b)]
    return Path("results/compared") / f"{'_'.join(names)}.csv"


def matched(text: str) -> dict[str, str]:
    """An argparse type: names in A and B, as old=new,old=new."""
    pairs = [part.split("=") for part in text.split(",") if part]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise argparse.ArgumentTypeError(f"{text!r}: write it as old=new,old=new")
    return dict(pairs)


def _arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--a", required=True, help="results that differences start from")
    add("--b", required=True, help="the others")
    add("--match", type=matched, default={}, help="curves of other names in B: old=new,old=new")
    add("--output", type=Path, help="Difference table to write, CSV")
    text = "exit with 1 unless all tables are the same byte for byte"
    add("--fail-on-difference", action="store_true", help=text)
    add_bootstrap(parser)
    return parser.parse_args()


if __name__ == "__main__":
    cli.run(main)
