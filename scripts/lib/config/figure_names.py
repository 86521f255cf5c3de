"""Whether the panels of a figure fit the curves, models and tables that they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.figures import Figure
from scripts.lib.config.models import TrainedModel, TunedModel
from scripts.lib.config.panels import FUNNEL, FoundRegions, Panel, ScalingPanel, kinds_of_tables
from scripts.lib.config.search_panels import ScoresPanel
from scripts.lib.config.shape_panels import ShapePanel
from scripts.lib.config.study_tables import ScoresTable, ShapeTable
from scripts.lib.config.undefined import undefined

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def problems_of_figure(study: Study, at: str, figure: Figure) -> Iterator[str]:
    """What does not fit: a line that leads with its key each."""
    for number, panel in enumerate(figure.panels):
        here = f"{at}.panels.{number}"
        yield from _panel(study, here, panel)
        if not isinstance(panel, ScalingPanel):
            continue
        if not (panel.curves or panel.references):
            yield f"{here}: neither curves nor references"
        if isinstance(panel.regions, FoundRegions):
            for key in ("asking", "voting"):
                curve = getattr(panel.regions, key)
                if curve not in panel.curves:
                    yield f"{here}.regions.{key}: {curve!r} not among {panel.curves}"


def _panel(study: Study, at: str, panel: Panel) -> Iterator[str]:
    needs = panel.needs()
    for curve in needs.curves:
        yield from undefined(f"{at}.curves", curve, study.curves)
    for anatomy in needs.anatomies:
        yield from undefined(f"{at}.anatomy", anatomy, study.anatomies)
    for bins in needs.bins:
        yield from undefined(f"{at}.bins", bins, study.bins)
    for selection in needs.selections:
        yield from undefined(f"{at}.selections", selection, study.selections)
    trained = [n for n, m in study.models.items() if isinstance(m, TrainedModel | TunedModel)]
    for model in needs.models:
        if model in study.models and model not in trained:
            yield f"{at}.models: {model!r} is not trained in this study"
        else:
            yield from undefined(f"{at}.models", model, trained)
    for table, kind in kinds_of_tables(panel).items():
        if kind != FUNNEL:
            of_kind = [n for n, t in study.tables.items() if t.kind == kind]
            yield from undefined(f"{at}.table", table, of_kind)
        elif study.questions is None:
            yield f"{at}: the study has no questions, so no funnel of them"
    yield from _curves_of_table(study, at, panel)


def _curves_of_table(study: Study, at: str, panel: Panel) -> Iterator[str]:
    """A panel that draws some curves of a table names those that the table has."""
    if isinstance(panel, ScoresPanel):
        scores = study.tables.get(panel.table)
        there = scores.curves if isinstance(scores, ScoresTable) else []
        yield from undefined(f"{at}.curve", panel.curve, there)
    if isinstance(panel, ShapePanel):
        shapes = study.tables.get(panel.table)
        there = shapes.curves if isinstance(shapes, ShapeTable) else []
        for curve in panel.curves:
            yield from undefined(f"{at}.curves", curve, there)
