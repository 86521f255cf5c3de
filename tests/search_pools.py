"""A searched pool for tests, drawn as the program draws it."""

from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.config.searched import SearchedPool
from scripts.lib.search.pool import Searched
from scripts.lib.search.tables import Spent, Step
from scripts.lib.tableio import write_table
from scripts.lib.tables import Trace
from scripts.search.search_pool import search_pool
from tests.test_pool_requests import problems

CONTEXT = 160
PROMPTS = {"plain": "Q: {problem}"}
TABLE = problems("1 + 1", "2 + 2 * 3")
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def pool(search: dict[str, object] | None = None, **changes: object) -> SearchedPool:
    """Steps end with any of four tokens, so that a text of random tokens has several."""
    content: dict[str, object] = {
        "kind": "searched",
        "model": "m",
        "verifier": "v",
        "benchmark": "sums",
        "wording": "plain",
        "search": {"method": "beam", "width": 2, **(search or {})},
        "beams": [1, 4, 8],
        "separator": "s",
        "sampling": {"max_tokens": 90},
    }
    return SearchedPool.model_validate(content | changes)


def draw(
    spec: SearchedPool,
    engine: Any,
    verifier: Any,
    journal: Path,
    table: pl.DataFrame = TABLE,
) -> Tables:
    searched = Searched("p", spec, table, PROMPTS, engine, verifier, "v")
    search_pool(searched, engine, journal)
    assert searched.finished == searched.total
    tables = searched.traces(), searched.steps(), searched.spent()
    for model, frame, name in zip((Trace, Step, Spent), tables, "tsc", strict=True):
        write_table(model, frame, journal / f"{name}.parquet")  # checks it
    return tables


METHODS: list[dict[str, object]] = [
    {"method": "beam", "width": 4, "aggregate": "min"},
    {"method": "beam", "width": 2, "aggregate": "product"},
    {"method": "dvts", "width": 4},
    {"method": "dvts", "width": 2, "aggregate": "mean"},
    {"method": "rebase", "width": None},
    {"method": "lookahead", "width": 2, "steps": 2},
    {"method": "lookahead", "width": 4, "steps": 1, "aggregate": "mean"},
]


def name_of(value: object) -> str:
    return f"{value['method']}-{value['width']}" if isinstance(value, dict) else str(value)


def of_method(content: dict[str, object], **changes: object) -> SearchedPool:
    return pool().model_validate(
        pool(**changes).model_dump() | {"search": {k: v for k, v in content.items() if v}}
    )
