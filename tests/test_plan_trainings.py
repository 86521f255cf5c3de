"""Plans of trainings, with numbers by hand."""

from pathlib import Path
from typing import Any

from scripts.lib.plan_estimates import UNKNOWN, Amount
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import make_table, write_table
from scripts.lib.training_tables import RevisionPair, TrainingStep
from tests.planned import plan, study, trained
from tests.studies import QUESTION_COLUMNS


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


def test_a_revision_model_reads_its_right_attempts(tmp_path: Path) -> None:
    content = trainings()
    content["benchmarks"]["posed"] = {"kind": "questions"}
    content["pools"]["many"] = {
        **{"kind": "sampled", "model": "s1", "benchmark": "posed", "problems": 4, "n": 8},
        **{"wordings": ["plain"], "sampling": {"max_tokens": 64}},
    }
    tuned = content["models"]["tuned"]
    for key in ("selection", "wording"):
        del tuned[key]
    tuned["revisions"] = {"pool": "many", "wording": "revise", "most": 2}
    before = plan(tmp_path, content)["tuned"]
    assert before.estimate.worst_tokens == Amount(3 * 4 * 2 * 50)
    assert before.notes == ["training tokens are unknown until the pairs are made"]
    pair = {"pool": "many", "problem": "?", "wrong": 0, "attempt": "1", "completion": "2"}
    rows = [
        pair | {"problem_id": f"p{number}", "right": 1, "tokens": tokens, "distance": 1}
        for number, tokens in enumerate([10, 80, 30])
    ]
    path = tmp_path / "planned/pairs/tuned.parquet"
    write_table(RevisionPair, make_table(RevisionPair, rows), path)
    after = plan(tmp_path, content)["tuned"].estimate
    assert after.expected_tokens == Amount(3 * (10 + 50 + 30), whole=False)
    assert after.worst_tokens == Amount(3 * 3 * 50)
    assert after.expected_from == {"pairs"}
