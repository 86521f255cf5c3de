"""Whole figures: panels in rows, a title, and a caption that says what the figure is."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.gridspec import SubplotSpec

from scripts.lib.config.anatomies import AnatomyPanel
from scripts.lib.config.figures import Figure
from scripts.lib.config.forecast_panels import VoteLimitPanel
from scripts.lib.config.panels import (
    FUNNEL,
    ComparisonPanel,
    ControlPanel,
    DomainsPanel,
    FunnelPanel,
    Panel,
)
from scripts.lib.config.search_panels import PassedOverPanel
from scripts.lib.config.shape_panels import ShapePanel
from scripts.lib.config.tradeoff_panels import EqualComputePanel
from scripts.lib.plotting.anatomy import anatomy_height, draw_anatomy
from scripts.lib.plotting.by_bin import draw_by_bin
from scripts.lib.plotting.calibration import draw_calibration
from scripts.lib.plotting.comparison import draw_comparison
from scripts.lib.plotting.control import draw_control
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.domains import draw_domains
from scripts.lib.plotting.equal_compute import draw_equal_compute
from scripts.lib.plotting.funnel import draw_funnel
from scripts.lib.plotting.iso_accuracy import draw_iso_accuracy
from scripts.lib.plotting.left_out import draw_empty
from scripts.lib.plotting.lengths import draw_lengths
from scripts.lib.plotting.obedience import draw_obedience
from scripts.lib.plotting.passed_over import draw_passed_over
from scripts.lib.plotting.point_labels import spread_labels
from scripts.lib.plotting.scaling import draw_scaling
from scripts.lib.plotting.scores import draw_scores
from scripts.lib.plotting.series import origin_note, panel_styles
from scripts.lib.plotting.shape import draw_shape
from scripts.lib.plotting.training import draw_training
from scripts.lib.plotting.vote_limit import draw_vote_limit

PANEL_WIDTH, PANEL_HEIGHT = 4.6, 4.4
WIDTHS = {
    **{"comparison": 1.45, "control": 1.8, "funnel": 1.2, "domains": 1.2},
    **{"shape": 1.9, "vote_limit": 1.6, "anatomy": 1.8},
}
"""Widths of panels that hold columns or long names, in PANEL_WIDTH."""
ROW_HEIGHT, CURVE_HEIGHT, SAID_HEIGHT = 0.21, 0.45, 0.55
ABOVE_AND_BELOW = 1.2
LETTERS_PER_INCH = 16.5

IN_AXES: dict[str, Callable[[Axes, Any, FigureData], set[str]]] = {
    "scaling": draw_scaling,
    "obedience": draw_obedience,
    "funnel": draw_funnel,
    "lengths": draw_lengths,
    "domains": draw_domains,
    "training": draw_training,
    "scores": draw_scores,
    "verifier": draw_calibration,
    "passed_over": draw_passed_over,
    "by_bin": draw_by_bin,
    "vote_limit": draw_vote_limit,
    "equal_compute": draw_equal_compute,
    "iso_accuracy": draw_iso_accuracy,
    "empty": draw_empty,
}
IN_COLUMNS: dict[str, Callable[[Canvas, SubplotSpec, Any, FigureData], set[str]]] = {
    "comparison": draw_comparison,
    "control": draw_control,
    "shape": draw_shape,
    "anatomy": draw_anatomy,
}


def draw_figure(figure: Figure, data: FigureData, note: str = "") -> Canvas:
    """Draw a figure of the study.

    Args:
        figure: its entry in the study.
        data: the tables that it needs.
        note: what its caption ends with.
    """
    panels, columns = figure.panels, figure.width
    rows = [panels[start : start + columns] for start in range(0, len(panels), columns)]
    widths = [
        max(WIDTHS.get(row[column].kind, 1.0) for row in rows if column < len(row))
        for column in range(columns)
    ]
    heights = [max(panel_height(panel, data) for panel in row) for row in rows]
    width = max(PANEL_WIDTH * sum(widths), 6.4)
    canvas = Canvas(figsize=(width, sum(heights) + 1.1))
    canvas.suptitle(figure.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    grid = canvas.add_gridspec(len(rows), columns, width_ratios=widths, height_ratios=heights)
    origins: set[str] = set()
    styles: list[dict[str, int]] = []
    for down, row in enumerate(rows):
        for across, panel in enumerate(row):
            styles.append(panel_styles(series_of(panel, data), styles))
            shown = replace(data, styles=styles[-1])
            origins |= draw_panel(canvas, grid[down, across], panel, shown)
    if figure.share_accuracy:
        share_accuracy(canvas.axes, columns)
    caption = f"{figure.status.capitalize()}. {' '.join(figure.caption.split())}"
    caption = " ".join(text for text in (caption, origin_note(origins), note) if text)
    lines = textwrap.wrap(caption, int(width * LETTERS_PER_INCH))
    canvas.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color="#333333")
    spread_labels(canvas)
    return canvas


def draw_panel(canvas: Canvas, place: SubplotSpec, panel: Panel, data: FigureData) -> set[str]:
    """Draw one panel in its place; return the origins of what it shows."""
    if panel.kind in IN_COLUMNS:
        return IN_COLUMNS[panel.kind](canvas, place, panel, data)
    return IN_AXES[panel.kind](canvas.add_subplot(place), panel, data)


def series_of(panel: Panel, data: FigureData) -> list[str]:
    """Names of what a panel tells apart by style: curves, selections, models; published series."""
    if isinstance(panel, PassedOverPanel | EqualComputePanel):
        return data.tables[panel.table]["curve"].unique(maintain_order=True).to_list()
    needs = panel.needs()
    references = getattr(panel, "references", [])
    return [*needs.curves, *needs.selections, *needs.models, *(r.label for r in references)]


def panel_height(panel: Panel, data: FigureData) -> float:
    """Inches that a panel wants: more where it has many rows of text."""
    rows = 0.0
    if isinstance(panel, AnatomyPanel):
        return anatomy_height(data.anatomies[panel.anatomy], panel)
    if isinstance(panel, ComparisonPanel | ControlPanel | VoteLimitPanel):
        return CURVE_HEIGHT * data.tables[panel.table].n_unique("curve") + ABOVE_AND_BELOW
    if isinstance(panel, ShapePanel):
        return PANEL_HEIGHT + SAID_HEIGHT * (len(panel.curves) - 1)
    if isinstance(panel, FunnelPanel) and panel.published is None:
        rows = data.tables[FUNNEL].height
    elif isinstance(panel, DomainsPanel):
        domains = {d for name in panel.selections for d in data.questions[name]["domain"]}
        sets = len(panel.selections) + len(panel.references)
        most = panel.most + 1
        rows = (most if panel.references else min(len(domains), most)) * max(1.0, sets / 2)
    return max(PANEL_HEIGHT, ROW_HEIGHT * rows + ABOVE_AND_BELOW)


def share_accuracy(panels: Sequence[Axes], columns: int) -> None:
    """Leave the accuracy axis of each row to its first panel."""
    for number, axes in enumerate(panels):
        if number % columns:
            axes.sharey(panels[number - number % columns])
            axes.tick_params(labelleft=False)
            axes.yaxis.label.set_visible(False)
