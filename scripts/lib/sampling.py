"""Drawing samples through the journal: nothing asked twice, nothing used before it is kept."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from scripts.lib.engines.base import Engine, EngineError, Keyed, Request, Response
from scripts.lib.journal import Asked, Entry, Journal, Sample, asked_of, now
from scripts.lib.provenance.notes import note
from scripts.lib.spending import Spending


@dataclass(frozen=True)
class Wanted:
    """One sample that a pool needs, with the key of its request."""

    key: str
    sample: Sample
    request: Request


Follow = Callable[[str, Response], Iterable[Wanted]]
"""What a response calls for next, with keys that were not wanted before."""
More = Callable[[int], Iterable[Wanted]]
"""What several responses call for together, given how many requests have no response yet."""


def journaled(
    engine: Engine,
    wanted: list[Wanted],
    journal: Journal,
    spending: Spending,
    follow: Follow | None = None,
    more: More | None = None,
) -> Iterator[tuple[str, Response]]:
    """Yield (key, response) for all of `wanted`: first what the journal has, then the rest.

    See `Drawing`, of which this is both halves.

    Raises:
        BudgetReachedError: the next request could break the cap with none in flight.
        EngineError: from the engine, or if it loses a request.
    """
    drawing = Drawing(engine, wanted, journal, spending, follow, more)
    yield from drawing.replay()
    yield from drawing.ask()


class Drawing:
    """Requests on their way through the journal.

    Each new response is on disk before it is yielded. Requests are handed out while their worst
    case fits the budget. When the next one does not fit, those in flight finish, and what they
    left of their reservations is handed out again.

    With `follow`, a response may call for more requests, which join the queue at once: no
    request waits for others that it does not depend on. `follow` sees a response when it is
    written, before the disk has confirmed it: should the machine fail in between, the file is
    cut off somewhere, and what follows from a response stands behind it.

    `more` is asked after each response. It may wait for further ones as long as any are to come.
    """

    def __init__(
        self,
        engine: Engine,
        wanted: Iterable[Wanted],
        journal: Journal,
        spending: Spending,
        follow: Follow | None = None,
        more: More | None = None,
    ) -> None:
        self._engine, self._journal, self._spending = engine, journal, spending
        self._follow, self._more = follow, more
        self._kept: deque[Wanted] = deque()
        self._missing: deque[Wanted] = deque()
        self._in_flight: dict[str, Wanted] = {}
        self._asked: dict[str, Asked] = {}
        self._bounds: dict[str, int] = {}
        self._responses = self._drawn = 0
        self._queue(wanted)

    @property
    def missing(self) -> int:
        """Requests known so far that the journal does not answer."""
        return len(self._missing)

    def replay(self) -> Iterator[tuple[str, Response]]:
        """Yield what the journal has, also of what follows from that."""
        while True:
            while self._kept:
                one = self._kept.popleft()
                response = self._journal.response(one.key)
                self._take(one.key, response)
                yield one.key, response
            if self._more is not None:
                self._queue(self._more(len(self._in_flight) + len(self._missing)))
            if not self._kept:
                self._note()
                return

    def ask(self) -> Iterator[tuple[str, Response]]:
        """Ask the engine for what is missing, and for all that follows.

        Raises:
            BudgetReachedError: the next request could break the cap with none in flight.
            EngineError: from the engine, or if it loses a request.
        """
        started = now()
        try:
            while self._missing:
                before = self._responses
                yield from self._round(started)
                if self._missing and self._responses == before:
                    left = [self._bounded(one) for one in self._missing]
                    raise self._spending.reached(self._responses, left)
                if self._missing:
                    logging.info(
                        "%d requests wait for what the budget has left", len(self._missing)
                    )
        finally:
            self._journal.close()
            self._note()

    def _note(self) -> None:
        """For the record: what this run drew, and what others had drawn before."""
        kept = self._responses - self._drawn
        note("responses", {"drawn": self._drawn, "from_journal": kept})

    def _round(self, started: str) -> Iterator[tuple[str, Response]]:
        """Ask for as many as fit the budget; yield each response once it is on disk."""
        written = []
        for key, response in self._engine.generate(self._hand_out()):
            one, asked = self._in_flight.pop(key), self._asked.pop(key)
            self._journal.append(
                Entry(key, one.sample, asked, self._engine.identity, response, started, when=now())
            )
            self._drawn += 1
            self._spending.settle(key, asked, response)
            self._take(key, response)
            written += [(key, response), *self.replay()]
            if self._journal.sync_due():
                self._journal.sync()
                yield from written
                written = []
        self._journal.sync()
        yield from written
        if self._in_flight:
            raise EngineError(
                f"the engine ended without a response to {len(self._in_flight)} requests"
            )

    def _hand_out(self) -> Iterator[Keyed | None]:
        while True:
            while self._missing:
                one = self._missing[0]
                asked = self._bounded(one)
                if not self._spending.reserve(one.key, asked):
                    return
                self._missing.popleft()
                self._in_flight[one.key], self._asked[one.key] = one, asked
                yield one.key, one.request
            if self._follow is None or not self._in_flight:
                return
            yield None

    def _take(self, key: str, response: Response) -> None:
        self._responses += 1
        if self._follow is not None:
            self._queue(self._follow(key, response))

    def _queue(self, wanted: Iterable[Wanted]) -> None:
        for one in wanted:
            (self._kept if one.key in self._journal else self._missing).append(one)

    def _bounded(self, one: Wanted) -> Asked:
        """What the journal keeps of a request; a prompt that comes again is counted once."""
        prompt = one.request.prompt
        if prompt is None:
            return asked_of(one.request, self._engine.prompt_tokens(one.request))
        if prompt not in self._bounds:
            self._bounds[prompt] = self._engine.prompt_tokens(one.request)
        return asked_of(one.request, self._bounds[prompt])
