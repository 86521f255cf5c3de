"""A sampling job that is killed ten times ends with the tables of one that was left alone."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.lib.journal import read_entries
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from tests.test_pool_requests import problems

pytestmark = pytest.mark.slow

KILLS = 10
CONCURRENCY = 8
PROBLEMS, N = 4, 150


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server in a process of its own: its base URL, and its log of requests."""
    log = tmp_path / "requests.jsonl"
    command = [sys.executable, "-m", "tests.servers", "--log", str(log), "--latency", "0.02"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), log
        process.kill()


def start(base_url: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Start the sampling program; its journal and table go to `folder`."""
    folder.mkdir(exist_ok=True)
    table = folder / "problems.parquet"
    if not table.exists():
        write_table(Problem, problems(*(f"{n} + {n}" for n in range(PROBLEMS))), table)
    spec = {
        "model": "m",
        "benchmark": "sums",
        "wordings": ["plain"],
        "sampling": {"max_tokens": 64},
        "n": N,
    }
    model = {
        "kind": "api",
        "model": "tiny-chat",
        "base_url": base_url,
        "api_key_env": "",
        "concurrency": CONCURRENCY,
    }
    options = {
        "--spec": json.dumps(spec),
        "--pool": "sums",
        "--model-spec": json.dumps(model),
        "--prompts": json.dumps({"plain": "{problem}"}),
        "--problems": str(table),
        "--journal": str(folder / "journal"),
        "--output": str(folder / "traces.parquet"),
    }
    arguments = [part for option in options.items() for part in option]
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.sample.sample_pool", *arguments],
        stderr=(folder / "log.txt").open("ab"),
    )


def seeds(log: Path) -> list[int]:
    """The seeds of all requests that the server has seen: one belongs to each sample."""
    if not log.exists():
        return []
    return [json.loads(line)["body"]["seed"] for line in log.read_text().splitlines()]


def test_ten_kills_repeat_nothing_that_was_journaled(
    server: tuple[str, Path], tmp_path: Path
) -> None:
    base_url, log = server
    killed = tmp_path / "killed"
    moments = random.Random(1)
    at_kill: list[tuple[int, set[int]]] = []
    for _ in range(KILLS):
        goal = len(seeds(log)) + moments.randint(1, PROBLEMS * N // KILLS - CONCURRENCY)
        process = start(base_url, killed)
        while len(seeds(log)) < goal:
            assert process.poll() is None, (killed / "log.txt").read_text()
            time.sleep(0.001)
        time.sleep(moments.random() * 0.02)  # anywhere between two answers
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        at_kill.append((len(seeds(log)), {e.asked.seed for e in read_entries(killed / "journal")}))
    assert start(base_url, killed).wait() == 0, (killed / "log.txt").read_text()
    asked = seeds(log)

    # What stood in the journal at a kill was never asked for after it.
    for position, journaled in at_kill:
        assert journaled.isdisjoint(asked[position:])
    assert at_kill[-1][1], "the kills came too early to show anything"
    # A kill repeats at most what was in flight.
    repeats = Counter(asked).values()
    assert sum(repeats) - len(repeats) <= KILLS * CONCURRENCY
    assert len(repeats) == PROBLEMS * N

    undisturbed = tmp_path / "undisturbed"
    assert start(base_url, undisturbed).wait() == 0
    assert read_table(Trace, killed / "traces.parquet").equals(
        read_table(Trace, undisturbed / "traces.parquet")
    )
    assert (killed / "traces.parquet").read_bytes() == (undisturbed / "traces.parquet").read_bytes()
    assert len(list((killed / "journal").glob("*.jsonl"))) == 1
