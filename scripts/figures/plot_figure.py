"""Draw one figure of a study from the tables that its panels need."""

import argparse
import json
import logging
import shlex
import sys
import textwrap
from pathlib import Path

import matplotlib
import matplotlib.style
import polars as pl

from scripts.lib import cli
from scripts.lib.anatomy.tables import Segment
from scripts.lib.atomic import write_text, written_whole
from scripts.lib.config.figures import Figure
from scripts.lib.config.needs import Needs
from scripts.lib.curves.tables import Bin, Fit, Outcome, Point, Reference
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.drawn import Drawn, drawn_table
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.left_out import note, without
from scripts.lib.plotting.panel_tables import read_panel_tables
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import empty_table, read_by_name, read_table, write_table
from scripts.lib.training_tables import TrainingStep

INPUTS = {
    "points": "curve tables",
    "fits": "fit tables",
    "reference": "published values",
    "tables": "tables of the kinds that panels are drawn from",
    "questions": "selections of questions",
    "training": "training records, each in the folder of its model",
    "outcomes": "outcome tables",
    "bins": "tables of bins",
    "anatomies": "tables of anatomies",
}

DATES = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}
"""Left out of the files, so that they have the same bytes every day."""


def main() -> None:
    """Read the arguments, draw, and write the figure in every format asked for."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(Figure), required=True, help="entry in the study")
    parser.add_argument("--labels", type=json.loads, required=True, help="curve names to labels")
    for option, what in INPUTS.items():
        parser.add_argument(f"--{option}", type=Path, nargs="*", default=[], help=what)
    parser.add_argument("--missing", type=missing_of, default=Needs(), help="what to leave out")
    parser.add_argument("--pull", default="", help="the command that gets it")
    parser.add_argument("--style", type=cli.existing, required=True, help="matplotlib style sheet")
    parser.add_argument("--output", type=Path, nargs="+", required=True, help="PNG, SVG or PDF")
    parser.add_argument("--data", type=Path, help="Drawn table to write: what the figure shows")
    parser.add_argument("--about", type=Path, help="text to write: caption, data, commands")
    parser.add_argument("--made-by", default="", help="the command of the workflow that makes it")
    arguments = parser.parse_args()
    matplotlib.use("agg")
    matplotlib.style.use(arguments.style)
    figure, missing = arguments.spec, arguments.missing
    left_out = note(figure, missing, arguments.labels, arguments.pull)
    if left_out:
        logging.warning("%s", left_out)
    arguments.spec = without(figure, missing)
    canvas = draw_figure(arguments.spec, read_data(arguments), left_out)
    for path in arguments.output:
        with written_whole(path) as temporary:
            canvas.savefig(temporary, metadata=DATES.get(path.suffix))
        logging.info("wrote %s", path)
    # After the figure is written: only then do ticks and texts have their places.
    if arguments.data is not None:
        write_table(Drawn, drawn_table(canvas), arguments.data)
    if arguments.about is not None:
        write_text(arguments.about, about(arguments, left_out))


def about(arguments: argparse.Namespace, left_out: str) -> str:
    """What a figure is, where its data lies, and how to make it again."""
    figure = arguments.spec
    parts = [f"{figure.title} ({figure.status})", " ".join(figure.caption.split()), left_out]
    files = [*arguments.output, *([arguments.data] if arguments.data else [])]
    parts.append("Files: " + ", ".join(path.name for path in files))
    if arguments.made_by:
        parts.append(f"Made by:\n\n    {arguments.made_by}")
    program = shlex.join(["python", "-m", "scripts.figures.plot_figure", *sys.argv[1:]])
    parts.append(f"which runs, from the folder of the project:\n\n    {program}")
    wrapped = [part if "\n" in part else textwrap.fill(part, 100) for part in parts if part]
    return "\n\n".join(wrapped) + "\n"


def missing_of(text: str) -> Needs:
    """What a figure has to leave out: lists of names as JSON, by the fields of Needs."""
    return Needs(**{kind: tuple(names) for kind, names in json.loads(text).items()})


def read_data(arguments: argparse.Namespace) -> FigureData:
    """Read the tables that the figure draws, by the names of their files.

    Raises:
        UserError: a file is missing or breaks its model.
    """
    references = [read_table(Reference, path) for path in arguments.reference]
    return FigureData(
        points=read_by_name(Point, arguments.points),
        fits=read_by_name(Fit, arguments.fits),
        labels=arguments.labels,
        references=pl.concat(references) if references else empty_table(Reference),
        tables=read_panel_tables(arguments.spec.panels, arguments.tables),
        questions=read_by_name(Question, arguments.questions),
        outcomes=read_by_name(Outcome, arguments.outcomes),
        bins=read_by_name(Bin, arguments.bins),
        anatomies=read_by_name(Segment, arguments.anatomies),
        training={path.parent.name: read_table(TrainingStep, path) for path in arguments.training},
    )


if __name__ == "__main__":
    cli.run(main)
