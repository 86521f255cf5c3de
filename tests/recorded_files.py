"""Recordings and problem tables for the tests of the importers."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.tableio import make_table
from scripts.lib.tables import Problem


def pool(form: str, **settings: Any) -> RecordedPool:
    return RecordedPool.model_validate(
        {
            "kind": "recorded",
            "format": form,
            "path": "somewhere",
            "model": "o1-mini",
            "benchmark": "numbers",
            "answer_kind": "integer",
            **settings,
        }
    )


def problem_table(texts: dict[str, str], golds: dict[str, str] | None = None) -> pl.DataFrame:
    """Problems by id; the gold answer is the id's position unless given."""
    rows: list[dict[str, object]] = [
        {
            "benchmark": "numbers",
            "problem_id": name,
            "problem": text,
            "answer": (golds or {}).get(name, str(position)),
            "answer_kind": "integer",
            "level": "easy",
            "publish": "text",
        }
        for position, (name, text) in enumerate(texts.items())
    ]
    return make_table(Problem, rows)


def write_lines(path: Path, rows: list[Any]) -> Path:
    """JSON lines; a text among the rows is written as it stands."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def official(path: Path, kind: str) -> pl.DataFrame:
    """A Problem table of a problem set in the mirror, in its own order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows: list[dict[str, object]] = [
        {
            "benchmark": "official",
            "problem_id": f"official {number}",
            "problem": row["problem"],
            "answer": row["answer"],
            "answer_kind": kind,
            "publish": "text",
        }
        for number, row in enumerate(map(json.loads, lines))
    ]
    return make_table(Problem, rows)
