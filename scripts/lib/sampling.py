"""Drawing samples through the journal: nothing asked twice, nothing used before it is kept."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from scripts.lib.engines.base import Engine, EngineError, Request, Response
from scripts.lib.journal import Asked, Entry, Journal, Sample, asked_of, now
from scripts.lib.spending import Spending


@dataclass(frozen=True)
class Wanted:
    """One sample that a pool needs, with the key of its request."""

    key: str
    sample: Sample
    request: Request


def journaled(
    engine: Engine, wanted: list[Wanted], journal: Journal, spending: Spending
) -> Iterator[tuple[str, Response]]:
    """Yield (key, response) for all of `wanted`: first what the journal has, then the rest.

    Each new response is on disk before it is yielded. Requests are handed out while their worst
    case fits the budget. When the next one does not fit, those in flight finish, and what they
    left of their reservations is handed out again.

    Raises:
        BudgetReachedError: the next request could break the cap with none in flight.
        EngineError: from the engine, or if it loses a request.
    """
    missing = []
    for one in wanted:
        if one.key in journal:
            yield one.key, journal.response(one.key)
        else:
            missing.append(one)
    asked = {one.key: ask for one, ask in zip(missing, _asked(engine, missing), strict=True)}
    started = now()
    try:
        while missing:
            yield from _round(engine, missing, asked, journal, spending, started)
            left = [one for one in missing if one.key not in journal]
            if len(left) == len(missing):
                kept = len(wanted) - len(left)
                raise spending.reached(kept, [asked[one.key] for one in left])
            if left:
                logging.info("%d requests wait for what the budget has left", len(left))
            missing = left
    finally:
        journal.close()


def _round(
    engine: Engine,
    missing: list[Wanted],
    asked: dict[str, Asked],
    journal: Journal,
    spending: Spending,
    started: str,
) -> Iterator[tuple[str, Response]]:
    """Ask for as many of `missing` as fit the budget; yield each response once it is on disk."""
    in_flight: dict[str, Wanted] = {}

    def hand_out() -> Iterator[tuple[str, Request]]:
        for one in missing:
            if not spending.reserve(one.key, asked[one.key]):
                return
            in_flight[one.key] = one
            yield one.key, one.request

    written = []
    for key, response in engine.generate(hand_out()):
        sample = in_flight.pop(key).sample
        journal.append(
            Entry(key, sample, asked[key], engine.identity, response, started, when=now())
        )
        spending.settle(key, asked[key], response)
        written.append((key, response))
        if journal.sync_due():
            journal.sync()
            yield from written
            written = []
    journal.sync()
    yield from written
    if in_flight:
        raise EngineError(f"the engine ended without a response to {len(in_flight)} requests")


def _asked(engine: Engine, wanted: list[Wanted]) -> Iterator[Asked]:
    """What the journal keeps of each request; a prompt that comes again is counted once."""
    bounds: dict[tuple[str | None, tuple[int, ...] | None], int] = {}
    for one in wanted:
        shown = (one.request.prompt, one.request.context)
        if shown not in bounds:
            bounds[shown] = engine.prompt_tokens(one.request)
        yield asked_of(one.request, bounds[shown])
