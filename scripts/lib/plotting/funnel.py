"""Panels of the curation's funnel: what each step kept, and what it dropped for which reason."""

from dataclasses import dataclass

import polars as pl
from matplotlib.axes import Axes

from scripts.lib.config.panels import FUNNEL, FunnelPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import name_rows, plain_numbers
from scripts.lib.plotting.data import FigureData, series_rows
from scripts.lib.questions.tables import Funnel
from scripts.lib.tableio import make_table

KEPT, EDGE = "#4d4d4d", "#333333"
DROPPED = [
    ("#d0d0d0", ""),
    ("#ffffff", "////"),
    ("#a8a8a8", ""),
    ("#ffffff", "...."),
    ("#e6e6e6", "xxxx"),
    ("#ffffff", "\\\\\\\\"),
]
"""Greys and hatches of reasons: neighbours look different without colour."""
ROOM_FOR_COUNTS = 1.24


@dataclass(frozen=True)
class _Bar:
    name: str
    start: float
    questions: float
    reason: int | None
    """Number of the reason in its step; None: the questions kept."""


def draw_funnel(axes: Axes, panel: FunnelPanel, data: FigureData) -> set[str]:
    """Draw a bar for what each step kept and, below it, one for each reason to drop.

    The bars of the reasons begin where the kept questions end, and end at what came to the step.
    Bars of a published funnel are hollow. Returns the origins shown.

    Raises:
        UserError: no step is left to draw.
    """
    origins: set[str] = set()
    if panel.published is None:
        table = data.tables[FUNNEL]
    else:
        rows = series_rows(panel.published, data.references)
        table = _published(rows.filter(~pl.col("setting").is_in(panel.leave_out)))
        origins = set(rows["origin"])
    bars = funnel_bars(table.filter(~pl.col("step").is_in(panel.leave_out)))
    if not bars:
        raise UserError(f"no step of the curation is left to draw in {panel.title!r}")
    face = KEPT if panel.published is None else "#ffffff"
    for place, bar in enumerate(bars):
        fill, hatch = (face, "") if bar.reason is None else DROPPED[bar.reason % len(DROPPED)]
        height = 0.78 if bar.reason is None else 0.62
        axes.barh(
            place,
            bar.questions,
            height,
            bar.start,
            color=fill,
            hatch=hatch,
            edgecolor=EDGE,
            linewidth=0.7,
        )
        count = f"{bar.questions:,.0f}" if bar.reason is None else f"\u2212{bar.questions:,.0f}"
        axes.annotate(
            count,
            (bar.start + bar.questions, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            fontweight="bold" if bar.reason is None else "normal",
        )
    name_rows(axes, [bar.name for bar in bars])
    for label, bar in zip(axes.get_yticklabels(), bars, strict=True):
        label.set(fontweight="bold") if bar.reason is None else label.set(fontsize=7.5)
    axes.set_xlim(0, ROOM_FOR_COUNTS * max(bar.start + bar.questions for bar in bars))
    plain_numbers(axes)
    axes.grid(visible=False, axis="y")
    axes.set_title(panel.title)
    axes.set_xlabel("questions\n(bold: kept by the step, below: dropped, by reason)")
    return origins


def funnel_bars(table: pl.DataFrame) -> list[_Bar]:
    """The bars of a Funnel table, from the top down; reasons that dropped nothing have none."""
    bars = []
    for (step,), rows in table.group_by(["step"], maintain_order=True):
        kept = float(rows.filter(pl.col("reason").is_null())["questions"].sum())
        bars.append(_Bar(_text(step), 0, kept, None))
        start = kept
        dropped = rows.filter(pl.col("reason").is_not_null() & (pl.col("questions") > 0))
        for number, row in enumerate(dropped.iter_rows(named=True)):
            bars.append(_Bar(_text(row["reason"]), start, row["questions"], number))
            start += row["questions"]
    return bars


def _published(rows: pl.DataFrame) -> pl.DataFrame:
    """A Funnel table of published counts: each step dropped what it has less than the last."""
    steps = rows.with_columns(dropped=pl.col("y").shift(1) - pl.col("y"))
    table = []
    for row in steps.iter_rows(named=True):
        table.append({"step": row["setting"], "questions": round(row["y"])})
        if row["dropped"]:
            dropped = {"reason": "dropped", "questions": round(row["dropped"])}
            table.append({"step": row["setting"]} | dropped)
    return make_table(Funnel, table)


def _text(name: object) -> str:
    return str(name).replace("_", " ")
