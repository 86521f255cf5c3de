"""Small texts beside points, each moved to where it covers least."""

from itertools import pairwise

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as Canvas
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

LABEL = "point label"
FONT_SIZE = 7
DARKER = 0.55
"""Share of a series' colour in its texts, the rest is black: pale letters are hard to read."""
STEP = 2.0
"""Pixels between the places at which lines and bars are looked at."""
PLACES = [
    (6, 0, "left", "center"),
    (-6, 0, "right", "center"),
    (4, 3, "left", "bottom"),
    (-4, 3, "right", "bottom"),
    (4, -3, "left", "top"),
    (-4, -3, "right", "top"),
    (0, 7, "center", "bottom"),
    (0, -7, "center", "top"),
    (8, 9, "left", "bottom"),
    (-8, 9, "right", "bottom"),
    (8, -9, "left", "top"),
    (-8, -9, "right", "top"),
]
"""Offsets in points and alignments, the best liked first."""
NEAR = 6
"""So many of the places are as good as each other, if nothing is in the way."""
OUTSIDE, ON_LABEL, ON_MARKER, AT_ANOTHER, FAR, ON_LINE = 1000.0, 200.0, 20.0, 15.0, 10.0, 1.0
"""Costs of a place. At another: nearer to the marker of another point than to that of its own."""
HALO = [patheffects.withStroke(linewidth=1.5, foreground="#ffffff")]


def write_beside(axes: Axes, x: float, y: float, text: str, colour: str) -> None:
    """Write a small text beside a point; `spread_labels` finds its place later."""
    axes.annotate(
        text,
        (x, y),
        xytext=PLACES[0][:2],
        textcoords="offset points",
        ha=PLACES[0][2],
        va=PLACES[0][3],
        fontsize=FONT_SIZE,
        color=[DARKER * part for part in to_rgb(colour)],
        gid=LABEL,
        in_layout=False,
        path_effects=HALO,
        zorder=4,
    )


def spread_labels(canvas: Canvas) -> None:
    """Move every text beside a point to the place where it covers least, in the order written.

    Labels must not lie on each other nor outside the axes; markers, bars and lines are kept
    clear where that can be. The layout has to be known for that, so call it last.
    """
    labels = [text for axes in canvas.axes for text in axes.texts if text.get_gid() == LABEL]
    if not labels:
        return
    canvas.draw_without_rendering()
    for axes in canvas.axes:
        obstacles = _obstacles(axes)
        taken: list[Bbox] = []
        frame = axes.get_window_extent().padded(-3)
        for label in axes.texts:
            if isinstance(label, Annotation) and label.get_gid() == LABEL:
                own = axes.transData.transform(label.xy)
                taken.append(_place(label, own, obstacles, taken, frame))


def _place(
    label: Annotation,
    own: NDArray[np.float64],
    obstacles: NDArray[np.float64],
    taken: list[Bbox],
    frame: Bbox,
) -> Bbox:
    """Put one label at its cheapest place and return the box that it takes there.

    Args:
        label: what to move.
        own: pixels of the point that it belongs to, shape (2,).
        obstacles: what `_obstacles` found in its axes.
        taken: boxes of labels that have their place.
        frame: the axes.
    """
    costs = []
    others = obstacles[obstacles[:, 2] == ON_MARKER, :2]
    others = others[np.hypot(*(others - own).T) > 1]
    for number, place in enumerate(PLACES):
        _move(label, place)
        box = label.get_window_extent()
        inside = (
            (obstacles[:, 0] > box.x0)
            & (obstacles[:, 0] < box.x1)
            & (obstacles[:, 1] > box.y0)
            & (obstacles[:, 1] < box.y1)
        )
        cost = float(obstacles[inside, 2].sum())
        cost += ON_LABEL * sum(bool(box.overlaps(other)) for other in taken)
        cost += OUTSIDE * (not (frame.x0 <= box.x0 and box.x1 <= frame.x1))
        cost += OUTSIDE * (not (frame.y0 <= box.y0 and box.y1 <= frame.y1))
        cost += FAR * (number >= NEAR)
        middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
        nearest = np.hypot(*(others - middle).T).min(initial=np.inf)
        cost += AT_ANOTHER * (nearest < np.hypot(*(own - middle)))
        costs.append(cost)
    _move(label, PLACES[int(np.argmin(costs))])
    return label.get_window_extent()


def _move(label: Annotation, place: tuple[int, int, str, str]) -> None:
    across, up, horizontal, vertical = place
    label.xyann = (across, up)
    label.set(ha=horizontal, va=vertical)


def _obstacles(axes: Axes) -> NDArray[np.float64]:
    """Places that markers, lines and bars take, in pixels, with the cost of each: x, y, cost."""
    rows = [np.empty((0, 3))]
    for line in axes.lines:
        data = np.asarray(line.get_xydata(), dtype=float)
        if not len(data):
            continue
        path = line.get_transform().transform(data)
        if line.get_marker() not in ("None", "", None):
            rows.append(np.column_stack([path, np.full(len(path), ON_MARKER)]))
        if line.get_linestyle() != "None":
            rows += [_along(start, end) for start, end in pairwise(path)]
    for collection in axes.collections:
        for segment in getattr(collection, "get_segments", list)():
            if len(segment) > 1:
                start, end = axes.transData.transform(segment)[[0, -1]]
                rows.append(_along(start, end))
    return np.concatenate(rows)


def _along(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite([*start, *end]).all():
        return np.empty((0, 3))
    places = np.linspace(start, end, max(2, int(np.hypot(*(end - start)) / STEP)))
    return np.column_stack([places, np.full(len(places), ON_LINE)])
