"""Queries, numbers and decisions of claims."""

import math

import polars as pl
import pytest

from scripts.lib.claims.judge import decide, verdict
from scripts.lib.claims.measure import Measured, measure
from scripts.lib.claims.query import ClaimError, check_query, rows_of
from scripts.lib.config.claims import Bounds, Evidence

AT = "config/claims.yaml: x.evidence.0"
SCHEMA = {"curves/vote_x": pl.Schema({"setting": pl.String, "accuracy": pl.Float64, "n": pl.Int64})}
POINTS = {
    "curves/vote_x": pl.DataFrame(
        {"setting": ["k=1", "k=2"], "accuracy": [0.5, 0.7], "n": [1, 2]}, SCHEMA["curves/vote_x"]
    )
}


def evidence(sql: str, **more: object) -> Evidence:
    entry = {
        **{"study": "recorded", "about": "a model", "quantity": "a number", "sql": sql},
        **{"tables": {"vote": "curves/vote_x"}, "confirmed_if": {"above": 0}},
    }
    return Evidence.model_validate(entry | more)


@pytest.mark.parametrize(
    ("bounds", "low", "high", "told"),
    [
        ({"above": 0}, 0.01, 0.2, "confirmed"),
        ({"above": 0}, 0.0, 0.2, "undecided"),
        ({"at_least": 0}, 0.0, 0.2, "confirmed"),
        ({"above": 0}, -0.2, 0.0, "refuted"),
        ({"at_least": 0}, -0.2, 0.0, "undecided"),
        ({"below": 0}, -0.2, -0.1, "confirmed"),
        ({"at_most": 0}, 0.01, 0.2, "refuted"),
        ({"at_least": -0.05, "at_most": 0.05}, -0.04, 0.05, "confirmed"),
        ({"at_least": -0.05, "at_most": 0.05}, -0.2, 0.2, "undecided"),
        ({"at_least": -0.05, "at_most": 0.05}, 0.06, 0.2, "refuted"),
        ({"at_least": -0.05, "at_most": 0.05}, -0.2, -0.06, "refuted"),
    ],
)
def test_an_interval_decides_if_all_of_it_lies_on_one_side(bounds, low, high, told):
    assert decide(low, high, Bounds.model_validate(bounds)) == told


def test_an_undecided_number_says_how_much_would_decide():
    above = Bounds(above=0)
    # It reaches twice as far as 0 is away: half as wide takes four times the problems.
    decision, why = verdict(Measured(0.1, -0.1, 0.3, 30), above)
    assert decision == "undecided"
    assert "if 0.1 stays, about 120 problems would decide instead of 30" in why
    # Inside of two bounds, the nearer end asks for more: 0.2 is ten times 0.05 - 0.03.
    both = Bounds(at_least=-0.05, at_most=0.05)
    assert "about 3,000 problems" in verdict(Measured(0.03, -0.17, 0.23, 30), both)[1]
    # Outside of them it has to leave at the nearest.
    assert "about 190 problems" in verdict(Measured(0.13, -0.07, 0.33, 30), both)[1]
    assert (
        "about 50 runs would decide instead of 5"
        in verdict(Measured(-0.1, -0.2, 0.216, 5, "runs"), above)[1]
    )
    assert "2 times as narrow" in verdict(Measured(0.1, -0.1, 0.3), above)[1]
    assert "no amount of data" in verdict(Measured(0.0, -0.1, 0.3, 30), above)[1]
    assert "a little more data" in verdict(Measured(0.1, 0.0, 0.3, 30), above)[1]


def test_without_limits_nothing_is_decided():
    decision, why = verdict(Measured(0.1, None, None), Bounds(above=0))
    assert decision == "undecided"
    assert why == "0.1 lies inside (above 0), but nobody knows how far it may be off"


def test_what_pairing_could_change_is_told():
    rows = pl.DataFrame({"first": [17 / 30], "second": [15 / 30], "problems": [30]})
    measured = measure(AT, "unpaired", rows, 100, 0)
    assert measured.low < measured.paired[0] < 0 < measured.paired[1] < measured.high
    decision, why = verdict(measured, Bounds(above=0))
    assert decision == "undecided"
    assert "differ on no more than they must, 2 of 30" in why
    decision, why = verdict(measured, Bounds(below=0.2))
    assert decision == "undecided"
    assert why.endswith("would confirm it")


def test_problems_are_resampled_whatever_their_order():
    values = pl.Series("value", [0.5, -0.25, 0.0, 0.75, 0.25, 0.5, -0.5, 1.0] * 5)
    one = measure(AT, "problems", values.to_frame(), 1000, 0)
    other = measure(AT, "problems", values.sort(descending=True).to_frame(), 1000, 0)
    assert one == other
    assert (one.value, one.size) == (pytest.approx(values.mean()), 40)
    assert one.low < one.value < one.high
    with pytest.raises(ClaimError, match=r"1 of 2 problems have no value"):
        measure(AT, "problems", pl.DataFrame({"value": [None, 0.1]}), 100, 0)


def test_an_empty_number_is_no_data():
    rows = pl.DataFrame(
        {"value": [None], "low": [None], "high": [None]},
        dict.fromkeys(["value", "low", "high"], pl.Float64),
    )
    assert measure(AT, "given", rows, 100, 0) is None
    runs = pl.DataFrame(
        {"first": [0.5], "first_sd": [0.0], "second": [0.4], "second_sd": [0.0], "runs": [5]}
    )
    with pytest.raises(ClaimError, match=r"x\.evidence\.0\.sql: 5 runs .* no interval"):
        measure(AT, "runs", runs, 100, 0)


@pytest.mark.parametrize(
    ("interval", "rows", "told"),
    [
        ("problems", {"value": [math.nan, 0.0, -1.0]}, "1 of 3 problems have no value"),
        ("problems", {"value": [300.0, 0.0]}, "value is 300, not within -1 and 1"),
        ("unpaired", {"first": [44.6], "second": [56.7], "problems": [30]}, "first is 44.6, not"),
        ("exact", {"value": [math.inf]}, "value is inf; a number is needed"),
        ("given", {"value": [0.1], "low": [-math.inf], "high": [0.2]}, "low is -inf; a number"),
    ],
)
def test_what_no_interval_holds_for_is_no_verdict(interval, rows, told):
    with pytest.raises(ClaimError, match=rf"x\.evidence\.0\.sql: {told}"):
        measure(AT, interval, pl.DataFrame(rows), 100, 0)


def test_a_query_gives_one_row():
    rows = rows_of(AT, evidence("SELECT accuracy AS value FROM vote WHERE n = 2"), POINTS)
    assert rows["value"].to_list() == [0.7]
    for sql, told in (("accuracy > 0", 2), ("accuracy > 1", 0)):
        one = evidence(f"SELECT accuracy AS value FROM vote WHERE {sql}", interval="exact")
        with pytest.raises(ClaimError, match=rf"{AT}\.sql: gives {told} rows, .* one row"):
            rows_of(AT, one, POINTS)


@pytest.mark.parametrize(
    ("sql", "interval", "told"),
    [
        ("SELECT accurcy AS value FROM vote", "exact", "accurcy"),
        ("SELECT accuracy AS value FROM votes", "exact", "votes"),
        ("SELECT accuracy value vote FROM", "exact", "sql parser error"),
        ("SELECT accuracy FROM vote", "exact", "gives accuracy; interval 'exact' needs value"),
        ("SELECT accuracy AS value FROM vote", "given", "needs value, low, high"),
        ("SELECT accuracy AS value, n FROM vote", "exact", "nothing else but problems"),
        ("SELECT setting AS value FROM vote", "exact", "value: not a number"),
    ],
)
def test_a_query_that_does_not_fit_its_tables_is_refused_before_they_are_made(sql, interval, told):
    with pytest.raises(ClaimError, match=told) as refused:
        check_query(AT, evidence(sql, interval=interval), SCHEMA)
    assert str(refused.value).startswith(f"{AT}.sql: ")
    check_query(AT, evidence("SELECT accuracy AS value FROM vote", interval="exact"), SCHEMA)
