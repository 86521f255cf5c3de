"""Programs that are started from a process with their libraries loaded."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.lib.warm.client import ADDRESS
from scripts.lib.warm.start import FUNCTION, start_server

PROGRAM = """
import json, os, sys, time
told = {"arguments": sys.argv[1:], "name": __name__, "folder": os.getcwd(),
        "variable": os.environ.get("SAID"), "read": sys.stdin.read(),
        "loaded": "torch" in sys.modules}
print(json.dumps(told))
if sys.argv[1] == "fail":
    raise ValueError("what went wrong")
if sys.argv[1] == "wait":
    open("waits", "w").close()
    time.sleep(60)
if sys.argv[1] == "exit":
    sys.exit(int(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a server, and with a program that says how it was run."""
    folder = tmp_path_factory.mktemp("warm")
    for part in ("__init__.py", "lib/__init__.py", "lib/warm"):
        source, target = Path("scripts") / part, folder / "scripts" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    (folder / "scripts/say.py").write_text(PROGRAM)
    return folder


@pytest.fixture(scope="module")
def warm(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        server = start_server()
    finally:
        os.chdir(before)
    deadline = time.monotonic() + 120
    while not (folder / ADDRESS).exists():
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield server
    assert server.stdin is not None
    server.stdin.close()
    assert server.wait(timeout=30) == 0


def command(*arguments: str) -> list[str]:
    """What a job's shell runs for `python -m scripts.say`."""
    bin_first = f"PATH={Path(sys.executable).parent}:$PATH; "
    line = FUNCTION.replace("{{", "{").replace("}}", "}")
    return ["bash", "-c", f'{bin_first}{line}python -m scripts.say "$@"', "-", *arguments]


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "SAID": "something"}
    pipes = {"capture_output": True, "text": True, "input": "to read"}
    return subprocess.run(command(*arguments), cwd=folder, env=env, check=False, **pipes)


def expected(folder: Path, *, loaded: bool, arguments: list[str]) -> dict[str, object]:
    told = {"name": "__main__", "folder": str(folder), "variable": "something", "read": "to read"}
    return {**told, "arguments": arguments, "loaded": loaded}


def test_without_a_server_the_program_runs_all_the_same(folder: Path) -> None:
    if (folder / ADDRESS).exists():
        pytest.fail("the server is to be started after this test")
    done = run(folder, "exit", "3")
    assert done.returncode == 3
    assert json.loads(done.stdout) == expected(folder, loaded=False, arguments=["exit", "3"])


def test_arguments_streams_environment_and_status_are_the_caller_s(
    folder: Path, warm: "subprocess.Popen[bytes]"
) -> None:
    for status in (0, 3):
        done = run(folder, "exit", str(status))
        assert done.returncode == status
        arguments = ["exit", str(status)]
        assert json.loads(done.stdout) == expected(folder, loaded=True, arguments=arguments)


def test_an_error_is_told_and_ends_the_program(
    folder: Path, warm: "subprocess.Popen[bytes]"
) -> None:
    done = run(folder, "fail")
    assert done.returncode == 1
    assert "ValueError: what went wrong" in done.stderr


def test_a_program_is_what_its_file_says_now(folder: Path, warm: "subprocess.Popen[bytes]") -> None:
    path = folder / "scripts/say.py"
    path.write_text(PROGRAM.replace("print(", "print('new', "))
    assert run(folder, "exit", "0").stdout.startswith("new ")
    path.write_text(PROGRAM)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_who_is_ended_takes_the_program_along(
    folder: Path, warm: "subprocess.Popen[bytes]", how: signal.Signals
) -> None:
    (folder / "waits").unlink(missing_ok=True)
    process = subprocess.Popen(
        command("wait"),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    wait_for((folder / "waits").exists)
    assert children(warm.pid) != []
    os.killpg(process.pid, how)
    assert process.wait() == -how
    wait_for(lambda: children(warm.pid) == [])
    assert run(folder, "exit", "0").returncode == 0


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
