"""Judge what papers and readers claim by the tables of one study; write a Verdict table."""

import argparse
import json
import logging
from pathlib import Path

import polars as pl

from scripts.lib.claims.tables import PriceRow, Verdict, model_of
from scripts.lib.claims.verdicts import verdicts_table
from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.claims import PRICES, Judgement
from scripts.lib.config.load import load_prices
from scripts.lib.curves.arguments import add_bootstrap
from scripts.lib.tableio import make_table, read_table, write_table


def main() -> None:
    """Read the tables, judge, write."""
    arguments = _arguments()
    kinds = arguments.spec.kinds
    tables = {name: _read(name, existing(path), kinds) for name, path in arguments.table}
    verdicts = verdicts_table(
        arguments.spec, tables, arguments.missing, arguments.bootstrap, arguments.seed
    )
    write_table(Verdict, verdicts, arguments.output)
    for row in verdicts.iter_rows(named=True):
        logging.info("%(claim)s, %(about)s, %(quantity)s: %(verdict)s, %(why)s", row)


def _read(name: str, path: Path, kinds: dict[str, str]) -> pl.DataFrame:
    if name != PRICES:
        return read_table(model_of(name, kinds), path)
    prices = load_prices(path).items()
    return make_table(PriceRow, [{"model": model} | price.model_dump() for model, price in prices])


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(Judgement), required=True, help="the study's evidence as JSON")
    add(
        "--table",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "FILE"),
        help="a table that evidence names, and where it lies",
    )
    text = "tables that are neither there nor can be made, and how to get them, as JSON"
    add("--missing", type=json.loads, default={}, help=text)
    add_bootstrap(arguments)
    add("--output", type=Path, required=True, help="Verdict table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
