"""The panel of the limit of voting: forecast, value seen, limit, and what it refuses."""

import matplotlib.style
import polars as pl
import pytest

from scripts.lib.config.check import ConfigError
from scripts.lib.config.figures import Figure
from scripts.lib.config.needs import Needs
from scripts.lib.errors import UserError
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from scripts.lib.workflow import StudyFiles
from tests.figure_forecasts import CURVES, vote_forecasts, vote_limits
from tests.studies import micro
from tests.test_plotting_tables import bars, dots, names

PANEL = {"kind": "vote_limit", "title": "Limits", "table": "limits", "forecasts": "told"}


def figure(**panel):
    told = {"title": "t", "status": "new", "caption": "c", "panels": [PANEL | panel]}
    return Figure.model_validate(told)


def drawn(limits=None, told=None, **panel):
    tables = {"limits": vote_limits() if limits is None else limits}
    tables["told"] = vote_forecasts() if told is None else told
    with matplotlib.style.context("config/figures.mplstyle"):
        (axes,) = draw_figure(figure(**panel), FigureData(tables=tables)).axes
    return axes


def test_every_curve_has_its_forecast_what_was_seen_and_its_limit():
    axes = drawn(**{"from": 16})
    assert names(axes) == list(CURVES.values())
    table, told = vote_limits(), vote_forecasts().filter(from_k=16, curves=1)
    values = [told["forecast"], table["seen"], table["limit"]]
    wanted = [
        (round(value, 4), round(row + shift, 2))
        for shift, column in zip((-0.25, 0, 0.25), values, strict=True)
        for row, value in enumerate(column)
    ]
    assert sorted(dots(axes, hollow=False)) == sorted(wanted)
    assert len(bars(axes)) == 3 * len(CURVES)
    first = [bar for bar in bars(axes) if bar[2] == -0.25]
    assert first == [(round(told["low_forecast"][0], 4), round(told["high_forecast"][0], 4), -0.25)]
    _, labels = axes.get_legend_handles_labels()
    assert labels == [
        "vote of all samples, forecast from the first 16",
        "vote of all samples, seen",
        "limit of voting",
    ]


def test_forecasts_may_be_left_out_and_begin_with_the_fewest_samples():
    assert len(bars(drawn(forecasts=None))) == 2 * len(CURVES)
    _, labels = drawn().get_legend_handles_labels()
    assert labels[0].endswith("from the first 8")
    first = vote_forecasts()
    numbers = ["forecast", "low_forecast", "high_forecast", "width", "held"]
    lost = pl.when(pl.col("curve") != "vote_a").then(pl.col(numbers))
    few = drawn(told=first.with_columns(lost, why=pl.lit("few")))
    assert len(bars(few)) == 3 * len(CURVES) - 1


def test_what_is_not_there_is_refused():
    with pytest.raises(UserError, match=r"no forecasts of all samples from 4; from: \[8, 16\]"):
        drawn(**{"from": 4})
    with pytest.raises(UserError, match="limits has no rows to draw in 'Limits'"):
        drawn(limits=vote_limits().clear())


def test_both_tables_are_needed_and_of_their_kinds():
    assert figure().needs() == Needs(tables=("limits", "told"))
    study = micro()
    vote = next(name for name, one in study["curves"].items() if one["method"] == "vote")
    limits = {"kind": "vote_limit", "title": "t", "curves": [vote]}
    study["tables"] |= {"limits": limits, "told": limits}
    study["figures"]["limits"] = {"title": "t", "status": "new", "caption": "c", "panels": [PANEL]}
    with pytest.raises(ConfigError, match=r"panels\.0\.table: 'told' is not defined"):
        StudyFiles(study, [])
    study["tables"]["told"] = limits | {"kind": "forecast", "from": [1]}
    spec = StudyFiles(study, []).figure_spec(type("W", (), {"figure": "limits"}))
    assert Figure.model_validate_json(spec).needs().tables == ("limits", "told")
