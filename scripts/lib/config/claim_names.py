"""Whether the tables that claims name are there: each problem as a line that leads with its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.config.claims import PRICES, Claims, Evidence
from scripts.lib.config.curves import (
    AskCurve,
    ControlCurve,
    ForcingCurve,
    RejectionCurve,
    SftCurve,
    VoteCurve,
    made_from,
)
from scripts.lib.config.panels import FUNNEL
from scripts.lib.config.study_tables import ShapeTable
from scripts.lib.config.undefined import undefined

if TYPE_CHECKING:
    from scripts.lib.config.study import Study

NO_STUDIES = ("claims", "models", "prices")
"""Files beside those of studies."""
TINY = "the tiny model"
"""What numbers of models that learned generated problems are about: never of large models."""
AUDIT = "audit"
"""The study of evidence that is asked of each curve of votes of anyone's log."""
EACH_VOTE = "each_vote"
"""What such evidence calls the curve."""


def of_study(claims: Claims, study: Study) -> Iterator[tuple[str, str, Evidence]]:
    """The evidence of one study: its claim, its key in config/claims.yaml, and the entry.

    What is asked of any log is asked of each vote of an audit that has a shape.
    """
    votes = _votes_of_audit(study)
    for name, claim in claims.items():
        for place, evidence in enumerate(claim.evidence):
            key = f"{name}.evidence.{place}"
            if evidence.study == study.study:
                yield name, key, evidence
            elif evidence.study == AUDIT:
                for vote in votes:
                    yield name, key, _asked_of(evidence, vote, study)


def _votes_of_audit(study: Study) -> list[str]:
    if not study.study.startswith(f"{AUDIT}_"):
        return []
    shapes = [table for table in study.tables.values() if isinstance(table, ShapeTable)]
    return [n for table in shapes for n in table.curves if isinstance(study.curves[n], VoteCurve)]


def _asked_of(evidence: Evidence, vote: str, study: Study) -> Evidence:
    update = {
        "study": study.study,
        "about": study.curves[vote].label,
        "quantity": f"{evidence.quantity}, {vote}",
        "tables": {alias: name.replace(EACH_VOTE, vote) for alias, name in evidence.tables.items()},
        "sql": evidence.sql.replace(EACH_VOTE, vote),
    }
    return evidence.model_copy(update=update)


def problems_of_claims(claims: Claims, study: Study) -> list[str]:
    """What does not fit a study: tables that it does not make, or not in `all`."""
    return [
        line
        for _, at, evidence in of_study(claims, study)
        for line in _problems(study, at, evidence)
    ]


def unknown_studies(claims: Claims, folder: Path) -> list[str]:
    """Studies that claims name and that have no file in a folder."""
    named = {
        f"{name}.evidence.{place}.study": evidence.study
        for name, claim in claims.items()
        for place, evidence in enumerate(claim.evidence)
        if evidence.study != AUDIT
    }
    files = (path.stem for path in folder.glob("*.yaml"))
    there = sorted(name for name in files if name not in NO_STUDIES)
    return [line for at, study in named.items() for line in undefined(at, study, there)]


def _problems(study: Study, at: str, evidence: Evidence) -> Iterator[str]:
    made_up = any(isinstance(b, GeneratedBenchmark) for b in study.benchmarks.values())
    if made_up != evidence.about.startswith(TINY):
        told = f"begins with {TINY!r}" if made_up else f"does not begin with {TINY!r}"
        yield f"{at}.about: {evidence.about!r}: what study {study.study!r} measures {told}"
    for alias, table in evidence.tables.items():
        yield from _table(study, f"{at}.tables.{alias}", table)


def _table(study: Study, at: str, table: str) -> Iterator[str]:
    if table == PRICES:
        return
    part, name = table.split("/")
    if part == "reference":
        papers = sorted(path.stem for path in Path("data/reference").glob("*.csv"))
        yield from undefined(at, name, papers)
        return
    if part == "tables":
        if name == FUNNEL and study.questions is not None:
            return
        yield from undefined(at, name, study.tables)
        target = study.tables[name].target if name in study.tables else None
    else:
        yield from undefined(at, name, _having(study, part))
        target = study.curves[name].target if name in study.curves else None
    if target is not None:
        yield f"{at}: {table} is made by `snakemake {target}` alone; claims are judged in `all`"


def _having(study: Study, part: str) -> list[str]:
    """Curves that have a table of their own in a folder."""
    if part == "outcomes":
        return [n for n, c in study.curves.items() if made_from(c) != "published"]
    if part == "fits":
        kinds = AskCurve | ForcingCurve | ControlCurve | RejectionCurve
        return [
            name
            for name, curve in study.curves.items()
            if isinstance(curve, kinds)
            or (isinstance(curve, SftCurve) and curve.groups is not None)
        ]
    return list(study.curves)
