"""The study of a log: its pools, the curves that they allow, figures and tables of these."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from scripts.lib.audit.benchmarks import benchmark_of
from scripts.lib.audit.collect import Group
from scripts.lib.audit.found import answer_kind, plain
from scripts.lib.config.benchmarks import AnswerKind
from scripts.lib.recorded.assemble import SETTING

UNLISTED = "unlisted"
"""Entry of config/models.yaml for models that nobody has described there."""
COUNTER = "counter"
MOST_SETTINGS = 4
"""Of so many settings each has its votes; of more, only the last."""
LEAST_TOKENS = 16
NOT_SHOWN = re.compile(r"[^\w./:@+ -]+")
"""What a model's name may not bring into a figure: others wrote it."""
Entry = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the command line says of all logs; None or "" leaves it to them."""

    model: str = ""
    benchmark: str = ""
    answers: AnswerKind | None = None
    tokenizer: str = ""


@dataclass
class Part:
    """What one group of logs adds to the study."""

    pool: Entry
    title: str = ""
    curves: dict[str, Entry] = field(default_factory=dict)
    panels: list[Entry] = field(default_factory=list)
    forced: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def pool_of(group: Group, asked: Asked, facts: Mapping[str, object]) -> Part:
    """The pool of a group, before its samples are read.

    Args:
        group: logs of one task and model.
        asked: what is told of them.
        facts: models that config/models.yaml knows.

    Raises:
        AuditError: the gold answers cannot be read.
    """
    task, said = group.logs[0].task, group.logs[0].model
    notes = list(group.notes)
    known = benchmark_of(asked.benchmark or task)
    name = known[0] if known else plain(asked.benchmark or task) or "benchmark"
    kind = asked.answers or (known[1] if known else answer_kind(group.logs))
    if known is None:
        notes.append(
            f"benchmark {name!r} is not one that is known here: its answers are compared as "
            f"{kind}, the form of all gold answers in the log (BENCHMARK=, ANSWERS= say otherwise)"
        )
    model = _listed(said, facts)
    if model == UNLISTED:
        notes.append(
            f"model {said!r} is not in config/models.yaml: FLOPs and dollars are unknown (MODEL= "
            "names an entry)"
            if said
            else "the log does not name its model: FLOPs and dollars are unknown (MODEL= names it)"
        )
    counts = sorted({count for log in group.logs for count in log.samples.values()})
    if len(counts) > 1:
        notes.append(
            f"problems have {counts[0]} to {counts[-1]} samples: the first {group.n} of each are "
            "taken"
        )
    pool = {
        "kind": "recorded",
        "format": group.logs[0].form,
        "path": _path(group),
        "model": model,
        "benchmark": name,
        "answer_kind": kind,
        "n": group.n,
    }
    return Part(pool | ({"tokenizer": COUNTER} if asked.tokenizer else {}), notes=notes)


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
    counted = traces["generated_tokens"].null_count() == 0
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
    counted = traces["generated_tokens"].null_count() == 0
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
             k=[1] if one else "doubling", **settled)  # fmt: skip
        drawn.append(f"vote_{name}")
        if not one:
            _add(part, f"oracle_{name}", "oracle", f"{told}, pass@k", k="doubling", **settled)
            drawn.append(f"oracle_{name}")
        budgets = _budgets(traces) if counted and not along else []
        if budgets:
            _add(part, f"finished_{name}", "finished", f"{told}, finished within T",
                 budgets=budgets, **settled)  # fmt: skip
            finished.append(f"finished_{name}")
    if drawn and group.n > 1:
        _panel(part, "Samples", "n", drawn)
    if counted and drawn:
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


def whole_study(name: str, parts: Mapping[str, Part], asked: Asked, title: str) -> Entry:
    """The study file of an audit.

    Args:
        name: of the study.
        parts: by the name of their pool.
        asked: for the tokenizer.
        title: what was audited.
    """
    study: Entry = {"study": name, "title": title}
    if asked.tokenizer:
        repo, _, revision = asked.tokenizer.partition("@")
        entry = {"kind": "hub", "repo": repo, "revision": revision or "main"}
        study["models"] = {COUNTER: entry}
    study["pools"] = {pool: part.pool for pool, part in parts.items()}
    study["curves"] = {key: curve for part in parts.values() for key, curve in part.curves.items()}
    figures = {pool: _figure(part) for pool, part in parts.items() if part.panels}
    if figures:
        study["figures"] = figures
    forced = [curve for part in parts.values() for curve in part.forced]
    if forced:
        title = "Control, scaling and performance of budget forcing"
        study["tables"] = {"control": {"kind": "control", "title": title, "curves": forced}}
    return study


def _figure(part: Part) -> Entry:
    return {
        "title": part.title,
        "status": "re-analysis",
        "caption": f"Samples that others logged, graded again; {part.pool['n']} a problem. Bars: "
        "95 % intervals, thin for new problems, thick for new samples of these.",
        "panels": part.panels,
    }


def _listed(said: str, facts: Mapping[str, object]) -> str:
    """The entry of config/models.yaml that a log means, whoever published the model."""
    names = {plain(name): name for name in facts}
    ends = (said, said.rpartition("/")[2])
    return next((names[plain(end)] for end in ends if plain(end) in names), UNLISTED)


def _path(group: Group) -> str | list[str]:
    paths = [os.path.relpath(path) for path in group.files]
    return paths[0] if len(paths) == 1 else paths
