import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from snakemake.utils import update_config

from scripts.config.write_schema import schema, schema_text
from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.claim_names import NO_STUDIES
from scripts.lib.config.load import load_facts, load_prices, load_study, read_yaml
from scripts.lib.config.names import RULES, TARGETS
from scripts.lib.config.study import Study

STUDIES = sorted(path for path in Path("config").glob("*.yaml") if path.stem not in NO_STUDIES)


def small() -> dict:
    """A study that is right, to be broken by the tests."""
    return {
        "study": "small",
        "title": "A small study",
        "benchmarks": {"chains": {"kind": "chains", "seed": 1, "operations": [2], "problems": 4}},
        "models": {"api": {"kind": "api", "model": "some-model", "api_key_env": ""}},
        "prompts": {"plain": "{problem}", "budget": "{problem} Use about {asked} tokens."},
        "pools": {
            "asked": {
                "model": "api",
                "benchmark": "chains",
                "wordings": ["budget"],
                "asked": [16, 32],
                "sampling": {"max_tokens": 64},
                "n": 2,
                "kind": "sampled",
            }
        },
        "curves": {"ask_api": {"method": "ask", "pool": "asked"}},
        "figures": {
            "obedience": {
                "title": "Obedience",
                "status": "new",
                "caption": "Used against asked.",
                "panels": [{"kind": "obedience", "title": "all", "curves": ["ask_api"]}],
            }
        },
    }


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_file_is_valid(path):
    study = load_study(path)
    assert study.study == path.stem


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_every_study_file_keeps_to_the_schema_that_editors_use(path):
    jsonschema.validate(read_yaml(path), schema())


@pytest.mark.parametrize(("of", "name"), [("study", "schema"), ("claims", "claims.schema")])
def test_the_schema_files_are_in_step(of, name):
    text = Path(f"config/{name}.json").read_text(encoding="utf-8")
    assert text == schema_text(of), f"config/{name}.json is out of step: run `make schema`"


def test_the_claims_keep_to_their_schema():
    jsonschema.validate(read_yaml(Path("config/claims.yaml")), schema("claims"))


def test_models_and_prices_are_valid_and_sourced():
    assert all(facts.source for facts in load_facts().values())
    prices = load_prices()
    assert all(price.source and price.date for price in prices.values())
    assert prices["o1-mini"].output == pytest.approx(12e-6)


def broken(change) -> str:
    study = small()
    change(study)
    with pytest.raises(ConfigError) as caught:
        check(Study, study, "small.yaml")
    return str(caught.value)


def test_the_small_study_is_right():
    assert check(Study, small(), "small.yaml").sources() == []


def test_an_unknown_key_is_named_with_those_allowed():
    message = broken(lambda s: s["pools"]["asked"]["sampling"].update(temprature=1))
    assert "small.yaml" in message
    assert "pools.asked.sampled.sampling.temprature: unknown key" in message
    assert "allowed: temperature, top_p, max_tokens" in message


def test_a_wrong_value_is_named_with_those_allowed():
    message = broken(lambda s: s["figures"]["obedience"].update(status="guess"))
    assert "figures.obedience.status" in message
    assert "'reconstruction', 'replication', 're-analysis' or 'new'" in message


def test_all_problems_are_told_at_once():
    def change(study):
        study["pools"]["asked"]["model"] = "nobody"
        study["curves"]["ask_api"]["pool"] = "nowhere"
        study["figures"]["obedience"]["panels"][0]["curves"] = ["ask_nothing"]

    message = broken(change)
    assert "pools.asked.model: 'nobody' is not defined; there is: api" in message
    assert "curves.ask_api.pool: 'nowhere' is not defined; there is: asked" in message
    assert "figures.obedience.panels.0.curves: 'ask_nothing' is not defined" in message


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda s: s["curves"].update(vote_x=s["curves"].pop("ask_api")), "is named ask_..."),
        (lambda s: s["curves"]["ask_api"].pop("pool"), "exactly one of pool, published"),
        (lambda s: s["pools"]["asked"].pop("asked"), "has {asked}"),
        (lambda s: s["pools"]["asked"].update(wordings=["plain"]), "lacks {asked}"),
        (lambda s: s["pools"]["asked"].update(n_at={64: 9}), "[64] not among asked"),
        (lambda s: s["pools"]["asked"].update(efforts=["low"]), "name one of them"),
        (lambda s: s["prompts"].update(budget="Use {asked}"), "{problem} is missing"),
        (lambda s: s["benchmarks"]["chains"].update(operations=[2, 2]), "listed twice"),
        (lambda s: s["models"].update(Api=s["models"]["api"]), "Api"),
        (lambda s: s["pools"]["asked"].update(n=0), "greater than or equal to 1, not 0"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, told):
    assert told in broken(change)


def test_a_curve_at_one_setting_must_name_one_that_the_pool_has():
    def change(study):
        study["curves"]["vote_api"] = {"method": "vote", "pool": "asked", "asked": 64}

    assert "curves.vote_api.asked: 64 not among the pool's [16, 32]" in broken(change)


def test_regions_are_found_in_curves_of_their_own_panel():
    def change(study):
        study["figures"]["scaling"] = {
            "title": "Asked, then voted",
            "status": "new",
            "caption": "",
            "panels": [
                {
                    "kind": "scaling",
                    "title": "",
                    "curves": ["ask_api"],
                    "regions": {"asking": "ask_api", "voting": "vote_api"},
                }
            ],
        }

    message = broken(change)
    assert "figures.scaling.panels.0.regions.voting: 'vote_api' not among ['ask_api']" in message


def test_a_key_given_twice_is_an_error(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("study: a\nstudy: b\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="'study' is given twice"):
        load_study(path)


def test_a_mapping_may_take_over_the_entries_of_another(tmp_path):
    path = tmp_path / "merged.yaml"
    path.write_text("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n", encoding="utf-8")
    assert read_yaml(path)["b"] == {"x": 1, "y": 3}


def test_further_files_add_to_a_study_as_snakemake_takes_them(tmp_path):
    more = {
        "title": "More",
        "pools": {"asked": {"n": 9, "asked": [64]}},
        "curves": {"ask_more": {"method": "ask", "pool": "asked"}},
    }
    paths = [tmp_path / "small.yaml", tmp_path / "more.yaml"]
    for path, content in zip(paths, (small(), more), strict=True):
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
    both = small()
    update_config(both, more)
    assert load_study(*paths) == check(Study, both, "both")
    assert list(load_study(*paths).curves) == ["ask_api", "ask_more"]
    more["curves"]["ask_more"]["pool"] = "none"
    paths[1].write_text(yaml.safe_dump(more), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"small\.yaml, .*more\.yaml"):
        load_study(*paths)


def test_what_is_no_yaml_is_named(tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_text("study: [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"odd\.yaml: not valid YAML"):
        load_study(path)


def test_a_study_survives_a_round_trip_through_yaml(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(small()), encoding="utf-8")
    assert load_study(path) == check(Study, small(), "small")


def test_a_target_of_every_study_is_no_target_of_ones_own():
    content = small()
    content["curves"]["ask_api"]["target"] = "all"
    with pytest.raises(ConfigError, match=r"curves\.ask_api\.target: 'all' is a target of every"):
        check(Study, content, "small.yaml")


def test_the_name_of_a_rule_is_no_target():
    content = small()
    content["curves"]["ask_api"]["target"] = "plot_figure"
    with pytest.raises(ConfigError, match=r"curves\.ask_api\.target: 'plot_figure' is the name of"):
        check(Study, content, "small.yaml")
    files = [Path("Snakefile"), *Path("rules").glob("*.smk")]
    found = [
        name
        for file in files
        for name in re.findall(
            r"^(?:rule|checkpoint|use rule \w+ as) (\w+)(?::| with:)", file.read_text("utf-8"), re.M
        )
    ]
    assert sorted(found) == sorted([*TARGETS, *RULES])
