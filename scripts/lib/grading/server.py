"""The process in which algebra runs: it forks children that judge pairs under limits.

Started by `scripts.lib.grading.judge`, not by hand. It imports sympy once; a child then costs
milliseconds and may be killed without harm to anything but the pair it was on. A child judges a
few pairs that follow each other, so that what it has read and computed serves the next of them.
Which pairs share a child does not depend on the number of children at a time. Lines come in and
go out:

    in:   [[answer, gold], [answer, gold], ...]     JSON, one line a batch
    out:  index verdict                             one line a pair, in the order they finish

The time limit counts the processor time spent on a pair, so that a busy machine changes no
verdict; the wall limit only catches a child that sleeps.
"""

import argparse
import contextlib
import gc
import json
import logging
import os
import resource
import selectors
import signal
import sys
from collections import deque
from typing import TextIO

from scripts.lib.grading.equal import algebra_equal

_VERDICTS = ["equal", "different", "unreadable", "memory"]
_TIMERS = (signal.SIGPROF, signal.SIGALRM)
_MOST_PAIRS_PER_CHILD = 32
_CHILDREN_PER_BATCH = 8  # at least so many, so that small batches use more than one processor

# Comparing these fills the tables of the parser and of sympy, which every child then inherits.
_WARM_UP = (
    (r"\sqrt{2}+\sqrt[3]{x}", r"\sqrt{3}+\frac{x}{2}"),
    (r"\{1,\frac{1+\sqrt{5}}{2}\}", r"\{2,\frac{1-\sqrt{5}}{2}\}"),
    (r"\frac{\sqrt{2}}{\pi}", r"\frac{2}{\sqrt{2}\pi}"),
    (r"(-\infty,2)\cup(3,4]", r"[2,\infty)"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"1\pm\sqrt{3}"),
    (r"\cos 2\theta+e^{x}", r"\sin\theta+\log_2 a"),
    (r"x=3,y=4", r"x^2+y^2=1"),
    (r"x\le 2", r"2\cdot 3!"),
    (r"1+2i", r"(1,-2)"),
)

Work = list[tuple[int, str, str]]
"""Numbered pairs: index, answer, gold."""


class Limits:
    """What a child may use: seconds a pair, and bytes of address space."""

    def __init__(self, seconds: float, wall_seconds: float, address_space: int) -> None:
        self.seconds = seconds
        self.wall_seconds = wall_seconds
        self.address_space = address_space

    def hold(self) -> None:
        """Set what holds for the life of this process."""
        for signal_number in _TIMERS:
            signal.signal(signal_number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        with contextlib.suppress(ValueError, OSError):  # macOS has no such limit
            resource.setrlimit(resource.RLIMIT_AS, (self.address_space, self.address_space))

    def start_clocks(self) -> None:
        """Have the kernel end this process in time, even inside code that never leaves C."""
        signal.setitimer(signal.ITIMER_PROF, self.seconds)
        signal.setitimer(signal.ITIMER_REAL, self.wall_seconds)


def main() -> None:
    """Read batches from stdin until it closes; write verdicts to what was stdout."""
    # Not scripts.lib.cli: every child would carry what it imports.
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--jobs", type=int, required=True, help="children at a time")
    arguments.add_argument("--seconds", type=float, required=True, help="processor time a pair")
    arguments.add_argument("--wall-seconds", type=float, required=True)
    arguments.add_argument("--bytes", type=int, required=True, help="address space of a child")
    given = arguments.parse_args()
    logging.disable()  # math_verify warns that its own time limits are off
    for answer, gold in _WARM_UP:
        algebra_equal(answer, gold)
    gc.collect()
    gc.freeze()  # children then share the memory instead of copying it
    verdicts = os.fdopen(os.dup(1), "w", encoding="ascii")
    print("ready", file=verdicts, flush=True)
    with open(os.devnull, "r+b") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    limits = Limits(given.seconds, given.wall_seconds, given.bytes)
    for line in sys.stdin:
        numbered = [(index, *pair) for index, pair in enumerate(json.loads(line))]
        serve(numbered, given.jobs, limits, verdicts)


def serve(numbered: Work, jobs: int, limits: Limits, verdicts: TextIO) -> None:
    """Judge all pairs of a batch, of which there is one at least, and write a line for each."""
    size = min(_MOST_PAIRS_PER_CHILD, -(-len(numbered) // _CHILDREN_PER_BATCH))
    waiting = deque(numbered[i : i + size] for i in range(0, len(numbered), size))
    with selectors.DefaultSelector() as children:
        while waiting or children.get_map():
            while waiting and len(children.get_map()) < jobs:
                work = waiting.popleft()
                child, reader = _fork(work, limits)
                children.register(reader, selectors.EVENT_READ, (child, deque(work)))
            for key, _ in children.select():
                child, left = key.data
                told = os.read(key.fd, _MOST_PAIRS_PER_CHILD)
                for code in told:
                    print(left.popleft()[0], _VERDICTS[code], file=verdicts)
                if not told:
                    children.unregister(key.fd)
                    os.close(key.fd)
                    status = os.waitpid(child, 0)[1]
                    if left and (end := _end_of(status)):
                        print(left.popleft()[0], end, file=verdicts)
                    if left:
                        waiting.append(list(left))
                verdicts.flush()


def _fork(work: Work, limits: Limits) -> tuple[int, int]:
    """Start a child on some pairs; its process id and where its verdicts can be read."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    # From here on this is the child: it must not return into the server's loop.
    try:
        limits.hold()
        for _, answer, gold in work:
            limits.start_clocks()
            code = _judge(answer, gold)
            os.write(writer, bytes([code]))
            if _VERDICTS[code] == "memory":
                break  # what filled the memory may still lie there
        os._exit(0)
    finally:
        os._exit(1)


def _judge(answer: str, gold: str) -> int:
    """The place in _VERDICTS of the verdict on a pair."""
    try:
        equal = algebra_equal(answer, gold)
    except MemoryError:
        return _VERDICTS.index("memory")
    except (Exception, SystemExit):  # whatever it trips over, it did not read the answer
        return _VERDICTS.index("unreadable")
    return _VERDICTS.index("unreadable" if equal is None else "equal" if equal else "different")


def _end_of(status: int) -> str | None:
    """The verdict on the pair that ended a child; None if the child ended by itself."""
    code = os.waitstatus_to_exitcode(status)
    if code == 0:
        return None
    return "timeout" if -code in _TIMERS else "memory"


if __name__ == "__main__":
    main()
