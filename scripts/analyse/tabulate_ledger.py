"""Tabulate what a model cost in all: its base, the teacher's traces, the models that filtered
the questions, and its fine-tuning.

An item whose cost nobody knows stands with empty cells.
"""  # noqa: D205

import argparse
import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.curves.tables import Reference
from scripts.lib.journal import read_entries
from scripts.lib.ledger import (
    BASE,
    TUNING,
    Row,
    pool_expense,
    published_expenses,
    teacher_expense,
    training_expense,
)
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Cost
from scripts.lib.training_tables import Expense, TrainingStep, TrainingTime

JOURNAL = "a pool that answered the questions; JOURNAL is empty where it did not compute here"


def main() -> None:
    """Read the arguments, add up, write."""
    args = _arguments()
    rows: list[Row] = []
    for number, (name, folder) in enumerate(args.model):
        rows.append(_training(TUNING if number else BASE, name, folder))
    if args.featurised is not None:
        questions = (read_table(Question, path) for path in (args.decontaminated, args.featurised))
        rows.insert(1, teacher_expense(*questions))
    asked = [_training(item, name, folder) for item, name, folder in args.training]
    asked += [_pool(item, name, costs, journal) for item, name, costs, journal in args.pool]
    rows[2:2] = asked
    if args.reference is not None:
        rows += published_expenses(read_table(Reference, args.reference))
    write_table(Expense, make_table(Expense, rows), args.output)
    logging.info("wrote %d items to %s", len(rows), args.output)


def _training(item: str, name: str, folder: str) -> Row:
    if not folder:
        return training_expense(item, name, None, None)
    return training_expense(
        item,
        name,
        read_table(TrainingStep, Path(folder) / "training.csv"),
        read_table(TrainingTime, Path(folder) / "timing.csv"),
    )


def _pool(item: str, name: str, costs: str, journal: str) -> Row:
    entries = read_entries(Path(journal)) if journal else ()
    return pool_expense(item, name, read_table(Cost, Path(costs)), entries)


def _arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--model", nargs=2, action="append", required=True, metavar=("NAME", "FOLDER"))
    add("--decontaminated", type=cli.existing, help="Question table of all that were asked")
    add("--featurised", type=cli.existing, help="Question table with the tokens of the traces")
    add(
        "--training",
        nargs=3,
        action="append",
        default=[],
        metavar=("ITEM", "NAME", "FOLDER"),
        help="a model trained here that answered the questions",
    )
    parts = ("ITEM", "POOL", "COSTS", "JOURNAL")
    add("--pool", nargs=4, action="append", default=[], metavar=parts, help=JOURNAL)
    add("--reference", type=cli.existing, help="published values of s1")
    add("--output", type=Path, required=True)
    args = parser.parse_args()
    if (args.decontaminated is None) != (args.featurised is None):
        parser.error("give both of --decontaminated, --featurised, or neither")
    return args


if __name__ == "__main__":
    cli.run(main)
