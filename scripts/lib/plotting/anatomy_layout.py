"""Where the segments of an anatomy stand: tokens to the right, a line for each candidate."""

from dataclasses import dataclass
from typing import Any

import polars as pl

WIDEST_GAP = 0.46
"""Inches between two rounds of a search, which hold marks, scores and the lines to the next."""
NARROW_GAP = 0.22
"""Inches that they need; they get less only where there are very many rounds."""
PROMPT = 0.62
"""Inches of a prompt, which is not drawn to scale."""
ENDS = 1.5
"""Inches to the right of the last token, for answers."""


@dataclass(frozen=True)
class Box:
    """A segment from `left` to `right`, in tokens, on line `place`."""

    row: dict[str, Any]
    left: float
    right: float
    place: float


@dataclass(frozen=True)
class Layout:
    """All segments by number, and what the axis of tokens shows.

    `ticks`: places and what stands there, tokens one after another without prompts; `rounds`: where
    each round begins and ends; `per_inch`: tokens of an inch; `left`, `right`: where the axis
    begins and ends; `one_by_one`: each line waits for the one above it.
    """

    boxes: dict[int, Box]
    ticks: list[tuple[float, int]]
    rounds: list[tuple[float, float]]
    per_inch: float
    left: float
    right: float
    one_by_one: bool = False

    @property
    def lines(self) -> int:
        """Lines."""
        return int(max(box.row["place"] for box in self.boxes.values())) + 1


def laid_out(segments: pl.DataFrame, inches: float) -> Layout:
    """Place the segments of an anatomy.

    Rounds of a search stand behind each other with gaps between; without rounds each line is drawn
    as long as it is, behind the one before where it had to wait for it.

    Args:
        segments: a Segment table.
        inches: width of the axes.
    """
    rows = list(segments.sort("segment").iter_rows(named=True))
    if segments["round"].max() is not None:
        return _in_rounds(rows, inches)
    return _in_lines(rows, inches)


def apart(ticks: list[tuple[float, int]], least: float) -> list[tuple[float, int]]:
    """Ticks that stand far enough from each other; the first and the last one stay."""
    kept = ticks[:1]
    for tick in ticks[1:-1]:
        if min(tick[0] - kept[-1][0], ticks[-1][0] - tick[0]) >= least:
            kept.append(tick)
    return kept + ticks[1:][-1:]


def _in_rounds(rows: list[dict[str, Any]], inches: float) -> Layout:
    numbers = sorted({row["round"] for row in rows if row["round"] is not None})
    begins = {n: min(r["start"] for r in rows if r["round"] == n) for n in numbers}
    lengths: dict[int, int] = {}
    offsets: dict[int, int] = {}
    for row in rows:
        if row["round"] is None:
            continue
        ahead = row["part"] == "ahead"
        before = next(r for r in rows if r["segment"] == row["parent"]) if ahead else None
        offset = 0 if before is None else offsets[before["segment"]] + before["tokens"]
        offsets[row["segment"]] = offset
        lengths[row["round"]] = max(lengths.get(row["round"], 0), offset + row["tokens"])
    room = inches - PROMPT - ENDS
    each = room / len(numbers)
    gap = min(WIDEST_GAP, max(0.4 * each, min(NARROW_GAP, 0.55 * each)))
    per_inch = max(sum(lengths.values()), 1) / (room - gap * len(numbers))
    places = {row["place"] for row in rows if row["round"] is not None}
    boxes: dict[int, Box] = {}
    rounds, ticks, at = [], [], 0.0
    for number in numbers:
        at += gap * per_inch
        rounds.append((at, at + lengths[number]))
        ticks.append((at, begins[number] - begins[numbers[0]]))
        for row in rows:
            if row["round"] == number:
                left = at + offsets[row["segment"]]
                boxes[row["segment"]] = Box(row, left, left + row["tokens"], row["place"])
        at += lengths[number]
    ticks.append((at, ticks[-1][1] + lengths[numbers[-1]]))
    width = PROMPT * per_inch
    middle = (len(places) - 1) / 2
    boxes |= {r["segment"]: Box(r, -width, 0.0, middle) for r in rows if r["round"] is None}
    return Layout(boxes, ticks, rounds, per_inch, -width, at + ENDS * per_inch)


def _in_lines(rows: list[dict[str, Any]], inches: float) -> Layout:
    prompts = [row for row in rows if row["part"] == "prompt"]
    places = sorted({row["place"] for row in rows})
    shared = len(prompts) == 1
    first = {p: next(r for r in rows if r["place"] == p and r["part"] != "prompt") for p in places}
    one_by_one = len({row["start"] for row in first.values()}) > 1
    tokens = {
        place: sum(r["tokens"] for r in rows if r["place"] == place and r["part"] != "prompt")
        for place in places
    }
    whole = sum(tokens.values()) if one_by_one else max(tokens.values())
    per_inch = max(whole, 1) / (inches - PROMPT * len(prompts) - ENDS)
    width = PROMPT * per_inch
    boxes: dict[int, Box] = {}
    ticks: list[tuple[float, int]] = []
    at, ends, before = 0.0, 0.0, 0
    for place in places:
        at = ends if one_by_one else 0.0
        for row in (r for r in rows if r["place"] == place):
            if row["part"] != "prompt":
                boxes[row["segment"]] = Box(row, at, at + row["tokens"], place)
                at += row["tokens"]
            elif shared:
                middle = 0.0 if one_by_one else (len(places) - 1) / 2
                boxes[row["segment"]] = Box(row, -width, 0.0, middle)
            else:
                at += width if place else 0.0
                boxes[row["segment"]] = Box(row, at - width, at, place)
                ticks.append((at, before))
                before += tokens[place]
        ends = max(ends, at)
    if ticks:  # a plain axis would count the prompts between
        ticks.append((ends, before))
    right = ends + ENDS * per_inch
    return Layout(boxes, ticks, [], per_inch, -width, right, one_by_one)
