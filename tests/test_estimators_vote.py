from collections import Counter
from fractions import Fraction
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from scripts.lib.estimators import vote
from scripts.lib.estimators.vote import Tally, expected_vote, expected_votes, tally
from scripts.lib.estimators.weighted_vote import weighted_vote


def vote_of(answers, right):
    counts = Counter(answer for answer in answers if answer is not None)
    if not counts:
        return Fraction(0)
    most = max(counts.values())
    modes = [answer for answer, count in counts.items() if count == most]
    return Fraction(right in modes, len(modes))


def enumerated(answers, right, k):
    votes = [vote_of(draw, right) for draw in combinations(answers, k)]
    return sum(votes, Fraction(0)) / len(votes)


def enumerated_counts(answers, k):
    """The same from how often each class is drawn: exact for pools too large to enumerate."""
    total = Fraction(0)
    counts = [count for count, _ in answers.classes]
    for drawn in product(*(range(count + 1) for count in counts)):
        empty = k - sum(drawn)
        most = max(drawn)
        if not 0 <= empty <= answers.empty or most == 0:
            continue
        modes = [worth for j, (_, worth) in zip(drawn, answers.classes, strict=True) if j == most]
        ways = comb(answers.empty, empty)
        for count, j in zip(counts, drawn, strict=True):
            ways *= comb(count, j)
        total += ways * Fraction(sum(map(Fraction, modes)), len(modes))
    return total / comb(answers.n, k)


def tally_of(answers, right):
    return tally(answers, [answer == right for answer in answers])


POOLS = st.lists(st.sampled_from([None, 0, 1, 2, 3]), min_size=1, max_size=9)


@pytest.mark.parametrize("seed", range(25))
def test_enumeration_of_small_pools(seed):
    generator = np.random.default_rng(seed)
    n, classes = int(generator.integers(1, 11)), int(generator.integers(1, 6))
    drawn = generator.integers(-1, classes, n)
    answers = [None if a < 0 else int(a) for a in drawn]
    values = expected_vote(tally_of(answers, 0), range(1, n + 1))
    exact = [float(enumerated(answers, 0, k)) for k in range(1, n + 1)]
    assert values == pytest.approx(exact, abs=1e-12, rel=0)


@pytest.mark.parametrize(
    ("classes", "empty"),
    [
        (((24, 1.0), (24, 0.0), (20, 0.0)), 5),
        (((15, 0.0), (14, 1.0), (14, 0.0), (3, 0.0)), 0),
        (((60, 1.0), (61, 0.0)), 30),
    ],
)
def test_enumeration_of_counts_of_larger_pools(classes, empty):
    answers = Tally(classes, empty)
    ks = [1, 2, 3, 7, answers.n // 2, answers.n - 1, answers.n]
    exact = [float(enumerated_counts(answers, k)) for k in ks]
    assert expected_vote(answers, ks) == pytest.approx(exact, abs=1e-12, rel=0)


def test_many_single_answers_tie():
    # k distinct answers always tie: the right one is drawn with chance k/n and then has 1/k.
    answers = Tally(tuple((1, float(a == 0)) for a in range(256)))
    assert expected_vote(answers, range(1, 257)) == pytest.approx(np.full(256, 1 / 256), abs=1e-13)


def test_large_pools_neither_overflow_nor_underflow(monkeypatch):
    answers = Tally(((680, 0.0), (660, 1.0), (120, 0.0)), empty=140)
    ks = [1, 2, 64, 800, 1599, 1600]
    values = expected_vote(answers, ks)
    # At one k at a time nothing is shared; all values must be the same.
    alone = np.concatenate([expected_vote(answers, [k]) for k in ks])
    assert values == pytest.approx(alone, abs=1e-10)
    assert values[0] == pytest.approx(660 / 1600, abs=1e-12)
    assert values[-1] == 0
    # Without splitting the range of k, the small ones are lost.
    monkeypatch.setattr(vote, "SMALLEST_LOG", -np.inf)
    monkeypatch.setattr(vote, "TOGETHER", np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not np.allclose(expected_vote(answers, ks), values)


@pytest.mark.parametrize(
    "answers",
    [
        Tally(((1200, 1.0), (300, 0.0), (50, 0.0)), empty=50),
        Tally(((900, 0.0), (650, 1.0))),
        Tally(((700, 1.0), (690, 0.0), (400, 0.0))),
        Tally(((40, 1.0),), empty=1500),
    ],
)
def test_what_is_left_out_of_large_pools_is_lost_in_rounding(answers, monkeypatch):
    ks = [1, 8, 64, 256, 600, 1024, 1500]
    values = expected_vote(answers, ks)
    monkeypatch.setattr(vote, "SURELY", 1e-300)
    assert values == pytest.approx(expected_vote(answers, ks), abs=1e-14, rel=0)


def test_two_classes_are_a_hypergeometric_majority():
    values = expected_vote(Tally(((140, 1.0), (116, 0.0))), [1, 9, 101, 255])
    exact = [hypergeom.sf(k // 2, 256, 140, k) for k in (1, 9, 101, 255)]
    assert values == pytest.approx(exact, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(POOLS)
def test_one_sample_is_the_mean(answers):
    mean = sum(answer == 0 for answer in answers) / len(answers)
    assert expected_vote(tally_of(answers, 0), [1])[0] == pytest.approx(mean, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(POOLS)
def test_all_samples_are_the_vote_itself(answers):
    value = expected_vote(tally_of(answers, 0), [len(answers)])[0]
    assert value == pytest.approx(float(vote_of(answers, 0)), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(POOLS, st.permutations([1, 2, 3]), st.randoms(use_true_random=False))
def test_names_and_order_of_answers_do_not_matter(answers, names, random):
    renamed = [answer if answer in (None, 0) else names[answer - 1] for answer in answers]
    random.shuffle(renamed)
    ks = range(1, len(answers) + 1)
    first, second = tally_of(answers, 0), tally_of(renamed, 0)
    assert first == second
    assert expected_vote(first, ks) == pytest.approx(expected_vote(second, ks), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(POOLS)
def test_the_classes_share_what_is_not_empty(answers):
    ks = range(1, len(answers) + 1)
    total = sum(expected_vote(tally_of(answers, right), ks) for right in (0, 1, 2, 3))
    n, empty = len(answers), answers.count(None)
    voted = [1 - comb(empty, k) / comb(n, k) for k in ks]
    assert total == pytest.approx(voted, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(POOLS)
def test_an_empty_answer_more_mixes_k_and_one_less(answers):
    # The new sample is in a draw of k with chance k / (n + 1), and leaves k - 1 that vote.
    n = len(answers)
    before = np.concatenate([[0.0], expected_vote(tally_of(answers, 0), range(1, n + 1))])
    after = expected_vote(tally_of([*answers, None], 0), range(1, n + 1))
    k = np.arange(1, n + 1)
    expected = (1 - k / (n + 1)) * before[1:] + k / (n + 1) * before[:-1]
    assert after == pytest.approx(expected, abs=1e-12)


def test_equal_problems_are_computed_once(monkeypatch):
    calls = []
    real = vote.expected_vote
    monkeypatch.setattr(vote, "expected_vote", lambda one, ks: calls.append(one) or real(one, ks))
    first = tally_of(["a", "a", "b"], "a")
    second = tally_of(["x", "y", "x"], "x")
    other = tally_of(["x", "y", "x"], "y")
    values = expected_votes([first, second, other], [1, 3])
    assert len(calls) == 2
    assert values == pytest.approx(np.array([[2 / 3, 1], [2 / 3, 1], [1 / 3, 0]]))


def test_one_more_sample():
    answers = Tally(((3, 0.0), (2, 1.0)), empty=1)
    assert answers.with_one_more(True) == Tally(((3, 0.0), (3, 1.0)), empty=1)
    assert answers.with_one_more(False) == Tally(((3, 0.0), (2, 1.0)), empty=2)
    assert Tally(((2, 0.0),)).with_one_more(True) == Tally(((2, 0.0), (1, 1.0)))


def test_only_empty_answers_score_nothing():
    assert expected_vote(Tally((), empty=4), [1, 4]) == pytest.approx([0, 0])


@pytest.mark.parametrize("k", [0, 4])
def test_a_draw_beyond_the_pool_is_refused(k):
    with pytest.raises(ValueError, match="within 1 to 3"):
        expected_vote(Tally(((3, 1.0),)), [k])


def test_an_empty_answer_cannot_be_right():
    with pytest.raises(ValueError, match="empty answer"):
        tally([None, 1], [True, False])


def test_equal_weights_vote_as_without():
    answers = [0, 0, 1, 1, 1, 2, None, None]
    right = [answer == 0 for answer in answers]
    ks = [1, 2, 4, 8]
    means, errors = weighted_vote(answers, np.full(8, 0.3), right, ks, draws=20_000, seed=1)
    exact = expected_vote(tally_of(answers, 0), ks)
    assert (np.abs(means - exact) <= 4 * errors + 1e-12).all()
    assert (errors[1:-1] > 0).all()
    # One sample, and all of them, need no draws.
    assert errors[[0, -1]].tolist() == [0, 0]
    assert means[[0, -1]] == pytest.approx(exact[[0, -1]])


def test_weighted_votes_against_enumeration():
    answers, weights = [0, 0, 1, 2, 1, None], [0.1, 0.7, 0.5, 0.3, 0.3, 9.0]
    right = [answer == 0 for answer in answers]
    means, errors = weighted_vote(answers, weights, right, [2, 3], draws=20_000, seed=2)
    for k, mean, error in zip([2, 3], means, errors, strict=True):
        exact = []
        for draw in combinations(range(6), k):
            sums = Counter()
            for i in draw:
                if answers[i] is not None:
                    sums[answers[i]] += weights[i]
            best = [a for a, w in sums.items() if abs(w - max(sums.values())) < 1e-9]
            exact.append((0 in best) / len(best))
        assert mean == pytest.approx(np.mean(exact), abs=4 * error)
