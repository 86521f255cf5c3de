"""Figures without what is not here: panels lose what they cannot draw, and the figure says so.

Nothing goes silently: the caption names what is left out, and a panel with nothing to draw is
drawn empty, with the names of what it should show.
"""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from scripts.lib.config.figures import Figure
from scripts.lib.config.needs import Needs
from scripts.lib.config.panels import (
    DomainsPanel,
    FoundRegions,
    LengthsPanel,
    ObediencePanel,
    Panel,
    ScalingPanel,
    TrainingPanel,
)
from scripts.lib.config.search_panels import ByBinPanel
from scripts.lib.plotting.axes import accuracy_axis
from scripts.lib.plotting.data import FigureData

LETTERS, LINES = 44, 12


@dataclass(frozen=True)
class EmptyPanel:
    """Stands where a panel has nothing to draw.

    `accuracy` is the range of its accuracy axis, None for panels without one.
    """

    title: str
    names: tuple[str, ...]
    accuracy: tuple[float, float] | None
    kind: str = "empty"

    def needs(self) -> Needs:
        """What it draws: nothing."""
        return Needs()


def without(figure: Figure, missing: Needs) -> Figure:
    """A figure without what is missing; `missing` holds names of curves, fits, tables and so on."""
    panels: list[Any] = [_left(panel, missing) or _empty(panel, missing) for panel in figure.panels]
    return figure.model_copy(update={"panels": panels})


def note(figure: Figure, missing: Needs, labels: Mapping[str, str], pull: str) -> str:
    """What a figure leaves out, for its caption; nothing if it is whole.

    Args:
        figure: as the study has it.
        missing: what is not here.
        labels: what curves are called.
        pull: the command that gets what has been measured.
    """
    lost = figure.needs() & missing
    curves = dict.fromkeys([*lost.curves, *lost.fits, *lost.outcomes])
    called = [labels.get(name, name) for name in curves]
    # Panels often hold curves of the same label, on different problems.
    named = [
        f"{label} ({name})" if called.count(label) > 1 else label
        for name, label in zip(curves, called, strict=True)
    ]
    parts = {"table": lost.tables, "selection": lost.selections, "training of": lost.models}
    parts |= {"bins": lost.bins, "anatomy": lost.anatomies}
    named += [f"{what} {name}" for what, names in parts.items() for name in names]
    if not named:
        return ""
    return f"Not here, so not drawn: {'; '.join(named)}. To get what has been measured: {pull}"


def draw_empty(axes: Axes, panel: EmptyPanel, data: FigureData) -> set[str]:
    """Draw an empty panel that names what it should show; return no origins."""
    axes.set_title(panel.title)
    if panel.accuracy is None:
        axes.set(xticks=[], yticks=[])
    else:
        accuracy_axis(axes, *panel.accuracy)
        axes.set_xticks([])
    shown = [textwrap.shorten(data.labels.get(n, n), LETTERS) for n in panel.names]
    more = [f"and {len(shown) - LINES} more"] if len(shown) > LINES else []
    text = "\n".join(["not here:", *shown[:LINES], *more])
    place: dict[str, Any] = {"ha": "center", "va": "center", "transform": axes.transAxes}
    axes.text(0.5, 0.5, text, fontsize=8, color="#555555", **place)
    return set()


def _empty(panel: Panel, missing: Needs) -> EmptyPanel:
    lost = vars(panel.needs() & missing).values()
    names = tuple(dict.fromkeys(name for names in lost for name in names))
    return EmptyPanel(panel.title, names, getattr(panel, "accuracy", None))


def _left(panel: Panel, missing: Needs) -> Panel | None:
    """A panel without what is missing; None if nothing is left to draw."""
    lost = panel.needs() & missing
    if lost == Needs():
        return panel
    if isinstance(panel, ScalingPanel | ObediencePanel | ByBinPanel) and not lost.bins:
        gone = {*lost.curves, *lost.fits, *lost.outcomes}
        curves = [name for name in panel.curves if name not in gone]
        kept = bool(curves) or (isinstance(panel, ScalingPanel) and bool(panel.references))
        change: dict[str, Any] = {"curves": curves, **_of_scaling(panel, curves)}
    elif isinstance(panel, LengthsPanel | DomainsPanel):
        selections = [name for name in panel.selections if name not in lost.selections]
        kept, change = bool(selections or panel.references), {"selections": selections}
    elif isinstance(panel, TrainingPanel):
        models = [name for name in panel.models if name not in lost.models]
        kept, change = bool(models), {"models": models}
    else:
        return None
    return panel.model_copy(update=change) if kept else None


def _of_scaling(panel: Panel, curves: list[str]) -> dict[str, Any]:
    """What else a scaling panel says of its curves, for those that are left."""
    if not isinstance(panel, ScalingPanel):
        return {}
    left: dict[str, Any] = {
        "to_beat": [name for name in panel.to_beat if name in curves],
        "chance": {name: guess for name, guess in panel.chance.items() if name in curves},
    }
    found = panel.regions
    if isinstance(found, FoundRegions) and not {found.asking, found.voting} <= set(curves):
        left["regions"] = []
    return left
