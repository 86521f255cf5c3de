"""Panels of how long the traces of sets of questions are."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from matplotlib import ticker
from matplotlib.axes import Axes
from numpy.typing import NDArray

from scripts.lib.config.panels import LengthsPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import SET_LABELS, percent, plain_numbers, put_legend
from scripts.lib.plotting.data import FigureData, series_rows
from scripts.lib.plotting.marks import draw_markers, name_series
from scripts.lib.plotting.series import SeriesStyle


def draw_lengths(axes: Axes, panel: LengthsPanel, data: FigureData) -> set[str]:
    """Draw the outline of each set's histogram, a marker at its mean; return the origins shown.

    Raises:
        UserError: a selection has no counted traces, or published bins differ from each other.
    """
    traces = {name: _lengths(name, data.questions[name]) for name in panel.selections}
    published = [series_rows(r, data.references).sort("x") for r in panel.references]
    edges = bin_edges(list(traces.values()), published, panel.bins)
    origins: set[str] = set()
    index = 0
    for name, lengths in traces.items():
        label = panel.labels.get(name, name)
        counts = np.histogram(lengths, edges)[0].astype(float)
        style = data.style(name, index)
        _outline(axes, panel, edges, counts, float(lengths.mean()), style, label, "measured")
        origins.add("measured")
        index += 1
    for reference, rows in zip(panel.references, published, strict=True):
        counts = np.zeros(len(edges) - 1)
        counts[: rows.height] = rows["y"].to_numpy()
        middles = (edges[:-1] + edges[1:]) / 2
        mean = float((counts * middles).sum() / counts.sum())
        style = data.style(reference.label, index)
        _outline(axes, panel, edges, counts, mean, style, reference.label, rows["origin"][0])
        origins |= set(rows["origin"])
        index += 1
    axes.set_title(panel.title)
    axes.set_xlabel("tokens of the teacher's trace (marker: mean)")
    axes.set_ylabel(f"{SET_LABELS[panel.y]}, per bin of {edges[1] - edges[0]:.0f} tokens")
    axes.set_ylim(bottom=0)
    if panel.y == "share":
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(percent))
    plain_numbers(axes)
    put_legend(axes)
    return origins


def bin_edges(
    traces: Sequence[NDArray[np.float64]], published: Sequence[pl.DataFrame], bins: int
) -> NDArray[np.float64]:
    """Edges of equal bins over all traces, whole tokens wide, or those of published series.

    Published bins are carried on with the same width until they hold the longest trace.

    Raises:
        UserError: two published series have different bins, or a trace is shorter than them.
    """
    if not published:
        shortest = min(float(lengths.min()) for lengths in traces)
        longest = max(float(lengths.max()) for lengths in traces)
        whole = np.ceil((longest + 1 - shortest) / bins)
        return np.asarray(shortest + whole * np.arange(bins + 1))
    lefts = published[0]["x"].to_numpy()
    if any(rows["x"].to_list() != lefts.tolist() for rows in published[1:]):
        raise UserError("published lengths have different bins: draw them in panels of their own")
    width = (lefts[-1] - lefts[0]) / (len(lefts) - 1)
    longest = max([lefts[-1] + width, *(float(lengths.max()) for lengths in traces)])
    more = max(0, int(np.ceil((longest - lefts[-1] - width) / width - 1e-9)))
    if any(float(lengths.min()) < lefts[0] for lengths in traces):
        raise UserError(
            f"some traces are shorter than the first published bin, {lefts[0]:g} tokens: "
            "draw them in panels of their own"
        )
    return np.asarray(lefts[0] + width * np.arange(len(lefts) + more + 1), dtype=float)


def _lengths(name: str, questions: pl.DataFrame) -> NDArray[np.float64]:
    lengths = questions["trace_tokens"].drop_nulls().cast(pl.Float64).to_numpy()
    if not len(lengths):
        raise UserError(f"selection {name} has no counted traces to draw")
    return np.asarray(lengths, dtype=float)


def _outline(
    axes: Axes,
    panel: LengthsPanel,
    edges: NDArray[np.float64],
    counts: NDArray[np.float64],
    mean: float,
    style: SeriesStyle,
    label: str,
    origin: str,
) -> None:
    heights = counts / counts.sum() if panel.y == "share" else counts
    x = np.concatenate([edges[:1], edges])
    y = np.concatenate([[0.0], heights, [0.0]])
    axes.plot(x, y, drawstyle="steps-post", color=style.colour, linestyle=style.line, linewidth=1.3)
    here = int(np.clip(np.searchsorted(edges, mean, side="right") - 1, 0, len(heights) - 1))
    at = pl.DataFrame({"x": [mean], "y": [heights[here]], "origin": [origin]})
    draw_markers(axes, at, "x", "y", style)
    text = f"{label} ({counts.sum():,.0f} traces, mean {mean:,.0f} tokens)"
    name_series(axes, style, style.line, origin, text)
