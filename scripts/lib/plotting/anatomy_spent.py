"""Where the tokens of an anatomy went: a bar of the model's and one of the verifier's."""

from dataclasses import dataclass
from typing import Any

import polars as pl
from matplotlib.axes import Axes

INK, TINT, GREY = "#1a1a1a", "#a9c3ee", "#dddddd"
KINDS: dict[str, dict[str, Any]] = {
    "prompt": {"facecolor": GREY, "edgecolor": INK},
    "kept": {"facecolor": TINT, "edgecolor": INK},
    "given up": {"facecolor": "white", "edgecolor": INK, "linestyle": (0, (3, 2))},
    "appended by force": {"facecolor": "white", "edgecolor": INK, "hatch": "////////"},
    "read by the verifier": {"facecolor": "#f6e3b4", "edgecolor": "#7a5a00", "hatch": "....."},
}
"""How kinds of tokens are drawn, in bars and in segments: told apart by hatching and lines too."""


@dataclass(frozen=True)
class Spent:
    """Tokens by kind: of the model that answers, and of the verifier."""

    model: dict[str, int]
    verifier: dict[str, int]


def spent(segments: pl.DataFrame) -> Spent:
    """Tokens by where they went.

    Kept are those that a candidate ends with, shared beginnings counted once; given up those of
    candidates that came to no end, of steps looked ahead, and of draws that were thrown away.
    """
    rows = {row["segment"]: row for row in segments.iter_rows(named=True)}
    kept: set[int] = set()
    for number, row in rows.items():
        at: int | None = number if row["fate"] in ("finished", "cut") else None
        while at is not None and at not in kept:
            kept.add(at)
            at = rows[at]["parent"]
    prompts = segments.filter(part="prompt")
    rest = segments.filter(pl.col("part") != "prompt")
    on = pl.col("segment").is_in(list(kept))
    model = {
        "prompt": int(prompts["tokens"].sum()),
        "kept": int(rest.filter(on)["generated"].sum()),
        "given up": int(rest.filter(~on)["generated"].sum()),
        "appended by force": int(rest["forced"].sum()),
    }
    verifier = {
        "prompt": int(prompts["read"].sum()),
        "read by the verifier": int(rest["read"].sum()),
    }
    return Spent(*({k: v for k, v in one.items() if v} for one in (model, verifier)))


def draw_spent(axes: Axes, told: Spent) -> None:
    """Both bars, on one scale, each with its sum and its parts in words."""
    bars = [("model", told.model)] + ([("verifier", told.verifier)] if told.verifier else [])
    most = max(sum(parts.values()) for _, parts in bars)
    for down, (_, parts) in enumerate(bars):
        left = 0
        for kind, tokens in parts.items():
            axes.barh(down, tokens, left=left, height=0.62, linewidth=0.8, **KINDS[kind])
            left += tokens
        words = {"read by the verifier": "steps"}
        text = ", ".join(f"{words.get(kind, kind)} {n:,}" for kind, n in parts.items())
        axes.text(left + 0.01 * most, down, text, va="center", fontsize=7)
    names = [f"{name} {sum(parts.values()):,}" for name, parts in bars]
    axes.set_yticks(range(len(bars)), names, fontsize=7.5)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, 1.75 * most)
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.tick_params(axis="y", length=0)
    for side in ("bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.set_title("where the tokens went", fontsize=8)
