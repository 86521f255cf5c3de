"""Time of the OpenAI engine beside the bare client: 1,000 requests of 100 ms at concurrency 64.

The server runs in a process of its own. Both sides ask it in turn, several times; printed are
both medians, their ratio, and how busy the server saw itself.

    python -m tests.benchmarks.bench_openai_engine
"""

import argparse
import asyncio
import subprocess
import sys
import time
from statistics import median

from openai import AsyncOpenAI

from scripts.lib.config.models import ApiModel
from scripts.lib.engines.base import Request
from scripts.lib.engines.openai_engine import OpenAIEngine

TARGET = 1.1


def bare(base_url: str, requests: int, concurrency: int) -> float:
    """Seconds that AsyncOpenAI takes with a semaphore around it."""

    async def run() -> None:
        room = asyncio.Semaphore(concurrency)

        async def ask(number: int) -> None:
            async with room:
                answer = await client.chat.completions.create(
                    model="tiny-chat",
                    messages=[{"role": "user", "content": "What is 6 times 7?"}],
                    max_tokens=100,
                    seed=number,
                    temperature=1.0,
                    top_p=1.0,
                    n=1,
                )
            assert answer.choices[0].message.content

        async with AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
            await asyncio.gather(*(ask(number) for number in range(requests)))

    began = time.perf_counter()
    asyncio.run(run())
    return time.perf_counter() - began


def engine(base_url: str, requests: int, concurrency: int) -> float:
    """Seconds that the engine takes, its question about the model included."""
    config = ApiModel(
        kind="api", model="tiny-chat", base_url=base_url, api_key_env="", concurrency=concurrency
    )
    began = time.perf_counter()
    keyed = (
        (str(n), Request(prompt="What is 6 times 7?", seed=n, max_tokens=100, temperature=1.0))
        for n in range(requests)
    )
    answers = list(OpenAIEngine(config).generate(keyed))
    seconds = time.perf_counter() - began
    assert len(answers) == requests
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    command = [sys.executable, "-m", "tests.servers", "--latency", str(options.latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            base_url = server.stdout.readline().strip()
            sides = {"bare client": bare, "engine": engine}
            times: dict[str, list[float]] = {name: [] for name in sides}
            bare(base_url, options.concurrency, options.concurrency)  # warm both processes
            for repeat in range(options.repeats):
                # Who goes first changes, so that drift of the machine hits both alike.
                order = list(sides) if repeat % 2 == 0 else list(reversed(sides))
                for name in order:
                    seconds = sides[name](base_url, options.requests, options.concurrency)
                    times[name].append(seconds)
        finally:
            server.terminate()
    least = options.requests / options.concurrency * options.latency
    print(f"{options.requests} requests of {options.latency} s at {options.concurrency} at once")
    print(f"no client can be faster than {least:.2f} s")
    for name, seconds_of in times.items():
        shown = " ".join(f"{seconds:.2f}" for seconds in seconds_of)
        print(f"{name:>12}: median {median(seconds_of):.3f} s ({shown})")
    ratio = median(times["engine"]) / median(times["bare client"])
    print(f"ratio of medians {ratio:.3f}; at most {TARGET}: {'yes' if ratio <= TARGET else 'NO'}")


if __name__ == "__main__":
    main()
