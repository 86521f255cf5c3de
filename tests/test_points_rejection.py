"""Points of rejection sampling, against every order of a made-up pool."""

import itertools
import logging

import numpy as np
import pytest

from scripts.lib.curves.samples import CurveError
from tests.curve_tables import tables_of
from tests.pool_tables import samples_of

POOL = [
    # Lengths 100 to 400 of generated tokens, 90 to 390 of thinking.
    *samples_of("a", ["1", "2", "1", "1"]),
    *samples_of("b", ["2", "2", "2", "1"]),
]
for sample in POOL:
    sample["thinking"] = sample["tokens"] - 10


def run(order, budget, most):
    """What one run of tries comes to: accepted, right, thinking, tokens."""
    tokens = 0
    for sample in order[:most]:
        tokens += sample["tokens"]
        if sample["thinking"] <= budget:
            return 1, sample["answer"] == "1", sample["thinking"], tokens
    return 0, 0, 0, tokens


@pytest.mark.parametrize("most", [1, 2, 4])
def test_points_are_means_over_every_order_of_the_pool(tmp_path, most):
    budgets = [80, 190, 300, 390]
    tables = tables_of(tmp_path, POOL, method="rejection", budgets=budgets, tries=most)
    points = tables.points
    assert points["setting"].to_list() == [f"budget={budget}" for budget in budgets]
    assert points["budget"].to_list() == budgets
    assert points["n"].to_list() == [most] * 4
    for point in points.iter_rows(named=True):
        runs = np.array(
            [
                [run(order, point["budget"], most) for order in itertools.permutations(own)]
                for own in (POOL[:4], POOL[4:])
            ]
        ).mean(axis=1)
        accepted, right, thinking, tokens = runs.T
        assert point["accuracy"] == pytest.approx(right.mean())
        assert point["tokens"] == pytest.approx(tokens.mean())
        assert point["serial_tokens"] == pytest.approx(tokens.mean())
        # The prompt is read once, whatever the number of tries.
        assert point["flops"] == pytest.approx(1000 + 7 * tokens.mean())
        own = tables.outcomes.filter(setting=point["setting"])
        assert own["obeyed"].to_list() == pytest.approx(list(accepted))
        if accepted.sum():
            assert point["thinking_tokens"] == pytest.approx(thinking.sum() / accepted.sum())
        else:
            assert point["thinking_tokens"] is None
        assert point["low"] <= point["accuracy"] <= point["high"]
        assert point["low_benchmark"] <= point["accuracy"] <= point["high_benchmark"]


def test_without_tries_the_smallest_pool_is_drawn_to_its_end(tmp_path):
    points = tables_of(tmp_path, POOL[:-1], method="rejection", budgets=[400]).points
    assert points["n"].to_list() == [3]
    assert points["accuracy"].to_list() == pytest.approx([3 / 8])
    # All fit: one try is spent.
    assert points["tokens"].to_list() == pytest.approx([(250 + 200) / 2])
    assert points["usd"].to_list() == pytest.approx([0.5])


def test_unknown_costs_of_what_is_thrown_away_are_unknown(tmp_path):
    samples = [dict(sample) for sample in POOL]
    samples[3]["usd"] = None
    points = tables_of(tmp_path, samples, method="rejection", budgets=[300, 400]).points
    assert points["usd"].to_list() == [None, None]
    # With one try, samples that fit alone matter where all fit.
    easy = [dict(sample) for sample in POOL[:3]]
    points = tables_of(tmp_path, easy, method="rejection", budgets=[10, 400], tries=1).points
    assert points["usd"].to_list() == pytest.approx([0.5, 0.5])


def test_generated_tokens_stand_in_for_unknown_thinking(tmp_path, caplog):
    samples = [sample | {"thinking": None} for sample in POOL]
    with caplog.at_level(logging.WARNING):
        points = tables_of(tmp_path, samples, method="rejection", budgets=[190, 200]).points
    assert "generated tokens are held to the budgets" in caplog.text
    assert points["thinking_tokens"].to_list() == [100, 150]


@pytest.mark.parametrize(
    ("change", "curve", "message"),
    [
        ({}, {"tries": 5}, "5 draws need as many samples of each problem; the fewest are 4"),
        ({"tokens": None, "thinking": None}, {}, "1 samples have neither"),
        ({"wording": "other"}, {}, r"several values of \(wording\).*name its wording"),
    ],
)
def test_what_cannot_be_told_is_refused(tmp_path, change, curve, message):
    samples = [POOL[0] | change, *POOL[1:]]
    with pytest.raises(CurveError, match=message):
        tables_of(tmp_path, samples, method="rejection", budgets=[100], **curve)
