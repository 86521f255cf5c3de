"""Requests that follow from responses, through the journal and under a budget."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from scripts.lib.config.models import Price
from scripts.lib.engines.base import EngineError, Keyed, Request, Response, request_key
from scripts.lib.journal import Journal, Sample, read_entries
from scripts.lib.sampling import Drawing, Wanted, journaled
from scripts.lib.spending import BudgetReachedError, Spending

CHAINS, LENGTH = 3, 4
PRICE = Price(input=0, output=0.001, date="2024-12", source="test")


class Instant:
    """Answers at once, the latest request first; keeps what it was asked."""

    identity = {"engine": "instant"}  # noqa: RUF012

    def __init__(self, loses: str = "") -> None:
        self.asked: list[str] = []
        self.loses = loses

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        held: list[Keyed] = []
        for one in requests:
            if one is not None:
                held.append(one)
                self.asked.append(one[0])
                continue
            assert held, "asked to wait with nothing in flight"
            yield self.answer(held.pop())
        while held:
            one = held.pop()
            if one[1].prompt != self.loses:
                yield self.answer(one)

    def answer(self, one: Keyed) -> tuple[str, Response]:
        return one[0], Response(f"to {one[1].prompt}", "stop", 1, one[1].max_tokens)

    def prompt_tokens(self, request: Request) -> int:
        return 1


class Chains:
    """Chains of requests, each naming the response before it."""

    def __init__(self) -> None:
        self.wanted: dict[str, Wanted] = {}

    def make(self, chain: int, step: int, prompt: str) -> list[Wanted]:
        request = Request(prompt, seed=chain, max_tokens=10, temperature=0)
        sample = Sample("b", str(chain), "w", None, None, 0, waits=step)
        one = Wanted(request_key(Instant.identity, request, 0), sample, request)
        self.wanted[one.key] = one
        return [one]

    def begin(self) -> list[Wanted]:
        return [one for chain in range(CHAINS) for one in self.make(chain, 0, f"q{chain}")]

    def follow(self, key: str, response: Response) -> list[Wanted]:
        sample = self.wanted[key].sample
        step = (sample.waits or 0) + 1
        if step == LENGTH:
            return []
        return self.make(int(sample.problem_id), step, response.text or "")


def draw(engine: Instant, folder: Path, budget: float | None = None) -> dict[str, str | None]:
    chains, spending = Chains(), Spending(PRICE, budget, "test")
    journal = Journal(folder, visit=spending.count)
    found = journaled(engine, chains.begin(), journal, spending, chains.follow)
    return {key: response.text for key, response in found}


def test_chains_are_drawn_and_replayed(tmp_path: Path) -> None:
    engine = Instant()
    found = draw(engine, tmp_path)
    assert len(found) == len(engine.asked) == CHAINS * LENGTH
    assert sorted(text or "" for text in found.values()) == sorted(
        "to " * step + f"q{chain}" for chain in range(CHAINS) for step in range(1, LENGTH + 1)
    )
    again = Instant()
    assert draw(again, tmp_path) == found
    assert again.asked == []


def test_a_budget_stops_chains_and_a_larger_one_goes_on(tmp_path: Path) -> None:
    """Each response costs 0.01 dollars: 7 of 12 fit 0.075."""
    first = Instant()
    with pytest.raises(BudgetReachedError, match="7 responses are kept in the journal"):
        draw(first, tmp_path, budget=0.075)
    kept = {entry.key for entry in read_entries(tmp_path)}
    assert len(kept) == len(first.asked) == 7
    second = Instant()
    assert len(draw(second, tmp_path, budget=0.12)) == CHAINS * LENGTH
    assert kept.isdisjoint(second.asked)
    assert len(second.asked) == CHAINS * LENGTH - 7


def test_what_follows_and_is_journaled_is_not_asked(tmp_path: Path) -> None:
    """The first requests are missing, and what follows from them is there."""
    draw(Instant(), tmp_path)
    (path,) = tmp_path.glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"text":"to q' not in line))
    engine, chains, spending = Instant(), Chains(), Spending(None, None, "test")
    drawing = Drawing(engine, chains.begin(), Journal(tmp_path), spending, chains.follow)
    assert list(drawing.replay()) == []
    assert drawing.missing == CHAINS
    assert len(dict(drawing.ask())) == CHAINS * LENGTH
    assert len(engine.asked) == CHAINS


def test_a_lost_request_is_an_error_and_not_an_endless_wait(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="without a response to 1 requests"):
        list(
            journaled(
                Instant(loses="q1"),
                Chains().begin(),
                Journal(tmp_path),
                Spending(None, None, "test"),
            )
        )
