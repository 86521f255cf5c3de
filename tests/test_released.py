"""Studies that take published models instead of training: what is left, and what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.load import load_study, read_yaml
from scripts.lib.config.models import HubModel
from scripts.lib.config.released import as_asked
from scripts.lib.config.study import Study
from tests.workspace import Workspace

COMMIT = "0" * 40
NEVER = {"train_base", "train_sft", "train_verifier", "select_questions", "collect_questions"}


def paper(**released: object) -> dict[str, Any]:
    study: dict[str, Any] = read_yaml(Path("config/paper.yaml"))
    study["weights"] = "released"
    study["released"]["s1_32b"] |= released
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
    with pytest.raises(ConfigError, match=r"released\.s1_32b\.revision: .*s1-32B/commits/main"):
        as_asked(check(Study, paper(), "paper"))


def test_without_any_published_model_nothing_is_left() -> None:
    study = read_yaml(Path("config/tiny.yaml")) | {"weights": "released"}
    with pytest.raises(ConfigError, match="no curve can be drawn"):
        as_asked(check(Study, study, "tiny"))


def test_only_a_tuned_model_has_a_published_counterpart() -> None:
    study = paper() | {"released": {"nobody": {"repo": "a/b"}, "qwen_32b": {"repo": "a/b"}}}
    with pytest.raises(ConfigError) as error:
        check(Study, study, "paper")
    assert "released.nobody: 'nobody' is not defined" in str(error.value)
    assert "released.qwen_32b: only a model of kind tuned" in str(error.value)


def test_with_released_weights_nothing_is_trained_or_curated(tmp_path: Path) -> None:
    released = f"released={{s1_32b: {{revision: '{COMMIT}'}}}}"
    given = ["--config", "weights=released", released, "--configfile", "config/paper.yaml"]
    workspace = Workspace(tmp_path)
    plan = workspace.plan("all", *given)
    assert NEVER.isdisjoint(plan)
    assert "results/paper/pools/forced_s1_aime24/traces.parquet" in plan["sample_pool"]
    told = workspace.snakemake("all", "--dry-run", *given[:2], *given[3:])
    assert told.returncode != 0
    assert "released.s1_32b.revision" in told.stdout + told.stderr
