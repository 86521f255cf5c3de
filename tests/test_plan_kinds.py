"""Plans of forced and revised pools, and of trainings, with numbers by hand."""

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.pools import ForcedPool, RevisedPool
from scripts.lib.config.study import Study
from scripts.lib.engines.openai_engine import CHAT_OVERHEAD
from scripts.lib.journal import read_entries
from scripts.lib.plan import Row, plan_study
from scripts.lib.plan_estimates import UNKNOWN, Amount
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Problem, Question, TrainingStep
from scripts.sample.plan_study import as_text
from scripts.sample.sample_forced import sample_forced
from scripts.sample.sample_revised import sample_revised
from tests.servers import OpenAIServer
from tests.small_model import write_model
from tests.studies import QUESTION_COLUMNS
from tests.test_pool_requests import problems

PRICES = {"api-model": Price(input=1e-6, output=10e-6, date="2026-01", source="test")}
FACTS = {"s1": ModelFacts(context=1000, active_parameters=50.0, source="test")}
TEXTS = ["1 + 1", "2 + 2"]
FORCING = {"budgets": [100, 200], "waits": [0, 2], "answer_tokens": 10}


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


def forced(**changes: object) -> dict[str, Any]:
    forcing = FORCING | changes.pop("forcing", {})  # type: ignore[operator]
    return {
        "kind": "forced",
        "model": "s1",
        "benchmark": "sums",
        "wordings": ["plain"],
        "n": 3,
        "forcing": forcing,
    } | changes


def revised(**changes: object) -> dict[str, Any]:
    return {
        "kind": "revised",
        "model": "api",
        "benchmark": "sums",
        "wording": "plain",
        "revision": "revise",
        "revisions": 2,
        "sampling": {"max_tokens": 64},
        "n": 3,
    } | changes


def plan(folder: Path, content: dict[str, Any]) -> dict[str, Row]:
    rows = plan_study(Study.model_validate(content), folder, FACTS, PRICES)
    assert as_text(rows)
    return {row.name: row for row in rows}


def with_problems(folder: Path) -> Path:
    write_table(Problem, problems(*TEXTS), folder / "planned/problems/sums.parquet")
    return folder


# --- forced ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "requests", "thinking", "answers"),
    [
        # 6 samples: 3 rounds, answers at (100, 0), (200, 0), (200, 2); all rounds share 200
        ({}, 6 * (3 + 3), 6 * 200, 6 * 3),
        ({"every_pair": True}, 6 * (3 + 4), 6 * 200, 6 * 4),
        # each of three rounds may take 200
        ({"rule": "s1"}, 6 * (3 + 3), 6 * 600, 6 * 3),
        # but never more than the context, which is what auto may take
        ({"rule": "s1", "budgets": [500]}, 6 * (3 + 2), 6 * 1000, 6 * 2),
        ({"auto": True}, 6 * (3 + 4), 6 * 1000, 6 * 4),
        ({"waits": [0]}, 6 * (1 + 2), 6 * 200, 6 * 2),
    ],
)
def test_worst_of_a_forced_pool(
    tmp_path: Path, changes: dict[str, object], requests: int, thinking: int, answers: int
) -> None:
    curves = {"forcing_s1": {"method": "forcing", "pool": "forced"}}
    content = study({"forced": forced(forcing=changes)}, curves)
    rows = plan(with_problems(tmp_path), content)
    need = rows["forced"].estimate
    assert need.requests == need.remaining == Amount(requests)
    assert need.worst_tokens == need.expected_tokens == Amount(thinking + answers * 10)
    assert need.expected_from == {"budget", "answer_tokens"}
    assert need.expected_usd is None
    assert need.gpu_hours == UNKNOWN
    assert rows["forcing_s1"].estimate == need


def test_what_is_unknown_of_a_forced_pool(tmp_path: Path) -> None:
    pools = {
        "auto": forced(forcing={"auto": True}, expected_tokens=70),
        "asked": forced(wordings=["asks"], asked=[5, 9], problems=1,
                        forcing={"budgets": "asked", "tokens_per_asked": 10, "waits": [0]}),
    }  # fmt: skip
    content = study(pools, {})
    content["models"]["s1"]["facts"] = "nobody"
    rows = plan(tmp_path, content)
    assert rows["auto"].estimate.requests == UNKNOWN
    assert any(
        "each takes 21 requests and an unknown number of tokens" in note
        for note in rows["auto"].notes
    )
    assert any("nobody has no context in config/models.yaml" in note for note in rows["auto"].notes)
    rows = plan(with_problems(tmp_path), content)
    assert rows["auto"].estimate.worst_tokens == Amount(6 * 4 * 10, whole=False)
    assert rows["auto"].estimate.expected_tokens == Amount(6 * (70 + 4 * 10))
    asked = rows["asked"].estimate
    assert asked.requests == Amount(3 * 2 * (1 + 1))
    assert asked.worst_tokens == Amount(3 * (50 + 10 + 90 + 10))


def test_curves_take_all_the_thinking_and_their_answers(tmp_path: Path) -> None:
    curves = {
        "forcing_budgets": {"method": "forcing", "pool": "forced", "along": "budgets"},
        "forcing_waits": {"method": "forcing", "pool": "forced", "along": "waits"},
        "vote_200": {"method": "vote", "pool": "forced", "budget": 200, "waits": 2},
        "vote_auto": {"method": "vote", "pool": "free", "budget": "auto"},
        "sft_all": {"method": "sft", "pools": ["free", "plain"], "budget": "auto"},
    }
    plain = {"kind": "sampled", "model": "other", "benchmark": "sums", "wordings": ["plain"],
             "sampling": {"max_tokens": 7}, "n": 1}  # fmt: skip
    free = forced(forcing={"auto": True, "waits": [0]})
    content = study({"forced": forced(), "free": free, "plain": plain}, curves)
    content["models"]["other"] = content["models"]["s1"]
    rows = plan(with_problems(tmp_path), content)
    worst = {name: rows[name].estimate.worst_tokens.known for name in curves}
    assert worst == {
        "forcing_budgets": 6 * (200 + 2 * 10),
        "forcing_waits": 6 * (200 + 2 * 10),
        "vote_200": 6 * (200 + 10),
        "vote_auto": 6 * (1000 + 10),
        "sft_all": 6 * (1000 + 10) + 2 * 7,
    }


def test_what_the_journal_of_a_forced_pool_holds_is_taken_off(tmp_path: Path) -> None:
    with_problems(tmp_path)
    weights = write_model(tmp_path / "planned/models/base", layers=1, width=32)
    small = {"stop": ["<|im_end|>"], "budgets": [10, 20], "answer_tokens": 4}
    content = study({"forced": forced(model="base", forcing=small)}, {})
    content["models"]["base"] = trained()
    checked = Study.model_validate(content)
    pool = checked.pools["forced"]
    assert isinstance(pool, ForcedPool)
    model, journal = checked.models["base"], tmp_path / "planned/journal/forced"
    traces = sample_forced(
        pool, "forced", model, checked.prompts, problems(*TEXTS), weights, None, None, journal
    )
    assert len(traces) == 6 * 3
    entries = list(read_entries(journal))
    done = plan(tmp_path, content)["forced"].estimate
    assert done.journaled == len(entries)
    assert done.requests == Amount(len(entries))
    assert done.remaining == done.expected_tokens == done.worst_tokens == Amount(0)

    rounds = [entry for entry in entries if entry.sample.budget is None]
    answers = [entry for entry in entries if entry.sample.budget is not None]
    thought = sum(entry.response.generated_tokens or 0 for entry in rounds) / 6
    answered = sum(entry.response.generated_tokens or 0 for entry in answers) / len(answers)
    content["pools"]["forced"]["n"] = 4
    more = plan(tmp_path, content)["forced"].estimate
    assert more.remaining == Amount(2 * (3 + 3))
    assert more.expected_tokens.known == pytest.approx(2 * (thought + 3 * answered))
    assert more.expected_from == {"journal"}
    assert more.gpu_hours is not None
    assert more.gpu_hours.known > 0

    # A line lost is asked for again; what its sample still needs cannot be known before.
    (path,) = journal.glob("*.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    answer = next(i for i, entry in enumerate(entries) if entry in answers)
    path.write_text("".join(lines[:answer] + lines[answer + 1 :]))
    content["pools"]["forced"]["n"] = 3
    lost = plan(tmp_path, content)["forced"].estimate
    assert lost.remaining == Amount(1)
    assert lost.worst_tokens == Amount(4)
    content["pools"]["forced"]["seed"] = 1
    assert plan(tmp_path, content)["forced"].estimate.journaled == 0


# --- revised -----------------------------------------------------------------------------


def test_numbers_of_a_revised_pool(tmp_path: Path) -> None:
    curves = {
        "revision_api": {"method": "revision", "pool": "revised"},
        "vote_once": {"method": "vote", "pool": "revised", "waits": 1},
    }
    content = study({"revised": revised(expected_tokens=20)}, curves)
    rows = plan(with_problems(tmp_path), content)
    need = rows["revised"].estimate
    assert need.requests == need.remaining == Amount(2 * 3 * 3)
    assert need.expected_tokens == Amount(18 * 20)
    assert need.worst_tokens == Amount(18 * 64)
    first = len("Q: 1 + 1") + CHAT_OVERHEAD
    later = len("1 + 1, you said: (none)") + CHAT_OVERHEAD
    assert need.expected_usd is not None
    assert need.worst_usd is not None
    prompts = 6 * first + 12 * (later + 20)
    assert need.expected_usd.known == pytest.approx(prompts * 1e-6 + 360 * 10e-6)
    prompts = 6 * first + 12 * (later + 64)
    assert need.worst_usd.known == pytest.approx(prompts * 1e-6 + 18 * 64 * 10e-6)
    assert rows["revision_api"].estimate == need
    assert rows["vote_once"].estimate.requests == Amount(2 * 3 * 2)


def test_what_the_journal_of_a_revised_pool_holds_is_taken_off(tmp_path: Path) -> None:
    with_problems(tmp_path)
    with OpenAIServer() as server:
        content = study({"revised": revised(budget_usd=5.0)}, {})
        content["models"]["api"]["base_url"] = server.base_url
        checked = Study.model_validate(content)
        pool = checked.pools["revised"]
        assert isinstance(pool, RevisedPool)
        table, journal = problems(*TEXTS), tmp_path / "planned/journal/revised"
        sample_revised(
            pool, "revised", checked.models["api"], checked.prompts, table, None, None,
            PRICES["api-model"], journal,
        )  # fmt: skip
    last = [entry for entry in read_entries(journal) if entry.sample.waits == 2]
    row = plan(tmp_path, content)["revised"]
    assert row.estimate.journaled == 18
    assert row.estimate.remaining == Amount(0)
    assert any(note.startswith("budget $5, $0.0") for note in row.notes)
    content["pools"]["revised"] |= {"revisions": 3, "n": 4}
    more = plan(tmp_path, content)["revised"].estimate
    assert more.remaining == Amount(2 * 3 + 2 * 3 + 2)
    means = [
        sum(e.response.generated_tokens or 0 for e in read_entries(journal) if e.sample.waits == w)
        / 6
        for w in range(3)
    ]
    assert means[2] == pytest.approx(sum(e.response.generated_tokens or 0 for e in last) / 6)
    assert more.expected_tokens.known == pytest.approx(2 * sum(means) + 8 * 64)
    for change in ({"seed": 1}, {"sampling": {"max_tokens": 63}}, {"wording": "revise"}):
        other = content | {"pools": {"revised": content["pools"]["revised"] | change}}
        other["prompts"] = content["prompts"] | {"revise": "{problem} {attempt}"}
        assert plan(tmp_path, other)["revised"].estimate.journaled == 0


# --- trainings ---------------------------------------------------------------------------


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


def trainings() -> dict[str, Any]:
    content = study({}, {})
    content["models"] |= {
        "base": trained(),
        "tuned": {
            "kind": "tuned",
            "base": "s1",
            "selection": "few",
            "wording": "plain",
            "training": {"epochs": 3, "max_length": 50},
        },
    }
    content["questions"] = {
        "sources": {"own": {"kind": "file", "path": "q.jsonl", "columns": QUESTION_COLUMNS}},
        "tokenizer": "s1",
    }
    content["selections"] = {"few": {"rule": "random", "size": 4}}
    return content


def test_trainings_before_anything_is_made(tmp_path: Path) -> None:
    rows = plan(tmp_path, trainings())
    tuned = rows["tuned"]
    assert tuned.kind == "training"
    assert tuned.estimate.expected_tokens == tuned.estimate.train_flops == UNKNOWN
    assert tuned.estimate.worst_tokens == Amount(3 * 4 * 50)
    assert tuned.estimate.gpu_hours == UNKNOWN
    assert tuned.notes == ["training tokens are unknown until the selection is made"]
    base = rows["base"]
    assert base.estimate.worst_tokens == Amount(2 * 100 * 1024)
    assert base.estimate.train_flops == UNKNOWN
    assert any("size of the model is not known" in note for note in base.notes)
    assert rows["each pool once"].estimate.train_flops is None


def test_tokens_and_flops_of_a_fine_tuning_follow_from_its_selection(tmp_path: Path) -> None:
    rows = [
        {
            "question_id": f"{number:016x}",
            "source": "own",
            "publish": "text",
            "question": "?",
            "answer_kind": "integer",
            "trace": "t",
            "trace_tokens": tokens,
        }
        for number, tokens in enumerate([10, 80, 30, 20])
    ]
    path = tmp_path / "planned/selections/few.parquet"
    write_table(Question, make_table(Question, rows), path)
    tuned = plan(tmp_path, trainings())["tuned"].estimate
    tokens = 3 * (10 + 50 + 30 + 20)
    assert tuned.expected_tokens == Amount(tokens, whole=False)
    assert tuned.train_flops == Amount(6 * 50 * tokens, whole=False)
    assert tuned.expected_from == {"trace_tokens"}

    content = trainings()
    content["models"]["tuned"]["examples"] = 1
    assert plan(tmp_path, content)["tuned"].estimate.expected_tokens.known == 3 * 10
    assert plan(tmp_path, content)["tuned"].estimate.worst_tokens == Amount(3 * 50)


def test_a_training_that_is_done_needs_nothing(tmp_path: Path) -> None:
    step = {"step": 9, "tokens": 1234, "loss": 0.5, "learning_rate": 0.1, "flops": 7e6}
    path = tmp_path / "planned/models/tuned/training.csv"
    write_table(TrainingStep, make_table(TrainingStep, [step]), path)
    row = plan(tmp_path, trainings())["tuned"]
    assert row.estimate.expected_tokens == row.estimate.train_flops == Amount(0)
    assert row.notes == ["trained: 1,234 tokens, 7e+06 FLOPs"]
