import json
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from scripts.lib.config.models import TunedModel
from scripts.lib.finetuning.base_model import BaseModel, BaseModelError
from scripts.lib.finetuning.checkpoints import Checkpoints
from scripts.lib.finetuning.examples import read_examples
from scripts.lib.finetuning.layout import plan_steps
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import read_table, write_table
from scripts.lib.training import active_parameters
from scripts.lib.training_tables import TrainingSet, TrainingStep, TrainingTime
from scripts.train.train_sft import ContextTooShortError, train_sft
from tests.tuned_model import CONTEXT, PROMPT, Tuning, questions, tuned_spec, write_base

FILES = {
    "model.safetensors",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "training.csv",
    "timing.csv",
    "examples.csv",
}
ROWS = 36
SPEC = tuned_spec(epochs=4, checkpoint_steps=3)
STEPS = 4 * 5
LAUNCHER = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
"""Starts two processes."""


class Here:
    """Trainings in this process, all on the same base and questions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = write_base(folder / "base")
        self.table = questions(ROWS)

    def tuning(self, name: str) -> Tuning:
        return Tuning(self.folder, self.base, self.table, name)

    def train(self, name: str, spec: TunedModel, table: pl.DataFrame | None = None) -> Path:
        tuning = self.tuning(name)
        path = tuning.questions
        if table is not None:
            path = self.folder / f"{name}.parquet"
            write_table(Question, table, path)
        base = BaseModel(self.base)
        train_sft(spec, PROMPT, path, base, tuning.checkpoints, tuning.output)
        return tuning.output

    def losses(self, name: str, spec: TunedModel) -> np.ndarray:
        return losses(self.train(name, spec))


def losses(model: Path) -> np.ndarray:
    return read_table(TrainingStep, model / "training.csv")["loss"].to_numpy()


def same_model(one: Path, other: Path) -> None:
    """Equal in every file but the times."""
    for name in FILES - {"timing.csv"}:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    return Here(tmp_path_factory.mktemp("sft"))


@pytest.fixture(scope="module")
def trained(here: Here) -> Path:
    return here.train("undisturbed", SPEC)


def test_a_model_folder_is_written_whole_and_its_checkpoints_are_gone(
    here: Here, trained: Path
) -> None:
    assert {path.name for path in trained.iterdir()} == FILES
    assert not here.tuning("undisturbed").checkpoints.exists()
    written = PreTrainedTokenizerFast.from_pretrained(trained)
    base = PreTrainedTokenizerFast.from_pretrained(here.base)
    assert written.backend_tokenizer.to_str() == base.backend_tokenizer.to_str()
    assert written.chat_template == base.chat_template
    config, before = (
        json.loads((folder / "config.json").read_text()) for folder in (trained, here.base)
    )
    assert config == before | {"use_cache": True}


def test_the_record_counts_steps_tokens_and_flops(here: Here, trained: Path) -> None:
    steps = read_table(TrainingStep, trained / "training.csv")
    given = read_table(TrainingSet, trained / "examples.csv").row(0, named=True)
    tokenizer = BaseModel(here.base).tokenizer()
    examples = read_examples(here.table, Path("q"), SPEC, PROMPT, tokenizer)
    assert given["examples"] == ROWS
    assert given["tokens"] == examples.tokens
    assert steps["step"].to_list() == list(range(1, STEPS + 1))
    # Each epoch reads all tokens once; its last step has fewer rows.
    assert steps["tokens"].to_list()[4::5] == [examples.tokens * n for n in (1, 2, 3, 4)]
    model = AutoModelForCausalLM.from_pretrained(trained)
    expected = 6 * active_parameters(model) * steps["tokens"].to_numpy()
    assert np.array_equal(steps["flops"].to_numpy(), expected)
    assert steps["learning_rate"].max() == SPEC.training.learning_rate
    assert steps["learning_rate"][-1] < 0.02 * SPEC.training.learning_rate
    times = read_table(TrainingTime, trained / "timing.csv")
    assert times["step"].to_list() == steps["step"].to_list()
    assert times["seconds"].is_sorted()


def test_the_loss_is_the_mean_over_completion_tokens_and_falls(here: Here, trained: Path) -> None:
    tokenizer = BaseModel(here.base).tokenizer()
    rows = read_examples(here.table, Path("q"), SPEC, PROMPT, tokenizer).rows
    model = AutoModelForCausalLM.from_pretrained(here.base, dtype=torch.float32)
    steps = plan_steps([len(row["input_ids"]) for row in rows], SPEC.training)
    total = tokens = 0.0
    for number in steps[0]:
        ids, labels = (torch.tensor(rows[number][name]) for name in ("input_ids", "labels"))
        with torch.no_grad():
            logits = model(ids[None]).logits[0]
        for position in range(1, len(ids)):
            if labels[position] != -100:
                assert labels[position] == ids[position]
                total -= torch.log_softmax(logits[position - 1], -1)[ids[position]].item()
                tokens += 1
    found = losses(trained)
    assert found[0] == pytest.approx(total / tokens, rel=1e-5)
    assert found[-3:].mean() < 0.8 * found[:3].mean()


@pytest.mark.parametrize(
    "layout",
    [
        {"device_batch_size": 1},  # one row at a time: no padding at all
        {"device_batch_size": 8},
    ],
)
def test_padding_and_accumulation_do_not_change_the_loss(
    here: Here, trained: Path, layout: dict[str, int]
) -> None:
    name = "_".join(f"{key}{value}" for key, value in layout.items())
    spec = tuned_spec(epochs=4, **layout)
    assert here.losses(name, spec) == pytest.approx(losses(trained), abs=1e-4)


def test_rows_laid_end_to_end_have_the_loss_of_padded_ones(here: Here) -> None:
    # The shuffle differs from that of padded batches, so both are compared on one whole batch.
    whole = {"epochs": 1, "batch_size": ROWS, "device_batch_size": ROWS}
    padded = here.losses("whole", tuned_spec(**whole))
    loose = here.losses("loose", tuned_spec(**whole, padding_free=True))
    assert loose == pytest.approx(padded, abs=1e-5)
    packed = here.train("packed", tuned_spec(epochs=1, batch_size=32, packing=True))
    assert losses(packed) == pytest.approx(padded, abs=1e-5)
    given = read_table(TrainingSet, packed / "examples.csv")
    assert read_table(TrainingStep, packed / "training.csv")["tokens"][0] == given["tokens"][0]


def kill_amid(tuning: Tuning) -> None:
    """Start the program and kill it once it has a checkpoint, but before its last."""
    process = tuning.start(SPEC)
    whole = tuning.checkpoints / "checkpoint-6" / "record.json"
    while not whole.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.slow
def test_a_killed_training_ends_as_if_undisturbed(here: Here, trained: Path) -> None:
    tuning = here.tuning("killed")
    for _ in range(3):  # on a busy machine a kill may come too late
        kill_amid(tuning)
        if not (tuning.checkpoints / f"checkpoint-{STEPS}").exists():
            break
        shutil.rmtree(tuning.checkpoints)
    assert not tuning.output.exists()
    kept = sorted(path.parent.name for path in tuning.checkpoints.glob("*/record.json"))
    assert kept
    assert f"checkpoint-{STEPS}" not in kept
    (tuning.checkpoints / "checkpoint-19").mkdir()  # as if killed while it was being written
    assert here.train("killed", SPEC) == tuning.output
    same_model(tuning.output, trained)
    times = read_table(TrainingTime, tuning.output / "timing.csv")
    assert times["step"].to_list() == list(range(1, STEPS + 1))
    assert times["seconds"].is_sorted()
    assert not tuning.checkpoints.exists()


def stop_before_the_weights(here: Here, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train to the end, and stop where the weights would be written."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("scripts.train.train_sft.save_weights", stop)
    with pytest.raises(KeyboardInterrupt):
        here.train(name, SPEC)
    monkeypatch.undo()


def test_a_training_killed_while_it_writes_its_weights_has_only_these_to_write(
    here: Here, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_before_the_weights(here, "unwritten", monkeypatch)
    tuning = here.tuning("unwritten")
    assert (tuning.checkpoints / f"checkpoint-{STEPS}" / "record.json").exists()
    assert here.train("unwritten", SPEC) == tuning.output
    same_model(tuning.output, trained)


@pytest.mark.parametrize("other", ["settings", "data", "weights"])
def test_checkpoints_of_another_training_are_not_resumed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, other: str
) -> None:
    identity = {"settings": "a", "data": "b", "weights": "c"}
    record = {
        "steps": [{"step": 5, "tokens": 9}],
        "times": [{"step": 5, "seconds": 1.0, "device_seconds": 1.0}],
    }
    for mine in (identity, identity | {other: "x"}):
        folder = tmp_path / "checkpoints"
        found = Checkpoints(folder, identity, _Record())
        assert found.resume() is None
        (folder / "checkpoint-5").mkdir()
        (folder / "checkpoint-5" / "record.json").write_text(json.dumps(record))
        (folder / "checkpoint-7").mkdir()
        last = Checkpoints(folder, mine, _Record()).resume()
        assert not (folder / "checkpoint-7").exists()
        if mine == identity:
            assert last == folder / "checkpoint-5"
        else:
            assert last is None
            assert f"its checkpoints are of other {other}: training starts anew" in caplog.text
        found.remove()


class _Record:
    def resume(self, *rows: object) -> None:
        """Taken over."""


def test_other_settings_start_anew_after_a_kill(
    here: Here, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_before_the_weights(here, "other", monkeypatch)
    assert here.tuning("other").checkpoints.exists()
    slower = tuned_spec(epochs=1, checkpoint_steps=3, learning_rate=0.001)
    assert len(here.losses("other", slower)) == 5
    assert "its checkpoints are of other settings: training starts anew" in caplog.text


@pytest.mark.slow
def test_two_processes_give_the_losses_of_one(here: Here, trained: Path) -> None:
    tuning = here.tuning("two")
    log = tuning.run(SPEC, *LAUNCHER)
    assert "on 2 processes" in log
    times = read_table(TrainingTime, tuning.output / "timing.csv")
    assert times["device_seconds"].to_list() == pytest.approx((2 * times["seconds"]).to_list())
    assert losses(tuning.output) == pytest.approx(losses(trained), abs=1e-4)
    assert {path.name for path in tuning.output.iterdir()} == FILES
    counted = [
        read_table(TrainingStep, folder / "training.csv").select("tokens", "flops")
        for folder in (tuning.output, trained)
    ]
    assert counted[0].equals(counted[1])


@pytest.mark.slow
def test_processes_of_one_training_write_one_record(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path.cwd()))
    monkeypatch.chdir(tmp_path)
    tuning = here.tuning("shared")
    tuning.output = Path("results/t/models/shared")
    tuning.run(tuned_spec(epochs=1, checkpoint_steps=100), *LAUNCHER)
    records = sorted(Path("results/t/provenance").rglob("*"))
    files = [path for path in records if path.is_file()]
    assert {path.name.removesuffix(".json") for path in files} == FILES
    told = json.loads(files[0].read_text())
    assert told["processes"] == 2
    assert len(told["outputs"]) == len(FILES)
    assert "(outside)/questions.parquet" in [one["path"] for one in told["inputs"]]


def test_processes_that_cannot_share_a_batch_are_refused(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(Exception, match="8 examples a step cannot be shared by 3 processes"):
        here.train("three", SPEC)
    assert not here.tuning("three").output.exists()


def test_examples_longer_than_the_context_and_a_missing_base_are_named(
    here: Here, tmp_path: Path
) -> None:
    row = here.table.to_dicts()[0] | {"trace": "1+2=3\n" * 200}
    long = pl.DataFrame([row], schema=here.table.schema)
    with pytest.raises(ContextTooShortError, match=f"and .*base takes {CONTEXT}; set it to"):
        here.train("long", tuned_spec(max_length=4096), long)
    cut = here.train("long", tuned_spec(epochs=1), long)
    given = read_table(TrainingSet, cut / "examples.csv").row(0, named=True)
    assert (given["cut"], given["tokens"]) == (1, CONTEXT)
    assert given["longest"] > 1200
    with pytest.raises(BaseModelError, match="nothing: the model cannot be loaded"):
        BaseModel(tmp_path / "nothing").tokenizer()
