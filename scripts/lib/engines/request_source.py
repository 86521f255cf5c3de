"""The requests that an engine is handed, some of which wait for a response."""

from collections.abc import Iterable
from itertools import islice

from scripts.lib.engines.base import Keyed


class RequestSource:
    """Draws a caller's requests; see `Engine.generate` for what None among them means.

    `over`: there are no more. `waits`: there is none before the next response; who takes one
    resets it.
    """

    def __init__(self, requests: Iterable[Keyed | None]) -> None:
        self._requests = iter(requests)
        self.over = False
        self.waits = False

    @property
    def ready(self) -> bool:
        """Whether it is worth asking for more."""
        return not (self.over or self.waits)

    def window(self, size: int) -> list[Keyed]:
        """The next requests, `size` at most; fewer where it is over or waits."""
        drawn: list[Keyed] = []
        for one in islice(self._requests, size):
            if one is None:
                self.waits = True
                return drawn
            drawn.append(one)
        self.over = len(drawn) < size
        return drawn
