import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.config.pools import SampledPool
from scripts.lib.pool_requests import (
    PoolError,
    pool_requests,
    prompt_text,
    sample_seed,
    wanted_of,
)
from scripts.lib.tableio import make_table
from scripts.lib.tables import Problem

PROMPTS = {"plain": "Q: {problem}", "asks": "Use about {asked} tokens. {problem}"}
IDENTITY = {"engine": "test", "weights": "w"}


def problems(*texts: str | None) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "benchmark": "sums",
            "problem_id": f"p{number}",
            "problem": text,
            "answer": "1",
            "answer_kind": "integer",
            "publish": "text",
        }
        for number, text in enumerate(texts)
    ]
    return make_table(Problem, rows)


def pool(**changes: object) -> SampledPool:
    settings: dict[str, object] = {
        "model": "m",
        "benchmark": "sums",
        "wordings": ["plain"],
        "sampling": {"max_tokens": 16},
        "n": 2,
    }
    return SampledPool.model_validate(settings | changes)


def test_samples_come_problem_by_problem_then_setting_then_number() -> None:
    asking = pool(wordings=["asks"], asked=[8, 4], n=1, n_at={4: 3})
    drawn = pool_requests(asking, problems("one", "two"), PROMPTS)
    assert [(s.problem_id, s.asked, s.sample) for s, _ in drawn] == [
        (problem, asked, sample)
        for problem in ("p0", "p1")
        for asked, sample in [(8, 0), (4, 0), (4, 1), (4, 2)]
    ]
    assert drawn[1][1].prompt == "Use about 4 tokens. one"
    assert len({request.seed for _, request in drawn}) == len(drawn)


def test_only_the_first_problems_are_drawn() -> None:
    drawn = pool_requests(pool(problems=1), problems("one", "two"), PROMPTS)
    assert {sample.problem_id for sample, _ in drawn} == {"p0"}


def test_braces_in_a_problem_stay_as_they_are() -> None:
    assert prompt_text(PROMPTS["asks"], "{asked} {x} {problem}", 7) == (
        "Use about 7 tokens. {asked} {x} {problem}"
    )


@pytest.mark.parametrize(
    ("change", "texts", "message"),
    [
        ({"problems": 3}, ["one", "two"], "has 2 problems, the pool asks for 3"),
        ({}, [], "has 0 problems"),
        ({}, ["one", None], r"1 problems have no text \(p1\)"),
        ({"wordings": ["plain", "gone"]}, ["one"], r"\['gone'\] are not defined"),
    ],
)
def test_what_cannot_be_asked_is_named(
    change: dict[str, object], texts: list[str | None], message: str
) -> None:
    with pytest.raises(PoolError, match=message):
        pool_requests(pool(**change), problems(*texts), PROMPTS)


@given(
    st.integers(0, 2**63),
    st.text(),
    st.text(),
    st.none() | st.integers(1, 2**20),
    st.none() | st.sampled_from(["low", "high"]),
    st.integers(0, 10_000),
)
def test_seeds_are_below_two_to_the_31(
    pool_seed: int, problem: str, wording: str, asked: int | None, effort: str | None, sample: int
) -> None:
    seed = sample_seed(pool_seed, problem, wording, asked, effort, sample)
    assert 0 <= seed < 2**31
    assert seed == sample_seed(pool_seed, problem, wording, asked, effort, sample)


def test_seeds_are_those_of_earlier_versions() -> None:
    # A change here would make every journal worthless.
    # printf '[0, "p0", "plain", null, null, 0]' | sha256sum begins with 2676e8db
    assert sample_seed(0, "p0", "plain", None, None, 0) == 0x2676E8DB
    assert sample_seed(7, "p0", "asks", 2048, "high", 63) == 0x33CBFAD5


@given(st.integers(1, 12), st.integers(0, 12), st.integers(0, 3))
def test_fewer_samples_are_a_prefix_and_keep_their_keys(n: int, more: int, seed: int) -> None:
    table = problems("one", "two")
    small = wanted_of(pool_requests(pool(n=n, seed=seed), table, PROMPTS), IDENTITY)
    large = wanted_of(pool_requests(pool(n=n + more, seed=seed), table, PROMPTS), IDENTITY)
    keys = {one.sample: one.key for one in large}
    assert [keys[one.sample] for one in small] == [one.key for one in small]
    assert len(set(keys.values())) == 2 * (n + more)


def test_a_setting_that_is_added_changes_no_other() -> None:
    table = problems("one")
    few = wanted_of(pool_requests(pool(wordings=["asks"], asked=[4]), table, PROMPTS), IDENTITY)
    more = wanted_of(
        pool_requests(pool(wordings=["asks"], asked=[2, 4], n_at={2: 5}), table, PROMPTS), IDENTITY
    )
    assert {one.key for one in few} < {one.key for one in more}
