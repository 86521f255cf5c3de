"""Curves that do not fit their pools are found before anything is sampled."""

import pytest

from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.pool_settings import Drawn, settings_drawn
from scripts.lib.config.study import Study
from tests.recorded_files import pool as recorded
from tests.test_config_figures import study

FORCED = {"budgets": [8, 16], "auto": True, "waits": [0, 2], "answer_tokens": 4}


def with_curve(name: str, **curve: object) -> dict:
    """A study with pools of every kind, and a curve on one of them."""
    content = study()
    plain = content["pools"]["plain"]
    forced = {key: plain[key] for key in ("model", "benchmark", "wordings", "n")}
    content["models"]["hosted"] = {"kind": "api", "model": "m"}
    content["pools"] |= {
        "forced": forced | {"kind": "forced", "forcing": FORCED},
        "limited": forced
        | {"kind": "forced", "wordings": ["budget"], "asked": [8, 16]}
        | {"forcing": {"budgets": "asked", "answer_tokens": 4}},
        "efforts": plain | {"model": "hosted", "efforts": ["low", "high"]},
        "revised": {key: plain[key] for key in ("model", "benchmark", "sampling", "n")}
        | {"kind": "revised", "wording": "plain", "revision": "revise", "revisions": 1},
        "logs": recorded("samples", model="other", benchmark="chains").model_dump(
            exclude_none=True
        ),
    }
    content["prompts"]["revise"] = "{problem} {attempt}"
    searched = {key: plain[key] for key in ("model", "benchmark", "sampling")}
    searched |= {"kind": "searched", "verifier": "judge", "wording": "plain", "beams": [1, 4, 8]}
    for method in ("beam", "dvts"):
        content["pools"][method] = searched | {"search": {"method": method}}
    content["models"]["judge"] = {
        "kind": "hub_verifier",
        "repo": "someone/judge",
        "revision": "main",
        "layout": "skywork",
    }
    content["curves"][name] = {"method": name.rsplit("_", maxsplit=1)[0], **curve}
    return content


@pytest.mark.parametrize(
    ("name", "curve", "told"),
    [
        ("control_y", {"pool": "plain"}, "pool: pool 'plain' asks for no length"),
        ("control_y", {"pool": "revised"}, "pool: pool 'revised' asks for no length"),
        (
            "control_y",
            {"pool": "forced", "classes": {"plain": "below"}, "neutral": "plain"},
            "pool: a point is one setting; pool 'forced' has several of each",
        ),
        ("sft_y", {"pools": ["plain"], "waits": 2}, "waits: 2 not among the pool's []"),
        ("sft_y", {"pools": ["plain"], "budget": 8}, "budget: 8 not among the pool's ['auto']"),
        ("sft_y", {"pools": ["plain"], "wording": "odd"}, "wording: 'odd' not among ['plain']"),
        ("sft_y", {"pools": ["asked"]}, "asked: pool 'asked' has several; take a pool with one"),
        ("sft_y", {"pools": ["plain", "logs"]}, "pools: of these logs are recorded; make two"),
        ("vote_y", {"pool": "plain", "asked": 8}, "asked: 8 not among the pool's []"),
        ("vote_y", {"pool": "asked"}, "asked: pool 'asked' has several; name one of [16, 32]"),
        ("vote_y", {"pool": "efforts"}, "effort: pool 'efforts' has several; name one of"),
        ("vote_y", {"pool": "revised"}, "waits: pool 'revised' has several; name one of [0, 1]"),
        ("vote_y", {"pool": "forced"}, "budget: pool 'forced' has several; name one of [8, 16, 'a"),
        ("vote_y", {"pool": "forced", "budget": "auto"}, "waits: pool 'forced' has several"),
        ("oracle_y", {"pool": "forced", "budget": 9}, "budget: 9 not among the pool's [8, 16, 'a"),
        ("oracle_y", {"pool": "forced", "budget": 8, "waits": 2}, "waits: 2 not among the pool"),
        ("finished_y", {"pool": "forced", "budgets": [4]}, "budget: pool 'forced' has several"),
        ("rejection_y", {"pool": "forced", "budgets": [4]}, "budget: pool 'forced' has several"),
        ("vote_y", {"pool": "beam"}, "beams: pool 'beam' has several; name one of [1, 4, 8]"),
        ("best_of_n_y", {"pool": "plain"}, "verifier: name the model whose scores choose"),
        (
            "best_of_n_y",
            {"pool": "plain", "verifier": "other"},
            "verifier: 'other' is not defined; there is: judge",
        ),
        ("beam_y", {"pool": "plain"}, "pool: a beam curve needs a pool of kind searched, not samp"),
        ("beam_y", {"pool": "logs"}, "pool: a beam curve needs a pool of kind searched, not recor"),
        ("beam_y", {"pool": "dvts"}, "pool: pool 'dvts' holds what a dvts search found"),
        (
            "beam_y",
            {"pool": "beam", "beams": [4, 16]},
            "beams: [16] not among the pool's [1, 4, 8]",
        ),
        ("dvts_y", {"pool": "dvts", "wording": "odd"}, "wording: 'odd' not among ['plain']"),
    ],
)
def test_what_a_pool_does_not_have_is_named(name, curve, told):
    with pytest.raises(ConfigError) as caught:
        check(Study, with_curve(name, **curve), "small.yaml")
    assert f"curves.{name}.{told}" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("control_y", {"pool": "asked"}),
        ("control_y", {"pool": "limited"}),
        ("control_y", {"pool": "plain", "classes": {"plain": "below"}, "neutral": "plain"}),
        ("sft_y", {"pools": ["forced"], "budget": "auto", "waits": 2}),
        ("sft_y", {"pools": ["plain"], "budget": "auto"}),
        ("vote_y", {"pool": "forced", "budget": 8}),
        ("oracle_y", {"pool": "asked", "asked": 32}),
        ("vote_y", {"pool": "efforts", "effort": "low"}),
        ("vote_y", {"pool": "logs", "budget": 77}),
        ("rejection_y", {"pool": "plain", "budgets": [4]}),
        ("oracle_y", {"pool": "beam", "beams": 8, "k": [8]}),
        ("best_of_n_y", {"pool": "plain", "verifier": "judge", "select": "weighted"}),
        ("best_of_n_y", {"pool": "logs", "verifier": "judge", "aggregate": "product"}),
        ("best_of_n_y", {"pool": "dvts", "beams": 4, "verifier": "judge"}),
        ("beam_y", {"pool": "beam", "select": "majority"}),
        ("dvts_y", {"pool": "dvts", "beams": [8], "aggregate": "min"}),
    ],
)
def test_what_fits_is_taken(name, curve):
    check(Study, with_curve(name, **curve), "small.yaml")


def test_the_settings_of_pools_are_those_of_their_tables():
    pools = check(Study, with_curve("vote_y", pool="plain"), "small.yaml").pools
    assert settings_drawn(pools["plain"]) == [Drawn()]
    assert settings_drawn(pools["limited"]) == [
        Drawn(asked=8, budget=8, waits=0),
        Drawn(asked=16, budget=16, waits=0),
    ]
    assert Drawn(waits=2) in settings_drawn(pools["forced"])
    assert Drawn(budget=16, waits=2) not in settings_drawn(pools["forced"])


@pytest.mark.parametrize(("table", "curve"), [("ablations", "ask_x"), ("lengths", "sft_x")])
def test_published_series_belong_to_curves_of_the_table(table, curve):
    content = study()
    published = {"paper": "s1", "figure": "f", "benchmark": "chains", "series": {curve: "s"}}
    content["tables"][table]["published"] = published
    told = rf"tables\.{table}\.published\.series: '{curve}' is no curve of this table"
    with pytest.raises(ConfigError, match=told):
        check(Study, content, "small.yaml")
