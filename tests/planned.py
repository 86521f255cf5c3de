"""A study for the tests of plans, with small problems and known sizes."""

from pathlib import Path
from typing import Any

from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.study import Study
from scripts.lib.plan import Row, plan_study
from scripts.lib.tableio import write_table
from scripts.lib.tables import Problem
from scripts.sample.plan_study import as_text
from tests.test_pool_requests import problems

PRICES = {"api-model": Price(input=1e-6, output=10e-6, date="2026-01", source="test")}
FACTS = {"s1": ModelFacts(context=1000, active_parameters=50.0, source="test")}
TEXTS = ["1 + 1", "2 + 2"]


def study(pools: dict[str, Any], curves: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {
        "study": "planned",
        "title": "A plan",
        "benchmarks": {
            "sums": {
                "kind": "source",
                "source": "sums.jsonl",
                "answer_kind": "integer",
                "columns": {"problem": "q", "answer": "a"},
            }
        },
        "models": {
            "api": {"kind": "api", "model": "tiny-chat", "base_url": "http://127.0.0.1:9/v1",
                    "api_key_env": "", "facts": "api-model"},
            "s1": {"kind": "hub", "repo": "someone/model", "revision": "main", "batch_size": 4},
        },
        "prompts": {
            "plain": "Q: {problem}",
            "asks": "{asked}: {problem}",
            "revise": "{problem}, you said: {attempt}",
        },
        "pools": pools,
        "curves": curves,
    } | changes  # fmt: skip


def plan(folder: Path, content: dict[str, Any]) -> dict[str, Row]:
    rows = plan_study(Study.model_validate(content), folder, FACTS, PRICES)
    assert as_text(rows)
    return {row.name: row for row in rows}


def with_problems(folder: Path) -> Path:
    write_table(Problem, problems(*TEXTS), folder / "planned/problems/sums.parquet")
    return folder


def trained() -> dict[str, Any]:
    sizes = {"layers": 1, "width": 32, "heads": 4, "kv_heads": 2, "feed_forward": 64}
    corpus = {"seed": 1, "examples": 100, "operations": [2], "slip_rate": 0, "most_waits": 0,
              "wordings": ["plain", "asks"], "asked_share": 0.5}  # fmt: skip
    return {
        "kind": "trained",
        "architecture": sizes | {"context": 1024},
        "corpus": corpus,
        "training": {"seed": 1, "learning_rate": 1e-3, "epochs": 2},
        "dtype": "float32",
        "batch_size": 4,
    }
