"""Panels of training loss."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from scripts.lib.config.panels import TrainingPanel
from scripts.lib.errors import UserError
from scripts.lib.plotting.axes import fit_ticks, plain_numbers, put_legend, scale_axis
from scripts.lib.plotting.data import FigureData

X_LABELS = {
    "tokens": "tokens trained on (prompts included, padding not)",
    "flops": "training FLOPs",
    "step": "optimiser step",
}
SMOOTHED_SHARE = 20
"""The moving mean spans one step in so many, where no window is given."""


def draw_training(axes: Axes, panel: TrainingPanel, data: FigureData) -> set[str]:
    """Draw the loss of each model, its steps faint below their moving mean.

    Returns no origins: all is measured here, and there are no markers to explain.

    Raises:
        UserError: a training has no steps.
    """
    scale_axis(axes, "x", panel.x_scale)
    for index, name in enumerate(panel.models):
        steps: pl.DataFrame = data.training[name].sort("step")
        if steps.is_empty():
            raise UserError(f"the training record of {name} has no steps")
        style = data.style(name, index)
        x, loss = steps[panel.x].to_numpy(), steps["loss"].to_numpy()
        window = 2 * ((panel.window or len(loss) // SMOOTHED_SHARE) // 2) + 1
        axes.plot(x, loss, color=style.colour, linewidth=0.5, alpha=0.3, zorder=1)
        label = panel.labels.get(name, name)
        if window > 1:
            label = f"{label}, mean of {window} steps"
        axes.plot(
            x,
            moving_mean(loss, window),
            color=style.colour,
            linestyle=style.line,
            linewidth=1.7,
            label=label,
            zorder=2,
        )
    if panel.loss is not None:
        axes.set_ylim(*panel.loss)
    if panel.x_scale == "linear":
        plain_numbers(axes)
        axes.set_xlim(left=0)
    fit_ticks(axes, panel.x_scale)
    axes.set_title(panel.title)
    axes.set_xlabel(X_LABELS[panel.x])
    axes.set_ylabel("training loss (nats per token)")
    put_legend(axes)
    return set()


def moving_mean(values: ArrayLike, window: int) -> NDArray[np.float64]:
    """Mean of `window` values, an odd number, around each; shape of `values`, (n,).

    Towards the ends the window shrinks on both sides alike: a steep begin is not drawn lower than
    it was.
    """
    numbers = np.asarray(values, dtype=float)
    sums = np.concatenate([[0.0], np.cumsum(numbers)])
    here = np.arange(len(numbers))
    reach = np.minimum(window // 2, np.minimum(here, here[::-1]))
    return np.asarray((sums[here + reach + 1] - sums[here - reach]) / (2 * reach + 1))
