"""Where gains end: the smallest compute that no larger one beats by the stated size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.estimators.gains import end_of_gains


def test_gains_end_at_the_foot_of_the_plateau():
    assert end_of_gains([1, 2, 4, 8, 16], [0.1, 0.5, 0.7, 0.705, 0.7], 0.01) == 4


def test_a_dip_before_a_rise_ends_nothing():
    assert end_of_gains([1, 2, 4, 8], [0.5, 0.4, 0.6, 0.6], 0.01) == 4


def test_a_curve_that_rises_to_its_end_gains_to_its_end():
    assert end_of_gains([8, 4, 2, 1], [0.8, 0.6, 0.4, 0.2], 0.01) == 8


def test_no_points_are_refused():
    with pytest.raises(ValueError, match="no points"):
        end_of_gains([], [], 0.01)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(1e-6, 0.5))
def test_it_is_the_first_point_without_a_larger_gain_to_come(accuracy, least):
    compute = 2.0 ** np.arange(len(accuracy))
    end = end_of_gains(compute, accuracy, least)
    stays = [
        all(later - now < least for later in accuracy[place:]) for place, now in enumerate(accuracy)
    ]
    assert end == compute[stays.index(True)]
