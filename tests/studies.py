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


def untuned_micro() -> dict[str, Any]:
    """The micro study without training questions, and without all that rests on them."""
    study: dict[str, Any] = yaml.safe_load(Path("config/micro.yaml").read_text(encoding="utf-8"))
    for section in ("questions", "selections", "tables"):
        del study[section]
    for name in [n for n, b in study["benchmarks"].items() if b["kind"] == "questions"]:
        del study["benchmarks"][name]
    for name in [n for n, m in study["models"].items() if m["kind"] == "tuned"]:
        del study["models"][name]
    lost = [
        name
        for name, pool in study["pools"].items()
        if pool["model"] not in study["models"] or pool["benchmark"] not in study["benchmarks"]
    ]
    for name in lost:
        del study["pools"][name]
    for name, curve in list(study["curves"].items()):
        if not {curve.get("pool"), *curve.get("pools", [])} <= {None, *study["pools"]}:
            del study["curves"][name]
    for name, figure in list(study["figures"].items()):
        drawn = {curve for panel in figure["panels"] for curve in panel["curves"]}
        if not drawn <= set(study["curves"]):
            del study["figures"][name]
    return study


def searched_micro() -> dict[str, Any]:
    """The micro study's base with a verifier trained on its steps, searches, and their curves."""
    study = untuned_micro()
    labelled = {"kind": "chains", "seed": 31, "operations": [2], "problems": 60}
    study["benchmarks"] = {"chains": study["benchmarks"]["chains"], "labelled": labelled}
    study["models"]["prm"] = {
        **{"kind": "verifier", "base": "base", "labels": "steps", "wording": "plain"},
        "held_out": 0.3,
        "training": {
            **{"epochs": 6, "batch_size": 8, "device_batch_size": 8},
            **{"learning_rate": 0.001, "max_length": 256},
        },
        "dtype": "float64",
        "batch_size": 64,
    }
    study["models"]["orm"] = study["models"]["prm"] | {"target": "outcome"}
    plain = study["pools"]["plain"] | {"n": 8}
    study["labels"] = {
        "steps": {
            **{"kind": "rollouts", "pool": "solutions", "rollouts": 4, "separator": "\n"},
            "sampling": {"max_tokens": 120},
        }
    }
    searched = {
        **{"kind": "searched", "model": "base", "verifier": "prm", "benchmark": "chains"},
        **{"wording": "plain", "beams": [1, 4, 8], "separator": "\n", "most_steps": 12},
        "sampling": {"max_tokens": 120},
    }
    methods: dict[str, dict[str, Any]] = {
        "beam": {"width": 4},
        "lookahead": {"width": 4, "steps": 1},
        "dvts": {"width": 4},
        "rebase": {},
    }
    study["pools"] = {
        "plain": plain,
        "solutions": plain | {"benchmark": "labelled", "n": 2},
        **{name: searched | {"search": {"method": name, **more}} for name, more in methods.items()},
    }
    best = {"method": "best_of_n", "pool": "plain", "verifier": "prm", "k": "doubling"}
    study["curves"] = {
        "oracle_plain": {"method": "oracle", "pool": "plain"},
        "vote_plain": {"method": "vote", "pool": "plain", "k": "doubling"},
        "best_of_n_naive": best | {"select": "naive"},
        "best_of_n_weighted": best | {"select": "weighted", "aggregate": "min"},
        "best_of_n_outcome": best | {"select": "naive", "verifier": "orm"},
        "oracle_beam": {"method": "oracle", "pool": "beam", "beams": 8},
        **{f"{m}_naive": {"method": m, "pool": m, "select": "naive"} for m in methods},
        "beam_majority": {"method": "beam", "pool": "beam", "select": "majority"},
    }
    searches = [name for name in study["curves"] if name.split("_")[0] in methods]
    samples = [name for name in study["curves"] if name not in searches]
    panels = [
        {"kind": "scaling", "title": title, "x": "flops", "curves": curves}
        for title, curves in (("Searches", searches), ("Samples", samples))
    ]
    study["figures"] = {
        "searches": {"title": "t", "status": "new", "caption": "c", "panels": panels}
    }
    study["tables"] = {
        "verifiers": {"kind": "verifier", "title": "t", "verifiers": ["prm", "orm"]},
        "passed_over": {
            **{"kind": "passed_over", "title": "t"},
            "curves": ["best_of_n_naive", "beam_naive", "rebase_naive"],
        },
    }
    return study
