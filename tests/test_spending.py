from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.config.models import ApiModel, Price
from scripts.lib.config.pools import SampledPool
from scripts.lib.engines.base import Response
from scripts.lib.journal import Asked, read_entries
from scripts.lib.spending import BudgetReachedError, Spending, SpendingError
from scripts.lib.tableio import make_table
from scripts.lib.tables import Problem
from scripts.sample.sample_pool import sample_pool
from tests.servers import OpenAIServer

PRICE = Price(input=3e-6, cached_input=1.5e-6, output=12e-6, date="2024-12", source="test")
OUTPUT_ONLY = Price(input=0, output=1e-3, date="2024-12", source="test")
"""A tenth of a cent per generated token: with answers cut off at 4 tokens, 0.004 dollars each,
which is the worst case."""


def asked(prompt_bound: int = 100, max_tokens: int = 1000) -> Asked:
    return Asked("0" * 64, prompt_bound, 0, max_tokens, 1.0, 1.0)


def response(
    prompt: int | None, generated: int | None, cached: int | None = None, usd: float | None = None
) -> Response:
    return Response("x", "stop", prompt, generated, cached_tokens=cached, billed_usd=usd)


def problems(count: int) -> pl.DataFrame:
    rows: list[dict[str, object]] = [
        {
            "benchmark": "sums",
            "problem_id": f"p{n}",
            "problem": f"{n} + {n}",
            "answer": str(2 * n),
            "answer_kind": "integer",
            "publish": "text",
        }
        for n in range(count)
    ]
    return make_table(Problem, rows)


def draw(
    server: OpenAIServer,
    journal: Path,
    budget: float | None,
    price: Price | None = OUTPUT_ONLY,
    n: int = 2,
    max_tokens: int = 4,
) -> pl.DataFrame:
    pool = SampledPool(
        model="m",
        benchmark="sums",
        wordings=["plain"],
        sampling={"max_tokens": max_tokens},
        n=n,
        budget_usd=budget,
    )
    model = ApiModel(
        kind="api", model="tiny-chat", base_url=server.base_url, api_key_env="", concurrency=3
    )
    prompts = {"plain": "{problem}"}
    return sample_pool(pool, "sums", model, prompts, problems(5), None, None, price, journal)


def test_cost_is_tokens_times_price_with_cached_input_at_its_own() -> None:
    spending = Spending(PRICE, None, "pool")
    expected = Decimal("0.000003") * 60 + Decimal("0.0000015") * 40 + Decimal("0.000012") * 7
    assert spending.cost(asked(), response(100, 7, cached=40)) == expected
    assert spending.worst(asked(100, 1000)) == Decimal("0.0003") + Decimal("0.012")


def test_a_bill_goes_before_tokens_times_price() -> None:
    assert Spending(PRICE, None, "pool").cost(asked(), response(1, 1, usd=0.25)) == Decimal("0.25")
    assert Spending(None, None, "pool").cost(asked(), response(1, 1, usd=0.25)) == Decimal("0.25")


@pytest.mark.parametrize("silent", [response(None, 5), response(5, None), response(None, None)])
def test_missing_usage_counts_as_the_worst_case(silent: Response) -> None:
    spending = Spending(PRICE, None, "pool")
    assert spending.cost(asked(), silent) == spending.worst(asked())


def test_without_a_price_dollars_are_unknown_and_everything_fits() -> None:
    spending = Spending(None, None, "pool")
    assert spending.reserve("a", asked())
    spending.settle("a", asked(), response(1, 1))
    assert spending.paid_usd() is None


@given(
    st.integers(1, 10**6),
    st.lists(st.tuples(st.integers(0, 1000), st.booleans(), st.integers(0, 100)), max_size=60),
)
def test_whatever_comes_back_in_whatever_order_the_cap_holds(
    cents: int, calls: list[tuple[int, bool, int]]
) -> None:
    """Ask, or let the oldest in flight come back with any usage up to its worst case."""
    budget = cents / 10**6
    spending = Spending(PRICE, budget, "pool")
    flying: list[tuple[str, Asked]] = []
    for number, (tokens, ask, percent) in enumerate(calls):
        if ask:
            wanted = asked(100, tokens + 1)
            if spending.reserve(str(number), wanted):
                flying.append((str(number), wanted))
        elif flying:
            key, wanted = flying.pop(0)
            spending.settle(key, wanted, response(percent, wanted.max_tokens * percent // 100))
    for key, wanted in flying:
        spending.settle(key, wanted, response(wanted.prompt_bound, wanted.max_tokens))
    paid = spending.paid_usd()
    assert paid is not None
    assert paid <= budget


def test_a_budget_on_an_unknown_price_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with (
        OpenAIServer() as server,
        pytest.raises(SpendingError, match=r"budget_usd is 1, but the model has no price"),
    ):
        draw(server, tmp_path, budget=1.0, price=None)
    assert server.paths == []
    assert server.requests == []


def test_the_stop_is_exact_and_keeps_what_was_paid(tmp_path: Path) -> None:
    """Every answer costs its worst case: 0.028 dollars buy 7 of 10, not 6 and not 8."""
    with OpenAIServer(latency_s=0.02) as server:
        with pytest.raises(BudgetReachedError) as stop:
            draw(server, tmp_path, budget=0.028)
        assert len(server.requests) == 7
        assert len(list(read_entries(tmp_path))) == 7
        text = str(stop.value)
        assert "7 responses are kept" in text
        assert "3 are missing" in text
        assert "$0.028 of $0.028 are spent" in text
        assert "$0.0400 in the worst case" in text
        assert stop.value.exit_status == 3

        # The same command again asks for nothing: the journal's cost counts.
        with pytest.raises(BudgetReachedError):
            draw(server, tmp_path, budget=0.028)
        assert len(server.requests) == 7

        # A higher budget pays only for what is missing.
        assert len(draw(server, tmp_path, budget=0.04)) == 10
        assert len(server.requests) == 10


def test_a_budget_just_below_the_next_answer_is_not_passed(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        with pytest.raises(BudgetReachedError):
            draw(server, tmp_path, budget=0.0279999)
        assert len(server.requests) == 6


def test_what_answers_leave_of_their_reservations_is_used(tmp_path: Path) -> None:
    """Only one worst case (1 dollar) fits at a time, but answers take a few cents at most."""
    with OpenAIServer() as server:
        assert len(draw(server, tmp_path, budget=1.5, max_tokens=1000)) == 10
        assert server.most_at_once == 1


def test_answers_without_usage_are_counted_at_their_worst(tmp_path: Path) -> None:
    with OpenAIServer(choose=lambda body: "no_usage") as server:
        with pytest.raises(BudgetReachedError):
            draw(server, tmp_path, budget=2.5, max_tokens=1000)
        assert len(server.requests) == 2
    assert all(entry.response.generated_tokens is None for entry in read_entries(tmp_path))


def test_bills_above_the_price_make_reservations_larger(tmp_path: Path) -> None:
    """0.01 dollars are billed where the price allows 0.004: three fit, not eight."""
    with OpenAIServer(choose=lambda body: "cost:0.01") as server:
        with pytest.raises(BudgetReachedError, match=r"\$0\.03 of \$0\.033 are spent"):
            draw(server, tmp_path, budget=0.033)
        assert len(server.requests) == 3


def test_without_a_budget_there_is_no_limit(tmp_path: Path) -> None:
    with OpenAIServer() as server:
        assert len(draw(server, tmp_path, budget=None, price=None)) == 10
