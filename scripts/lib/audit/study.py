"""The study of a log: its pools, and figures and tables of the curves that they allow."""

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from scripts.lib.audit.benchmarks import benchmark_of
from scripts.lib.audit.collect import Group
from scripts.lib.audit.curves import Entry, Part
from scripts.lib.audit.found import answer_kind, plain
from scripts.lib.config.benchmarks import AnswerKind
from scripts.lib.table_kinds import KINDS

UNLISTED = "unlisted"
"""Entry of config/models.yaml for models that nobody has described there."""
COUNTER = "counter"
LEAST_TO_BEND = 4
"""Samples from which on votes of 1, 2, 4 and so on have a shape."""


@dataclass(frozen=True)
class Asked:
    """What the command line says of all logs; None or "" leaves it to them."""

    model: str = ""
    benchmark: str = ""
    answers: AnswerKind | None = None
    tokenizer: str = ""


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
    tables = tables_of_audit(list(parts.values()), KINDS)
    if tables:
        study["tables"] = tables
    return study


def tables_of_audit(parts: Sequence[Part], kinds: Container[str]) -> dict[str, Entry]:
    """The tables that curves allow, of the kinds that studies have."""
    votes = {
        name: part.counted
        for part in parts
        for name, curve in part.curves.items()
        if curve["method"] == "vote" and part.pool["n"] >= LEAST_TO_BEND
    }
    forced = [curve for part in parts for curve in part.forced]
    wanted: dict[str, Entry] = {
        "control": {
            "title": "Control, scaling and performance of budget forcing",
            "curves": forced,
        },
        "shape": {
            "title": "The shape of votes against samples",
            "curves": list(votes),
            "x": "tokens" if all(votes.values()) else "n",
        },
        "vote_limit": {"title": "Where votes go with more samples", "curves": list(votes)},
    }
    return {
        kind: {"kind": kind, **entry}
        for kind, entry in wanted.items()
        if entry["curves"] and kind in kinds
    }


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
