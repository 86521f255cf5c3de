"""Arguments that the programs of curves, of fits, and of tables of curves share."""

import argparse
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.cli import existing, parser
from scripts.lib.curves.rows import Bootstrap, CurveTables
from scripts.lib.curves.tables import Fit, Outcome, Point, Reference
from scripts.lib.tableio import empty_table, read_by_name, read_table, write_table

Tables = dict[str, pl.DataFrame]
TableMaker = Callable[[Any, Tables, Tables, dict[str, str], Bootstrap], pl.DataFrame]
"""Makes a table from its entry, Point and Outcome tables by curve, labels, and draws."""


def fit_parser(doc: str | None, spec: Callable[[str], Any]) -> argparse.ArgumentParser:
    """Arguments of a program that fits one curve.

    Args:
        doc: the program's docstring.
        spec: the argparse type of the curve.
    """
    arguments = _one_curve(doc, spec, "Fit table to write, CSV")
    arguments.add_argument("--points", type=existing, required=True, help="its Point table")
    return arguments


def curve_parser(doc: str | None, spec: Callable[[str], Any]) -> argparse.ArgumentParser:
    """Arguments of a program that makes one curve; those of `fit_parser`."""
    arguments = _one_curve(doc, spec, "Point table to write, CSV")
    text = "Outcome table to write, Parquet"
    arguments.add_argument("--outcomes", type=Path, required=True, help=text)
    return arguments


def _one_curve(doc: str | None, spec: Callable[[str], Any], output: str) -> argparse.ArgumentParser:
    """What is asked of any program about one curve; `output` says what it writes."""
    arguments = parser(doc)
    add = arguments.add_argument
    add("--spec", type=spec, required=True, help="the curve as JSON")
    add("--curve", required=True, help="name of the curve")
    add_bootstrap(arguments)
    add("--output", type=Path, required=True, help=output)
    return arguments


def write_curve(tables: CurveTables, arguments: argparse.Namespace) -> None:
    """Write the Outcome and Point tables of a curve where `curve_parser`'s arguments say."""
    write_table(Outcome, tables.outcomes, arguments.outcomes)
    write_table(Point, tables.points, arguments.output)
    logging.info("wrote %d points to %s", tables.points.height, arguments.output)


def table_parser(doc: str | None, spec: Callable[[str], Any]) -> argparse.ArgumentParser:
    """Arguments of a program that puts curves side by side in a table.

    Args:
        doc: the program's docstring.
        spec: the argparse type of the table.
    """
    arguments = parser(doc)
    add = arguments.add_argument
    add("--spec", type=spec, required=True, help="entry in the study")
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--points", type=existing, nargs="+", required=True, help="Point tables")
    add("--output", type=Path, required=True, help="the table, CSV")
    return arguments


def add_reference(arguments: argparse.ArgumentParser) -> None:
    """What a paper says of the same table."""
    arguments.add_argument("--reference", type=existing, help="published values")


def outcomes_parser(doc: str | None, spec: Callable[[str], Any]) -> argparse.ArgumentParser:
    """Arguments of `table_parser`, and of a table that resamples the curves' problems."""
    arguments = table_parser(doc, spec)
    text = "Outcome tables of the curves that have samples"
    arguments.add_argument("--outcomes", type=existing, nargs="*", default=[], help=text)
    add_bootstrap(arguments)
    return arguments


def tabulated(make: TableMaker, arguments: argparse.Namespace) -> pl.DataFrame:
    """The table of what `outcomes_parser`'s arguments name.

    Raises:
        UserError: a file breaks its model, or the table cannot be made of them.
    """
    points = read_by_name(Point, arguments.points)
    outcomes = read_by_name(Outcome, arguments.outcomes)
    bootstrap = Bootstrap(arguments.bootstrap, arguments.seed)
    return make(arguments.spec, points, outcomes, arguments.labels, bootstrap)


def add_bootstrap(arguments: argparse.ArgumentParser) -> None:
    """How intervals are drawn."""
    arguments.add_argument("--bootstrap", type=int, default=10_000, help="draws")
    arguments.add_argument("--seed", type=int, default=0, help="of the bootstrap")


def read_reference(path: Path | None) -> pl.DataFrame:
    """The published values, or a Reference table without any."""
    return empty_table(Reference) if path is None else read_table(Reference, path)


def write_fits(fits: pl.DataFrame, output: Path) -> None:
    """Say each parameter with its limits, and write the Fit table."""
    for row in fits.iter_rows(named=True):
        logging.info("%(region)s, %(parameter)s: %(value).4g, %(low)s to %(high)s", row)
    write_table(Fit, fits, output)
    logging.info("wrote %d parameters to %s", fits.height, output)
