from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.engines.base import Response
from scripts.lib.forcing.rounds import More, Round, Rule, Thinking, think, trace

RULES = st.sampled_from(["remaining", "s1"])
ENDINGS = st.lists(st.integers(1, 9), min_size=8, max_size=8)
"""How many tokens each round has before the one that ends it."""
WAIT = st.sampled_from([(), (-1,), (-1, -2, -3)])


def scripted(endings: list[int], number: int, limit: int) -> Round:
    """What a model that ends its rounds like this generates within a limit."""
    tokens = tuple(100 * number + i for i in range(endings[number]))
    return Round(tokens, True) if len(tokens) + 1 <= limit else Round(tokens[:limit], False)


def simulate(
    rule: Rule, endings: list[int], wait: tuple[int, ...], budget: int, waits: int
) -> tuple[list[int], bool, int]:
    """One setting token by token: what is in the context, whether it was cut, tokens generated."""
    context: list[int] = []
    generated = in_round = number = step = 0
    while True:
        spent = generated if rule == "remaining" else in_round
        if spent == budget:
            return context[: budget if rule == "s1" else None], True, generated
        generated, in_round = generated + 1, in_round + 1
        if step < endings[number]:
            context.append(100 * number + step)
            step += 1
        elif number == waits or (rule == "remaining" and generated == budget):
            return context[: budget if rule == "s1" else None], False, generated
        else:
            context += wait
            number, in_round, step = number + 1, 0, 0


def rounds_for(
    rule: Rule, endings: list[int], wait: tuple[int, ...], grid: list[tuple[int, int]]
) -> list[Round]:
    """Rounds as long as the largest of several settings needs them."""
    rounds: list[Round] = []
    while True:
        found = [think(rule, rounds, wait, *setting) for setting in grid]
        limits = [one.tokens for one in found if isinstance(one, More)]
        if not limits:
            return rounds
        rounds.append(scripted(endings, len(rounds), max(limits)))


@given(RULES, ENDINGS, WAIT, st.lists(st.tuples(st.integers(1, 40), st.integers(0, 6)), min_size=1))
def test_each_setting_is_cut_as_if_it_had_run_alone(
    rule: Rule, endings: list[int], wait: tuple[int, ...], grid: list[tuple[int, int]]
) -> None:
    rounds = rounds_for(rule, endings, wait, grid)
    for budget, waits in grid:
        found = think(rule, rounds, wait, budget, waits)
        assert isinstance(found, Thinking)
        context, cut, generated = simulate(rule, endings, wait, budget, waits)
        assert list(found.token_ids) == context
        assert (found.cut, found.generated) == (cut, generated)
        assert found.forced == sum(token < 0 for token in found.token_ids)
        for place in found.waits:
            assert found.token_ids[place : place + len(wait)] == wait[: len(context) - place]


@given(RULES, ENDINGS, WAIT, st.integers(1, 40), st.integers(0, 6))
def test_rounds_are_no_longer_than_a_setting_allows(
    rule: Rule, endings: list[int], wait: tuple[int, ...], budget: int, waits: int
) -> None:
    found = think(rule, rounds_for(rule, endings, wait, [(budget, waits)]), wait, budget, waits)
    assert isinstance(found, Thinking)
    if rule == "remaining":
        assert found.generated <= budget
        assert len(found.token_ids) - found.forced <= budget
    else:
        assert len(found.token_ids) <= budget


@given(ENDINGS, WAIT, st.integers(1, 60), st.integers(0, 6))
def test_a_smaller_budget_thinks_the_beginning(
    endings: list[int], wait: tuple[int, ...], budget: int, waits: int
) -> None:
    grid = [(smaller, waits) for smaller in range(1, budget + 1)]
    rounds = rounds_for("remaining", endings, wait, grid)
    thoughts = [think("remaining", rounds, wait, *setting) for setting in grid]
    for smaller, larger in pairwise(thoughts):
        assert isinstance(smaller, Thinking)
        assert isinstance(larger, Thinking)
        assert larger.token_ids[: len(smaller.token_ids)] == smaller.token_ids


def test_a_natural_end_counts_its_end_token() -> None:
    rounds = [Round((1, 2, 3), True)]
    assert think("remaining", rounds, (9,), 4, 0) == Thinking((1, 2, 3), False, (), 0, 4)
    assert think("remaining", rounds, (9,), 3, 0) == Thinking((1, 2, 3), True, (), 0, 3)
    # Nothing remains: no wait is appended, and the thinking ended by itself.
    assert think("remaining", rounds, (9,), 4, 2) == Thinking((1, 2, 3), False, (), 0, 4)
    assert think("remaining", rounds, (9,), 6, 2) == More(2)


def test_a_round_of_s1_has_the_whole_budget_and_the_sum_is_trimmed() -> None:
    rounds = [Round((1, 2, 3), True), Round((4, 5), True)]
    # Trimmed, yet not cut: its last round ended by itself.
    assert think("s1", rounds, (9,), 4, 1) == Thinking((1, 2, 3, 9), False, (3,), 1, 7)
    assert think("s1", rounds, (8, 9), 4, 1) == Thinking((1, 2, 3, 8), False, (3,), 1, 7)
    assert think("s1", rounds, (9,), 3, 1) == Thinking((1, 2, 3), True, (), 0, 3)
    assert think("s1", rounds, (9,), 6, 2) == More(6)
    # The context was full before the budget was: a length like any other.
    full = [*rounds, Round((), False)]
    assert think("s1", full, (9,), 50, 2) == Thinking((1, 2, 3, 9, 4, 5, 9), True, (3, 6), 2, 7)


def test_rounds_come_from_responses_without_their_end() -> None:
    stopped = Response("x", "stop", 1, 3, token_ids=(5, 6, 7))
    assert Round.of(stopped) == Round((5, 6), True)
    assert Round.of(Response("x", "length", 1, 3, token_ids=(5, 6, 7))) == Round((5, 6, 7), False)
    assert trace([Round((5, 6), True), Round((7,), True)], (1, 2)) == (5, 6, 1, 2, 7, 1, 2)
