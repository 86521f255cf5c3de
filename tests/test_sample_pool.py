import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.config.models import ApiModel, ModelFacts, Price, TrainedModel
from scripts.lib.config.pools import SampledPool
from scripts.lib.engines.base import EngineError
from scripts.lib.errors import UserError
from scripts.lib.journal import read_entries
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.sample.sample_pool import sample_pool
from tests.servers import OpenAIServer
from tests.small_model import write_model
from tests.test_pool_requests import problems

PROMPTS = {"plain": "Q: {problem}", "asks": "Use about {asked} tokens. {problem}"}


def pool(**changes: object) -> SampledPool:
    settings: dict[str, object] = {
        "model": "m",
        "benchmark": "sums",
        "wordings": ["asks"],
        "asked": [4, 32],
        "sampling": {"max_tokens": 64},
        "n": 3,
    }
    return SampledPool.model_validate(settings | changes)


def model(server: OpenAIServer, **changes: object) -> ApiModel:
    settings = {"kind": "api", "model": "tiny-chat", "base_url": server.base_url, "api_key_env": ""}
    return ApiModel.model_validate(settings | changes)


def draw(
    server: OpenAIServer, journal: Path, facts: ModelFacts | None = None, **changes: object
) -> pl.DataFrame:
    table = problems("1 + 1", "2 + 2")
    return sample_pool(
        pool(**changes), "sums", model(server), PROMPTS, table, None, facts, None, journal
    )


def test_rows_stand_in_order_whatever_the_order_of_answers(tmp_path: Path) -> None:
    with OpenAIServer(faults=["status:500", None, "rate_limit:0.05"], latency_s=0.01) as server:
        traces = draw(server, tmp_path / "journal")
    assert traces.select("problem_id", "asked", "sample").rows() == [
        (problem, asked, sample)
        for problem in ("p0", "p1")
        for asked in (4, 32)
        for sample in range(3)
    ]
    assert traces["request_key"].n_unique() == traces["seed"].n_unique() == 12
    assert traces["text"].str.starts_with("Let me think.").all()
    assert (traces["generated_tokens"] > 0).all()
    write_table(Trace, traces, tmp_path / "traces.parquet")
    assert read_table(Trace, tmp_path / "traces.parquet").equals(traces)


def test_a_second_run_asks_for_nothing_and_gives_the_same_rows(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        first = draw(server, tmp_path)
        server.paths.clear()
        assert draw(server, tmp_path).equals(first)
        assert server.paths == []  # not even whether the model is there


def test_more_samples_cost_only_the_new_ones(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        few = draw(server, tmp_path)
        more = draw(server, tmp_path, n_at={32: 5})
        assert len(server.requests) == 12 + 2 * 2
    assert few["request_key"].is_in(more["request_key"].implode()).all()
    assert len(list(tmp_path.glob("*.jsonl"))) == 1


def test_an_unknown_model_is_named_before_anything_is_spent(tmp_path: Path) -> None:
    with OpenAIServer(models=["another"]) as server:
        with pytest.raises(EngineError, match="tiny-chat"):
            draw(server, tmp_path)
        assert server.requests == []


def test_a_retired_model_is_named_and_its_samples_stay_usable(tmp_path: Path) -> None:
    facts = ModelFacts(retired="2025-10-27", source="test")
    with OpenAIServer() as server:
        first = draw(server, tmp_path)
        assert draw(server, tmp_path, facts).equals(first)
        with pytest.raises(EngineError, match="2025-10-27"):
            draw(server, tmp_path, facts, n=4)
        assert len(server.requests) == 12


def test_a_failure_keeps_what_was_answered(tmp_path: Path) -> None:
    with OpenAIServer(faults=[None, None, None, "status:400"]) as server:
        with pytest.raises(UserError):
            draw(server, tmp_path)
        kept = len(list(read_entries(tmp_path)))
        assert kept >= 3
        asked = len(server.requests)
        assert len(draw(server, tmp_path)) == 12
        assert len(server.requests) - asked == 12 - kept


def test_a_local_model_is_sampled_and_replayed(tmp_path: Path) -> None:
    weights = write_model(tmp_path / "model")
    # Only dtype and batch size of the entry matter to the engine.
    trained = TrainedModel.model_construct(kind="trained", dtype="float32", batch_size=4)

    def draw_local(n: int) -> pl.DataFrame:
        spec = pool(n=n)
        table = problems("1 + 1", "2 + 2")
        journal = tmp_path / "journal"
        return sample_pool(spec, "sums", trained, PROMPTS, table, weights, None, None, journal)

    few = draw_local(3)
    (path,) = (tmp_path / "journal").glob("*.jsonl")
    written = path.read_bytes()
    assert draw_local(3).equals(few)
    assert path.read_bytes() == written
    more = draw_local(4)
    assert path.read_bytes().startswith(written)
    assert more.filter(pl.col("sample") < 3).equals(few)
    assert more["token_ids"].list.len().equals(more["generated_tokens"])
    assert more["usd"].is_null().all()


def test_the_program_stops_at_its_budget_with_status_3(tmp_path: Path) -> None:
    table = tmp_path / "problems.parquet"
    write_table(Problem, problems("1 + 1", "2 + 2"), table)
    price = Price(input=0, output=1e-3, date="2024-12", source="test")
    output = tmp_path / "traces.parquet"

    def run(budget: float) -> subprocess.CompletedProcess[str]:
        spec = pool(budget_usd=budget, sampling={"max_tokens": 4})
        options = {
            "--spec": spec.model_dump_json(),
            "--pool": "sums",
            "--model-spec": model(server).model_dump_json(),
            "--prompts": json.dumps(PROMPTS),
            "--problems": str(table),
            "--price": price.model_dump_json(),
            "--journal": str(tmp_path / "journal"),
            "--output": str(output),
        }
        arguments = [part for option in options.items() for part in option]
        return subprocess.run(
            [sys.executable, "-m", "scripts.sample.sample_pool", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"TERM": "dumb"},
        )

    with OpenAIServer() as server:
        stopped = run(0.02)
        assert stopped.returncode == 3, stopped.stderr
        assert "error: pool sums: stopped at its budget" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        assert not output.exists()
        finished = run(0.1)
        assert finished.returncode == 0, finished.stderr
        assert "tokens/s" in finished.stderr
        assert len(read_table(Trace, output)) == len(server.requests) == 12
