import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from scripts.lib.config.check import ConfigError
from scripts.lib.workflow import StudyFiles
from scripts.lib.workflow_sources import SourceFiles
from tests.studies import QUESTION_COLUMNS, untuned_micro
from tests.workspace import Workspace

CHAINS = {
    "kind": "chains",
    "seed": 1,
    "questions": 20,
    "families": ["line"],
    "operations": [2],
    "slip_rate": 0.1,
    "most_waits": 1,
}
POSED = {"kind": "sampled", "model": "base", "benchmark": "posed", "wordings": ["plain"], "n": 1}
CLASSES = POSED | {"benchmark": "every", "sampling": {"max_tokens": 20}}


def study(**changes: object) -> dict:
    """The micro study with questions; `changes` are those of its questions."""
    config = untuned_micro()
    config["questions"] = {
        "sources": {
            "chained": CHAINS,
            "local": {"kind": "file", "path": "my file.jsonl", "columns": QUESTION_COLUMNS},
            "gsm": {
                "kind": "file",
                "source": "problems/gsm8k_test.jsonl",
                "columns": QUESTION_COLUMNS,
            },
            "online": {
                "kind": "hub",
                "repo": "A/b",
                "revision": "c0ffee",
                "columns": QUESTION_COLUMNS,
            },
        },
        "tokenizer": "base",
        "small": "small",
        **changes,
    }
    config["benchmarks"]["posed"] = {"kind": "questions"}
    config["benchmarks"]["every"] = {"kind": "questions", "answered_only": False}
    config["models"]["tuned"] = {
        "kind": "tuned",
        "base": "base",
        "selection": "all",
        "wording": "plain",
        "training": {},
    }
    config["models"]["online"] = {"kind": "hub", "repo": "A/model", "revision": "main"}
    config["models"]["service"] = {"kind": "api", "model": "gpt"}
    config["selections"] = {"all": {"rule": "full"}}
    config["pools"]["small"] = POSED | {"sampling": {"max_tokens": 120}}
    config["pools"]["classes"] = CLASSES
    return config


def sources(**changes: object) -> SourceFiles:
    return SourceFiles(StudyFiles(study(**changes), []))


def named(source: str) -> SimpleNamespace:
    return SimpleNamespace(source=source)


def test_each_kind_of_source_reads_its_own_files() -> None:
    asked = sources()
    assert asked.names() == ["chained", "local", "gsm", "online"]
    assert asked.inputs(named("chained")) == {"exclude": ["results/micro/problems/chains.parquet"]}
    assert asked.inputs(named("local")) == {"file": "my file.jsonl"}
    fetched = "data/fetched/problems/gsm8k_test.jsonl"
    assert asked.inputs(named("gsm")) == {"file": fetched, "sources": "data/sources.csv"}
    assert asked.inputs_option(named("gsm")) == f"--input {fetched} --sources data/sources.csv"
    assert asked.inputs(named("online")) == {}
    assert asked.inputs_option(named("local")) == "--input 'my file.jsonl'"
    assert asked.inputs_option(named("online")) == ""
    option = asked.inputs_option(named("chained"))
    assert option == "--exclude results/micro/problems/chains.parquet"
    assert json.loads(asked.spec(named("chained"))) == CHAINS | {"flaws": dict.fromkeys(
        ["no_answer", "failed_calls", "broken_format", "duplicates", "near_tests"], 0
    )}  # fmt: skip
    assert sorted(asked.benchmarks()) == ["every", "posed"]


def test_features_come_from_a_tokenizer_and_pools() -> None:
    tokenizer = [f"results/micro/models/base/tokenizer{part}.json" for part in ("", "_config")]
    small = [f"results/micro/pools/small/{part}.parquet" for part in ("answers", "traces")]
    asked = sources()
    assert asked.features(None) == {"tokenizer": tokenizer, "small": small}
    option = f"--tokenizer results/micro/models/base --small small {small[0]} {small[1]}"
    assert asked.features_option(None) == option
    tuned = sources(tokenizer="tuned", small=None)
    assert tuned.features(None) == {"tokenizer": tokenizer}
    domain = {"by": "pool", "pool": "classes", "codes": {"05": "Combinatorics"}}
    online = sources(tokenizer="online", small=None, domain=domain)
    traces = "results/micro/pools/classes/traces.parquet"
    fetched = ["results/micro/published/online/tokenizer.json"]
    assert online.features(None) == {"tokenizer": fetched, "classified": traces}
    assert online.features_option(None) == f"--tokenizer A/model@main --classified {traces}"
    assert json.loads(online.domain(None)) == domain


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"tokenizer": "service"}, "questions.tokenizer: 'service' is behind an API"),
        ({"small": "plain"}, "questions.small: asks 'chains', which is not a benchmark of kind"),
    ],
)
def test_names_that_do_not_fit(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        sources(**changes)
    assert complaint in str(raised.value)


def test_references_do_not_rest_on_what_they_filter() -> None:
    config = study()
    config["pools"]["small"]["model"] = "tuned"
    with pytest.raises(ConfigError, match="'tuned' is tuned on a selection of these questions"):
        StudyFiles(config, [])


def test_benchmarks_of_questions_need_questions() -> None:
    config = study()
    for section in ("questions", "selections"):
        del config[section]
    del config["models"]["tuned"]
    with pytest.raises(ConfigError, match=r"benchmarks\.posed: there are no questions to pose"):
        StudyFiles(config, [])


def test_the_rules_find_each_other(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    config = study()
    (tmp_path / "my file.jsonl").touch()
    file = tmp_path / "config" / "asked.yaml"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    pool = tmp_path / "results/micro/questions/decontaminated.parquet"
    pool.parent.mkdir(parents=True)
    pool.touch()
    targets = [f"results/micro/questions/sources/{name}.parquet" for name in ("chained", "local")]
    targets.append("results/micro/questions/featurised.parquet")
    jobs = workspace.plan(*targets, "--configfile", str(file))
    assert jobs["pose_questions"] == ["results/micro/problems/posed.parquet"]
    assert jobs["featurise_questions"] == targets[2:]
    assert set(targets[:2]) <= set(jobs["collect_questions"])
    assert jobs["generate_problems"] == ["results/micro/problems/chains.parquet"]
    assert "results/micro/pools/small/answers.parquet" in jobs["grade_pool"]
