import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.study import Study
from scripts.lib.engines.openai_engine import CHAT_OVERHEAD
from scripts.lib.journal import read_entries
from scripts.lib.plan import Row, plan_study
from scripts.lib.plan_estimates import NOTHING, UNKNOWN, Amount
from scripts.lib.tableio import write_table
from scripts.lib.tables import Problem
from scripts.sample.plan_study import as_json, as_text
from scripts.sample.sample_pool import sample_pool
from tests.servers import OpenAIServer
from tests.test_pool_requests import problems

PRICES = {"api-model": Price(input=1e-6, output=10e-6, date="2026-01", source="test")}
FACTS = {"api-model": ModelFacts(retired="2025-10-27", source="test")}
TEXTS = ["1 + 1", "2 + 2"]


def study(**changes: object) -> dict[str, object]:
    """Two curves on one pool behind an API, one on a local pool, one of published numbers."""
    return {
        "study": "planned",
        "title": "A plan",
        "benchmarks": {
            "sums": {
                "kind": "source",
                "source": "sums.jsonl",
                "answer_kind": "integer",
                "columns": {"problem": "q", "answer": "a"},
            },
            "chains": {"kind": "chains", "seed": 1, "operations": [2], "problems": 20},
        },
        "models": {
            "api": {"kind": "api", "model": "api-model", "base_url": "http://127.0.0.1:9/v1"},
            "local": {"kind": "hub", "repo": "someone/model", "revision": "main"},
        },
        "prompts": {"asks": "Use about {asked} tokens. {problem}", "plain": "{problem}"},
        "pools": {
            "asked": {
                "kind": "sampled",
                "model": "api",
                "benchmark": "sums",
                "wordings": ["asks"],
                "asked": [8, 64],
                "sampling": {"max_tokens": 100},
                "n": 2,
                "n_at": {64: 5},
            },
            "drawn": {
                "kind": "sampled",
                "model": "local",
                "benchmark": "chains",
                "wordings": ["plain"],
                "sampling": {"max_tokens": 100},
                "n": 3,
                "expected_tokens": 40,
            },
        },
        "curves": {
            "ask_api": {"method": "ask", "label": "a", "pool": "asked"},
            "vote_api": {"method": "vote", "label": "v", "pool": "asked", "asked": 64},
            "vote_local": {"method": "vote", "label": "l", "pool": "drawn"},
            "vote_paper": {
                "method": "vote",
                "label": "p",
                "published": {
                    "paper": "p",
                    "figure": "1",
                    "series": "s",
                    "benchmark": "sums",
                    "model": "o1-mini",
                    "problems": 30,
                },
            },
        },
    } | changes


def plan(
    folder: Path, content: dict[str, object] | None = None, prices: dict[str, Price] = PRICES
) -> dict[str, Row]:
    rows = plan_study(Study.model_validate(content or study()), folder, FACTS, prices)
    return {row.name: row for row in rows}


def with_problems(folder: Path) -> Path:
    write_table(Problem, problems(*TEXTS), folder / "planned/problems/sums.parquet")
    return folder


def test_numbers_of_a_plan_before_anything_ran(tmp_path: Path) -> None:
    rows = plan(with_problems(tmp_path))
    asked = rows["asked"].estimate
    assert asked.requests == asked.remaining == Amount(2 * 2 + 2 * 5)
    assert asked.journaled == 0
    assert asked.expected_tokens == Amount(2 * 2 * 8 + 2 * 5 * 64)
    assert asked.worst_tokens == Amount(14 * 100)
    prompts = {n: len(f"Use about {n} tokens. 1 + 1") + CHAT_OVERHEAD for n in (8, 64)}
    prompt_usd = (4 * prompts[8] + 10 * prompts[64]) * 1e-6
    assert asked.expected_usd is not None
    assert asked.worst_usd is not None
    assert asked.expected_usd.known == pytest.approx(prompt_usd + (32 + 640) * 10e-6)
    assert asked.worst_usd.known == pytest.approx(prompt_usd + 1400 * 10e-6)
    assert asked.expected_usd.whole
    assert asked.gpu_hours is None
    assert asked.expected_from == {"asked"}

    vote = rows["vote_api"].estimate
    assert vote.requests == Amount(10)
    assert vote.expected_tokens == Amount(640)
    assert rows["ask_api"].estimate == asked

    local = rows["drawn"].estimate
    assert local.requests == Amount(60)  # the benchmark says how many problems it will have
    assert local.expected_tokens == Amount(60 * 40)
    assert local.expected_usd is None
    assert local.gpu_hours == UNKNOWN
    assert local.expected_from == {"expected_tokens"}

    total = rows["each pool once"].estimate
    assert total.requests == Amount(14 + 60)
    assert total.worst_usd == asked.worst_usd
    assert rows["vote_paper"].estimate.requests == NOTHING


def test_what_is_unknown_is_called_so(tmp_path: Path) -> None:
    rows = plan(tmp_path)
    asked = rows["asked"]
    assert asked.estimate.requests == asked.estimate.worst_usd == UNKNOWN
    assert any("planned/problems/sums.parquet is made" in note for note in asked.notes)
    assert any("each takes 7 requests and at most 700 tokens" in note for note in asked.notes)
    assert rows["each pool once"].estimate.requests == Amount(60, whole=False)
    text = as_text(list(rows.values()))
    total = next(line for line in text.splitlines() if "each pool once" in line)
    assert "at least 60" in total
    assert "unknown" in total

    first = dict(study()["pools"]["asked"], problems=2)  # type: ignore[index, call-overload]
    known = plan(tmp_path, study(pools=study()["pools"] | {"asked": first}))["asked"].estimate  # type: ignore[operator]
    assert known.requests == Amount(14)
    assert known.worst_usd == Amount(pytest.approx(1400 * 10e-6), whole=False)


def test_an_unknown_price_is_never_nothing(tmp_path: Path) -> None:
    rows = plan(with_problems(tmp_path), prices={})
    assert rows["asked"].estimate.worst_usd == UNKNOWN
    assert "api-model has no price in config/prices.yaml" in rows["asked"].notes
    line = next(x for x in as_text(list(rows.values())).splitlines() if " asked " in x)
    assert line.count("unknown") == 2
    assert "0.00" not in line


def test_a_retired_model_is_named(tmp_path: Path) -> None:
    assert any("retired from 2025-10-27" in note for note in plan(tmp_path)["asked"].notes)


def drawn(folder: Path, server: OpenAIServer, **changes: object) -> dict[str, object]:
    """A study whose API pool is drawn from a real server, with `changes` to the pool."""
    content = study()
    content["models"]["api"] |= {  # type: ignore[index]
        "model": "tiny-chat",
        "base_url": server.base_url,
        "api_key_env": "",
        "facts": "api-model",
    }
    content["pools"]["asked"] |= changes  # type: ignore[index]
    checked = Study.model_validate(content)
    pool = checked.pools["asked"]
    assert pool.kind == "sampled"
    journal = folder / "planned/journal/asked"
    sample_pool(
        pool,
        "asked",
        checked.models["api"],
        checked.prompts,
        problems(*TEXTS),
        None,
        None,
        PRICES["api-model"],
        journal,
    )
    return content


def test_what_the_journal_holds_is_taken_off(tmp_path: Path) -> None:
    with_problems(tmp_path)
    with OpenAIServer() as server:
        content = drawn(tmp_path, server, asked=[64], n_at={64: 2}, budget_usd=5.0)
    held = list(read_entries(tmp_path / "planned/journal/asked"))
    assert len(held) == 4
    mean = sum(entry.response.generated_tokens or 0 for entry in held) / 4

    content["pools"]["asked"] |= {"asked": [8, 64], "n_at": {64: 5}}  # type: ignore[index]
    row = plan(tmp_path, content)["asked"]
    assert row.estimate.journaled == 4
    assert row.estimate.remaining == Amount(14 - 4)
    assert row.estimate.expected_from == {"journal", "asked"}
    assert row.estimate.expected_tokens.known == pytest.approx(4 * 8 + 6 * mean)
    assert any(note.startswith("budget $5, $0.00") for note in row.notes)
    assert plan(tmp_path, content)["vote_api"].estimate.remaining == Amount(6)


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"sampling": {"max_tokens": 99}}, {"wordings": ["plain"], "asked": None}],
)
def test_lines_of_other_settings_do_not_count(tmp_path: Path, change: dict[str, object]) -> None:
    with_problems(tmp_path)
    with OpenAIServer() as server:
        content = drawn(tmp_path, server, asked=[64], n_at={})
    assert plan(tmp_path, content)["asked"].estimate.journaled == 4
    content["pools"]["asked"] |= change  # type: ignore[index]
    content["curves"] = {}
    assert plan(tmp_path, content)["asked"].estimate.journaled == 0


def test_lines_of_another_prompt_or_model_do_not_count(tmp_path: Path) -> None:
    with_problems(tmp_path)
    with OpenAIServer() as server:
        content = drawn(tmp_path, server)
    prompts = content["prompts"] | {"asks": "At most {asked} tokens. {problem}"}  # type: ignore[operator]
    assert plan(tmp_path, content | {"prompts": prompts})["asked"].estimate.journaled == 0
    assert plan(tmp_path)["asked"].estimate.journaled == 0


def test_hours_follow_from_the_journals_own_speed(tmp_path: Path) -> None:
    """A local pool whose journal holds 2 samples of 50 tokens, drawn in 10 seconds."""
    with OpenAIServer() as server:
        drawn(tmp_path, server)
    lines = (next((tmp_path / "planned/journal/asked").glob("*"))).read_text().splitlines()
    checked = Study.model_validate(study())
    pool = checked.pools["drawn"]
    assert pool.kind == "sampled"
    folder = tmp_path / "planned/journal/drawn"
    folder.mkdir()
    made = []
    for number in range(2):
        entry = json.loads(lines[number])
        entry["response"]["generated_tokens"] = 50
        entry["started"] = "2026-01-01T23:59:55.000+00:00"
        entry["when"] = f"2026-01-02T00:00:0{number * 5}.000+00:00"
        made.append(json.dumps(entry))
    (folder / "a.jsonl").write_text("\n".join([*made, ""]))
    hours = plan(tmp_path)["drawn"].estimate.gpu_hours
    assert hours is not None
    assert hours.known == pytest.approx(60 * 40 / (100 / 10) / 3600)


def test_the_program_prints_a_table_or_json(tmp_path: Path) -> None:
    with_problems(tmp_path / "results")
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(study()))
    command = [sys.executable, "-m", "scripts.sample.plan_study", "--study", str(path)]
    command += ["--results", str(tmp_path / "results")]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "vote_local" in text
    assert "api-model has no price in config/prices.yaml: pool asked" in text
    rows = list(plan(tmp_path / "results").values())
    assert [row["name"] for row in json.loads(as_json(rows))] == [row.name for row in rows]
    assert json.loads(as_json(rows))[0]["estimate"]["requests"] == {"known": 14, "whole": True}
