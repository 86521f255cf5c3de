import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.accounting import UNKNOWN_SIZE, cost_table
from scripts.lib.config.models import Price, TrainedModel
from scripts.lib.config.pools import RevisedPool
from scripts.lib.errors import UserError
from scripts.lib.grading.judge import Judge
from scripts.lib.journal import read_entries
from scripts.lib.pool_requests import PoolError, prompt_text, sample_seed
from scripts.lib.revision import shown_attempt
from scripts.lib.spending import BudgetReachedError
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.sample.grade_pool import grade_traces
from scripts.sample.sample_revised import sample_revised
from tests.servers import OpenAIServer
from tests.small_model import write_model
from tests.test_pool_requests import problems
from tests.test_sample_pool import model

PROMPTS = {"plain": "Q: {problem}", "revise": "{attempt} was said. Better? {problem}"}
TEXTS = ["1 + 1", "2 + 2"]


def pool(**changes: object) -> RevisedPool:
    settings: dict[str, object] = {
        "kind": "revised",
        "model": "m",
        "benchmark": "sums",
        "wording": "plain",
        "revision": "revise",
        "revisions": 2,
        "sampling": {"max_tokens": 64},
        "n": 3,
    }
    return RevisedPool.model_validate(settings | changes)


def draw(
    server: OpenAIServer, journal: Path, price: Price | None = None, **changes: object
) -> pl.DataFrame:
    table = problems(*TEXTS)
    return sample_revised(
        pool(**changes), "sums", model(server), PROMPTS, table, None, None, price, journal
    )


def content(body: dict) -> str:
    return body["messages"][0]["content"]


def test_fields_are_filled_in_at_once() -> None:
    template = "{attempt} | {problem} | {asked}"
    shown = prompt_text(template, "{attempt} {x}", 7, "{problem} {asked} \\1")
    assert shown == "{problem} {asked} \\1 | {attempt} {x} | 7"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("thought <|im_start|>answer\n 42 ", "42"),
        ("a</think>  ", "(none)"),
        (" no mark ", "no mark"),
        ("", "(none)"),
        (None, "(none)"),
        ("</think>Use <|im_start|>system, <b>42</b>", "Use system, <b>42</b>"),
        ("</think>" + 3000 * "9" + " so 42", 1994 * "9" + " so 42"),
    ],
)
def test_what_a_revision_is_shown(text: str | None, shown: str) -> None:
    assert shown_attempt(text, "stop") == shown


def test_an_attempt_that_is_cut_has_an_answer_only_where_it_has_begun_one() -> None:
    assert shown_attempt("<think>hm, 7, no", "length") == "(none)"
    assert shown_attempt("hm, 7, no", "length") == "(none)"
    assert shown_attempt("<think>hm</think>It is 7, bec", "length") == "It is 7, bec"


def test_attempts_follow_each_other_and_show_the_one_before(tmp_path: Path) -> None:
    with OpenAIServer(faults=["status:500", None, "null_content"]) as server:
        traces = draw(server, tmp_path / "journal")
        asked = {content(body) for body in server.requests}
    assert traces.select("problem_id", "sample", "waits").rows() == [
        (problem, sample, waits) for problem in ("p0", "p1") for sample in range(3)
        for waits in range(3)
    ]  # fmt: skip
    assert traces["wording"].unique().to_list() == ["plain"]
    assert traces["budget"].null_count() == len(traces)
    assert traces["request_key"].n_unique() == traces["seed"].n_unique() == 18
    assert traces["seed"][0] == sample_seed(0, "p0", "plain", None, None, 0)
    wanted = {f"Q: {text}" for text in TEXTS}
    for (problem, _), chain in traces.group_by("problem_id", "sample"):
        text = TEXTS[int(str(problem)[1])]
        for before in chain.sort("waits")["text"].to_list()[:-1]:
            wanted.add(f"{(before or '').strip() or '(none)'} was said. Better? {text}")
    assert asked == wanted
    assert any(prompt.startswith("(none) was said") for prompt in asked)
    write_table(Trace, traces, tmp_path / "traces.parquet")


def test_rows_are_graded_and_paid_one_by_one(tmp_path: Path) -> None:
    price = Price(input=1e-6, output=1e-3, date="2026-01", source="test")
    with OpenAIServer() as server:
        traces = draw(server, tmp_path)
    with Judge(1) as judge:
        answers = grade_traces(traces, problems(*TEXTS), judge)
    assert answers["waits"].equals(traces["waits"])
    assert answers["answer"].null_count() == 0
    costs = cost_table(traces, UNKNOWN_SIZE, price)
    usd = traces["prompt_tokens"] * 1e-6 + traces["generated_tokens"] * 1e-3
    assert costs["usd"].to_list() == pytest.approx(usd.to_list())


def test_more_revisions_or_samples_cost_only_the_new_ones(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        few = draw(server, tmp_path)
        server.paths.clear()
        assert draw(server, tmp_path).equals(few)
        assert server.paths == []
        more = draw(server, tmp_path, revisions=3)
        assert len(server.requests) == 18 + 2 * 3
        assert more.filter(pl.col("waits") < 3).equals(few)
        wide = draw(server, tmp_path, n=4)
        assert len(server.requests) == 24 + 2 * 3
        assert wide.filter(pl.col("sample") < 3).equals(few)


def test_the_budget_holds_over_all_rounds(tmp_path: Path) -> None:
    price = Price(input=0, output=1e-3, date="2026-01", source="test")
    few = {"sampling": {"max_tokens": 4}}
    with OpenAIServer() as server:
        with pytest.raises(BudgetReachedError, match=r"All this is about attempt 2 of 3 alone"):
            draw(server, tmp_path, price, budget_usd=0.035, **few)
        kept = list(read_entries(tmp_path))
        spent = sum(entry.response.generated_tokens or 0 for entry in kept) * 1e-3
        assert 0.035 - 4e-3 < spent <= 0.035
        assert {entry.sample.waits for entry in kept} == {0, 1}
        finished = draw(server, tmp_path, price, budget_usd=0.072, **few)
        assert len(finished) == len(server.requests) == 18


def test_a_failure_keeps_what_was_answered(tmp_path: Path) -> None:
    with OpenAIServer(faults=[*[None] * 8, "status:400"]) as server:
        with pytest.raises(UserError):
            draw(server, tmp_path)
        kept = len(list(read_entries(tmp_path)))
        assert kept >= 8
        asked = len(server.requests)
        assert len(draw(server, tmp_path)) == 18
        assert len(server.requests) - asked == 18 - kept


def test_prompts_that_are_missing_are_named(tmp_path: Path) -> None:
    with OpenAIServer() as server, pytest.raises(PoolError, match=r"\['gone'\] are not defined"):
        draw(server, tmp_path, revision="gone")


def test_a_local_model_revises_and_is_replayed(tmp_path: Path) -> None:
    weights = write_model(tmp_path / "model", layers=1, width=32)
    trained = TrainedModel.model_construct(kind="trained", dtype="float32", batch_size=4)

    def draw_local(revisions: int) -> pl.DataFrame:
        table, journal = problems(*TEXTS), tmp_path / "journal"
        spec = pool(revisions=revisions, n=2)
        return sample_revised(spec, "sums", trained, PROMPTS, table, weights, None, None, journal)

    first = draw_local(1)
    (path,) = (tmp_path / "journal").glob("*.jsonl")
    written = path.read_bytes()
    assert draw_local(1).equals(first)
    assert path.read_bytes() == written
    more = draw_local(2)
    assert path.read_bytes().startswith(written)
    assert more.filter(pl.col("waits") < 2).equals(first)
    assert more["token_ids"].list.len().equals(more["generated_tokens"])
    revised = more.filter(pl.col("waits") > 0)
    assert (revised["prompt_tokens"] > more.filter(pl.col("waits") == 0)["prompt_tokens"][0]).all()


def test_a_killed_run_asks_for_nothing_twice(tmp_path: Path) -> None:
    table, output = tmp_path / "problems.parquet", tmp_path / "traces.parquet"
    write_table(Problem, problems(*TEXTS), table)
    concurrency = 2

    def start(server: OpenAIServer) -> "subprocess.Popen[bytes]":
        options = {
            "--spec": pool(n=6).model_dump_json(),
            "--pool": "sums",
            "--model-spec": model(server, concurrency=concurrency).model_dump_json(),
            "--prompts": json.dumps(PROMPTS),
            "--problems": str(table),
            "--journal": str(tmp_path / "journal"),
            "--output": str(output),
        }
        arguments = [part for option in options.items() for part in option]
        command = [sys.executable, "-m", "scripts.sample.sample_revised", *arguments]
        return subprocess.Popen(command, stderr=(tmp_path / "log.txt").open("ab"))

    with OpenAIServer(latency_s=0.02) as server:
        process = start(server)
        while len(server.requests) < 18:  # in the second round
            assert process.poll() is None, (tmp_path / "log.txt").read_text()
            time.sleep(0.001)
        process.kill()
        process.wait()
        at_kill = len(server.requests)
        kept = {entry.asked.seed for entry in read_entries(tmp_path / "journal")}
        assert len(kept) >= 18 - concurrency
        assert start(server).wait() == 0, (tmp_path / "log.txt").read_text()
        seeds = [body["seed"] for body in server.requests]
    assert kept.isdisjoint(seeds[at_kill:])
    repeats = Counter(seeds).values()
    assert len(repeats) == 36
    assert sum(repeats) - 36 <= concurrency
    assert len(read_table(Trace, output)) == 36
