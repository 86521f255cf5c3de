from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.lib.estimators.best_of import best_of_k, expected_maximum, rank_weights
from scripts.lib.estimators.passk import pass_at_k, pass_at_k_of_guesses


@pytest.mark.parametrize(("n", "right"), [(1, 0), (1, 1), (5, 2), (9, 1), (9, 8), (40, 3)])
def test_pass_at_k_is_the_ratio_of_binomials(n, right):
    ks = range(1, n + 1)
    exact = [1 - comb(n - right, k) / comb(n, k) for k in ks]
    assert pass_at_k(n, [right], ks)[0] == pytest.approx(exact, abs=1e-12)


def test_pass_at_k_by_enumeration():
    samples = [True, False, False, True, False, False, False]
    for k in range(1, 8):
        seen = np.mean([any(draw) for draw in combinations(samples, k)])
        assert pass_at_k(7, [2], [k])[0, 0] == pytest.approx(seen, abs=1e-12)


def test_pass_at_k_of_large_pools_stays_finite():
    values = pass_at_k(100_000, [1, 99_999], [1, 50_000, 100_000])
    assert values == pytest.approx(np.array([[1e-5, 0.5, 1], [0.99999, 1, 1]]))


def test_pass_at_k_of_pools_of_unequal_size():
    values = pass_at_k([4, 8], [1, 1], [1, 4])
    assert values == pytest.approx(np.array([[0.25, 1], [0.125, 0.5]]))


@pytest.mark.parametrize(("n", "right", "k"), [(3, 4, 1), (3, -1, 1), (3, 1, 4), (3, 1, 0)])
def test_impossible_counts_are_refused(n, right, k):
    with pytest.raises(ValueError, match="must lie within"):
        pass_at_k(n, [right], [k])


def test_guessing_among_four_choices():
    assert pass_at_k_of_guesses(0.25, [1, 2, 4]) == pytest.approx([0.25, 0.4375, 1 - 0.75**4])
    assert pass_at_k_of_guesses(1, [3]) == pytest.approx([1])
    assert pass_at_k_of_guesses(1e-12, [2])[0] == pytest.approx(2e-12, rel=1e-9)
    with pytest.raises(ValueError, match="probability"):
        pass_at_k_of_guesses(1.5, [1])


def best_by_enumeration(scores, correct, k):
    """Every order of the samples breaks ties in its own way; all orders are equally likely."""
    total = 0.0
    orders = list(permutations(range(len(scores))))
    for order in orders:
        total += correct[max(order[:k], key=lambda sample: scores[sample])]
    return total / len(orders)


@pytest.mark.parametrize("seed", range(6))
def test_best_of_k_by_enumeration_with_ties(seed):
    generator = np.random.default_rng(seed)
    scores = generator.integers(0, 3, 6) / 2
    correct = generator.random(6) < 0.5
    values = best_of_k(scores, correct, range(1, 7))
    exact = [best_by_enumeration(scores, correct, k) for k in range(1, 7)]
    assert values == pytest.approx(exact, abs=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=12))
def test_best_of_one_is_the_mean_and_a_perfect_score_is_pass_at_k(pairs):
    scores, correct = zip(*pairs, strict=True)
    n, ks = len(pairs), range(1, len(pairs) + 1)
    assert best_of_k(scores, correct, [1])[0] == pytest.approx(np.mean(correct), abs=1e-12)
    assert best_of_k(correct, correct, ks) == pytest.approx(
        pass_at_k(n, [sum(correct)], ks)[0], abs=1e-12
    )
    assert rank_weights(n, ks).sum(axis=1) == pytest.approx(np.ones(n), abs=1e-12)


def test_expected_maximum_by_enumeration():
    lengths = [12, 5, 5, 90, 31]
    for k in range(1, 6):
        exact = np.mean([max(draw) for draw in combinations(lengths, k)])
        assert expected_maximum(lengths, [k])[0] == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(
    ("scores", "correct"), [([1.0, float("nan")], [True, False]), ([1.0], [True, False])]
)
def test_scores_that_cannot_be_ranked_are_refused(scores, correct):
    with pytest.raises(ValueError, match="score"):
        best_of_k(scores, correct, [1])
