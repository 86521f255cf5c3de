"""Training verifiers: targets token by token, the loss by hand, batches, and the program."""

from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
import torch
from transformers import AutoModelForTokenClassification

from scripts.lib.config.verifiers import VerifierModel
from scripts.lib.engines.base import Request
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.finetuning.base_model import BaseModel
from scripts.lib.search.tables import HeldOut, StepLabel
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.training_tables import TrainingStep
from scripts.lib.verifiers import training
from scripts.lib.verifiers.base import NewStep, VerifierError
from scripts.lib.verifiers.classifier import ClassifierVerifier
from scripts.lib.verifiers.examples import UNLABELLED, is_held_out, read_examples
from scripts.lib.verifiers.training import (
    StepCollator,
    score_examples,
    soft_cross_entropy,
    train_classifier,
)
from scripts.train import train_verifier as program
from tests.small_model import write_model

pytestmark = pytest.mark.usefixtures("one_thread")

PROMPT = "Q: {problem}"
STEPS = ["1a+2=3\n", "3b+4=7\n", "answer 7"]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("base"), layers=1, width=32, context=200)


@pytest.fixture(scope="module")
def engine(base) -> TransformersEngine:
    return TransformersEngine(base, dtype="float64", batch_size=2, device="cpu")


def spec(training: dict[str, object] | None = None, **changes: object) -> VerifierModel:
    settings = {"batch_size": 8, "device_batch_size": 8, "learning_rate": 1e-3}
    content: dict[str, object] = {
        **{"kind": "verifier", "base": "m", "labels": "l", "wording": "plain", "held_out": 0.3},
        "training": settings | (training or {}),
    }
    return VerifierModel.model_validate(content | changes)


def labels(engine: TransformersEngine | None, problems: int = 40) -> pl.DataFrame:
    """Solutions of which step 1 of every second problem is wrong, and all behind it."""
    rows = []
    for problem in range(problems):
        wrong = problem % 2
        for step, text in enumerate(STEPS):
            text = text if not (wrong and step) else text.replace("7", "8")  # noqa: PLW2901
            soft = 0.0 if wrong and step else (0.75, 0.5, 1.0)[step]
            rows.append(
                {
                    "labels": "l",
                    "problem_id": f"p{problem}",
                    "prompt": f"1 + {problem}",
                    "solution": 0,
                    "step": step,
                    "text": text,
                    "token_ids": None if engine is None else list(engine.spell(text)),
                    "rollouts": 4,
                    "right": int(4 * soft),
                    "soft": soft,
                    "hard": soft > 0,
                    "outcome": not wrong,
                    "truth": None,
                    "origin": "rollouts",
                }
            )
    return make_table(StepLabel, rows)


def examples(engine, table: pl.DataFrame, **changes: object):
    return read_examples("labels.parquet", table, spec(**changes), PROMPT, engine.tokenizer)


@pytest.mark.parametrize("known", [True, False])
def test_targets_stand_at_the_last_token_of_each_step(engine, known):
    read = examples(engine, labels(engine if known else None))
    one = next(e for e in read.training if not int(e.problem_id[1:]) % 2)
    row = one.row()
    prompt = engine.encode(Request(f"Q: 1 + {one.problem_id[1:]}", 0, 1, 0))
    assert row["input_ids"] == [*prompt, *engine.spell("".join(STEPS))]
    ends = [len(prompt) + 6, len(prompt) + 13, len(row["input_ids"]) - 1]
    assert [row["labels"][end] for end in ends] == [0.75, 0.5, 1.0]
    assert row["labels"].count(UNLABELLED) == len(row["input_ids"]) - 3
    assert [engine.decode((row["input_ids"][end],)) for end in ends] == ["\n", "\n", "7"]


def test_hard_targets_and_outcomes(engine):
    table = labels(engine)
    hard = {e.problem_id: e.targets for e in examples(engine, table, target="hard").training}
    for name, targets in hard.items():
        assert targets == ([1.0, 0.0, 0.0] if int(name[1:]) % 2 else [1.0, 1.0, 1.0])
    outcome = examples(engine, table, target="outcome").training
    assert {(len(e.ends), e.steps[0]) for e in outcome} == {(1, 2)}
    assert {e.targets[0] for e in outcome} == {0.0, 1.0}


def test_the_truth_is_a_target_where_it_is_known(engine):
    # Rollouts from the right second step all failed; of the last step nothing is known.
    known = pl.when(pl.col("step") < 2).then(pl.col("step") == 1)
    table = labels(engine).with_columns(truth=known, hard=False, soft=0.0)
    read = examples(engine, table, target="truth").training
    assert {(tuple(e.targets), tuple(e.steps)) for e in read} == {((0.0, 1.0), (0, 1))}


def test_a_step_without_a_label_has_no_target(engine):
    bare = labels(engine).with_columns(soft=pl.when(pl.col("step") != 1).then("soft"))
    assert {tuple(e.steps) for e in examples(engine, bare).training} == {(0, 2)}


def test_no_problem_is_on_both_sides(engine):
    read = examples(engine, labels(engine))
    training = {e.problem_id for e in read.training}
    held_out = {e.problem_id for e in read.held_out}
    assert not training & held_out
    assert len(training | held_out) == 40
    assert held_out == {name for name in training | held_out if is_held_out(name, 0.3)}
    assert 5 <= len(held_out) <= 20


def test_labels_behind_the_longest_length_are_counted_and_cannot_be_all(engine):
    prompt = len(engine.encode(Request("Q: 1 + 2", 0, 1, 0)))
    read = examples(engine, labels(engine), training={"max_length": prompt + 14})
    assert read.lost >= 20
    assert all(len(e.input_ids) <= prompt + 14 for e in read.training)
    with pytest.raises(VerifierError, match=r"labels\.parquet: no solution to train on .* 16 tok"):
        examples(engine, labels(engine), training={"max_length": 16})
    with pytest.raises(VerifierError, match="that are held out"):
        examples(engine, labels(engine, problems=2), held_out=0.01)


@pytest.mark.parametrize("token_ids", [None, []])
def test_a_step_without_tokens_is_named(engine, token_ids):
    empty = (pl.col("problem_id") == "p3") & (pl.col("step") == 1)
    table = labels(None).with_columns(
        text=pl.when(~empty).then("text").otherwise(pl.lit("")),
        token_ids=pl.when(empty).then(pl.lit(token_ids, dtype=pl.List(pl.Int64))),
    )
    with pytest.raises(VerifierError, match=r"labels\.parquet: problem p3, solution 0, step 1 has"):
        examples(engine, table)


def test_the_loss_is_that_of_soft_targets_by_hand():
    logits = torch.tensor([[[0.0, 1.0], [2.0, 0.5], [0.0, 0.0]]], requires_grad=True)
    targets = torch.tensor([[0.7, UNLABELLED, 0.0]])
    loss = soft_cross_entropy(SimpleNamespace(logits=logits), targets)
    p = torch.tensor(1.0).sigmoid()
    expected = (-(0.7 * p.log() + 0.3 * (1 - p).log()) + torch.tensor(2.0).log()) / 2
    assert loss.item() == pytest.approx(expected.item(), abs=1e-6)
    shared = soft_cross_entropy(SimpleNamespace(logits=logits), targets, num_items_in_batch=8)
    assert shared.item() == pytest.approx(expected.item() / 4, abs=1e-6)
    loss.backward()
    assert logits.grad[0, 1].tolist() == [0, 0], "a token without a target teaches nothing"


def test_padding_is_not_seen_and_has_no_target():
    rows = [{"input_ids": [5, 6, 7], "labels": [UNLABELLED, 0.5, 1.0]},
            {"input_ids": [8], "labels": [0.0]}]  # fmt: skip
    batch = StepCollator(3)(rows)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 3, 3]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]
    assert batch["labels"].tolist() == [[UNLABELLED, 0.5, 1.0], [0.0, UNLABELLED, UNLABELLED]]


def train(folder: Path, name: str, base: Path, table: pl.DataFrame, model: VerifierModel) -> Path:
    write_table(StepLabel, table, folder / "labels.parquet")
    program.train_verifier(model, PROMPT, folder / "labels.parquet", BaseModel(base), folder / name)
    return folder / name


def test_a_verifier_learns_and_scores_what_it_was_not_trained_on(base, engine, tmp_path):
    settings = {"epochs": 12, "learning_rate": 3e-3}
    model = spec(training=settings, dtype="float64")
    folder = train(tmp_path, "v", base, labels(engine), model)
    held_out = read_table(HeldOut, folder / "held_out.csv")
    assert len(held_out) == 3 * held_out["problem_id"].n_unique()
    wrong = held_out.filter(pl.col("soft") == 0)["score"]
    right = held_out.filter(pl.col("soft") > 0)["score"]
    assert wrong.max() < right.min(), "an easy task"
    losses = read_table(TrainingStep, folder / "training.csv")["loss"]
    assert losses[-1] < losses[0] / 1.5
    # The scorer that reads step by step says the same as the pass over the whole text.
    verifier = ClassifierVerifier(
        folder, dtype="float32", device="cpu", solver_tokenizer=engine.tokenizer
    )
    problem = held_out["problem_id"][0]
    own = labels(engine).filter(problem_id=problem)
    thread, scores = verifier.begin("", f"Q: {own['prompt'][0]}"), []
    for text, ids in own.select("text", "token_ids").iter_rows():
        [scored] = verifier.score([(thread, NewStep(text, tuple(ids), False))])
        thread = scored.thread
        scores.append(scored.score)
    assert scores == pytest.approx(held_out["score"][:3].to_list(), abs=1e-4)


def test_accumulated_gradients_give_the_same_losses(base, engine, tmp_path):
    table = labels(engine, problems=30)
    # Solutions of unequal numbers of labels, so that a mean of means would differ.
    table = table.with_columns(soft=pl.when(pl.col("problem_id") != "p4").then("soft"))
    whole, parts = (
        train(tmp_path, f"v{size}", base, table, spec(training={"device_batch_size": size}))
        for size in (8, 2)
    )
    one, other = (read_table(TrainingStep, f / "training.csv")["loss"] for f in (whole, parts))
    assert one.to_list() == pytest.approx(other.to_list(), abs=1e-4)


def test_the_same_settings_give_the_same_weights(base, engine, tmp_path, monkeypatch):
    table = labels(engine, problems=20)
    first = train(tmp_path, "first", base, table, spec())
    write_table(StepLabel, table, tmp_path / "labels.parquet")
    options = {
        "--spec": spec().model_dump_json(),
        "--prompt": PROMPT,
        "--labels": tmp_path / "labels.parquet",
        "--weights": base,
        "--output": tmp_path / "again",
    }
    arguments = [str(part) for option in options.items() for part in option]
    monkeypatch.setattr("sys.argv", ["train_verifier", *arguments])
    program.main()
    files = ["model.safetensors", "held_out.csv", "training.csv", "tokenizer.json"]
    for name in files:
        assert (first / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    other = train(tmp_path, "other", base, table, spec(training={"seed": 1}))
    assert (first / files[0]).read_bytes() != (other / files[0]).read_bytes()


def test_trained_in_bfloat16_it_scores_as_its_stored_weights_do(
    base, engine, tmp_path, monkeypatch
):
    plain = training.TrainingArguments
    # As on a GPU.
    monkeypatch.setattr(
        training, "TrainingArguments", lambda **given: plain(**given | {"bf16": True})
    )
    read = examples(engine, labels(engine, problems=20))
    model, _ = train_classifier(
        BaseModel(base), read.training, spec().training, 0, tmp_path / "scratch"
    )
    model.save_pretrained(tmp_path / "stored")
    stored = AutoModelForTokenClassification.from_pretrained(
        tmp_path / "stored", dtype=torch.float32
    )
    own, others = (score_examples(one, read.held_out, 0) for one in (model, stored))
    assert [score for scores in own for score in scores] == pytest.approx(
        [score for scores in others for score in scores], abs=1e-6
    )
