"""What a method did with one problem: a box for each segment, as long as its tokens."""

import textwrap
from collections.abc import Mapping
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from scripts.lib.config.anatomies import AnatomyPanel
from scripts.lib.plotting.anatomy_layout import Box, Layout, apart, laid_out
from scripts.lib.plotting.anatomy_merge import merged
from scripts.lib.plotting.anatomy_spent import INK, KINDS, draw_spent, spent
from scripts.lib.plotting.anatomy_words import outcome, told_in_words
from scripts.lib.plotting.data import FigureData

WIDTH, LINE, LETTERS_PER_INCH = 7.2, 0.46, 17.0
HEIGHT, READ = 0.5, 0.13
SMALL, MOST_LINES = 6.5, 2
LETTER = 0.64 * SMALL / 72
"""Inches of a small letter."""
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}

STYLES: dict[str, dict[str, Any]] = {
    "prompt": KINDS["prompt"],
    "step": KINDS["kept"],
    "thinking": KINDS["kept"],
    "given up": KINDS["given up"],
    "looked": {"facecolor": "white", "edgecolor": INK, "linestyle": ":"},
    "forced": KINDS["appended by force"],
    "wait": {"facecolor": INK, "edgecolor": INK},
    "answer": {"facecolor": "#7fa3e0", "edgecolor": INK},
}
MARKS: dict[str, dict[str, Any]] = {
    "on": {"marker": "o", "markerfacecolor": INK},
    "dropped": {"marker": "X", "markerfacecolor": "white"},
    "duplicate": {"marker": "$=$", "markerfacecolor": INK},
    "finished": {"marker": "s", "markerfacecolor": INK},
    "cut": {"marker": "s", "markerfacecolor": "white"},
    "refused": {"marker": "X", "markerfacecolor": "white"},
}
WORDS = {
    "step": "step",
    "thinking": "thinking",
    "answer": "answer",
    "given up": "given up",
    "looked": "looked ahead, thrown away",
    "forced": "appended by force",
    "wait": "wait, appended by force",
    "on": "goes on (number: the verifier's score)",
    "dropped": "dropped: others have better scores",
    "duplicate": "dropped: an equal one goes on",
    "finished": "finished",
    "cut": "cut off at a limit",
    "refused": "thrown away: too long",
}
COMPARED = "goes on (number: what it is compared by)"


def draw_anatomy(
    canvas: Canvas, place: SubplotSpec, panel: AnatomyPanel, data: FigureData
) -> set[str]:
    """Draw an anatomy: its segments, and under them where the tokens went.

    Returns:
        No origins: its markers say something else.
    """
    segments = data.anatomies[panel.anatomy]
    shown = lines_of(segments, panel)
    layout, told = laid_out(shown, WIDTH), spent(segments)
    heights = [LINE * layout.lines + 0.4, 0.24 * (1 + bool(told.verifier)) + 0.1]
    rooms: Any = place.get_gridspec().get_height_ratios()
    rest = rooms[place.rowspan.start] - anatomy_height(segments, panel)
    grid = place.subgridspec(3, 1, height_ratios=[*heights, max(rest, 0.01)])
    axes = canvas.add_subplot(grid[0])
    words = "\n".join(
        textwrap.fill(text, int(WIDTH * LETTERS_PER_INCH)) for text in told_in_words(segments)
    )
    axes.set_title(panel.title, pad=9.5 * (words.count("\n") + 1) + 5)
    axes.annotate(
        words, (0, 1), xytext=(0, 4), xycoords="axes fraction", textcoords="offset points",
        fontsize=7.5, va="bottom", color="#333333", parse_math=False,
    )  # fmt: skip
    value = _compared(segments)
    used = _draw_lines(axes, layout, texts=panel.texts, value=value)
    _scale(axes, shown, layout)
    below = canvas.add_subplot(grid[1])
    draw_spent(below, told)
    below.legend(
        handles=_legend(used, value), loc="upper center", bbox_to_anchor=(0.5, 0), ncols=3,
        fontsize=7, handlelength=2.2, columnspacing=1.2, borderaxespad=0.2,
    )  # fmt: skip
    return set()


def lines_of(segments: pl.DataFrame, panel: AnatomyPanel) -> pl.DataFrame:
    """The segments as they are drawn: each, or equal ones as one; `times` says of how many."""
    return merged(segments) if panel.merge else segments.with_columns(times=pl.lit(1))


def anatomy_height(segments: pl.DataFrame, panel: AnatomyPanel) -> float:
    """Inches that such a panel wants."""
    places: list[int] = lines_of(segments, panel)["place"].to_list()
    return LINE * (max(places) + 1) + 2.9


def _compared(segments: pl.DataFrame) -> str:
    """Which column is written beside a mark: what was compared where that is another number."""
    other = segments.filter(pl.col("value").is_not_null(), pl.col("value") != pl.col("score"))
    return "score" if other.is_empty() else "value"


def _draw_lines(axes: Axes, layout: Layout, *, texts: bool, value: str) -> dict[str, None]:
    used: dict[str, None] = {}
    budgets: dict[float, float] = {}
    written: dict[float, float] = {}
    lost = _given_up(layout)
    for number, box in layout.boxes.items():
        row = box.row
        style = _style(row, given_up=number in lost)
        used[style] = None
        y = box.place
        axes.add_patch(
            Rectangle(
                (box.left, y - HEIGHT / 2), box.right - box.left, HEIGHT, linewidth=0.9,
                zorder=2, **STYLES[style],
            )
        )  # fmt: skip
        _write(axes, layout, box, style, texts=texts)
        if row["read"] and row["part"] != "prompt":
            used["read"] = None
            axes.add_patch(
                Rectangle(
                    (box.left, y + HEIGHT / 2), row["read"], READ, linewidth=0.5, zorder=2,
                    **KINDS["read by the verifier"],
                )
            )  # fmt: skip
        if row["parent"] is not None:
            _connect(axes, layout, box, faint=number in lost)
        if row["limit"] is not None and row["part"] == "thinking":
            at = _limit(axes, layout, box)
            if at is not None:
                used["limit"], budgets[y] = None, at
        if row["part"] in ("step", "answer") or row["answer"] is not None:
            mark = row["fate"]
            if row["part"] == "step" or mark != "on":
                used[mark] = None
                axes.plot(
                    box.right, y, linestyle="none", color=INK, markersize=5.5,
                    markeredgewidth=0.9, zorder=4, clip_on=False, **MARKS[mark],
                )  # fmt: skip
        if row["correct"] is not None:
            ends = max(box.right, budgets.get(y, 0.0))
            axes.text(
                ends + 0.1 * layout.per_inch, y, outcome(row), fontsize=7.5, va="center",
                fontweight="bold" if row["chosen"] else "normal", parse_math=False,
            )  # fmt: skip
        said = row["value" if value == "value" and row["value"] is not None else "score"]
        room = box.right - written.get(y, -layout.right) > 0.27 * layout.per_inch
        if said is not None and row["part"] == "step" and room:
            written[y] = box.right
            axes.text(
                box.right + 0.03 * layout.per_inch, y - HEIGHT / 2 - 0.02, f"{said:.2f}",
                fontsize=SMALL, ha="center", va="bottom", zorder=5,
            )  # fmt: skip
        if row["times"] > 1 and row["part"] == "step":
            used["times"] = None
            axes.text(
                _end(layout, box) + 0.03 * layout.per_inch, y + HEIGHT / 2 - 0.02,
                f"\N{MULTIPLICATION SIGN}{row['times']}", fontsize=SMALL, va="top", zorder=5,
            )  # fmt: skip
    return used


def _end(layout: Layout, box: Box) -> float:
    """Where a step ends, with what is looked ahead from it."""
    number = box.row["segment"]
    ahead = (o for o in layout.boxes.values() if o.row["part"] == "ahead")
    following = next((one for one in ahead if one.row["parent"] == number), None)
    return box.right if following is None else _end(layout, following)


def _style(row: dict[str, Any], *, given_up: bool) -> str:
    if row["part"] in ("prompt", "forced", "wait"):
        return str(row["part"])
    if row["part"] == "ahead":
        return "looked"
    return "given up" if given_up else str(row["part"])


def _given_up(layout: Layout) -> set[int]:
    """Segments that lead to no end."""
    kept: set[int] = set()
    for number, box in layout.boxes.items():
        at = number if box.row["fate"] in ("finished", "cut") else None
        while at is not None and at not in kept:
            kept.add(at)
            at = layout.boxes[at].row["parent"]
    return set(layout.boxes) - kept


def _write(axes: Axes, layout: Layout, box: Box, style: str, *, texts: bool) -> None:
    """What stands in a box, or how many tokens, where there is room for it."""
    row, inches = box.row, (box.right - box.left) / layout.per_inch
    shift = 0.0
    if row["part"] in ("step", "answer"):  # marks at its end, and at that of the step before
        alone = bool(layout.rounds) or row["part"] == "answer"
        inches, shift = inches - (0.08 if alone else 0.16), 0.04 * alone * layout.per_inch
    letters = int((inches - 0.03) / LETTER)
    tokens = f"{row['tokens']:,}"
    options = [f"{tokens}\nread {row['read']:,}", tokens] if row["read"] else [tokens]
    if row["part"] == "prompt":
        options = [f"prompt\n{tokens} tokens"]
    elif texts and row["text"] and letters > 0:
        options.insert(0, textwrap.fill(row["text"], letters, break_long_words=False))
    for text in options:
        lines = text.split("\n")
        if len(lines) <= MOST_LINES and max(map(len, lines)) <= letters:
            axes.text(
                (box.left + box.right) / 2 - shift, box.place, text, fontsize=SMALL, ha="center",
                va="center", zorder=3, color="white" if style == "wait" else INK, parse_math=False,
                bbox=BEHIND if style == "forced" else None,
            )  # fmt: skip
            return


def _connect(axes: Axes, layout: Layout, box: Box, *, faint: bool) -> None:
    """A line from the segment before to this one; where it had to wait, from the line above."""
    parent = layout.boxes[box.row["parent"]]
    if parent.place == box.place and abs(parent.right - box.left) < 1e-9:
        return
    line: Any = (0, (2, 2)) if faint else "-"
    points = [(parent.right, parent.place), (box.left, box.place)]
    if layout.one_by_one:
        points, line = [(box.left, box.place - 1), (box.left, box.place)], ":"
    elif box.left > parent.right:
        points.insert(1, ((parent.right + box.left) / 2, box.place))
    xs, ys = zip(*points, strict=True)
    axes.plot(xs, ys, color="#777777", linewidth=0.8, linestyle=line, zorder=1)


def _limit(axes: Axes, layout: Layout, box: Box) -> float | None:
    """Mark where the budget of a thinking ends, unless it is far off, or waits stand between."""
    lines = [one.row for one in layout.boxes.values() if one.place == box.place]
    at = box.left + float(box.row["limit"])
    if at > layout.right or any(one["part"] == "wait" for one in lines):
        return None
    axes.plot([at, at], [box.place - 0.33, box.place + 0.33], color=INK, linewidth=2, zorder=6)
    return at


def _scale(axes: Axes, shown: pl.DataFrame, layout: Layout) -> None:
    lines = shown.filter(pl.col("line") != "prompt").unique("place").sort("place")
    axes.set_yticks(lines["place"].to_list(), lines["line"].to_list(), fontsize=7.5)
    if not any(lines["line"]):
        axes.set_ylabel("candidates, equal ones as one", fontsize=8)
    axes.set_ylim(layout.lines - 0.35, -0.75)
    axes.set_xlim(layout.left - 0.02 * layout.per_inch, layout.right)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    if layout.ticks:
        ticks = apart(layout.ticks, 0.28 * layout.per_inch)
        axes.set_xticks([x for x, _ in ticks], [f"{n:,}" for _, n in ticks])
    words = "tokens, without prompts"
    if layout.rounds:
        words = "tokens one after another: each pass waits for its longest step"
    axes.set_xlabel(words, fontsize=8)
    for number, (left, right) in enumerate(layout.rounds, start=1):
        axes.axvspan(left, right, color="#f4f4f4", zorder=0, linewidth=0)
        name = f"pass {number}" if number == 1 else f"{number}"
        axes.text((left + right) / 2, -0.72, name, fontsize=7, ha="center", va="top")


def _legend(used: Mapping[str, None], value: str) -> list[Any]:
    handles: list[Any] = []
    look: dict[str, Any]
    words_of = WORDS if value == "score" else WORDS | {"on": COMPARED}
    for name, words in words_of.items():
        if name in used and name in MARKS:
            look = {"linestyle": "none", "color": INK, "markersize": 5.5, "markeredgewidth": 0.9}
            handles.append(Line2D([], [], label=words, **look, **MARKS[name]))
        elif name in used and name in STYLES:
            handles.append(Patch(label=words, linewidth=0.9, **STYLES[name]))
    if "read" in used:
        read = KINDS["read by the verifier"]
        handles.append(Patch(label="what the verifier read of it", linewidth=0.5, **read))
    if "limit" in used:
        look = {"linestyle": "none", "color": INK, "markersize": 9, "markeredgewidth": 2}
        handles.append(Line2D([], [], marker="|", label="budget of the thinking", **look))
    if "times" in used:
        times = "\N{MULTIPLICATION SIGN}n: written in n places, drawn once"
        handles.append(Line2D([], [], linestyle="none", label=times))
    return handles
