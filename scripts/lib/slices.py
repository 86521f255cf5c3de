"""Slices of a study as parameters of jobs, and where published values lie."""

import json
from typing import Any

from pydantic import BaseModel


def as_json(model: BaseModel, **dump: Any) -> str:
    """A slice of the study as one line of JSON, which reads back as what it was.

    Nulls that are defaults are left out, so that a new key changes no job that does not use it;
    a null that stands for something else than the default stays.
    """
    whole = model.model_dump(mode="json", exclude_none=True, **dump)
    told = model.model_dump(mode="json", exclude_defaults=True, **dump)
    return json.dumps(_with_nulls(whole, told), sort_keys=True)


def reference_file(paper: str) -> str:
    """The file in data/reference/ that holds a paper's values."""
    return f"data/reference/{paper}.csv"


def _with_nulls(whole: Any, told: Any) -> Any:
    """`whole`, which has no nulls, with those of `told`, which has no defaults."""
    if isinstance(told, dict):
        return {**whole, **{key: _with_nulls(whole.get(key), told[key]) for key in told}}
    if isinstance(told, list):
        return [_with_nulls(*pair) for pair in zip(whole, told, strict=True)]
    return whole
