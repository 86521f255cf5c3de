"""What the page says of itself: its summary, its navigation, and what it leaves out."""

import re
from collections.abc import Sequence
from typing import Any

from scripts.lib.page.spec import PageSpec

Data = dict[str, Any]


def summary(spec: PageSpec, pools: Sequence[Data], verdicts: Sequence[Data]) -> str:
    """One line: what there is to see."""
    samples = sum(pool["kept"] for pool in pools)
    parts = [
        _many(len(spec.figures), "figure"),
        _many(len(spec.curves), "curve"),
        *([_many(len({row["claim"] for row in verdicts}), "claim")] if verdicts else []),
        *([f"{_many(samples, 'sample')} to read"] if samples else []),
    ]
    return ", ".join(parts) + "."


def navigation(sections: Sequence[str]) -> str:
    """Links to the sections, by their headings."""
    heads = [re.search(r'<h2 id="h-([a-z]+)">([^<]+)<', section) for section in sections]
    links = [f'<a href="#{head[1]}">{head[2]}</a>' for head in heads if head is not None]
    return " ".join(links)


def left_out(pools: Sequence[Data], absent: Sequence[str]) -> str:
    """Which samples the page does not hold, and how to have them."""
    lines = []
    cut = [pool for pool in pools if pool["kept"] < pool["samples"]]
    if cut:
        kept, all_of_them = (sum(pool[name] for pool in cut) for name in ("kept", "samples"))
        lines.append(
            f"Of {len(cut)} pools the page holds {kept:,} of {all_of_them:,} samples to read: the "
            "first of each problem and setting. The study's <code>page:</code> says how many; "
            "accuracies count all of them."
        )
    hidden = [pool["name"] for pool in pools if pool["hidden"]]
    if hidden:
        lines.append(
            "Problems whose authors ask that they not be published are named by their hash, and "
            f"what models wrote on them is not shown: {', '.join(hidden)}."
        )
    if absent:
        lines.append(f"Samples of these pools are not here: {', '.join(absent)}.")
    return " ".join(lines) or "All samples are in the page."


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
