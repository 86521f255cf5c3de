"""Studies for tests that add parts of their own."""

from pathlib import Path
from typing import Any

import yaml

QUESTION_COLUMNS = {
    "question": "q",
    "answer": "a",
    "trace": "thinking",
    "attempt": "said",
    "domain": "subject",
}
"""Fields of a source with all that a complete question needs."""


def micro() -> dict[str, Any]:
    """The micro study as it stands in its file."""
    study: dict[str, Any] = yaml.safe_load(Path("config/micro.yaml").read_text(encoding="utf-8"))
    return study


def untuned_micro() -> dict[str, Any]:
    """The micro study without training questions, and without all that rests on them: verifiers,
    which learn from samples of these, among them.
    """
    study = micro()
    for section in ("questions", "selections", "tables", "labels"):
        del study[section]
    for name in [n for n, b in study["benchmarks"].items() if b["kind"] == "questions"]:
        del study["benchmarks"][name]
    for name in [n for n, m in study["models"].items() if m["kind"] in ("tuned", "verifier")]:
        del study["models"][name]
    lost = [
        name
        for name, pool in study["pools"].items()
        if not {pool["model"], pool.get("verifier", "base")} <= set(study["models"])
        or pool["benchmark"] not in study["benchmarks"]
    ]
    for name in lost:
        del study["pools"][name]
    for name, curve in list(study["curves"].items()):
        needed = {curve.get("pool"), *curve.get("pools", []), curve.get("verifier")}
        if not needed <= {None, *study["pools"], *study["models"]}:
            del study["curves"][name]
    for name, anatomy in list(study["anatomies"].items()):
        if not {anatomy["pool"], anatomy.get("judged_in", anatomy["pool"])} <= set(study["pools"]):
            del study["anatomies"][name]
    for name, figure in list(study["figures"].items()):
        shown = {panel["anatomy"] for panel in figure["panels"] if "anatomy" in panel}
        drawn = {curve for panel in figure["panels"] for curve in panel.get("curves", [])}
        tables = {panel["table"] for panel in figure["panels"] if "table" in panel}
        if tables or not drawn <= set(study["curves"]) or not shown <= set(study["anatomies"]):
            del study["figures"][name]
    return study
