"""What the rules of a study with fine-tuned models read, and what makes them run again."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from scripts.lib.config.check import ConfigError
from scripts.lib.config.models import TunedModel
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.open import open_engine
from scripts.lib.workflow import StudyFiles
from scripts.lib.workflow_models import MODEL_FILES
from tests.studies import untuned_micro
from tests.tuned_model import tuned_spec, write_base
from tests.workspace import Workspace

FILE = "config/tuned.yaml"
TRAINING = {"learning_rate": 0.001, "max_length": 400}


def study() -> dict[str, Any]:
    """The micro study with a fine-tuned model, one on top of it, and one from the Hub."""
    content = untuned_micro()
    content["questions"] = {
        "sources": {
            "sums": {
                "kind": "chains",
                "seed": 1,
                "questions": 9,
                "families": ["line"],
                "operations": [2],
                "slip_rate": 0.0,
                "most_waits": 0,
            }
        },
        "tokenizer": "base",
        "small": "asked",
    }
    content["selections"] = {"all": {"rule": "full"}, "few": {"rule": "random", "size": 3}}
    tuned = {"kind": "tuned", "base": "base", "selection": "all", "wording": "plain"}
    content["models"] |= {
        "sft": tuned | {"training": TRAINING},
        "twice": tuned | {"base": "sft", "selection": "few", "training": TRAINING},
        "qwen": {"kind": "hub", "repo": "Qwen/Q", "revision": "abc"},
        "s1": tuned
        | {
            "base": "qwen",
            "training": TRAINING | {"launch": "config/accelerate/fsdp_16xh100.yaml"},
        },
    }
    content["benchmarks"]["posed"] = {"kind": "questions"}
    content["pools"]["asked"] = content["pools"]["plain"] | {"benchmark": "posed"}
    content["pools"]["sft"] = content["pools"]["plain"] | {"model": "twice"}
    content["curves"]["vote_sft"] = {"method": "vote", "pool": "sft", "k": "all"}
    content["tables"] = {
        "ledger": {"kind": "ledger", "title": "t", "model": "twice", "published": True},
        "ledger_s1": {"kind": "ledger", "title": "t", "model": "s1"},
    }
    return content


def of(**names: str) -> SimpleNamespace:
    return SimpleNamespace(**names)


def test_a_model_reads_its_selection_and_its_own_base_only() -> None:
    files = StudyFiles(study(), [])
    assert files.trained() == ["base"]
    assert files.tuned() == ["sft", "twice", "s1"]
    names = ["model.safetensors", *MODEL_FILES]
    assert files.tuning_inputs(of(model="twice")) == {
        "questions": "results/micro/selections/few.parquet",
        "base": [f"results/micro/models/sft/{name}" for name in names],
    }
    fetched = ["results/micro/published/qwen/weights.json"]
    assert files.tuning_inputs(of(model="s1"))["base"] == fetched
    assert files.base_option(of(model="twice")) == "--weights results/micro/models/sft"
    assert files.base_option(of(model="s1")) == "--repo Qwen/Q --revision abc"
    assert files.launcher(of(model="sft")) == "python"
    launch = "python -m scripts.train.launch --config-file config/accelerate/fsdp_16xh100.yaml"
    assert files.launcher(of(model="s1")) == launch
    given = TunedModel.model_validate_json(files.tuning_spec(of(model="s1")))
    assert given.training.launch is None
    assert "launch" not in files.tuning_spec(of(model="s1"))


def test_tuned_models_are_sampled_and_accounted_like_trained_ones() -> None:
    files = StudyFiles(study(), [])
    assert files.pool_weights(of(pool="sft")) == files.model_files("twice")
    assert files.weights_option(of(pool="sft")) == "--weights results/micro/models/twice"
    assert files.facts_option(of(pool="sft")) == ""
    inputs = files.curve_inputs(of(curve="vote_sft"))
    chain = [f"results/micro/models/{name}/training.csv" for name in ("base", "sft", "twice")]
    assert inputs["training"] == chain
    assert f"--training {' '.join(chain)}" in files.curve_samples(of(curve="vote_sft"))


def test_a_launch_file_that_is_not_there_is_named() -> None:
    content = study()
    content["models"]["s1"]["training"]["launch"] = "config/accelerate/none.yaml"
    with pytest.raises(ConfigError, match=r"models\.s1\.training\.launch: no file 'config/acc"):
        StudyFiles(content, [])


def test_the_engine_of_a_tuned_model_is_that_of_a_trained_one(tmp_path: Path) -> None:
    engine = open_engine(tuned_spec(), write_base(tmp_path / "m"), None, None)
    assert engine.identity["engine"] == "transformers"
    with pytest.raises(EngineError, match="--weights"):
        open_engine(tuned_spec(), None, None, None)


def test_a_ledger_adds_the_trainings_of_models_that_answered_the_questions() -> None:
    files = StudyFiles(study(), [])
    # The base of "twice" answered them: it is in its ledger already, and missing in that of "s1".
    assert files.ledger_references("twice") == []
    assert "--training" not in files.ledger_options(of(table="ledger"))
    inputs = files.ledger_inputs(of(table="ledger_s1"))
    assert inputs["training"] == [
        f"results/micro/models/{name}/training.csv" for name in ("s1", "base")
    ]
    assert inputs["timing"][1] == "results/micro/models/base/timing.csv"
    options = files.ledger_options(of(table="ledger_s1"))
    assert "--training small base results/micro/models/base" in options
    costs = "results/micro/pools/asked/costs.parquet"
    assert f"--pool small asked {costs} results/micro/journal/asked" in options


def test_an_api_that_answered_the_questions_has_no_device_seconds() -> None:
    content = study()
    content["models"]["gpt"] = {"kind": "api", "model": "gpt"}
    content["pools"]["asked"]["model"] = "gpt"
    options = StudyFiles(content, []).ledger_options(of(table="ledger_s1"))
    assert "--pool small asked results/micro/pools/asked/costs.parquet ''" in options


def test_a_ledger_is_of_a_tuned_model() -> None:
    content = study()
    content["tables"]["ledger"]["model"] = "base"
    with pytest.raises(ConfigError, match=r"tables\.ledger\.model: 'base' is not tuned"):
        StudyFiles(content, [])


def test_what_runs_and_what_runs_again(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    def write(content: dict[str, Any]) -> None:
        (tmp_path / FILE).write_text(yaml.safe_dump(content), encoding="utf-8")

    content = study()
    write(content)
    made_by_curation = [
        *(f"selections/{name}.parquet" for name in content["selections"]),
        *(f"questions/{name}.parquet" for name in ("decontaminated", "featurised")),
    ]
    for name in made_by_curation:
        path = tmp_path / "results/micro" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    tables = [f"results/micro/tables/{name}.csv" for name in content["tables"]]
    targets = ["results/micro/curves/vote_sft.csv", *tables, "--configfile", FILE]
    plan = workspace.plan(*targets)
    assert plan["train_base"] == ["results/micro/models/base/model.safetensors"]
    assert plan["train_sft"] == [
        f"results/micro/models/{name}/model.safetensors" for name in ("s1", "sft", "twice")
    ]
    assert plan["tabulate_ledger"] == tables
    workspace.pretend_done(*targets)
    # How a training is started trains nothing again.
    content["models"]["s1"]["training"] = TRAINING | {
        "launch": "config/accelerate/deepspeed_zero3.yaml"
    }
    content["models"]["sft"]["training"] = TRAINING | {
        "launch": "config/accelerate/fsdp_16xh100.yaml"
    }
    write(content)
    assert workspace.plan(*targets) == {}
    shown = workspace.snakemake("--dry-run", "--printshellcmds", "--forceall", *targets)
    launch = "python -m scripts.train.launch --config-file config/accelerate"
    for file in ("deepspeed_zero3", "fsdp_16xh100"):
        assert f"({launch}/{file}.yaml -m scripts.train.train_sft --spec" in shown.stdout
    assert "(python -m scripts.train.train_sft --spec" in shown.stdout
    # How it is run afterwards trains nothing again; a setting does, and so all that rests on it.
    content["models"]["twice"] |= {"batch_size": 3, "dtype": "float64"}
    content["models"]["sft"]["training"] = TRAINING | {"epochs": 3}
    write(content)
    plan = workspace.plan(*targets)
    assert plan["train_sft"] == [
        f"results/micro/models/{name}/model.safetensors" for name in ("sft", "twice")
    ]
    assert "train_base" not in plan
    assert plan["tabulate_ledger"] == tables[:1]
