"""Which files the jobs of curves, fits and tables read, and how they are told of them."""

import json
import shlex
from types import SimpleNamespace

import pytest
import yaml

from scripts.lib.config.check import ConfigError
from scripts.lib.workflow import StudyFiles
from tests.studies import QUESTION_COLUMNS

TUNED = """
kind: tuned
base: base
selection: chosen
wording: plain
training: {seed: 1}
"""
STUDY = """
study: small
title: Trained, tuned and compared
benchmarks:
  chains: {kind: chains, seed: 1, operations: [2], problems: 4}
models:
  base:
    kind: trained
    architecture: {layers: 1, width: 8, heads: 1, kv_heads: 1, feed_forward: 8, context: 64}
    corpus: {seed: 1, examples: 500, operations: [2], slip_rate: 0, most_waits: 0,
             wordings: [plain], asked_share: 0}
    training: {seed: 1, learning_rate: 0.1}
  hub: {kind: hub, repo: someone/model, revision: main}
prompts: {plain: "{problem}"}
selections: {chosen: {rule: random, size: 10}}
pools: {}
curves:
  sft_all: {method: sft, pools: [of_base, of_tuned, of_few, of_hub]}
  sft_seeds: {method: sft, groups: {chosen: [of_tuned, of_other]}}
  vote_few: {method: vote, pool: of_few}
  control_paper:
    method: control
    published: {paper: s1, figure: f, series: s, benchmark: chains, model: m, problems: 4}
tables:
  controls:
    kind: control
    title: t
    curves: [control_paper]
    published: {paper: s1, figure: f, benchmark: chains, series: {}}
  compared: {kind: comparison, title: t, reference: vote_few, curves: [control_paper, sft_all]}
"""


def study():
    entries = yaml.safe_load(STUDY)
    tuned = yaml.safe_load(TUNED)
    entries["models"] |= {
        "tuned": tuned,
        "few": tuned | {"examples": 3},
        "other": tuned | {"training": {"seed": 2}},
    }
    for model in entries["models"]:
        entries["pools"][f"of_{model}"] = {
            "kind": "sampled",
            "model": model,
            "benchmark": "chains",
            "wordings": ["plain"],
            "sampling": {"max_tokens": 8},
            "n": 2,
        }
    entries["questions"] = {
        "tokenizer": "base",
        "sources": {"kept": {"kind": "file", "path": "kept.jsonl", "columns": QUESTION_COLUMNS}},
    }
    return entries


@pytest.fixture
def files():
    return StudyFiles(study(), [])


def wildcards(**names):
    return SimpleNamespace(**names)


def options(text):
    """The options of each pool on a command line."""
    pools = []
    for word in shlex.split(text):
        if word == "--model":
            pools.append({})
        if word.startswith("--"):
            key = word
            pools[-1][key] = []
        else:
            pools[-1][key].append(word)
    return pools


def test_each_pool_is_told_of_all_trainings_of_its_model(files):
    told = options(files.curve_samples(wildcards(curve="sft_all")))
    assert [pool["--model"] for pool in told] == [["base"], ["tuned"], ["few"], ["hub"]]
    models = "results/small/models"
    base = f"{models}/base/training.csv"
    records = [pool.get("--training") for pool in told]
    assert records == [
        [base],
        [base, f"{models}/tuned/training.csv"],
        [base, f"{models}/few/training.csv"],
        None,
    ]
    given = [f"{models}/{name}/examples.csv" for name in ("tuned", "few")]
    assert [pool.get("--training-set") for pool in told] == [None, given[:1], given[1:], None]
    assert [pool.get("--examples") for pool in told] == [["500"], None, None, None]
    assert told[2]["--answers"] == ["results/small/pools/of_few/answers.parquet"]
    inputs = files.curve_inputs(wildcards(curve="sft_all"))
    assert inputs["training"].count(base) == 1
    assert len(inputs["training"]) == 3
    assert inputs["training_sets"] == given
    assert len(inputs["costs"]) == 4


def test_fits_of_a_kind(files):
    assert files.length_controlled() == ["control_paper"]
    assert files.seeded() == ["sft_seeds"]
    assert files.obeying() == []
    assert "results/small/fits/sft_seeds.csv" in files.curve_files()
    seeded = files.outcome_inputs(wildcards(curve="sft_seeds"))
    assert seeded["outcomes"] == "results/small/outcomes/sft_seeds.parquet"
    assert files.outcomes_option(wildcards(curve="control_paper")) == ""


def test_tables_read_what_they_compare(files):
    assert files.table_files() == [
        f"results/small/tables/{n}.csv" for n in ("controls", "compared", "funnel")
    ]
    controls = files.beside_paper_inputs(wildcards(table="controls"))
    assert controls["fits"] == ["results/small/fits/control_paper.csv"]
    assert controls["reference"] == ["data/reference/s1.csv"]
    compared = files.beside_paper_inputs(wildcards(table="compared"))
    assert compared["points"][0] == "results/small/curves/vote_few.csv"
    # Published curves have no outcomes.
    assert compared["outcomes"] == [
        f"results/small/outcomes/{name}.parquet" for name in ("vote_few", "sft_all")
    ]
    assert files.reference_option(wildcards(table="compared")) == ""


def searched():
    """The study with verifiers, a search, and curves that they choose in."""
    entries = study()
    entries["labels"] = {"imported": {"kind": "imported", "format": "prm800k", "path": "l.jsonl"}}
    entries["models"] |= {
        "own": {
            "kind": "verifier",
            "base": "base",
            "labels": "imported",
            "wording": "plain",
            "training": {},
        },
        "published": {
            "kind": "hub_verifier",
            "repo": "someone/judge",
            "revision": "main",
            "layout": "skywork",
            "facts": "Qwen2.5-32B-Instruct",
        },
    }
    entries["pools"]["beam"] = {
        "kind": "searched",
        "model": "base",
        "verifier": "own",
        "benchmark": "chains",
        "wording": "plain",
        "search": {"method": "beam"},
        "beams": [4],
        "sampling": {"max_tokens": 8},
    }
    entries["curves"] |= {
        "beam_own": {"method": "beam", "pool": "beam"},
        "best_of_n_own": {"method": "best_of_n", "pool": "of_base", "verifier": "own"},
        "best_of_n_hub": {"method": "best_of_n", "pool": "of_base", "verifier": "published"},
        "best_of_n_paper": {
            "method": "best_of_n",
            "published": entries["curves"]["control_paper"]["published"],
        },
    }
    curves = ["best_of_n_own", "best_of_n_hub", "beam_own"]
    entries["tables"]["lost"] = {"kind": "passed_over", "title": "t", "curves": curves}
    return entries


def test_curves_that_a_verifier_chooses_in_read_its_scores():
    files = StudyFiles(searched(), [])
    own = wildcards(curve="best_of_n_own")
    scores = "results/small/scores/of_base/own.parquet"
    assert files.curve_inputs(own)["scores"] == [scores]
    assert "results/small/models/own/model.safetensors" in files.curve_inputs(own)["verifier"]
    (told,) = options(files.curve_samples(own))
    assert (told["--scores"], told["--verifier"]) == ([scores], ["own"])
    assert told["--verifier-weights"] == ["results/small/models/own"]

    (told,) = options(files.curve_samples(wildcards(curve="best_of_n_hub")))
    assert json.loads(told["--verifier-facts"][0])["active_parameters"] > 3e10
    assert "verifier" not in files.curve_inputs(wildcards(curve="best_of_n_hub"))

    search = wildcards(curve="beam_own")
    steps = "results/small/pools/beam/steps.parquet"
    assert files.curve_inputs(search)["scores"] == [steps]
    assert files.curve_inputs(search)["verifier"] == files.curve_inputs(own)["verifier"]
    (told,) = options(files.curve_samples(search))
    assert (told["--scores"], told["--verifier"]) == ([steps], ["own"])
    assert told["--verifier-weights"] == ["results/small/models/own"]
    assert files.score_options(files.study.curves["best_of_n_paper"]) == []
    assert files.score_options(files.study.curves["vote_few"]) == []


def test_what_was_passed_over_is_read_of_the_same_files():
    files = StudyFiles(searched(), [])
    lost = wildcards(table="lost")
    inputs = files.chosen_inputs(lost)
    pools = "results/small/pools"
    assert inputs["answers"] == [f"{pools}/{p}/answers.parquet" for p in ("of_base", "beam")]
    assert inputs["scores"] == [
        "results/small/scores/of_base/own.parquet",
        "results/small/scores/of_base/published.parquet",
        f"{pools}/beam/steps.parquet",
    ]
    words = shlex.split(files.chosen_options(lost))
    told = {
        option: [words[i + 1] for i, word in enumerate(words) if word == option]
        for option in ("--curve", "--spec", "--scores", "--verifier")
    }
    assert told["--curve"] == ["best_of_n_own", "best_of_n_hub", "beam_own"]
    assert told["--verifier"] == ["own", "published", "own"]
    assert told["--scores"] == inputs["scores"]
    assert [json.loads(spec)["method"] for spec in told["--spec"]] == [
        *("best_of_n", "best_of_n", "beam")
    ]
    assert json.loads(files.table_labels(lost))["beam_own"] == "beam_own"


@pytest.mark.parametrize(
    ("curve", "told"),
    [
        ("vote_few", "'vote_few' is of method vote: no verifier chooses in it"),
        ("best_of_n_paper", "'best_of_n_paper' is published; its samples are needed"),
        ("beam_nothing", "'beam_nothing' is not defined"),
    ],
)
def test_nothing_is_passed_over_where_no_verifier_chooses(curve, told):
    entries = searched()
    entries["tables"]["lost"]["curves"] = [curve]
    with pytest.raises(ConfigError, match=f"tables.lost.curves: {told}"):
        StudyFiles(entries, [])


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("curves", "sft_all", "groups"),
            {"g": ["of_tuned", "of_few"]},
            "exactly one of pools, groups",
        ),
        (
            ("curves", "sft_seeds", "groups"),
            {"g": ["of_tuned", "of_few"]},
            "differ in training.seed only",
        ),
        (("curves", "sft_seeds", "groups"), {"g": ["of_tuned", "of_hub"]}, "must be trained here"),
        (("curves", "sft_all", "pools"), ["of_base", "of_base"], "there are several of base"),
        (("curves", "sft_all", "pools"), ["of_nothing"], "'of_nothing' is not defined"),
        (("tables", "controls", "curves"), ["vote_few"], "of method vote, which sets no length"),
    ],
)
def test_curves_and_tables_that_make_no_sense_are_refused(path, value, message):
    entries = study()
    section, name, key = path
    entries[section][name][key] = value
    with pytest.raises(ConfigError, match=message):
        StudyFiles(entries, [])
