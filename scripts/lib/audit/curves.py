"""The curves that the samples of a log allow, and what is said of those that they do not."""

import re
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from scripts.lib.audit.collect import Group
from scripts.lib.audit.found import plain
from scripts.lib.recorded.assemble import SETTING

MOST_SETTINGS = 4
"""Of so many settings each has its votes; of more, only the last."""
LEAST_TOKENS = 16
MOST_POINTS = 16
"""Votes of every number of samples up to so many; of doublings where there are more."""
NOT_SHOWN = re.compile(r"[^\w./:@+ -]+")
"""What a model's name may not bring into a figure: others wrote it."""
Entry = dict[str, Any]


@dataclass
class Part:
    """What one group of logs adds to the study."""

    pool: Entry
    title: str = ""
    curves: dict[str, Entry] = field(default_factory=dict)
    panels: list[Entry] = field(default_factory=list)
    forced: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counted: bool = False
    """Whether tokens are known of all samples."""


def add_curves(part: Part, group: Group, traces: pl.DataFrame, label: str) -> None:
    """Give a group the curves that its samples allow, and say which they do not.

    Args:
        part: its pool; curves, panels and notes are added.
        group: the logs.
        traces: its Trace table, with token counts if the pool has a tokenizer.
        label: what figures call its model.
    """
    label = NOT_SHOWN.sub("?", label)
    part.title = f"{part.pool['benchmark']}, {group.problems} problems: {label}"
    counted = part.counted = traces["generated_tokens"].null_count() == 0
    settings = traces.select(SETTING).unique(maintain_order=True)
    along = [name for name in ("effort", "budget", "waits") if settings[name].n_unique() > 1]
    if not counted:
        part.notes.append(
            "no token counts: curves are drawn against samples alone, and no share finished within "
            "a budget can be told (TOKENIZER=REPO@REVISION, or a folder, counts the texts)"
        )
    if "effort" in along:
        _add(part, f"ask_{group.name}", "ask", f"{label}, reasoning effort", pool=group.name)
        if counted:
            _panel(part, "Reasoning effort", "tokens", [f"ask_{group.name}"])
    elif along:
        name = f"forcing_{group.name}"
        _add(part, name, "forcing", f"{label}, budget forcing", pool=group.name)
        part.forced.append(name)
        thought = traces["thinking_tokens"].null_count() == 0
        if counted:
            x = "thinking_tokens" if thought else "tokens"
            _panel(part, "Budgets of thinking", x, [name])
        elif settings["waits"].n_unique() > 1:
            _panel(part, "Times told to go on", "waits", [name])
        else:
            part.notes.append("budgets are tabulated, but no figure can place them without tokens")
    else:
        part.notes.append(
            "one setting is logged: no curve over budgets or efforts, and no fit to one (give the "
            "logs of several runs together)"
        )
    _add_draws(part, group, traces, settings, along, label)


def _add_draws(
    part: Part,
    group: Group,
    traces: pl.DataFrame,
    settings: pl.DataFrame,
    along: list[str],
    label: str,
) -> None:
    """Votes, pass@k and the share finished, of each setting or of the last."""
    rows = settings.to_dicts()
    if len(rows) > MOST_SETTINGS:
        part.notes.append(f"votes and pass@k are those of the last of {len(rows)} settings")
        rows = rows[-1:]
    if group.n == 1:
        part.notes.append(
            "one sample a problem: no vote and no pass@k, and intervals are for new problems alone"
        )
    ks = "all" if group.n <= MOST_POINTS else "doubling"
    drawn: list[str] = []
    finished: list[str] = []
    for row in rows:
        chosen = {name: row[name] if row[name] is not None else "auto" for name in along}
        chosen = {name: value for name, value in chosen.items() if not _no_number(name, value)}
        said = ", ".join(f"{name} {value}" for name, value in chosen.items())
        place = "_".join(plain(f"{name}{value}") for name, value in chosen.items())
        name = "_".join(filter(None, (group.name, place)))
        told = f"{label}, {said}" if said else label
        settled = {"pool": group.name, **chosen}
        if group.n == 1 and along:
            continue  # the curve over settings has these points
        one = group.n == 1
        _add(part, f"vote_{name}", "vote", f"{told}, one sample" if one else f"{told}, vote",
             k=[1] if one else ks, **settled)  # fmt: skip
        drawn.append(f"vote_{name}")
        if not one:
            _add(part, f"oracle_{name}", "oracle", f"{told}, pass@k", k=ks, **settled)
            drawn.append(f"oracle_{name}")
        budgets = _budgets(traces) if part.counted and not along else []
        if budgets:
            _add(part, f"finished_{name}", "finished", f"{told}, finished within T",
                 budgets=budgets, **settled)  # fmt: skip
            finished.append(f"finished_{name}")
    if drawn and group.n > 1:
        _panel(part, "Samples", "n", drawn)
    if part.counted and drawn:
        _panel(part, "Generated tokens", "tokens", [*drawn, *finished])


def _no_number(name: str, value: object) -> bool:
    """Only a budget can be named as absent."""
    return value == "auto" and name != "budget"


def _budgets(traces: pl.DataFrame) -> list[int]:
    """Doublings of tokens from what few samples fit into to what all do."""
    counts = traces["generated_tokens"].drop_nulls()
    low, high = counts.quantile(0.05), counts.max()
    assert isinstance(low, float)
    assert isinstance(high, int)
    powers = [2**power for power in range(40) if low <= 2**power < 2 * high]
    return [power for power in powers if power >= LEAST_TOKENS]


def _add(part: Part, name: str, method: str, label: str, **more: object) -> None:
    part.curves[name] = {"method": method, "label": label, **more}


def _panel(part: Part, title: str, x: str, curves: list[str]) -> None:
    part.panels.append({"kind": "scaling", "title": title, "x": x, "curves": curves})
