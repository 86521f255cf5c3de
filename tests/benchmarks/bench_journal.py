"""What the journal costs: responses a second through it, from an engine that answers at once.

Run from the repository root: python -m tests.benchmarks.bench_journal [responses] [folder]
The folder should lie on the disk that results/ will lie on.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from scripts.lib.engines.base import Request, Response, request_key
from scripts.lib.journal import Journal, Sample
from scripts.lib.sampling import Wanted, journaled
from scripts.lib.spending import Spending

RESPONSE = Response("word " * 300, "stop", 100, 300, token_ids=tuple(range(300)))


class InstantEngine:
    """Answers every request at once."""

    identity = {"engine": "instant"}  # noqa: RUF012

    def generate(self, requests: Iterable[tuple[str, Request]]) -> Iterator[tuple[str, Response]]:
        """Yield the same response for each request."""
        for key, _ in requests:
            yield key, RESPONSE

    def prompt_tokens(self, request: Request) -> int:
        """Any number."""
        return 100


def main() -> None:
    """Time three fresh journals and their replays; print medians."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    parent = sys.argv[2] if len(sys.argv) > 2 else None
    engine = InstantEngine()
    wanted = []
    for number in range(count):
        request = Request(f"problem {number % 500}", number, 1000, 1.0)
        sample = Sample("b", str(number % 500), "w", None, None, number // 500)
        wanted.append(Wanted(request_key(engine.identity, request, number), sample, request))
    times: dict[str, list[float]] = {"drawing": [], "opening again": [], "replaying": []}
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            began = time.perf_counter()
            for _ in journaled(
                engine, wanted, Journal(Path(folder)), Spending(None, None, "bench")
            ):
                pass
            drawn = time.perf_counter()
            journal = Journal(Path(folder))
            opened = time.perf_counter()
            for _ in journaled(engine, wanted, journal, Spending(None, None, "bench")):
                pass
            replayed = time.perf_counter()
        times["drawing"].append(drawn - began)
        times["opening again"].append(opened - drawn)
        times["replaying"].append(replayed - opened)
    for what, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{what}: {count / median:,.0f} responses/s ({median:.2f} s for {count:,})")


if __name__ == "__main__":
    main()
