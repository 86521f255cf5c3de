"""Slices of a study as parameters of jobs, and where published values lie."""

import json
from typing import Any

from pydantic import BaseModel


def as_json(model: BaseModel, **dump: Any) -> str:
    """A slice of the study as one line of JSON."""
    return json.dumps(model.model_dump(mode="json", exclude_none=True, **dump), sort_keys=True)


def reference_file(paper: str) -> str:
    """The file in data/reference/ that holds a paper's values."""
    return f"data/reference/{paper}.csv"
