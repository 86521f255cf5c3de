"""Whole figures: panels side by side, a title, and a caption that says what the figure is."""

import textwrap
from collections.abc import Mapping

import polars as pl
from matplotlib.figure import Figure as Canvas

from scripts.lib.config.figures import Figure, ScalingPanel
from scripts.lib.plotting.obedience import draw_obedience
from scripts.lib.plotting.scaling import draw_scaling
from scripts.lib.plotting.series import origin_note

PANEL_WIDTH, PANEL_HEIGHT = 4.6, 4.4
LETTERS_PER_INCH = 16.5


def draw_figure(
    figure: Figure,
    points: Mapping[str, pl.DataFrame],
    fits: Mapping[str, pl.DataFrame],
    labels: Mapping[str, str],
    references: pl.DataFrame,
) -> Canvas:
    """Draw a figure of the study.

    Args:
        figure: its entry in the study.
        points: Point tables by curve name.
        fits: Fit tables by curve name, for curves with a fit.
        labels: what legends call each curve.
        references: Reference rows of all papers that the figure names.
    """
    width = max(PANEL_WIDTH * len(figure.panels), 6.4)
    canvas = Canvas(figsize=(width, PANEL_HEIGHT + 1.1))
    canvas.suptitle(figure.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    origins: set[str] = set()
    for number, panel in enumerate(figure.panels, start=1):
        axes = canvas.add_subplot(1, len(figure.panels), number)
        if isinstance(panel, ScalingPanel):
            origins |= draw_scaling(axes, panel, points, labels, references)
        else:
            origins |= draw_obedience(axes, panel, points, fits, labels, references)
    caption = f"{figure.status.capitalize()}. {' '.join(figure.caption.split())}"
    caption = f"{caption} {origin_note(origins)}".strip()
    lines = textwrap.wrap(caption, int(width * LETTERS_PER_INCH))
    canvas.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=7.5, color="#333333")
    return canvas
