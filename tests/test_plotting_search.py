"""Panels of what verifiers say and choose."""

import matplotlib.style
import polars as pl
import pytest
from pydantic import ValidationError

from scripts.lib.config.figures import Figure
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from tests.figure_search import PARTS, bins, outcomes, passed_over, scores, verifier
from tests.figure_tables import doublings


def drawn(panels: list[dict[str, object]], **data: object):
    entry = {"title": "", "status": "new", "caption": "", "panels": panels}
    with matplotlib.style.context("config/figures.mplstyle"):
        canvas = draw_figure(Figure.model_validate(entry), FigureData(**data))
        canvas.draw_without_rendering()
    return canvas


def panel(kind: str, table: pl.DataFrame, **more: object):
    content = {"kind": kind, "title": "The panel", "table": "made_up", **more}
    return drawn([content], tables={"made_up": table}).axes[0]


def markers(axes) -> list[tuple[float, float]]:
    return [
        (round(float(x), 3), round(float(y), 3))
        for line in axes.lines
        if line.get_marker() != "None"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def bars(axes) -> list[tuple[float, float, float]]:
    found = [s for c in axes.collections for s in c.get_segments()]
    return [tuple(round(float(v), 3) for v in (s[0][0], s[0][1], s[1][1])) for s in found]


def legend(axes) -> list[str]:
    return axes.get_legend_handles_labels()[1]


def test_scores_stand_beside_each_other_in_each_part_with_quartiles_and_tenths():
    axes = panel("scores", scores("best", "other"), curve="best")
    places = markers(axes)
    assert [y for _, y in places] == [0.6, 0.7, 0.8, 0.4, 0.3, 0.2]
    right, wrong = places[:PARTS], places[PARTS:]
    assert all(
        x < part < other for (x, _), (other, _), part in zip(right, wrong, (1, 2, 3), strict=True)
    )
    assert (right[0][0], 0.4, 0.8) in bars(axes)
    assert (right[0][0], 0.5, 0.7) in bars(axes)
    assert legend(axes) == ["100 right solutions", "50 wrong solutions"]


def test_scores_of_independent_samples_name_no_size_of_a_search():
    assert len(markers(panel("scores", scores("best", beams=(None,)), curve="best"))) == 2 * PARTS


def test_a_curve_without_scores_is_refused():
    with pytest.raises(UserError, match="no scores of lost"):
        panel("scores", scores("best"), curve="lost")


def test_calibration_draws_the_bins_and_states_the_auc():
    axes = panel("verifier", verifier("prm", "orm"), basis="truth")
    assert markers(axes) == [(0.15, 0.2), (0.85, 0.7)] * 2
    told = "AUC 0.90 [0.85, 0.95], 400 steps"
    assert legend(axes) == ["score = share right", f"prm: {told}", f"orm: {told}"]
    without = verifier("prm").filter(basis="rollouts")
    with pytest.raises(UserError, match="no measures against truth"):
        panel("verifier", without, basis="truth")


def test_what_was_passed_over_is_drawn_against_n():
    axes = panel("passed_over", passed_over("best", "beam"))
    assert markers(axes) == [(1, 0), (2, 0.05), (4, 0.1), (8, 0.15)] * 2
    assert (8, 0.1, 0.2) in bars(axes)
    assert legend(axes) == ["best", "beam"]


def test_a_curve_has_one_style_in_all_panels_of_its_figure():
    panels = [
        {"kind": "scaling", "title": "a", "x": "n", "curves": ["other", "best"]},
        {"kind": "passed_over", "title": "b", "table": "lost"},
    ]
    points = {name: doublings(name, "best_of_n", "measured") for name in ("other", "best")}
    left, right = drawn(
        panels,
        points=points,
        labels={"other": "other", "best": "best"},
        tables={"lost": passed_over("best")},
    ).axes
    colours = {line.get_label(): line.get_color() for line in left.lines}
    assert {line.get_color() for line in right.lines} == {colours["best"]}
    assert left.get_xlabel() == right.get_xlabel() == "samples, or candidates of a search (N)"


def test_the_point_to_beat_has_a_line_to_all_that_is_dearer():
    curves = {"kind": "scaling", "title": "a", "x": "flops", "curves": ["large", "small"]}
    large = doublings("large", "oracle", "measured").head(2)
    points = {"large": large, "small": doublings("small", "best_of_n", "measured")}
    labels = {"large": "large", "small": "small"}
    axes = drawn([curves | {"to_beat": ["large"]}], points=points, labels=labels).axes[0]
    best = large.sort("accuracy").row(-1, named=True)
    level = [line for line in axes.lines if list(line.get_ydata()) == [best["accuracy"]] * 2]
    assert [line.get_xdata()[0] for line in level] == [best["flops"]]
    assert level[0].get_xdata()[1] > points["small"]["flops"].max()
    assert "to beat" in [text.get_text() for text in axes.texts]
    with pytest.raises(ValidationError, match="'none' is not among curves: large, small"):
        drawn([curves | {"to_beat": ["none"]}], points=points, labels=labels)


def test_what_guessing_reaches_is_drawn_beside_pass_at_k():
    curve = doublings("oracle", "oracle", "measured")
    entry = {"kind": "scaling", "title": "a", "x": "n", "curves": ["oracle"]}
    data = {"points": {"oracle": curve}, "labels": {"oracle": "pass@k"}}
    axes = drawn([entry | {"chance": {"oracle": 0.25}}], **data).axes[0]
    (floor,) = [line for line in axes.lines if line.get_label() == "guessing"]
    assert list(floor.get_xdata()) == curve["n"].to_list()
    assert list(floor.get_ydata()) == pytest.approx([1 - 0.75**k for k in curve["n"]])
    assert legend(axes) == ["pass@k", "guessing"]
    with pytest.raises(ValidationError, match="chance: 'none' is not among curves: oracle"):
        drawn([entry | {"chance": {"none": 0.25}}], **data)


def stands_apart(axes, title: str) -> bool:
    """Whether the legend has this title and lies below the label of the axis."""
    axes.figure.draw_without_rendering()
    key = axes.get_legend()
    label = axes.xaxis.label.get_window_extent()
    return key.get_title().get_text() == title and key.get_window_extent().y1 <= label.y0


def test_accuracy_is_drawn_by_bin_at_one_setting():
    entry = {"kind": "by_bin", "title": "a", "bins": "hard", "curves": ["vote", "best"]}
    data = {
        "outcomes": {"vote": outcomes("vote", 0.25), "best": outcomes("best", 0.5)},
        "bins": {"hard": bins()},
        "points": {name: doublings(name, "vote", "measured") for name in ("vote", "best")},
        "labels": {"vote": "vote", "best": "best"},
    }
    axes = drawn([entry | {"settings": ["k=4"]}], **data).axes[0]
    assert stands_apart(axes, "k=4")
    heights = [y for _, y in markers(axes)]
    # Half of the problems of the easier bin are right in any case.
    assert heights == [0.625, 0.25, 0.75, 0.5]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        "1 (4)",
        "2 (6)",
    ]
    assert len(bars(axes)) == 4
    assert all(
        low <= height <= high for (_, low, high), height in zip(bars(axes), heights, strict=True)
    )
    with pytest.raises(UserError, match="no setting 'k=9' to draw; there is: k=1, k=4"):
        drawn([entry | {"settings": ["k=9"]}], **data)


def test_settings_of_one_curve_are_drawn_by_bin_too():
    entry = {"kind": "by_bin", "title": "a", "bins": "hard", "settings": ["k=1", "k=4"]}
    data = {
        "outcomes": {"vote": outcomes("vote", 0.25)},
        "bins": {"hard": bins()},
        "points": {"vote": doublings("vote", "vote", "measured")},
        "labels": {"vote": "votes"},
    }
    axes = drawn([entry | {"curves": ["vote"]}], **data).axes[0]
    assert legend(axes) == ["k=1", "k=4"]
    assert stands_apart(axes, "votes")
    assert len(markers(axes)) == 4
    with pytest.raises(ValidationError, match="several of one only"):
        drawn([entry | {"curves": ["vote", "best"]}], **data)
