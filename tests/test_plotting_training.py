"""Training loss: every step faint, its moving mean above it."""

import matplotlib.style
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.config.figures import Figure
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.plotting.training import moving_mean
from scripts.lib.tableio import empty_table
from scripts.lib.training_tables import TrainingStep
from tests.figure_sets import training

RECORDS = {"one": training(100, 1), "two": training(40, 2)}


def drawn(records=RECORDS, **panel: object):
    whole = {"kind": "training", "title": "", "models": list(records)} | panel
    entry = {"title": "", "status": "new", "caption": "", "panels": [whole]}
    with matplotlib.style.context("config/figures.mplstyle"):
        return draw_figure(Figure.model_validate(entry), FigureData(training=records)).axes[0]


@given(st.lists(st.floats(0, 20), min_size=1, max_size=40), st.integers(1, 50))
def test_the_moving_mean_is_that_of_the_steps_around_each_as_many_on_both_sides(values, window):
    wanted = []
    for i in range(len(values)):
        reach = min(window // 2, i, len(values) - 1 - i)
        wanted.append(np.mean(values[i - reach : i + reach + 1]))
    assert moving_mean(values, window) == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(
    ("x", "label"), [("tokens", "tokens"), ("flops", "FLOPs"), ("step", "step")]
)
def test_raw_values_lie_faint_below_the_mean(x, label):
    axes = drawn(x=x)
    assert label in axes.get_xlabel()
    raw, mean = axes.lines[:2]
    assert np.array_equal(raw.get_xdata(), RECORDS["one"][x].to_numpy())
    assert np.array_equal(raw.get_ydata(), RECORDS["one"]["loss"].to_numpy())
    assert mean.get_ydata() == pytest.approx(moving_mean(RECORDS["one"]["loss"], 5))
    assert raw.get_alpha() < 0.5 < mean.get_linewidth()
    assert raw.get_zorder() < mean.get_zorder()


def test_models_differ_in_line_and_colour_and_are_named_with_their_window():
    axes = drawn(labels={"one": "s1"})
    handles, labels = axes.get_legend_handles_labels()
    assert labels == ["s1, mean of 5 steps", "two, mean of 3 steps"]
    assert len({str(handle.get_linestyle()) for handle in handles}) == 2
    assert len({handle.get_color() for handle in handles}) == 2
    assert drawn(window=7).get_legend_handles_labels()[1][1] == "two, mean of 7 steps"


def test_the_loss_range_is_the_one_asked_for():
    assert drawn(loss=(0, 2)).get_ylim() == (0, 2)


def test_a_training_without_steps_is_refused_by_name():
    with pytest.raises(UserError, match="training record of one has no steps"):
        drawn({"one": empty_table(TrainingStep)})
