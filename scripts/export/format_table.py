"""Write a table as papers have it: Markdown, and LaTeX with booktabs.

Numbers are rounded, a value stands with its interval, and what all rows share is said once below.
"""

from pathlib import Path

from scripts.lib import cli
from scripts.lib.atomic import write_text
from scripts.lib.curves.tables import Choice, Fit, Point
from scripts.lib.export.latex import latex
from scripts.lib.export.layout import printed
from scripts.lib.export.markdown import markdown
from scripts.lib.table_kinds import KINDS
from scripts.lib.tableio import read_table
from scripts.lib.tables import Table

MODELS: dict[str, type[Table]] = {"curve": Point, "fit": Fit, "choice": Choice, **KINDS}


def main() -> None:
    """Read the arguments and the table, and write it in both formats."""
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--table", type=cli.existing, required=True, help="CSV")
    add("--kind", choices=MODELS, required=True, help="what it is")
    add("--title", required=True, help="its caption")
    add("--label", required=True, help="for LaTeX, after tab:")
    add("--markdown", type=Path, required=True, help="file to write")
    add("--latex", type=Path, required=True, help="file to write")
    arguments = parser.parse_args()
    table = printed(read_table(MODELS[arguments.kind], arguments.table))
    write_text(arguments.markdown, markdown(table, arguments.title))
    write_text(arguments.latex, latex(table, arguments.title, arguments.label))


if __name__ == "__main__":
    cli.run(main)
