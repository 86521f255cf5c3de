"""A process with the slow libraries loaded, which becomes each program that jobs ask for, by fork.

Most programs of a small study run for a few seconds, as long as it takes to load what they use. The
server loads that once and starts each program in a copy of itself. Nothing of this project's own is
loaded before, so that a program is always what its file says now.

It serves the folder it is started in as long as its standard input is open: when the workflow that
holds the other end is gone, it waits for what still runs, and goes.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import traceback
from pathlib import Path
from typing import NamedTuple

from scripts.lib.warm.client import ADDRESS, LONGEST, STANDARD

LIBRARIES = (
    *("pydantic", "scipy.special", "matplotlib.figure", "torch", "transformers.modeling_utils"),
    "transformers.models.auto.modeling_auto",
)
"""What programs take long to load, without what is not to be copied: polars starts threads."""

ALLOCATOR = "jemalloc_bg_thd"
"""The one thread that a copy may lack: jemalloc knows of forks."""


class Asked(NamedTuple):
    """A command line of `python`, its environment, and where it reads and writes."""

    command: list[str]
    env: dict[str, str]
    files: list[int]


class Server:
    """Serves one folder; see the module."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._running: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._woken, self._wakes = socket.socketpair()
        for end in (self._woken, self._wakes):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wakes.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> Asked | None:
        """Take commands. In each copy it returns the command to run; in the end, None."""
        open_ = True
        while open_ or self._running:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    asked = self._start(connection)
                    if asked is not None:
                        return asked
                elif key.fileobj is sys.stdin:
                    open_ = False
                    self._stop_listening()
                elif key.fileobj is self._woken:
                    self._woken.recv(4096)
                    self._report()
                else:
                    self._stop(key.data)
        return None

    def _start(self, connection: socket.socket) -> Asked | None:
        try:
            asked = _receive(connection)
        except (OSError, ValueError):  # whoever asked is gone
            connection.close()
            return None
        pid = os.fork()
        if pid == 0:
            self._leave()
            connection.close()
            return asked
        for file in asked.files:
            os.close(file)
        self._running[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, data=pid)
        return None

    def _leave(self) -> None:
        """Let go of everything that is the server's, in a copy of it."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._selector.close()
        for own in (self._listener, self._woken, self._wakes, *self._running.values()):
            own.close()

    def _stop_listening(self) -> None:
        self._selector.unregister(sys.stdin)
        self._selector.unregister(self._listener)
        self._listener.close()

    def _report(self) -> None:
        """Tell how programs ended."""
        while self._running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            connection = self._running.pop(pid)
            if connection in self._selector.get_map():
                self._selector.unregister(connection)
            with contextlib.suppress(OSError):  # where nobody waits for it any more
                connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            connection.close()

    def _stop(self, pid: int) -> None:
        """End a program whose client was ended."""
        if pid in self._running:
            self._selector.unregister(self._running[pid])
            os.kill(pid, signal.SIGTERM)


def _receive(connection: socket.socket) -> Asked:
    head, files, _, _ = socket.recv_fds(connection, LONGEST, len(STANDARD))
    length = int(head)
    parts = b""
    while len(parts) < length:
        part = connection.recv(length - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    message = json.loads(parts)
    return Asked(message["command"], message["env"], files)


def become(asked: Asked) -> int:
    """Run a program as `python -m` does, in this process; return its exit status."""
    for standard, file in zip(STANDARD, asked.files, strict=True):
        os.dup2(file, standard)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked.env)
    threads = asked.env.get("OMP_NUM_THREADS")
    if threads:  # read when the library was loaded, with another environment
        import torch  # noqa: PLC0415

        torch.set_num_threads(int(threads))
    _, module, *arguments = asked.command
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _threads() -> list[str]:
    """Names of the threads of this process, besides the one it began with."""
    tasks = Path("/proc/self/task")
    others = [task for task in tasks.iterdir() if task.name != str(os.getpid())]
    return [(task / "comm").read_text().strip() for task in others]


def main() -> None:
    """Load the libraries, and serve."""
    for library in LIBRARIES:
        importlib.import_module(library)
    others = [name for name in _threads() if name != ALLOCATOR]
    if others:
        sys.exit(f"not serving: a library has started threads, which a copy lacks: {others}")
    # What is loaded stays: a copy need not look through it for garbage, nor copy it for that.
    gc.collect()
    gc.freeze()
    address = Path(ADDRESS)
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        usual = os.umask(0o177)  # nobody else may connect, not even before a chmod
        listener.bind(ADDRESS)
        os.umask(usual)
        listener.listen(64)
        asked = Server(listener).serve()
    if asked is not None:
        status = become(asked)
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        # Taking the loaded libraries apart takes longer than many a program.
        os._exit(status)


if __name__ == "__main__":
    main()
