"""Whether a table fits the curves and models that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.curve_names import problems_of_chosen
from scripts.lib.config.curves import ControlCurve, ForcingCurve, RejectionCurve, made_from
from scripts.lib.config.models import TunedModel
from scripts.lib.config.panels import FUNNEL
from scripts.lib.config.study_tables import (
    ComparisonTable,
    ControlTable,
    CoverageTable,
    CrossingsTable,
    ForecastTable,
    LedgerTable,
    PassedOverTable,
    RatiosTable,
    ScoresTable,
    ShapeTable,
    StudyTable,
    VerifierTable,
    VoteLimitTable,
)
from scripts.lib.config.tradeoff_names import problems_of_tradeoff
from scripts.lib.config.tradeoff_tables import EqualComputeTable, IsoAccuracyTable
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifier_names import trained_verifier_problems

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def problems_of_table(study: Study, at: str, table: StudyTable) -> Iterator[str]:
    """What does not fit: a line that leads with its key each.

    Sizes that a table of ratios names stand outside the study, in config/models.yaml.
    """
    if at == f"tables.{FUNNEL}":
        yield f"{at}: this is the name of the table of the curation's steps; take another"
    match table:
        case LedgerTable():
            yield from _ledger(study, at, table)
        case VerifierTable():
            for name in table.verifiers:
                yield from trained_verifier_problems(study, f"{at}.verifiers", name)
        case PassedOverTable() | ScoresTable():
            yield from problems_of_chosen(study, at, list(table.curves))
        case CrossingsTable():
            yield from _crossings(study, at, table)
        case RatiosTable():
            pass
        case ShapeTable():
            for name in table.curves:
                yield from undefined(f"{at}.curves", name, study.curves)
        case VoteLimitTable() | ForecastTable() | CoverageTable():
            yield from _further(study, at, table)
        case EqualComputeTable() | IsoAccuracyTable():
            yield from problems_of_tradeoff(study, at, table)
        case _:
            yield from _compared(study, at, table)


def _ledger(study: Study, at: str, table: LedgerTable) -> Iterator[str]:
    yield from undefined(f"{at}.model", table.model, study.models)
    model = study.models.get(table.model)
    if isinstance(model, TunedModel) and model.selection is None:
        yield f"{at}.model: {table.model!r} is tuned on no selection; a ledger sums up its cost"
    elif model is not None and not isinstance(model, TunedModel):
        yield f"{at}.model: {table.model!r} is not tuned; a ledger sums up a fine-tuning"


def _compared(study: Study, at: str, table: ControlTable | ComparisonTable) -> Iterator[str]:
    names = list(table.curves)
    if table.kind == "comparison":
        names.append(table.reference)
    else:
        yield from _lengths(study, at, names)
    for curve in names:
        yield from undefined(f"{at}.curves", curve, study.curves)
    for curve in table.published.series if table.published is not None else []:
        if curve not in names:
            yield f"{at}.published.series: {curve!r} is no curve of this table: {', '.join(names)}"


def _lengths(study: Study, at: str, curves: list[str]) -> Iterator[str]:
    """A control table sums up fits that only some curves have."""
    kinds = ForcingCurve | ControlCurve | RejectionCurve
    for name in curves:
        curve = study.curves.get(name)
        if curve is not None and not isinstance(curve, kinds):
            yield f"{at}.curves: {name!r} is of method {curve.method}, which sets no length"


def _crossings(study: Study, at: str, table: CrossingsTable) -> Iterator[str]:
    """The lines need FLOPs, which nobody publishes; points to reach need an accuracy alone."""
    for name in table.curves:
        yield from undefined(f"{at}.curves", name, study.curves)
        curve = study.curves.get(name)
        if curve is not None and made_from(curve) in ("published", "counts"):
            yield f"{at}.curves: {name!r} is published without FLOPs; its samples are needed"
    for name in table.against:
        yield from undefined(f"{at}.against", name, study.curves)
        if name in table.curves:
            yield f"{at}.against: {name!r} is one of the curves; name those of larger models"


def _further(
    study: Study, at: str, table: VoteLimitTable | ForecastTable | CoverageTable
) -> Iterator[str]:
    """What more samples would give is told by samples, or counts of them, of one method."""
    coverage = isinstance(table, CoverageTable)
    method, sources = ("oracle", ["samples", "counts"]) if coverage else ("vote", ["samples"])
    for name in table.curves:
        yield from undefined(f"{at}.curves", name, study.curves)
        curve = study.curves.get(name)
        if curve is None:
            continue
        if curve.method != method:
            yield f"{at}.curves: {name!r} is of method {curve.method}; {method} is needed"
        elif made_from(curve) not in sources:
            yield f"{at}.curves: {name!r} is published; its samples are needed"
