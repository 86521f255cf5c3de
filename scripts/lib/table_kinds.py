"""Which model the table of each kind keeps to."""

from scripts.lib.curves.forecast_tables import Coverage, Forecast, VoteLimit
from scripts.lib.curves.shape_tables import ShapeRow
from scripts.lib.curves.tables import Comparison, ControlRow, Crossing, Ratio
from scripts.lib.curves.tradeoff_tables import EqualCompute, IsoAccuracy
from scripts.lib.questions.tables import Funnel
from scripts.lib.search.tables import PassedOver, ScoreRow, VerifierRow
from scripts.lib.tables import Table
from scripts.lib.training_tables import Expense

KINDS: dict[str, type[Table]] = {
    "comparison": Comparison,
    "control": ControlRow,
    "coverage": Coverage,
    "crossings": Crossing,
    "equal_compute": EqualCompute,
    "forecast": Forecast,
    "iso_accuracy": IsoAccuracy,
    "ledger": Expense,
    "passed_over": PassedOver,
    "ratios": Ratio,
    "scores": ScoreRow,
    "shape": ShapeRow,
    "verifier": VerifierRow,
    "vote_limit": VoteLimit,
    "funnel": Funnel,
}
"""By `kind` of an entry in the study's `tables`; and the curation's funnel, which has no entry."""
