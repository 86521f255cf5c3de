"""Axes: scales, ticks and labels that the panels share."""

import math
from typing import Any, Literal

from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.transforms import offset_copy

FEW_POWERS = {"log2": 4.0, "log10": 10.0}
"""A logarithmic axis that spans less has ticks at round numbers instead of powers."""
SMALL_COUNT = 1e6
LEAST_SPAN = 0.05
"""A logarithmic axis that spans less than this share of its value is widened by it at both ends."""
LEGEND_BELOW = 32
"""Points from the axes down to the legend, which leaves room for ticks and their label."""

X_LABELS = {
    "tokens": "generated tokens per problem",
    "serial_tokens": "serial tokens per problem (longest chain)",
    "thinking_tokens": "thinking tokens per problem",
    "flops": "FLOPs per problem",
    "train_flops": "training FLOPs",
    "train_examples": "training examples",
    "usd": "US dollars per problem",
    "waits": 'times "Wait" is appended',
    "n": "samples, or candidates of a search (N)",
}
SET_LABELS = {"share": "share of the set", "questions": "questions"}


def power_of_two(value: float, _position: int | None = None) -> str:
    """A tick label such as 2^11, raised."""
    return f"$2^{{{math.log2(value):g}}}$" if value > 0 else ""


def scale_axis(axes: Axes, which: Literal["x", "y"], scale: str) -> None:
    """Put an axis on a log2, log10 or linear scale with fitting ticks."""
    axis: Any = axes.xaxis if which == "x" else axes.yaxis
    set_scale = axes.set_xscale if which == "x" else axes.set_yscale
    if scale == "log2":
        set_scale("log", base=2)
        axis.set_major_locator(ticker.LogLocator(base=2, numticks=9))
        axis.set_major_formatter(ticker.FuncFormatter(power_of_two))
        axis.set_minor_locator(ticker.NullLocator())
    elif scale == "log10":
        set_scale("log", base=10)
        axis.set_major_locator(ticker.LogLocator(base=10, subs=(1, 3), numticks=9))
        axis.set_major_formatter(ticker.LogFormatterSciNotation(base=10, minor_thresholds=(9, 9)))
        axis.set_minor_locator(ticker.NullLocator())
    else:
        set_scale("linear")


def fit_ticks(axes: Axes, scale: str) -> None:
    """Give a logarithmic x axis ticks at round numbers where it spans too few powers.

    Small counts are written out: 300, not 3 x 10^2.
    Call it when everything is drawn: only then is it known what the axis spans.
    """
    low, high = axes.get_xlim()
    if scale == "log10" and low >= 1 and high < SMALL_COUNT:
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(_round_number))
    if scale not in FEW_POWERS or low <= 0 or high / low >= FEW_POWERS[scale]:
        return
    if high / low < 1 + LEAST_SPAN:  # a single point, or several at the same place
        low, high = low / (1 + LEAST_SPAN), high * (1 + LEAST_SPAN)
    axes.xaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(_round_number))
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.set_xlim(low, high)


def _round_number(value: float, _position: int | None = None) -> str:
    """A tick label such as 1,200 or 1.25 x 10^13."""
    if abs(value) < 10_000_000:
        return f"{value:,.10g}"
    power = math.floor(math.log10(abs(value)))
    return f"${value / 10**power:.4g}\\times10^{{{power}}}$"


def percent(value: float, _position: int | None = None) -> str:
    """A tick label such as 40% or 0.5%."""
    return f"{100 * value:.3g}%"


def accuracy_axis(axes: Axes, lowest: float, highest: float) -> None:
    """Accuracy in percent, with a little room at both ends."""
    room = 0.02 * (highest - lowest)
    axes.set_ylim(lowest - room, highest + room)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(ticker.PercentFormatter(1.0, decimals=0))
    axes.set_ylabel("accuracy")


def percent_ticks(axes: Axes) -> None:
    """Shares on the y axis, in percent."""
    axes.yaxis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(percent))


def whole_numbers(axes: Axes) -> None:
    """Ticks of the x axis at whole numbers only."""
    axes.xaxis.set_major_locator(ticker.MaxNLocator(9, integer=True))


def plain_numbers(axes: Axes) -> None:
    """Ticks of the x axis as plain numbers with commas, few enough to stand apart."""
    axes.xaxis.set_major_locator(ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(ticker.FuncFormatter(_round_number))


def name_rows(axes: Axes, names: list[str]) -> None:
    """A row per name on the y axis, from the top down, with a little room at both ends."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.35, -0.6)
    axes.tick_params(axis="y", length=0)


def put_legend(axes: Axes, title: str = "") -> None:
    """The legend below the axes, where it hides no data; under a title, if it has one."""
    below = offset_copy(axes.transAxes, axes.figure, y=-LEGEND_BELOW, units="points")  # type: ignore[arg-type]
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=below,
        borderaxespad=0,
        handlelength=3.2,
        title=title or None,
        title_fontsize=8,
    )
