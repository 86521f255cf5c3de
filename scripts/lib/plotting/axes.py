"""Axes: scales, ticks and labels that the panels share."""

import math
from typing import Any, Literal

from matplotlib import ticker
from matplotlib.axes import Axes

X_LABELS = {
    "tokens": "generated tokens per problem",
    "serial_tokens": "serial tokens per problem (longest chain)",
    "flops": "FLOPs per problem",
    "usd": "US dollars per problem",
}


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


def accuracy_axis(axes: Axes, lowest: float, highest: float) -> None:
    """Accuracy in percent, with a little room at both ends."""
    room = 0.02 * (highest - lowest)
    axes.set_ylim(lowest - room, highest + room)
    axes.yaxis.set_major_locator(ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(ticker.PercentFormatter(1.0, decimals=0))
    axes.set_ylabel("accuracy")


def put_legend(axes: Axes) -> None:
    """The legend below the axes, where it hides no data."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13))
