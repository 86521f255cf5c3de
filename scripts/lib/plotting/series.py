"""How series are told apart: by colour, marker and line style, all three at once.

The five colours were chosen so that any two stay apart under protanopia, deuteranopia and
tritanopia (30 or more in CIELAB) and in greyscale (15 or more in lightness).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scripts.lib.errors import UserError
from scripts.lib.origins import PUBLISHED, READ_OFF

COLOURS = ["#332288", "#DDAA33", "#1E88E5", "#8c510a", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "<", ">", "h"]
LINES: list[Any] = ["-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1))]


@dataclass(frozen=True)
class SeriesStyle:
    """Colour, marker and line of one series."""

    colour: str
    marker: str
    line: Any


def series_style(index: int) -> SeriesStyle:
    """The style of the series with this index in its panel.

    From the sixth on, colours come again with the next line style and markers of their own.

    Raises:
        UserError: more series than can be told apart.
    """
    if index >= len(MARKERS):
        raise UserError(
            f"a panel holds at most {len(MARKERS)} series that can be told apart: use more panels"
        )
    turn, place = divmod(index, len(COLOURS))
    line = LINES[(place + 2 * turn) % len(LINES)]
    return SeriesStyle(COLOURS[place], MARKERS[index], line)


def panel_styles(names: Sequence[str], before: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """Which style each series of a panel has: that of earlier panels where it stands in one.

    Args:
        names: of the panel's series, in their order.
        before: what earlier panels of the figure gave to theirs.

    Returns:
        For each name the index that `series_style` takes.
    """
    known = {name: index for one in reversed(before) for name, index in one.items()}
    styles: dict[str, int] = {}
    for name in names:
        if name in known and known[name] not in styles.values():
            styles[name] = known[name]
    free = iter(index for index in range(len(names)) if index not in styles.values())
    return {name: styles[name] if name in styles else next(free) for name in names}


def marker_style(style: SeriesStyle, origin: str) -> dict[str, Any]:
    """Markers that show where a point is from, the same in every figure.

    Filled: measured here, or computed here from samples that others recorded. Hollow: published
    as a number. Hollow, small and thin: published in a figure and read off it.
    """
    if origin in PUBLISHED:
        return {"markerfacecolor": "white", "markeredgewidth": 1.4, "markersize": 6}
    if origin in READ_OFF:
        return {"markerfacecolor": "white", "markeredgewidth": 0.7, "markersize": 4.5}
    return {"markerfacecolor": style.colour, "markeredgewidth": 0.8, "markersize": 5}


def origin_note(origins: set[str]) -> str:
    """What the markers of a figure mean, as one line for its foot."""
    parts = []
    if "measured" in origins:
        parts.append("filled: measured here")
    if "recorded" in origins:
        parts.append("filled: computed from samples that others recorded")
    if origins & set(PUBLISHED):
        parts.append("hollow: published number")
    if origins & set(READ_OFF):
        parts.append("hollow and thin: read off a published figure")
    return "Markers: " + "; ".join(parts) + "." if parts else ""
