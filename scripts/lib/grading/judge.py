"""Judge pairs of answers, each distinct pair once, in processes that may be killed."""

import contextlib
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, NoReturn, Self

from tqdm import tqdm

from scripts.lib.errors import UserError
from scripts.lib.grading import server
from scripts.lib.grading.equal import quick_equal

_ROOT = Path(__file__).parents[3]
_SHOWN_FROM = 200
"""Batches of at least so many pairs show their progress."""
_MOST_DEATHS = 2


class Pair(NamedTuple):
    """Two normal forms to compare."""

    answer_kind: str
    answer: str
    gold: str


class GradingError(UserError):
    """The process that does algebra cannot run."""


class Judge:
    """Decides pairs of normal forms; use it in a `with` block.

    Plain pairs are decided here; the rest go to `scripts.lib.grading.server`, which starts when
    the first of them comes. A pair that passes a limit is a "timeout" or "memory".

    Args:
        jobs: pairs judged at a time; as many as there are processors by default.
        seconds: processor time a pair may take.
        wall_seconds: time on the clock a pair may take; only to catch one that sleeps.
        address_space: bytes a pair may map.
    """

    def __init__(
        self,
        jobs: int | None = None,
        seconds: float = 2.0,
        wall_seconds: float = 30.0,
        address_space: int = 2 * 1024**3,
    ) -> None:
        self._jobs = jobs or _processors()
        self._limits = (seconds, wall_seconds, address_space)
        self._known: dict[Pair, str] = {}
        self._server: subprocess.Popen[str] | None = None
        self.algebra_pairs = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def verdicts(self, pairs: list[Pair]) -> list[str]:
        """For each pair: equal, different, unreadable, timeout or memory.

        Raises:
            GradingError: the process for algebra does not start, or dies again and again.
        """
        hard = []
        for pair in dict.fromkeys(pairs):
            if pair in self._known:
                continue
            quick = quick_equal(*pair)
            if quick is None:
                hard.append(pair)
            else:
                self._known[pair] = "equal" if quick else "different"
        self._judge(hard)
        return [self._known[pair] for pair in pairs]

    def close(self) -> None:
        """End the process for algebra."""
        if self._server is not None:
            self._server.kill()
            with contextlib.suppress(BrokenPipeError), self._server:
                pass  # its pipes are closed, and it is waited for
            self._server = None

    def _judge(self, pairs: list[Pair]) -> None:
        """Have the server judge pairs; one that dies is replaced, unless it never gets on."""
        self.algebra_pairs += len(pairs)
        deaths = 0
        with tqdm(total=len(pairs), unit="pair", disable=len(pairs) < _SHOWN_FROM) as progress:
            while left := [pair for pair in pairs if pair not in self._known]:
                done = self._judge_batch(left, progress)
                deaths = 0 if done else deaths + 1
                if deaths == _MOST_DEATHS:
                    raise GradingError(
                        "the process for algebra was killed before it judged a pair: give this "
                        "job more memory, or judge fewer pairs at a time (--jobs)"
                    )

    def _judge_batch(self, pairs: list[Pair], progress: "tqdm[NoReturn]") -> int:
        """Judge as many of these as the server lives for; their number."""
        process = self._server or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        done = 0
        try:
            print(json.dumps([pair[1:] for pair in pairs]), file=process.stdin, flush=True)
            while done < len(pairs) and (line := process.stdout.readline()):
                index, verdict = line.split()
                self._known[pairs[int(index)]] = verdict
                done += 1
                progress.update()
        except BrokenPipeError:
            pass
        if done < len(pairs):
            logging.warning("the process for algebra died; starting another")
            self.close()
        return done

    def _start(self) -> subprocess.Popen[str]:
        seconds, wall_seconds, address_space = self._limits
        # By the imported module's name, so that the server counts as this program's code.
        command = [sys.executable, "-m", server.__name__]
        command += [f"--jobs={self._jobs}", f"--seconds={seconds}"]
        command += [f"--wall-seconds={wall_seconds}", f"--bytes={address_space}"]
        # sympy's order of terms follows the hash seed. Nothing else of the environment is passed
        # on: what handles untrusted text needs no keys.
        passed = {
            name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") & os.environ.keys()
        }
        self._server = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=passed | {"PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="ascii",
        )
        assert self._server.stdout is not None
        if self._server.stdout.readline() != "ready\n":
            self._server.kill()
            _, complaint = self._server.communicate()
            self._server = None
            raise GradingError(f"the process for algebra does not start:\n{complaint.strip()}")
        return self._server


def _processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    return len(affinity(0)) if affinity else os.cpu_count() or 1
