"""What one call of the OpenAI engine has under way, and how it ends."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from scripts.lib.engines.base import Response
from scripts.lib.engines.openai_failures import ServerError


@dataclass
class Run:
    """Requests under way, shared by the caller's thread and that of the event loop.

    `open`: more requests may come. `under_way`: drawn and not yet yielded (the caller's thread
    alone counts them). `failure`: the first error, raised when all answers are in.
    """

    open: bool = True
    under_way: int = 0
    failure: Exception | None = None
    finished: "SimpleQueue[Future[tuple[str, Response]]]" = field(default_factory=SimpleQueue)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @contextmanager
    def task(self) -> Iterator[None]:
        """Know the current task while it runs; its failure stops the retries of all others."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            yield
        except Exception as error:
            self.failure = self.failure or error
            self.stopping.set()
            raise
        finally:
            self.tasks.discard(task)

    async def pause(self, seconds: float) -> None:
        """Wait before a retry; give up at once when another request has failed for good."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.stopping.wait()
        if self.stopping.is_set():
            raise ServerError("given up because another request failed", again=False)

    async def cancel(self) -> None:
        """End what is still under way, before the client is closed."""
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)
