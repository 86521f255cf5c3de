"""The best strategy by bins, against plain loops."""

import numpy as np
import pytest

from scripts.lib.estimators.optimal import (
    budget_grid,
    choose,
    halves,
    optimum,
    parts_of,
    resampled_optima,
)


def made_up(seed, problems=23, strategies=5, bins=3):
    generator = np.random.default_rng(seed)
    accuracy = generator.integers(0, 5, (problems, strategies)) / 4
    cost = generator.integers(1, 40, (problems, strategies)).astype(float)
    bin_of = generator.integers(1, bins + 1, problems)
    half = halves([f"problem {i}" for i in range(problems)], bin_of)
    return accuracy, cost, bin_of, half


def best_by_loops(accuracy, cost, problems, budget):
    """The best strategy on some problems (each as often as it is listed), by plain loops."""
    means = [
        (np.mean([accuracy[p][s] for p in problems]), np.mean([cost[p][s] for p in problems]), s)
        for s in range(len(accuracy[0]))
    ]
    within = [mean for mean in means if mean[1] <= budget]
    if not within:
        return min(means, key=lambda mean: (mean[1], mean[2]))[2]
    top = max(mean[0] for mean in within)
    return min((m for m in within if m[0] > top - 1e-9), key=lambda mean: (mean[1], mean[2]))[2]


@pytest.mark.parametrize("seed", range(5))
def test_every_problem_is_scored_by_a_choice_that_has_not_seen_it(seed):
    accuracy, cost, bin_of, half = made_up(seed)
    parts = parts_of(bin_of, half)
    budgets = budget_grid(cost, parts)
    found = optimum(accuracy, cost, parts, budgets)
    scored = np.concatenate([part.scored for part in parts])
    assert sorted(scored) == list(range(len(bin_of)))
    for part in parts:
        assert not set(part.scored) & set(part.fitted)
        assert set(bin_of[part.scored]) == set(bin_of[part.fitted]) == {part.bin}
    values, spent = found.scored(accuracy), found.scored(cost)
    for place, budget in enumerate(budgets):
        for problem in range(len(bin_of)):
            others = [
                p for p in range(len(bin_of))
                if bin_of[p] == bin_of[problem] and half[p] != half[problem]
            ]  # fmt: skip
            best = best_by_loops(accuracy, cost, others, budget)
            assert values[problem, place] == accuracy[problem][best]
            assert spent[problem, place] == cost[problem][best]


@pytest.mark.parametrize("seed", range(3))
def test_draws_make_every_choice_anew(seed):
    accuracy, cost, bin_of, half = made_up(seed, problems=9, bins=2)
    parts = parts_of(bin_of, half)
    budgets = budget_grid(cost, parts)
    draws = resampled_optima(accuracy, cost, parts, budgets, 40, seed)
    counts = np.random.default_rng(seed).multinomial(9, np.full(9, 1 / 9), size=40)
    for draw, drawn in zip(draws, counts, strict=True):
        listed = [p for p in range(9) for _ in range(drawn[p])]
        for place, budget in enumerate(budgets):
            right = []
            for problem in listed:
                same = [
                    p for p in range(9)
                    if bin_of[p] == bin_of[problem] and half[p] != half[problem]
                ]  # fmt: skip
                others = [p for p in listed if p in same] or same
                right.append(accuracy[problem][best_by_loops(accuracy, cost, others, budget)])
            assert draw[place] == pytest.approx(np.mean(right))


def test_a_choice_on_a_lucky_half_is_not_scored_there():
    # Each half has its own strategy that is always right there, and never on the other half.
    half = np.array([0, 1] * 4)
    accuracy = np.stack([half == 0, half == 1], axis=1).astype(float)
    parts = parts_of(np.ones(8), half)
    found = optimum(accuracy, np.ones((8, 2)), parts, np.array([1.0]))
    assert found.scored(accuracy).sum() == 0


def test_halves_are_even_within_bins_and_follow_from_names_alone():
    names = [f"p{i}" for i in range(20)]
    bins = np.array([1] * 7 + [2] * 13)
    half = halves(names, bins)
    assert [half[bins == one].sum() for one in (1, 2)] == [3, 6]
    order = np.random.default_rng(0).permutation(20)
    again = halves([names[i] for i in order], bins[order])
    assert again.tolist() == half[order].tolist()


def test_a_bin_without_another_half_is_fitted_on_all_bins():
    bins, half = np.array([1, 1, 2, 4]), np.array([0, 1, 0, 0])
    parts = parts_of(bins, half)
    told = [(p.bin, p.half, p.scored.tolist(), p.fitted.tolist(), p.own_bin) for p in parts]
    assert told == [
        (1, 0, [0], [1], True),
        (1, 1, [1], [0], True),
        (2, 0, [2], [1], False),
        (4, 0, [3], [1], False),
    ]
    with pytest.raises(ValueError, match="fitted on other problems"):
        parts_of(np.array([1, 2]), np.array([0, 0]))


def test_equal_strategies_and_none_within_the_budget():
    accuracy, cost = np.array([[0.5, 0.7, 0.7, 0.9]]), np.array([[1.0, 4.0, 3.0, 9.0]])
    assert choose(accuracy, cost, 8)[0] == 2
    assert choose(accuracy, cost, 9)[0] == 3
    assert choose(accuracy, cost, 0.5)[0] == 0


def test_budgets_go_from_what_all_bins_can_keep_to_up_to_everything():
    parts = parts_of(np.array([1, 1, 2, 2]), np.array([0, 1, 0, 1]))
    cost = np.array([[3.0, 40.0], [3.0, 40.0], [9.0, 65.0], [9.0, 65.0]])
    assert budget_grid(cost, parts).tolist() == [16, 32, 64, 128]
    assert budget_grid(np.full((4, 1), 8.0), parts).tolist() == [8]
