"""Studies that take published models instead of training: what is left, and what is said of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.load import load_study, read_yaml
from scripts.lib.config.models import HubModel
from scripts.lib.config.questions import ReleasedSelection
from scripts.lib.config.released import as_asked
from scripts.lib.config.study import Study
from scripts.lib.questions.tables import Question
from scripts.lib.slices import as_json
from scripts.lib.tableio import read_table
from tests.small_model import make_tokenizer
from tests.workspace import Workspace

COMMIT = "0" * 40
CURATES = {"select_questions", "collect_questions", "filter_complete", "tabulate_funnel"}
TRAINS = {"train_base", "train_sft", "train_verifier"}


def paper(**released: object) -> dict[str, Any]:
    study: dict[str, Any] = read_yaml(Path("config/paper.yaml"))
    study["weights"] = "released"
    study["released"]["models"]["s1_32b"] |= released
    return study


def test_a_published_model_is_run_as_the_trained_one_would_be() -> None:
    built = load_study(Path("config/paper.yaml"))
    rest, left_out = as_asked(check(Study, paper(revision=COMMIT), "paper"))
    model, tuned = rest.models["s1_32b"], built.models["s1_32b"]
    assert isinstance(model, HubModel)
    assert (model.repo, model.revision) == ("simplescaling/s1-32B", COMMIT)
    assert model.facts == "s1-32B"
    assert (model.batch_size, model.vllm) == (tuned.batch_size, tuned.vllm)  # type: ignore[union-attr]
    assert "forcing_s1_aime24" in rest.curves
    assert "curves.sft_random_aime24" in left_out
    assert "figures.s1_headline" in left_out, "a figure without one of its lines is none"
    for section in ("curves", "figures", "tables"):
        gone = {name.partition(".")[2] for name in left_out if name.startswith(section)}
        assert set(getattr(built, section)) - gone == set(getattr(rest, section))


def test_a_published_model_without_a_commit_is_an_error_that_says_where_to_look() -> None:
    with pytest.raises(
        ConfigError, match=r"released\.models\.s1_32b\.revision: .*s1-32B/commits/main"
    ):
        as_asked(check(Study, paper(), "paper"))


def test_without_any_published_model_nothing_is_left() -> None:
    study = read_yaml(Path("config/tiny.yaml")) | {"weights": "released"}
    with pytest.raises(ConfigError, match="no curve can be drawn"):
        as_asked(check(Study, study, "tiny"))


def test_only_a_tuned_model_has_a_published_counterpart() -> None:
    models = {"nobody": {"repo": "a/b"}, "qwen_32b": {"repo": "a/b"}}
    study = paper() | {"released": {"models": models}}
    with pytest.raises(ConfigError) as error:
        check(Study, study, "paper")
    assert "released.models.nobody: 'nobody' is not defined" in str(error.value)
    assert "released.models.qwen_32b: only a model of kind tuned" in str(error.value)


def test_with_released_weights_nothing_is_trained_or_curated(tmp_path: Path) -> None:
    released = f"released={{models: {{s1_32b: {{revision: '{COMMIT}'}}}}}}"
    given = ["--config", "weights=released", released, "--configfile", "config/paper.yaml"]
    workspace = Workspace(tmp_path)
    plan = workspace.plan("all", *given)
    assert (CURATES | TRAINS).isdisjoint(plan)
    assert "results/paper/pools/forced_s1_aime24/traces.parquet" in plan["sample_pool"]
    told = workspace.snakemake("all", "--dry-run", *given[:2], *given[3:])
    assert told.returncode != 0
    assert "released.models.s1_32b.revision" in told.stdout + told.stderr


def test_with_released_data_models_are_trained_on_it_and_nothing_is_curated(tmp_path: Path) -> None:
    released = f"released={{selections: {{s1k: {{revision: '{COMMIT}'}}}}}}"
    given = ["--config", "data=released", released, "--configfile", "config/paper.yaml"]
    plan = Workspace(tmp_path).plan("all", *given)
    assert CURATES.isdisjoint(plan)
    assert plan["import_selection"] == ["results/paper/selections/s1k.parquet"]
    assert "results/paper/models/s1_32b/model.safetensors" in plan["train_sft"]
    assert "results/paper/models/s1_random/model.safetensors" not in plan["train_sft"]
    assert "results/paper/figures/s1_conditional.png" in plan["plot_figure"]


def test_a_published_selection_is_taken_whole_and_counted(tmp_path: Path) -> None:
    repo = tmp_path / "repo/data"
    repo.mkdir(parents=True)
    rows = [
        {
            "q": f"Question {n}?",
            "s": f"It is \\boxed{{{n}}}.",
            "t": ["a" * n],
            "a": str(n),
            "d": "x",
        }
        for n in range(1, 6)
    ]
    pl.DataFrame(rows).write_parquet(repo / "train-00000-of-00001.parquet")
    make_tokenizer().save_pretrained(tmp_path / "tokenizer")
    columns = {"question": "q", "solution": "s", "answer": "s", "answer_within": True}
    selection = ReleasedSelection.model_validate(
        {
            "repo": "repo",
            "revision": COMMIT,
            "columns": columns | {"trace": "t.0", "attempt": "a", "domain": "d"},
            "publish": "hash",
            "tokenizer": "base",
        }
    )

    def imported() -> "subprocess.CompletedProcess[str]":
        options = ["--selection", "s1k", "--tokenizer", "tokenizer", "--output", "out.parquet"]
        program = [sys.executable, "-m", "scripts.curate.import_selection"]
        cache = {"HF_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(Path.cwd())}
        return subprocess.run(
            [*program, "--spec", as_json(selection.source()), *options],
            cwd=tmp_path, env={**os.environ, **cache}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = imported()
    assert done.returncode == 0, done.stderr
    table = read_table(Question, tmp_path / "out.parquet")
    assert table["question"].to_list() == [row["q"] for row in rows]
    assert table["trace_tokens"].to_list() == [1, 2, 3, 4, 5]
    assert table["answer"].to_list() == ["1", "2", "3", "4", "5"]
    assert set(table["domain"]) == {"x"}
    assert set(table["publish"]) == {"hash"}

    pl.DataFrame([*rows, rows[0]]).write_parquet(repo / "train-00000-of-00001.parquet")
    again = imported()
    assert again.returncode != 0
    assert "0 rows without a trace or an attempt, 1 that repeat a question" in again.stderr
