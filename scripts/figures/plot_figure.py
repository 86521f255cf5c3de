"""Draw one figure of a study from its curve tables, fits and published values."""

import json
import logging
from pathlib import Path

import matplotlib
import matplotlib.style
import polars as pl

from scripts.lib import cli
from scripts.lib.atomic import written_whole
from scripts.lib.config.figures import Figure
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.tableio import empty_table, read_table
from scripts.lib.tables import Fit, Point, Reference, Table


def main() -> None:
    """Read the arguments, draw, and write the figure in every format asked for."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(Figure), required=True, help="entry in the study")
    parser.add_argument("--labels", type=json.loads, required=True, help="curve names to labels")
    parser.add_argument("--points", type=Path, nargs="*", default=[], help="curve tables")
    parser.add_argument("--fits", type=Path, nargs="*", default=[], help="fit tables")
    parser.add_argument("--reference", type=Path, nargs="*", default=[], help="published values")
    parser.add_argument("--style", type=cli.existing, required=True, help="matplotlib style sheet")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="PNG, SVG or PDF")
    arguments = parser.parse_args()
    references = [read_table(Reference, path) for path in arguments.reference]
    matplotlib.use("agg")
    matplotlib.style.use(arguments.style)
    canvas = draw_figure(
        arguments.spec,
        by_curve(Point, arguments.points),
        by_curve(Fit, arguments.fits),
        arguments.labels,
        pl.concat(references) if references else empty_table(Reference),
    )
    for path in arguments.output:
        dated = {"Date": None} if path.suffix == ".svg" else None  # the same bytes every day
        with written_whole(path) as temporary:
            canvas.savefig(temporary, metadata=dated)
        logging.info("wrote %s", path)


def by_curve(model: type[Table], paths: list[Path]) -> dict[str, pl.DataFrame]:
    """Tables by the name of their curve, which is the name of their file."""
    return {path.stem: read_table(model, path) for path in paths}


if __name__ == "__main__":
    cli.run(main)
