"""Figures without what is not here."""

import pytest

from scripts.lib.config.figures import Figure
from scripts.lib.config.needs import Needs
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.left_out import EmptyPanel, note, without
from tests.figure_tables import doublings

LABELS = {"vote": "votes", "oracle": "pass@k", "ask": "asked"}
PULL = "make pull STUDY=config/paper.yaml"


def figure(*panels: dict[str, object]) -> Figure:
    return Figure.model_validate(
        {"title": "A figure", "status": "new", "caption": "What it is.", "panels": list(panels)}
    )


def scaling(**more: object) -> dict[str, object]:
    return {"kind": "scaling", "title": "Left", "curves": ["vote", "oracle"], **more}


def test_a_whole_figure_is_left_as_it_is():
    whole = figure(scaling())
    assert without(whole, Needs(curves=("ask",))) == whole
    assert note(whole, Needs(curves=("ask",)), LABELS, PULL) == ""


def test_a_missing_curve_leaves_its_panel_and_all_that_speaks_of_it():
    told = figure(
        scaling(
            to_beat=["vote"], chance={"vote": 0.25}, regions={"asking": "vote", "voting": "oracle"}
        )
    )
    (panel,) = without(told, Needs(curves=("vote",))).panels
    assert (panel.curves, panel.to_beat, panel.regions) == (["oracle"], [], [])
    assert panel.chance == {}
    said = note(told, Needs(curves=("vote",)), LABELS, PULL)
    assert said == f"Not here, so not drawn: votes. To get what has been measured: {PULL}"


@pytest.mark.parametrize(
    ("panel", "missing"),
    [
        (scaling(), Needs(curves=("vote", "oracle"))),
        ({"kind": "obedience", "title": "T", "curves": ["ask"]}, Needs(fits=("ask",))),
        ({"kind": "comparison", "title": "T", "table": "sets"}, Needs(tables=("sets",))),
        ({"kind": "control", "title": "T", "table": "sets"}, Needs(tables=("sets",))),
        ({"kind": "funnel", "title": "T"}, Needs(tables=("funnel",))),
        ({"kind": "passed_over", "title": "T", "table": "over"}, Needs(tables=("over",))),
        ({"kind": "lengths", "title": "T", "selections": ["s1k"]}, Needs(selections=("s1k",))),
        ({"kind": "anatomy", "title": "T", "anatomy": "beam"}, Needs(anatomies=("beam",))),
        ({"kind": "training", "title": "T", "models": ["s1"]}, Needs(models=("s1",))),
        (
            {"kind": "by_bin", "title": "T", "bins": "b", "curves": ["vote"], "settings": ["k=1"]},
            Needs(bins=("b",)),
        ),
    ],
)
def test_a_panel_with_nothing_to_draw_says_what_it_should_show(panel, missing):
    told = figure(panel, scaling(title="Right", curves=["oracle"]))
    missing = Needs(**{k: v for k, v in vars(missing).items() if "oracle" not in v or len(v) > 1})
    left = without(told, missing)
    assert isinstance(left.panels[0], EmptyPanel)
    names = [name for found in vars(missing).values() for name in found]
    data = FigureData(points={"oracle": doublings("oracle", "oracle", "measured")}, labels=LABELS)
    canvas = draw_figure(left, data, note(told, missing, LABELS, PULL))
    shown = "\n".join(text.get_text() for text in canvas.axes[0].texts)
    assert all(LABELS.get(name, name) in shown for name in names)
    assert PULL in " ".join(canvas.get_supxlabel().split())


def test_curves_of_the_same_label_are_told_apart():
    told = figure(scaling())
    labels = dict.fromkeys(LABELS, "votes")
    said = note(told, Needs(curves=("vote", "oracle")), labels, PULL)
    assert "votes (vote); votes (oracle)" in said


def test_published_series_stay():
    series = {"paper": "s1", "figure": "Figure 1", "series": "a", "label": "published"}
    (panel,) = without(
        figure(scaling(references=[series])), Needs(curves=("vote", "oracle"))
    ).panels
    assert panel.curves == []
    assert panel.references
