"""Curves in which a verifier chooses among samples, as programs are handed them.

Each --curve on a command line begins a curve; --spec, --answers, --scores and --verifier after it
are its own.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib.cli import existing, spec_of
from scripts.lib.config.curves import BestOfNCurve, Curve, SearchCurve
from scripts.lib.curves.samples import CurveError
from scripts.lib.option_groups import option_groups
from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table
from scripts.lib.tables import Answer


@dataclass
class ChosenCurve:
    """One curve on the command line."""

    name: str
    spec: Curve | None = None
    answers: Path | None = None
    scores: Path | None = None
    verifier: str | None = None

    @property
    def files(self) -> str:
        """What it is read from, for errors."""
        return f"{self.answers}, {self.scores}"

    def read(self) -> tuple[BestOfNCurve | SearchCurve, pl.DataFrame, pl.DataFrame, str]:
        """The curve, its samples as an Answer table, their Step table, and whose scores these are.

        Raises:
            CurveError: an option of the curve is missing, or its method is another.
            UserError: a file is missing or breaks its model.
        """
        if not isinstance(self.spec, BestOfNCurve | SearchCurve):
            raise CurveError(f"{self.name}: --spec must be that of a best_of_n curve or a search")
        if self.answers is None or self.scores is None or self.verifier is None:
            raise CurveError(f"{self.name}: --answers, --scores and --verifier must follow --curve")
        answers, steps = read_table(Answer, self.answers), read_table(Step, self.scores)
        return self.spec, answers, steps, self.verifier


def add_chosen_curves(parser: argparse.ArgumentParser) -> None:
    """The options that hand over curves: `curves`, a list of ChosenCurve, and their `labels`."""
    curve: TypeAdapter[Curve] = TypeAdapter(Curve)
    begins, belongs = option_groups("curves", "--curve", ChosenCurve)
    add = parser.add_argument
    add("--labels", type=json.loads, required=True, help="curve names to labels")
    add("--curve", dest="curves", action=begins, required=True, help="name of a curve")
    add("--spec", action=belongs, type=spec_of(curve), help="the curve as JSON")
    add("--answers", action=belongs, type=existing, help="Answer table of its pool")
    add("--scores", action=belongs, type=existing, help="Step table of its verifier")
    add("--verifier", action=belongs, help="name of that verifier")
