"""Scaling and performance of s1, against its published points and table."""

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.curves.tables import Reference
from scripts.lib.estimators.length_control import mean_slopes, performance
from scripts.lib.tableio import read_table

PROBLEMS = 30


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    return read_table(Reference, Path("data/reference/s1.csv"))


def per_doubling(tokens, accuracy) -> float:
    """Scaling of one set of points as the paper's table has it."""
    return float(mean_slopes([np.log2(tokens)], [accuracy])[0])


def points(published: pl.DataFrame, figure: str, series: str) -> tuple[list[float], list[float]]:
    """Tokens and accuracy on AIME 2024 as whole problems of 30: the table rounds them."""
    rows = published.filter(figure=figure, series=series, benchmark="aime24")
    rows = rows.filter(y_unit="accuracy").drop_nulls("x")
    assert rows.height
    return rows["x"].to_list(), [round(y * PROBLEMS) / PROBLEMS for y in rows["y"]]


@pytest.mark.parametrize(
    ("figure", "series"),
    [
        ("Table 11", "token-conditional control"),
        ("Table 11", "token-conditional control + budget forcing"),
        ("Table 12", "step-conditional control"),
        ("Table 12", "step-conditional control + budget forcing"),
        ("Table 13", "class-conditional control"),
    ],
)
def test_scaling_per_doubling_gives_the_published_table(published, figure, series):
    tokens, accuracy = points(published, figure, series)
    if figure == "Table 13":  # of the three prompts the table counts the two that ask for a length
        tokens, accuracy = zip(*sorted(zip(tokens, accuracy, strict=True))[1:], strict=True)
    said = published.filter(figure="Table 3", series=f"{series}: scaling")["y"].item()
    assert round(100 * per_doubling(tokens, accuracy)) == said
    assert abs(1e5 * mean_slopes([tokens], [accuracy])[0] - said) > 1.5


def test_budget_forcing_scales_as_published_on_every_five_of_its_points(published):
    tokens, accuracy = points(published, "Figure 1", "s1-32B, budget forcing")
    assert len(tokens) == 7
    # The paper does not say which five of the seven points its table counts.
    for chosen in itertools.combinations(zip(tokens, accuracy, strict=True), 5):
        assert 0.1385 <= per_doubling(*zip(*chosen, strict=True)) <= 0.1565


def test_performance_is_the_maximum():
    assert performance([0.2, 0.5, 0.4]) == 0.5


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=7, unique=True), st.data())
def test_slopes_are_the_mean_over_pairs(tokens, data):
    right = data.draw(st.lists(st.integers(0, 30), min_size=len(tokens), max_size=len(tokens)))
    pairs = [(a, b) for a in range(len(tokens)) for b in range(a)]
    exact = sum(Fraction(right[a] - right[b], tokens[a] - tokens[b]) for a, b in pairs)
    slope = mean_slopes([tokens], [right])[0]
    assert slope == pytest.approx(float(exact / len(pairs)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("settings", [5, 9, 13])
def test_settings_that_think_equally_long_make_no_pair(settings):
    """A matrix product may round equal columns apart; a slope over 1e-14 tokens is garbage."""
    generator = np.random.default_rng(settings)
    thinking = generator.integers(100, 500, size=(30, settings)) + 500.0 * np.arange(settings)
    thinking[:, -1] = thinking[:, -2]
    accuracy = generator.random((30, settings))
    weights = generator.multinomial(30, np.full(30, 1 / 30), size=500) / 30
    lengths = weights @ thinking
    lengths[:, -1] += lengths[:, -2] * 2e-15  # on any machine, not by its matrix product alone
    values = weights @ accuracy
    for x in (lengths / 1000, np.log2(lengths)):
        first, second = np.triu_indices(settings, k=1)
        apart = (x[:, second] - x[:, first])[:, :-1]  # the last pair is of the equal ones
        slopes = (values[:, second] - values[:, first])[:, :-1] / apart
        assert mean_slopes(x, values) == pytest.approx(slopes.mean(axis=1), rel=1e-9)


def test_what_has_no_slope_has_no_number():
    assert np.isnan(mean_slopes([[100.0]], [[0.5]])).all()
    assert np.isnan(mean_slopes([[100.0, 100.0]], [[0.5, 0.6]])).all()
