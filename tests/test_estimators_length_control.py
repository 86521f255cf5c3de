"""Control, scaling and performance of s1, against its published points and table."""

import itertools
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.estimators.length_control import (
    control,
    performance,
    scaling_per_1000_tokens,
    scaling_per_doubling,
)
from scripts.lib.tableio import read_table
from scripts.lib.tables import Reference

PROBLEMS = 30


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    return read_table(Reference, Path("data/reference/s1.csv"))


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
    assert round(100 * scaling_per_doubling(tokens, accuracy)) == said
    assert abs(100 * scaling_per_1000_tokens(tokens, accuracy) - said) > 1.5


def test_budget_forcing_scales_as_published_on_every_five_of_its_points(published):
    tokens, accuracy = points(published, "Figure 1", "s1-32B, budget forcing")
    assert len(tokens) == 7
    # The paper does not say which five of the seven points its table counts.
    for chosen in itertools.combinations(zip(tokens, accuracy, strict=True), 5):
        assert 0.1385 <= scaling_per_doubling(*zip(*chosen, strict=True)) <= 0.1565


def test_control_counts_both_ends():
    assert control([499, 500, 900, 1000, 1001], 500, 1000) == pytest.approx(3 / 5)
    with pytest.raises(ValueError, match="nothing"):
        control([], 0, 1)


def test_performance_is_the_maximum():
    assert performance([0.2, 0.5, 0.4]) == 0.5


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=7, unique=True), st.data())
def test_slopes_are_the_mean_over_pairs(tokens, data):
    right = data.draw(st.lists(st.integers(0, 30), min_size=len(tokens), max_size=len(tokens)))
    pairs = [(a, b) for a in range(len(tokens)) for b in range(a)]
    exact = sum(Fraction(right[a] - right[b], tokens[a] - tokens[b]) for a, b in pairs)
    slope = scaling_per_1000_tokens(tokens, right)
    assert slope == pytest.approx(float(1000 * exact / len(pairs)), rel=1e-9, abs=1e-9)


def test_what_has_no_slope_is_refused():
    with pytest.raises(ValueError, match="two points"):
        scaling_per_doubling([100], [0.5])
    with pytest.raises(ValueError, match="same tokens"):
        scaling_per_doubling([100, 100], [0.5, 0.6])
