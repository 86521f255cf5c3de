"""Question tables for the tests of the curation."""

import hashlib

import polars as pl

from scripts.lib.questions.tables import Collected
from scripts.lib.tableio import make_table
from scripts.lib.tables import Problem

FEATURES = {
    "solution": "by hand",
    "answer": "7",
    "trace": "think",
    "attempt": "7",
    "trace_tokens": 10,
    "correct_trace": True,
    "correct_small": False,
    "correct_large": False,
    "domain": "algebra",
}


def question_id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def question(text: str, source: str = "here", **more: object) -> dict[str, object]:
    """A row that no step drops, with some columns changed."""
    key = {"question_id": question_id(text), "source": source, "question": text}
    return {**key, "publish": "text", "answer_kind": "integer", **FEATURES, **more}


def questions(*rows: dict[str, object]) -> pl.DataFrame:
    return make_table(Collected, list(rows))


def source_of(*texts: str, name: str = "here", publish: str = "text") -> pl.DataFrame:
    return questions(*(question(text, name, publish=publish) for text in texts))


def problems_of(*texts: str | None, benchmark: str = "aime", publish: str = "text") -> pl.DataFrame:
    rows = [
        {
            "benchmark": benchmark,
            "problem_id": str(number),
            "problem": text,
            "answer": "7",
            "answer_kind": "integer",
            "publish": publish,
        }
        for number, text in enumerate(texts)
    ]
    return make_table(Problem, rows)
