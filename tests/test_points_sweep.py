"""Sweeps of sequential against parallel at a fixed number of attempts."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from scripts.lib.curves.samples import CurveError
from scripts.lib.estimators.chain_vote import chain_tally, expected_chain_vote
from scripts.lib.estimators.vote import expected_vote, tally
from tests.curve_tables import tables_of

PROMPT = 1000.0
"""FLOPs of the prompt of a first attempt, in the tables of the tests."""


def revised(problem: str, chains: int, attempts: int, seed: int) -> list[dict]:
    """Chains of attempts with few answers, so that much is equal; some have none."""
    noise = np.random.default_rng(seed)
    return [
        {
            "problem": problem,
            "answer": [None, "1", "2", "3"][noise.integers(4)],
            "gold": "1",
            "tokens": int(noise.integers(1, 200)),
            "waits": turn,
            "prompt_flops": PROMPT if turn == 0 else float(noise.integers(2000, 3000)),
        }
        for turn in range(attempts)
        for _ in range(chains)
    ]


def chains_of(samples: list[dict]) -> list[list[dict]]:
    """The attempts of one problem chain by chain: a turn lists its chains in their order."""
    turns = [[s for s in samples if s["waits"] == t] for t in {s["waits"] for s in samples}]
    return [list(chain) for chain in zip(*turns, strict=True)]


def vote(attempts: list[dict]) -> float:
    counts = Counter(one["answer"] for one in attempts if one["answer"] is not None)
    modes = [answer for answer, count in counts.items() if count == max(counts.values())]
    return ("1" in modes) / len(modes) if modes else 0.0


def test_points_are_those_of_plain_loops(tmp_path):
    problems = {name: revised(name, 6, 4, seed) for seed, name in enumerate("abcde")}
    samples = [sample for own in problems.values() for sample in own]
    tables = tables_of(tmp_path, samples, method="revision", attempts=4)
    points = tables.points
    ways = [(4, 1), (2, 2), (1, 4)]
    assert points["setting"].to_list() == [f"parallel={k},sequential={r}" for k, r in ways]
    assert points["n"].to_list() == [4, 4, 4]
    assert points["waits"].to_list() == [0, 1, 3]
    assert points["thinking_tokens"].null_count() == 3
    for (k, r), point in zip(ways, points.rows(named=True), strict=True):
        right, tokens, flops, serial = [], [], [], []
        for own in problems.values():
            draws = list(combinations([chain[:r] for chain in chains_of(own)], k))
            all_of = [[one for chain in draw for one in chain] for draw in draws]
            right.append(np.mean([vote(attempts) for attempts in all_of]))
            tokens.append(np.mean([sum(s["tokens"] for s in each) for each in all_of]))
            later = [sum(s["prompt_flops"] for s in each if s["waits"]) for each in all_of]
            flops.append(PROMPT + np.mean(later) + 7 * tokens[-1])
            serial.append(np.mean([max(sum(s["tokens"] for s in c) for c in d) for d in draws]))
        found = tables.outcomes.filter(setting=point["setting"])
        assert found["accuracy"].to_list() == pytest.approx(right), (k, r)
        assert found["tokens"].to_list() == pytest.approx(tokens)
        assert found["flops"].to_list() == pytest.approx(flops)
        assert point["serial_tokens"] == pytest.approx(np.mean(serial))
        assert point["usd"] == pytest.approx(0.5 * 4)
        assert point["low"] <= point["low_benchmark"] <= point["accuracy"]
        assert point["accuracy"] <= point["high_benchmark"] <= point["high"]


def test_all_parallel_is_the_vote_of_first_attempts(tmp_path):
    samples = [s for seed, name in enumerate("abcd") for s in revised(name, 8, 2, seed + 10)]
    sweep = tables_of(tmp_path, samples, method="revision", attempts=8).points
    votes = tables_of(tmp_path, samples, method="vote", waits=0, k=[8]).points
    assert sweep["setting"][0] == "parallel=8,sequential=1"
    columns = ["n", "accuracy", "low", "high", "tokens", "serial_tokens", "flops", "usd"]
    one, other = (table.select(columns).row(0) for table in (sweep, votes))
    assert one == pytest.approx(other)
    half = tables_of(tmp_path, samples, method="revision", attempts=4).outcomes
    votes = tables_of(tmp_path, samples, method="vote", waits=0, k=[4]).outcomes
    first = half.filter(setting="parallel=4,sequential=1")
    assert first["accuracy"].to_list() == pytest.approx(votes["accuracy"].to_list())


def test_one_attempt_is_one_sample(tmp_path):
    samples = [s | {"thinking": 30} for s in revised("a", 4, 2, 3)]
    (point,) = tables_of(tmp_path, samples, method="revision", attempts=1).points.rows(named=True)
    assert point["accuracy"] == np.mean([s["answer"] == "1" for s in samples if not s["waits"]])
    assert point["thinking_tokens"] == 30


def test_ways_that_the_pool_does_not_hold_are_left_out_and_told(tmp_path, caplog):
    samples = revised("a", 3, 4, 0)
    points = tables_of(tmp_path, samples, method="revision", attempts=12).points
    assert points["setting"].to_list() == ["parallel=3,sequential=4"]
    assert "too few or too short chains for 12 of 1, 6 of 2, 4 of 3, 2 of 6, 1 of 12" in caplog.text
    with pytest.raises(CurveError, match="3 chains of 4 attempts do not hold 5"):
        tables_of(tmp_path, samples, method="revision", attempts=5)
    with pytest.raises(CurveError, match="lack some of the attempts 0 to 3"):
        tables_of(tmp_path, samples[:-1], method="revision", attempts=2)


def test_a_cost_that_is_unknown_stays_unknown(tmp_path):
    samples = revised("a", 4, 2, 5)
    samples[-1] |= {"usd": None}
    points = tables_of(tmp_path, samples, method="revision", attempts=4).points
    assert points["usd"].to_list() == [2.0, None]
    samples = revised("a", 4, 2, 5)
    samples[-1] |= {"prompt_flops": None}
    points = tables_of(tmp_path, samples, method="revision", attempts=4).points
    assert points["flops"].is_null().to_list() == [False, True]


def random_chains(chains: int, attempts: int, seed: int) -> tuple[list, list]:
    noise = np.random.default_rng(seed)
    classes = [
        [[None, 0, 1, 2][i] for i in row] for row in noise.integers(0, 4, (chains, attempts))
    ]
    return classes, [[one == 1 for one in chain] for chain in classes]


def test_single_attempts_vote_as_samples_do():
    for seed in range(5):
        classes, correct = random_chains(40, 1, seed)
        chains = chain_tally(classes, correct)
        samples = tally([c for (c,) in classes], [c for (c,) in correct])
        for k in (1, 2, 7, 20, 39, 40):
            found, error = expected_chain_vote(chains, k, seed)
            assert found == pytest.approx(expected_vote(samples, [k])[0])
            assert error == 0
            for right in (True, False):
                more = expected_chain_vote(chains.with_one_more(1, right), k, seed)[0]
                exact = expected_vote(samples.with_one_more(right), [k])[0]
                assert more == pytest.approx(exact)


def test_where_there_are_too_many_sets_random_ones_are_close():
    classes, correct = random_chains(10, 3, 2)
    chains = chain_tally(classes, correct)
    exact, none = expected_chain_vote(chains, 5, 0)
    assert 0.1 < exact < 0.9
    drawn, error = expected_chain_vote(chains, 5, 0, most=200)
    assert none == 0 < error < 0.04
    assert abs(drawn - exact) < 4 * error
    assert (drawn, error) == expected_chain_vote(chains, 5, 0, most=200)
    assert drawn != expected_chain_vote(chains, 5, 1, most=200)[0]


def test_empty_answers_never_win():
    nothing = chain_tally([[None, None], [None, None]], [[False] * 2] * 2)
    assert expected_chain_vote(nothing, 2, 0) == (0, 0)
    assert expected_chain_vote(nothing.with_one_more(2, True), 3, 0) == (1, 0)
    assert expected_chain_vote(nothing.with_one_more(2, False), 3, 0) == (0, 0)
    with pytest.raises(ValueError, match="k must lie within 1 to 2"):
        expected_chain_vote(nothing, 3, 0)
