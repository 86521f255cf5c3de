"""A study with a model that learns to revise: what its jobs read, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.models import Revisions, TunedModel
from scripts.lib.config.study import Study
from scripts.lib.workflow import StudyFiles
from scripts.lib.workflow_models import MODEL_FILES
from tests import test_sft_rules
from tests.test_sft_rules import TRAINING, of
from tests.workspace import Workspace

FILE = "config/revising.yaml"


def study() -> dict[str, Any]:
    """The study of fine-tunings with a revision model, a pool that it revises, and a sweep."""
    content = test_sft_rules.study()
    content["prompts"]["revise"] = "{problem}\nYour answer was {attempt}. Think again."
    content["pools"]["many"] = content["pools"]["asked"] | {"n": 4, "problems": 5}
    content["models"]["revises"] = {
        **{"kind": "tuned", "base": "base", "training": TRAINING},
        "revisions": {"pool": "many", "wording": "revise", "most": 2},
    }
    content["pools"]["revised"] = {
        **{"kind": "revised", "model": "revises", "benchmark": "chains", "wording": "plain"},
        **{"revision": "revise", "revisions": 3, "sampling": {"max_tokens": 120}, "n": 4},
    }
    content["curves"]["revision_sweep"] = {"method": "revision", "pool": "revised", "attempts": 4}
    return content


def test_a_revision_model_reads_pairs_of_its_pool() -> None:
    files = StudyFiles(study(), [])
    assert files.revising() == ["revises"]
    assert "revises" in files.tuned()
    assert files.pair_inputs(of(model="revises")) == {
        "problems": "results/micro/problems/posed.parquet",
        "traces": "results/micro/pools/many/traces.parquet",
        "answers": "results/micro/pools/many/answers.parquet",
    }
    spec = Revisions.model_validate_json(files.pair_spec(of(model="revises")))
    assert spec == Revisions(pool="many", wording="revise", most=2)
    pairs = "results/micro/pairs/revises.parquet"
    base = [f"results/micro/models/base/{name}" for name in ("model.safetensors", *MODEL_FILES)]
    assert files.tuning_inputs(of(model="revises")) == {"pairs": pairs, "base": base}
    assert files.tuning_data(of(model="revises")) == f"--pairs {pairs}"
    selection = "results/micro/selections/all.parquet"
    assert files.tuning_data(of(model="sft")) == f"--questions {selection}"
    assert files.tuning_prompt(of(model="revises")) == study()["prompts"]["revise"]
    given = TunedModel.model_validate_json(files.tuning_spec(of(model="revises")))
    assert given.revisions == spec
    assert "revisions" not in files.tuning_spec(of(model="sft"))


def test_what_a_sweep_runs(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    content = study()
    (tmp_path / FILE).write_text(yaml.safe_dump(content), encoding="utf-8")
    target = ["results/micro/curves/revision_sweep.csv", "--configfile", FILE]
    plan = workspace.plan(*target)
    assert plan["pair_revisions"] == ["results/micro/pairs/revises.parquet"]
    assert plan["train_sft"] == ["results/micro/models/revises/model.safetensors"]
    assert len(plan["sample_pool"]) == len(plan["grade_pool"]) == 2
    workspace.pretend_done(*target)
    # Other pairs make another model, and so all that it says.
    content["models"]["revises"]["revisions"]["most"] = 3
    (tmp_path / FILE).write_text(yaml.safe_dump(content), encoding="utf-8")
    plan = workspace.plan(*target)
    assert plan["pair_revisions"] == ["results/micro/pairs/revises.parquet"]
    assert plan["train_sft"] == ["results/micro/models/revises/model.safetensors"]
    assert "train_base" not in plan


def changed(content: dict[str, Any], at: str, value: object) -> dict[str, Any]:
    """The study with one key set, or taken out where `value` is None."""
    *path, last = at.split(".")
    entry = content
    for key in path:
        entry = entry[key]
    if value is None:
        del entry[last]
    else:
        entry[last] = value
    return content


MODEL = "models.revises"


@pytest.mark.parametrize(
    ("at", "value", "told"),
    [
        (
            f"{MODEL}.revisions.pool",
            "plain",
            f"{MODEL}.revisions.pool: the pool asks 'chains', and what a model is tested on",
        ),
        (f"{MODEL}.revisions.pool", "none", f"{MODEL}.revisions.pool: 'none' is not defined"),
        (f"{MODEL}.revisions.pool", "revised", f"{MODEL}.revisions.pool: a pool of kind sampled"),
        ("pools.many.n", 1, f"{MODEL}.revisions.pool: pool 'many' has one sample of a question"),
        ("benchmarks.posed.answered_only", False, "some questions of 'posed' have no answer"),
        ("pools.many.model", "revises", f"{MODEL}.revisions.pool: the model rests on itself"),
        ("models.sft.base", "twice", "models.twice.base: the model rests on itself"),
        (f"{MODEL}.revisions.wording", "plain", "prompts.plain: {attempt} is missing"),
        (f"{MODEL}.selection", "all", "selection, revisions: name exactly one of them"),
        (f"{MODEL}.revisions", None, "selection, revisions: name exactly one of them"),
        (f"{MODEL}.wording", "plain", "wording, control: these are of a selection"),
        ("models.sft.wording", None, "wording: name the prompt of the training examples"),
        ("tables.ledger.model", "revises", "tables.ledger.model: 'revises' is tuned on no selec"),
        (
            "curves.revision_sweep.attempts",
            7,
            "curves.revision_sweep.attempts: pool 'revised' has 4 chains of 4 attempts, which do",
        ),
    ],
)
def test_what_does_not_fit_is_named(at: str, value: object, told: str) -> None:
    check(Study, study(), "small.yaml")
    with pytest.raises(ConfigError) as caught:
        check(Study, changed(study(), at, value), "small.yaml")
    assert told in str(caught.value)


def test_the_ways_of_a_sweep_are_those_that_the_pool_holds() -> None:
    curve = check(Study, study(), "small.yaml").curves["revision_sweep"]
    sweep = curve.model_copy(update={"attempts": 16})
    assert sweep.ways(16, 16) == [(16, 1), (8, 2), (4, 4), (2, 8), (1, 16)]
    assert sweep.ways(8, 4) == [(8, 2), (4, 4)]
    assert sweep.ways(3, 4) == []
