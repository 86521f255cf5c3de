"""Slices of a study: what a job is told is what the study says."""

import json
from typing import get_args

import pytest
from pydantic import TypeAdapter

from scripts.lib.config.curves import Curve, FromPool, SftCurve
from scripts.lib.slices import as_json

ONE = {"asked": 8, "effort": "low", "budget": "auto", "waits": 0}
CURVES = [
    {"method": "ask", "pool": "p", "obeyed": [8, 16]},
    {"method": "vote", "pool": "p", "k": [1, 2], **ONE},
    {"method": "oracle", "pool": "p", "k": "all", "wording": "plain"},
    {"method": "finished", "pool": "p", "budgets": [5], "budget": 0},
    {"method": "forcing", "pool": "p", "along": "waits", "label": "l", "target": "t"},
    {"method": "control", "pool": "p", "limit_per_asked": None},
    {"method": "control", "pool": "p"},
    {"method": "control", "pool": "p", "classes": {"short": "below"}, "neutral": "none"},
    {"method": "rejection", "pool": "p", "budgets": [5], "tries": 3},
    {"method": "revision", "pool": "p"},
    {"method": "best_of_n", "pool": "p", "verifier": "v", "aggregate": "min", "beams": 4},
    {"method": "rebase", "pool": "p", "select": "weighted", "beams": [4, 16]},
    {"method": "sft", "groups": {"g": ["a", "b"]}, "waits": 2},
]


@pytest.mark.parametrize("entry", CURVES, ids=lambda entry: entry["method"])
def test_a_curve_reads_back_as_it_was(entry):
    adapter = TypeAdapter(Curve)
    curve = adapter.validate_python(entry)
    assert adapter.validate_json(as_json(curve)) == curve


def test_every_kind_of_curve_is_tried():
    kinds = [*get_args(FromPool), SftCurve]
    adapter = TypeAdapter(Curve)
    assert {type(adapter.validate_python(entry)) for entry in CURVES} == set(kinds)


def test_only_nulls_that_say_something_stay():
    adapter = TypeAdapter(Curve)
    told = json.loads(as_json(adapter.validate_python(CURVES[5]), exclude={"label", "target"}))
    assert told == {"method": "control", "pool": "p", "limit_per_asked": None, "classes": {}}
