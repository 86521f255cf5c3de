"""Figures in a study file: every panel kind, what it needs, and names that do not meet."""

import jsonschema
import pytest

from scripts.config.write_schema import schema
from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.figures import Figure
from scripts.lib.config.needs import Needs
from scripts.lib.config.study import Study
from tests.studies import QUESTION_COLUMNS

S1 = {"paper": "s1", "figure": "Trace lengths", "series": "r1", "label": "r1"}
PANELS = {
    "scaling": {"kind": "scaling", "title": "", "x": "train_flops", "curves": ["sft_x"]},
    "obedience": {"kind": "obedience", "title": "", "curves": ["ask_x"]},
    "comparison": {"kind": "comparison", "title": "", "table": "ablations"},
    "control": {"kind": "control", "title": "", "table": "lengths"},
    "funnel": {"kind": "funnel", "title": ""},
    "lengths": {"kind": "lengths", "title": "", "selections": ["chosen"], "references": [S1]},
    "domains": {"kind": "domains", "title": "", "selections": ["chosen"]},
    "training": {"kind": "training", "title": "", "models": ["tuned"]},
}
NEEDS = {
    "scaling": Needs(curves=("sft_x",)),
    "obedience": Needs(curves=("ask_x",), fits=("ask_x",)),
    "comparison": Needs(tables=("ablations",)),
    "control": Needs(tables=("lengths",)),
    "funnel": Needs(tables=("funnel",)),
    "lengths": Needs(selections=("chosen",), papers=("s1",)),
    "domains": Needs(selections=("chosen",)),
    "training": Needs(models=("tuned",)),
}


def figure(*panels: dict, **more: object) -> dict:
    return {"title": "", "status": "new", "caption": "", "panels": list(panels)} | more


def study(**changes: object) -> dict:
    """A study with something of every kind that a panel can draw, and a figure of each kind."""
    whole = {
        "study": "small",
        "title": "A small study",
        "benchmarks": {"chains": {"kind": "chains", "seed": 1, "operations": [2], "problems": 4}},
        "models": {
            "base": {"kind": "hub", "repo": "someone/model", "revision": "main"},
            "tuned": {
                "kind": "tuned",
                "base": "base",
                "selection": "chosen",
                "wording": "plain",
                "training": {},
            },
        },
        "prompts": {"plain": "{problem}", "budget": "{problem} Use {asked} tokens."},
        "questions": {
            "sources": {
                "own": {
                    "kind": "file",
                    "path": "questions.csv",
                    "columns": QUESTION_COLUMNS,
                }
            },
            "tokenizer": "base",
        },
        "selections": {"chosen": {"rule": "random", "size": 2}},
        "pools": {
            "asked": {
                "kind": "sampled",
                "model": "base",
                "benchmark": "chains",
                "wordings": ["budget"],
                "asked": [16, 32],
                "sampling": {"max_tokens": 64},
                "n": 2,
            },
            "plain": {
                "kind": "sampled",
                "model": "tuned",
                "benchmark": "chains",
                "wordings": ["plain"],
                "sampling": {"max_tokens": 64},
                "n": 1,
            },
        },
        "curves": {
            "ask_x": {"method": "ask", "label": "asked", "pool": "asked"},
            "control_x": {"method": "control", "pool": "asked"},
            "sft_x": {"method": "sft", "pools": ["plain"]},
        },
        "tables": {
            "ablations": {
                "kind": "comparison",
                "title": "",
                "reference": "sft_x",
                "curves": ["sft_x"],
            },
            "lengths": {"kind": "control", "title": "", "curves": ["control_x"]},
        },
        "figures": {kind: figure(panel) for kind, panel in PANELS.items()},
    }
    return whole | changes


def broken(panel: dict, **changes: object) -> str:
    with pytest.raises(ConfigError) as caught:
        check(Study, study(figures={"broken": figure(panel)}, **changes), "small.yaml")
    return str(caught.value)


def test_every_kind_of_panel_is_valid_and_keeps_to_the_schema():
    checked = check(Study, study(), "small.yaml")
    assert {f.panels[0].kind for f in checked.figures.values()} == set(PANELS)
    jsonschema.validate(study(), schema())


@pytest.mark.parametrize("kind", PANELS)
def test_a_figure_needs_what_its_panels_draw(kind):
    assert Figure.model_validate(figure(PANELS[kind])).needs() == NEEDS[kind]


def test_a_figure_of_all_panels_needs_each_thing_once():
    panels = [PANELS["lengths"], PANELS["domains"], PANELS["scaling"], PANELS["obedience"]]
    assert Figure.model_validate(figure(*panels)).needs() == Needs(
        curves=("sft_x", "ask_x"), fits=("ask_x",), papers=("s1",), selections=("chosen",)
    )


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        ("scaling", {"curves": ["sft_y"]}, "panels.0.curves: 'sft_y' is not defined"),
        ("scaling", {"curves": []}, "panels.0: neither curves nor references"),
        ("comparison", {"table": "nothing"}, "panels.0.table: 'nothing' is not defined"),
        ("comparison", {"table": "lengths"}, "'lengths' is not defined; there is: ablations"),
        ("control", {"table": "ablations"}, "'ablations' is not defined; there is: lengths"),
        ("lengths", {"selections": ["other"]}, "panels.0.selections: 'other' is not defined"),
        ("domains", {"selections": []}, "neither selections nor references"),
        ("lengths", {"labels": {"other": "x"}}, "'other' is not among selections: chosen"),
        ("training", {"models": ["nobody"]}, "panels.0.models: 'nobody' is not defined"),
        ("training", {"models": ["base"]}, "'base' is not trained in this study"),
        ("training", {"labels": {"base": "x"}}, "'base' is not among models: tuned"),
        ("scaling", {"x": "hours"}, "'train_examples', 'usd' or 'waits'"),
    ],
)
def test_names_that_do_not_meet_are_refused(kind, change, told):
    assert told in broken(PANELS[kind] | change)


def test_a_funnel_needs_questions_unless_it_is_a_published_one():
    own, without = PANELS["funnel"], {"questions": None, "selections": {}, "tables": {}}
    without |= {"models": {}, "pools": {}, "curves": {}}
    assert "no questions, so no funnel of them" in broken(own, **without)
    published = own | {"published": S1 | {"figure": "Funnel", "series": "paper"}}
    content = study(figures={"funnel": figure(published)}, **without)
    assert check(Study, content, "small.yaml").figures["funnel"].needs() == Needs(papers=("s1",))


def test_the_name_of_the_funnel_is_taken():
    tables = study()["tables"]
    tables["funnel"] = tables["ablations"]
    with pytest.raises(ConfigError, match=r"tables\.funnel: this is the name of the table"):
        check(Study, study(tables=tables), "small.yaml")


def test_an_accuracy_axis_is_shared_only_by_panels_of_the_same_range():
    whole, half = PANELS["scaling"], PANELS["scaling"] | {"accuracy": [0, 0.5]}
    check(Figure, figure(whole, whole, share_accuracy=True), "figure")
    with pytest.raises(ConfigError, match="different ranges"):
        check(Figure, figure(whole, half, share_accuracy=True), "figure")
    with pytest.raises(ConfigError, match="must be of kind scaling"):
        check(Figure, figure(whole, PANELS["funnel"], share_accuracy=True), "figure")


def test_a_figure_holds_up_to_six_panels():
    check(Figure, figure(*[PANELS["scaling"]] * 6), "figure")
    with pytest.raises(ConfigError, match="at most 6"):
        check(Figure, figure(*[PANELS["scaling"]] * 7), "figure")
