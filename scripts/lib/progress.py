"""A log line every few seconds for work that takes long."""

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self


class Progress:
    """Logs done, tokens per second, dollars and the time left, also while nothing finishes.

    `done` of `total` items stand when it begins; only what is added later counts for the speed.
    """

    def __init__(
        self,
        name: str,
        total: int,
        done: int,
        paid_usd: Callable[[], float | None],
        every_s: float = 5.0,
    ):
        self.name, self.total, self.done = name, total, done
        self.tokens = 0
        self._first = done
        self._paid_usd = paid_usd
        self._every_s = every_s
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        self._ticker.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._ticker.join()
        logging.info("%s", self.line())

    def add(self, tokens: int | None, finished: int = 1) -> None:
        """Count tokens, and the items that are finished with them."""
        self.done += finished
        self.tokens += tokens or 0

    def line(self) -> str:
        """Where the work stands."""
        seconds = max(time.monotonic() - self._began, 1e-9)
        made = self.done - self._first
        parts = [f"{self.name}: {self.done}/{self.total} samples"]
        if made:
            parts.append(f"{self.tokens / seconds:,.0f} tokens/s")
        paid = self._paid_usd()
        if paid is not None:
            parts.append(f"${paid:.4f} spent")
        if made and self.done < self.total:
            left = (self.total - self.done) * seconds / made
            parts.append(f"{left:,.0f} s left")
        elif made:
            parts.append(f"{self.tokens:,} tokens in {seconds:,.1f} s")
        return ", ".join(parts)

    def _tick(self) -> None:
        while not self._ended.wait(self._every_s):
            logging.info("%s", self.line())
