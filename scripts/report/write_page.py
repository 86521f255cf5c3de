"""Write the page of a study: its figures live, its verdicts, its samples, where all that is from.

The page is one file that needs nothing else. Each --pool begins a pool: --traces, --answers,
--problems, --scores and --tokenizer after it are its own.
"""

import argparse
import logging
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib import cli
from scripts.lib.atomic import written_whole
from scripts.lib.config.panels import POWERS_OF_TWO
from scripts.lib.curves.tables import Point, Reference
from scripts.lib.option_groups import option_groups
from scripts.lib.origins import PUBLISHED, READ_OFF
from scripts.lib.page.charts import curve_data, figure_data
from scripts.lib.page.document import Chunks, chunks, write_document
from scripts.lib.page.pools import PoolPages, PoolTables
from scripts.lib.page.records import told
from scripts.lib.page.sections import (
    figures_section,
    image_address,
    records_section,
    samples_section,
    verdicts_section,
)
from scripts.lib.page.sources import sources
from scripts.lib.page.spec import PageSpec
from scripts.lib.page.texts import escape, plain_math
from scripts.lib.page.verdicts import read_verdicts
from scripts.lib.page.words import left_out, navigation, summary
from scripts.lib.plotting.axes import X_LABELS
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.panel_tables import read_panel_tables
from scripts.lib.tableio import empty_table, read_by_name, read_table

Data = dict[str, Any]


def main() -> None:
    """Read the arguments and what they name, write the page."""
    args = arguments()
    spec: PageSpec = args.spec
    drawings = {path.stem: path for path in args.figures}
    data = figure_tables(spec, args)
    figures = {name: figure_data(figure, data, spec.pull) for name, figure in spec.figures.items()}
    curves = {name: curve_data(spec.label(name), points) for name, points in data.points.items()}
    verdicts = read_verdicts(args.verdicts) if args.verdicts else []
    shown = [*args.figures, *args.points, *pool_files(args.pools)]
    records = told(shown + ([args.verdicts] if args.verdicts else []))
    with chunks() as kept:
        pools = [add_pool(spec, files, kept) for files in args.pools]
        drawn = {
            name: kept.add(image_address(path))
            for name, path in drawings.items()
            if figures[name]["whole"]
        }
        content = {
            "axes": X_LABELS,
            "powers_of_two": POWERS_OF_TWO,
            "published": PUBLISHED,
            "read_off": READ_OFF,
            "figures": figures,
            "curves": curves,
            "sources": sources(spec, data.points, {pool["name"]: pool for pool in pools}),
            "pools": pools,
            "drawings": drawn,
            "records": kept.add(records),
        }
        sections = [figures_section(spec.figures, figures, drawings)]
        sections += [verdicts_section(verdicts)] if verdicts else []
        sections += [samples_section()] if pools else []
        sections.append(records_section(records))
        parts = {
            "title": escape(plain_math(spec.title)),
            "study": escape(spec.study),
            "summary": summary(spec, pools, verdicts),
            "navigation": navigation(sections),
            "left_out": left_out(pools, spec.absent),
        }
        with written_whole(args.output) as temporary:
            write_document(temporary, parts, sections, content, kept)
    size = args.output.stat().st_size / 1e6
    logging.info("wrote %s (%.1f MB): open it in a browser", args.output, size)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = cli.parser(__doc__)
    begins, belongs = option_groups("pools", "--pool", PoolTables)
    add = parser.add_argument
    add("--spec", type=cli.spec(PageSpec), required=True, help="what the page shows of the study")
    add("--points", type=Path, nargs="*", default=[], help="curve tables")
    add("--tables", type=Path, nargs="*", default=[], help="tables beside live panels")
    add("--reference", type=Path, nargs="*", default=[], help="published values")
    add("--figures", type=Path, nargs="*", default=[], help="drawn figures, SVG or PNG")
    add("--verdicts", type=cli.existing, help="table of verdicts, of a study with claims")
    add("--pool", dest="pools", action=begins, default=[], help="name of a pool")
    add("--traces", action=belongs, type=cli.existing, help="its Trace table")
    add("--answers", action=belongs, type=cli.existing, help="its Answer table")
    add("--problems", action=belongs, type=cli.existing, help="Problem table of its benchmark")
    add("--scores", action=belongs, type=cli.existing, nargs="+", help="Step tables of it")
    add("--tokenizer", action=belongs, help="folder of its model's tokenizer, if made here")
    add("--output", type=Path, required=True, help="the page, HTML")
    return parser.parse_args()


def figure_tables(spec: PageSpec, args: argparse.Namespace) -> FigureData:
    """The tables that live figures are drawn from.

    Raises:
        UserError: a file is missing or breaks its model.
    """
    references = [read_table(Reference, path) for path in args.reference]
    panels = [panel for figure in spec.figures.values() for panel in figure.panels]
    return FigureData(
        points=read_by_name(Point, args.points),
        tables=read_panel_tables(panels, args.tables),
        labels=spec.lost | {name: spec.label(name) for name in spec.curves},
        references=pl.concat(references) if references else empty_table(Reference),
    )


def pool_files(pools: list[PoolTables]) -> list[Path]:
    """The tables of samples that the page shows."""
    files = [(pool.traces, pool.answers, pool.problems, *pool.scores) for pool in pools]
    return list(dict.fromkeys(path for part in files for path in part))


def add_pool(spec: PageSpec, files: PoolTables, kept: Chunks) -> Data:
    """Pack the samples of a pool; return its index.

    Raises:
        UserError: a table of it is missing or breaks its model.
    """
    pool = PoolPages(spec.pools[files.name], files, spec.page)
    blocks = [
        (kept.add(block), [problem["id"] for problem in block["problems"]])
        for block in pool.blocks()
    ]
    return pool.index(blocks)


if __name__ == "__main__":
    cli.run(main)
