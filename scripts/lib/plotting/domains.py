"""Panels of what sets of questions are about."""

from collections.abc import Sequence

import polars as pl
from matplotlib import ticker
from matplotlib.axes import Axes

from scripts.lib.config.panels import DomainsPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import SET_LABELS, name_rows, percent, plain_numbers, put_legend
from scripts.lib.plotting.data import FigureData, series_rows
from scripts.lib.plotting.marks import draw_markers, name_series

UNKNOWN = "unknown"
STEM_WIDTH = 1.1


def draw_domains(axes: Axes, panel: DomainsPanel, data: FigureData) -> set[str]:
    """Draw how many questions of each domain each set has; return the origins shown.

    Raises:
        UserError: a published series names no domains.
    """
    counts = {
        name: data.questions[name]
        .select(domain=pl.col("domain").fill_null(UNKNOWN))
        .group_by("domain")
        .agg(questions=pl.len().cast(pl.Float64))
        .with_columns(origin=pl.lit("measured"))
        for name in panel.selections
    }
    series = [*panel.selections, *(reference.label for reference in panel.references)]
    labels = [panel.labels.get(name, name) for name in series]
    sets = list(counts.values())
    for reference in panel.references:
        rows = series_rows(reference, data.references)
        if rows["setting"].has_nulls():
            raise UserError(f"published series {reference.series!r} does not name its domains")
        sets.append(rows.select("origin", domain="setting", questions="y"))
    names = domain_rows(sets, panel.most)
    rest = len({d for one in sets for d in one["domain"]}) - panel.most
    shown = [f"{rest} other domains" if name is None else name for name in names]
    name_rows(axes, shown)
    step = 0.84 / len(sets)
    for index, (one, label) in enumerate(zip(sets, labels, strict=True)):
        rows = _domain_values(one, names, panel.y).with_columns(
            row=pl.col("row") + step * (index - (len(sets) - 1) / 2)
        )
        style = data.style(series[index], index)
        axes.hlines(
            rows["row"],
            0,
            rows["value"],
            color=style.colour,
            linewidth=STEM_WIDTH,
            linestyle=style.line,
        )
        draw_markers(axes, rows, "value", "row", style)
        total = f"{one['questions'].sum():,.0f} questions"
        domains = f"{one['domain'].n_unique()} domains"
        name_series(axes, style, style.line, one["origin"][0], f"{label} ({total}, {domains})")
    axes.set_xlim(left=0)
    plain_numbers(axes)
    if panel.y == "share":
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(percent))
    axes.grid(visible=False, axis="y")
    axes.set_title(panel.title)
    axes.set_xlabel(SET_LABELS[panel.y])
    put_legend(axes)
    return {origin for one in sets for origin in one["origin"]}


def domain_rows(sets: Sequence[pl.DataFrame], most: int) -> list[str | None]:
    """Domains to draw, by their questions in the first set and then in the others.

    Ties go by name. None, at the end, stands for all that are left.
    """
    shares = [
        {d: q / one["questions"].sum() for d, q in one.select("domain", "questions").rows()}
        for one in sets
    ]
    names = {name for one in shares for name in one}
    order = sorted(names, key=lambda n: ([-one.get(n, 0.0) for one in shares], n))
    rest: list[str | None] = [None] if len(order) > most else []
    return [*order[:most], *rest]


def _domain_values(one: pl.DataFrame, names: Sequence[str | None], y: str) -> pl.DataFrame:
    """A row per domain on the axis: its place, and its questions or share; absent ones have 0."""
    places = {name: place for place, name in enumerate(names) if name is not None}
    rows = one.with_columns(
        row=pl.col("domain").replace_strict(places, default=len(places), return_dtype=pl.Int64)
    )
    summed = rows.group_by("row").agg(pl.col("questions").sum())
    every = pl.DataFrame({"row": range(len(names))}, schema={"row": pl.Int64})
    value = pl.col("questions") / (float(one["questions"].sum()) if y == "share" else 1.0)
    return (
        every.join(summed, on="row", how="left")
        .with_columns(pl.col("questions").fill_null(0.0))
        .select(pl.col("row").cast(pl.Float64), value=value, origin=pl.lit(one["origin"][0]))
        .sort("row")
    )
