"""Rejection sampling from a pool, against all orders of small pools."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.estimators.rejection import expected_accuracy, tries

COSTS = [3, 7, 20, 1, 50]


def every_order(fits: list[bool], right: list[bool], most: int) -> list[float]:
    """Mean acceptance, accuracy, rejected draws and cost over all orders of a pool."""
    totals = np.zeros(4)
    for order in itertools.permutations(range(len(fits))):
        for draw in order[:most]:
            totals[3] += COSTS[draw]
            if fits[draw]:
                totals[:2] += 1, right[draw]
                break
            totals[2] += 1
    return list(totals / math.factorial(len(fits)))


@given(st.data())
def test_it_is_the_mean_over_all_orders(data):
    n = data.draw(st.integers(1, 5))
    fits = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    right = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    most = data.draw(st.integers(1, n))
    accepted, accuracy, rejected, cost = every_order(fits, right, most)
    fitting = sum(fits)
    both = sum(f and r for f, r in zip(fits, right, strict=True))
    found = tries(n, [fitting], most)
    assert found.accepted[0] == pytest.approx(accepted)
    assert found.rejected[0] == pytest.approx(rejected)
    assert expected_accuracy(n, [fitting], [both], most)[0] == pytest.approx(accuracy, abs=1e-12)
    costs = np.array(COSTS[:n], dtype=float)
    means = [costs[np.array(fits) == side] for side in (True, False)]
    fit, fail = ([part.mean() if len(part) else np.nan] for part in means)
    assert found.spent(fit, fail)[0] == pytest.approx(cost)


def test_pools_of_several_sizes_stand_side_by_side():
    found = tries([2, 4, 3], [1, 0, 3], 2)
    assert found.accepted == pytest.approx([1, 0, 1])
    assert found.rejected == pytest.approx([0.5, 2, 0])


def test_more_tries_than_samples_are_refused():
    with pytest.raises(ValueError, match="within 1 to 2"):
        tries([2, 4], [1, 1], 3)
