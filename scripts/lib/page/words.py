"""What the page says of itself: its summary, its navigation, and what it leaves out."""

import re
from collections.abc import Sequence
from typing import Any

from scripts.lib.page.spec import PageSpec

Data = dict[str, Any]


def summary(spec: PageSpec, pools: Sequence[Data], verdicts: Sequence[Data]) -> str:
    """One line: what there is to see."""
    texts = sum(pool["texts"] for pool in pools)
    bare = sum(pool["kept"] for pool in pools) - texts
    parts = [
        _many(len(spec.figures), "figure"),
        _many(len(spec.curves), "curve"),
        *([_many(len({row["claim"] for row in verdicts}), "claim")] if verdicts else []),
        *([f"{_many(texts, 'sample')} to read"] if texts else []),
        *([f"answers of {_many(bare, 'sample')}"] if bare else []),
    ]
    return ", ".join(parts) + "."


def navigation(sections: Sequence[str]) -> str:
    """Links to the sections, by their headings."""
    heads = [re.search(r'<h2 id="h-([a-z]+)">([^<]+)<', section) for section in sections]
    links = [f'<a href="#{head[1]}">{head[2]}</a>' for head in heads if head is not None]
    return " ".join(links)


def left_out(pools: Sequence[Data], absent: Sequence[str]) -> str:
    """Which samples the page does not hold, and how to have them; nothing without samples."""
    lines = []
    cut = [pool for pool in pools if pool["kept"] < pool["samples"]]
    if cut:
        kept, all_of_them = (sum(pool[name] for pool in cut) for name in ("kept", "samples"))
        lines.append(
            f"Of {_many(len(cut), 'pool')} the page holds {kept:,} of {all_of_them:,} samples: the "
            "first of each setting, of as many problems as the study's <code>page:</code> says. "
            "Accuracies count all of them."
        )
    bare = sum(pool["kept"] - pool["texts"] for pool in pools if not pool["hidden"])
    if bare:
        lines.append(f"Of {_many(bare, 'sample')} the page has answers alone: texts were not kept.")
    hidden = [pool["name"] for pool in pools if pool["hidden"]]
    if hidden:
        lines.append(
            "Problems whose authors ask that they not be published are named by their hash, and "
            f"what models wrote on them is not shown: {', '.join(hidden)}."
        )
    if absent:
        lines.append(f"Samples of these pools are not here: {', '.join(absent)}.")
    whole = "All samples are in the page." if pools else ""
    return " ".join(lines) or whole


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
