"""Who goes on in a search, and with how many continuations, against plain references."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.search.aggregate import aggregated
from scripts.lib.search.beam import beam_continuations
from scripts.lib.search.dvts import dvts_continuations, subtrees
from scripts.lib.search.rebase import rebase_continuations

SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]), min_size=1, max_size=24)


def test_the_best_beams_go_on_with_width_each() -> None:
    assert beam_continuations([0.1, 0.9, 0.5, 0.7], 4, 2) == [0, 2, 0, 2]
    assert beam_continuations([0.1, 0.9, 0.5, 0.7], 4, 4) == [0, 4, 0, 0]


def test_of_equal_scores_the_first_places_go_on() -> None:
    assert beam_continuations([0.5] * 8, 8, 4) == [4, 4, 0, 0, 0, 0, 0, 0]
    assert dvts_continuations([0.5] * 3, 3) == [3, 0, 0]
    assert rebase_continuations([0.5] * 3, 3, 0.2) == [1, 1, 1]


def test_places_that_do_not_divide_go_to_the_best_first() -> None:
    """10 places at a width of 4 are three candidates, the best of which has one more."""
    scores = [0.1, 0.2, 0.9, 0.3, 0.8, 0.4, 0.5, 0.6, 0.7, 0.0]
    assert beam_continuations(scores, 10, 4) == [0, 0, 4, 0, 3, 0, 0, 0, 3, 0]
    assert beam_continuations([0.2, 0.3, 0.1], 3, 4) == [0, 3, 0]


def test_of_equal_texts_only_the_best_goes_on() -> None:
    scores, texts = [0.9, 0.8, 0.9, 0.1], [(1,), (2,), (1,), (3,)]
    assert beam_continuations(scores, 4, 2) == [2, 0, 2, 0]
    assert beam_continuations(scores, 4, 2, texts) == [2, 2, 0, 0]
    # All the same: one goes on, with every place.
    assert beam_continuations([0.1, 0.4, 0.4, 0.2], 4, 2, [(1,)] * 4) == [0, 4, 0, 0]


@given(SCORES, st.integers(2, 5), st.randoms(use_true_random=False))
def test_beams_keep_to_their_rules(scores: list[float], width: int, random) -> None:
    texts = [random.randint(0, 4) for _ in scores]
    for keys in (None, texts):
        found = beam_continuations(scores, len(scores), width, keys)
        assert sum(found) == len(scores)
        chosen = [i for i, count in enumerate(found) if count]
        distinct = len(set(texts)) if keys else len(scores)
        assert len(chosen) == min(math.ceil(len(scores) / width), distinct)
        if keys:
            assert len({texts[i] for i in chosen}) == len(chosen)
        for i in chosen:
            # Nobody better is left behind, but for one whose equal goes on.
            better = [j for j in range(len(scores)) if (-scores[j], j) < (-scores[i], i)]
            assert all(found[j] >= found[i] or (keys and found[j] == 0) for j in better)


def test_subtrees_are_disjoint_and_whole() -> None:
    assert subtrees(8, 4) == [range(4), range(4, 8)]
    assert dvts_continuations([0.3, 0.9, 0.4], 3) == [0, 3, 0]
    with pytest.raises(ValueError, match="6 places do not divide into subtrees of 4"):
        subtrees(6, 4)


def plain_rebase(scores: list[float], places: int, balance: float) -> list[int]:
    """The published loop, in exact fractions of the exponentials."""
    weights = [Fraction(math.exp(score / balance)) for score in scores]
    found = [0] * len(scores)
    left, total = places, sum(weights)
    for place in sorted(range(len(scores)), key=lambda i: (-scores[i], i)):
        found[place] = math.ceil(left * weights[place] / total) if left else 0
        left -= found[place]
        total -= weights[place]
    return found


@given(SCORES, st.integers(1, 24), st.sampled_from([0.1, 0.2, 1.0]))
def test_rebase_shares_out_as_published(scores: list[float], places: int, balance: float) -> None:
    found = rebase_continuations(scores, places, balance)
    assert sum(found) == places
    assert found == plain_rebase(scores, places, balance)


def test_rebase_by_hand() -> None:
    """exp(0.9 / 0.2) is 90.0, exp(0.1 / 0.2) is 1.65: of 16 places 15.45 and 0.28 twice."""
    assert rebase_continuations([0.1, 0.9, 0.1], 16, 0.2) == [0, 16, 0]
    # exp(0.5 / 0.2) is 12.18: 13.94 of 16 places, then 1.89 of 2, then none.
    assert rebase_continuations([0.5, 0.9, 0.1], 16, 0.2) == [2, 14, 0]
    # A small temperature takes the best alone, a large one shares evenly.
    assert rebase_continuations([0.5, 0.9, 0.1], 16, 1e-6) == [0, 16, 0]
    assert rebase_continuations([0.5, 0.9, 0.1], 6, 1e12) == [2, 2, 2]


@pytest.mark.parametrize(
    "rule",
    [
        lambda scores: beam_continuations(scores, 2, 2),
        lambda scores: dvts_continuations(scores, 2),
        lambda scores: rebase_continuations(scores, 2, 0.2),
    ],
)
def test_a_score_that_is_no_number_is_refused(rule) -> None:
    with pytest.raises(ValueError, match="score of candidate 1 is not a number"):
        rule([0.5, math.nan])


def test_scores_become_one() -> None:
    scores = [0.5, 0.25, 1.0]
    assert [aggregated(scores, how) for how in ("last", "min", "product", "mean")] == [
        1.0,
        0.25,
        0.125,
        1.75 / 3,
    ]
    with pytest.raises(ValueError, match="without scored steps"):
        aggregated([], "mean")
