"""Figures as data: what the page's charts draw, in the styles of the drawn figures."""

from collections.abc import Iterable, Mapping
from typing import Any, get_args

import polars as pl

from scripts.lib.config.curves import SearchCurve
from scripts.lib.config.figures import Figure
from scripts.lib.config.needs import Needs
from scripts.lib.config.panels import ScalingPanel
from scripts.lib.page.spec import is_live
from scripts.lib.page.texts import plain_math, rounded
from scripts.lib.plotting.axes import X_LABELS
from scripts.lib.plotting.data import FigureData, series_rows
from scripts.lib.plotting.figure import series_of
from scripts.lib.plotting.left_out import note, without
from scripts.lib.plotting.scaling_points import known, marked, paths_of, regions_of
from scripts.lib.plotting.series import origin_note, panel_styles, series_style

OFFERED = ("tokens", "serial_tokens", "flops", "usd")
"""Axes that every panel offers, besides its own, where a curve of it has values."""
NUMBERS = ("accuracy", "low", "high", "low_benchmark", "high_benchmark")
FACTS = ("setting", "model", "benchmark", "n", "problems", "origin", "waits")

COUNTS = dict.fromkeys(get_args(SearchCurve.model_fields["method"].annotation), "candidates (N)")
COUNTS["rejection"] = "most tries"
"""What the `n` of a point is, by methods; the others draw samples."""

Data = dict[str, Any]


def curve_data(label: str, curve: pl.DataFrame) -> Data:
    """The points of a curve by column, and how each axis orders, joins and marks them.

    `axes` has, for each axis with values, `order`: indexes of the points along it, `paths`: those
    that lines join, and `marked`: those with a marker of their own. `counts` says what `n` is.
    """
    numbers = {name: [rounded(v) for v in curve[name]] for name in (*NUMBERS, *X_LABELS)}
    facts = {name: curve[name].to_list() for name in FACTS}
    axes = {x: axis for x in X_LABELS if (axis := _axis(curve, x))}
    method = curve["method"][0]
    told = {"label": label, "method": method, "counts": COUNTS.get(method, "samples (n)")}
    return {**told, "axes": axes, **facts, **numbers}


def _axis(curve: pl.DataFrame, x: str) -> Data | None:
    shown = known(curve.with_row_index("at"), x).sort(x, maintain_order=True)
    if shown.is_empty():
        return None
    return {
        "order": shown["at"].to_list(),
        "paths": [path["at"].to_list() for path in paths_of(shown, x)],
        "marked": marked(shown)["at"].to_list(),
    }


def figure_data(figure: Figure, data: FigureData, pull: str = "") -> Data:
    """The panels of a figure that the page draws itself, and what its markers mean.

    Curves and tables that are not among the data are left out, which `left_out` says with the
    command that gets them, `pull`. `whole` says whether the panels are all that the figure has.
    """
    needs = figure.needs()
    there = Needs(curves=tuple(data.points), tables=tuple(data.tables))
    lost = Needs(curves=needs.curves, tables=needs.tables if is_live(figure) else ()) - there
    left = without(figure, lost)
    styles: list[dict[str, int]] = []
    panels: list[Data] = []
    origins: set[str] = set()
    for panel in left.panels if is_live(figure) else []:
        styles.append(panel_styles(series_of(panel, data), styles))
        if isinstance(panel, ScalingPanel):
            panels.append(panel_data(panel, data, styles[-1]))
            origins |= set(_origins(panel, data))
    drawn = sum(isinstance(panel, ScalingPanel) for panel in figure.panels)
    return {
        "panels": panels,
        "columns": figure.width,
        "whole": drawn == len(figure.panels),
        "markers": origin_note(origins),
        "left_out": note(figure, lost, data.labels, pull),
    }


def panel_data(panel: ScalingPanel, data: FigureData, styles: Mapping[str, int]) -> Data:
    """One panel of accuracy against compute."""
    series = [{"curve": name, "style": _style(styles[name])} for name in panel.curves]
    for reference in panel.references:
        rows = series_rows(reference, data.references).sort("x")
        points = rows.select(
            "x", "low", "high", "setting", "n", "origin", "source", accuracy="y"
        ).to_dict(as_series=False)
        told = {"label": reference.label, "paper": reference.paper}
        series.append({**told, "style": _style(styles[reference.label]), "points": points})
    regions = [region.model_dump() for region in regions_of(panel, data.points)]
    return {
        "title": plain_math(panel.title),
        "x": panel.x,
        "x_label": plain_math(panel.x_label or X_LABELS[panel.x]),
        "scale": panel.scale,
        "accuracy": list(panel.accuracy),
        "limits": list(panel.x_limits) if panel.x_limits else None,
        "joined": panel.joined,
        "named": panel.name_points,
        "axes": list(_offered(panel, data)),
        "series": series,
        "regions": regions,
        "to_beat": panel.to_beat,
        "chance": panel.chance,
    }


def _offered(panel: ScalingPanel, data: FigureData) -> Iterable[str]:
    yield panel.x
    for x in OFFERED:
        if x != panel.x and any(data.points[name][x].count() for name in panel.curves):
            yield x


def _origins(panel: ScalingPanel, data: FigureData) -> Iterable[str]:
    for name in panel.curves:
        yield from data.points[name]["origin"]
    for reference in panel.references:
        yield from series_rows(reference, data.references)["origin"]


def _style(index: int) -> Data:
    style = series_style(index)
    return {"colour": style.colour, "marker": style.marker, "line": _dash(style.line)}


def _dash(line: Any) -> str:
    """A line style as SVG writes it, in widths of the line."""
    named = {"-": (), "--": (3.7, 1.6), "-.": (6.4, 1.6, 1, 1.6), ":": (1, 1.65)}
    lengths = named[line] if isinstance(line, str) else line[1]
    return " ".join(f"{length:g}" for length in lengths)
