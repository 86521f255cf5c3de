import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.file_server import FileServer, file_server
from tests.recorded_tools import run_harness

if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a core of its own
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# Other work on the machine must not fail a property.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start Snakemake take longest and go first: at the end one core would wait."""
    items.sort(key=lambda item: not hasattr(getattr(item, "module", None), "Workspace"))


@pytest.fixture(scope="session")
def mirror() -> Callable[[str], Path]:
    """A recorded file by its name in data/sources.csv."""

    def find(name: str) -> Path:
        folder = os.environ.get("TTSCALE_MIRROR")
        if not folder:
            pytest.skip("TTSCALE_MIRROR is not set: no folder of recorded files")
        with Path("data/sources.csv").open(newline="", encoding="utf-8") as file:
            hashes = {row["name"]: row["sha256"] for row in csv.DictReader(file)}
        return Path(folder) / hashes[name]

    return find


@pytest.fixture(scope="session")
def harness_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of lm-evaluation-harness: a run takes a while, so there is one for all tests."""
    return run_harness(tmp_path_factory.mktemp("harness"))


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """PyTorch on one thread for a module: more would only get in each other's way here."""
    import torch  # noqa: PLC0415  # most tests need none of it

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def server() -> Iterator[FileServer]:
    """A server for downloads that answers as the test tells it to."""
    with file_server() as told:
        yield told


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Fail a run that must not skip anything."""
    skipped = terminalreporter.stats.get("skipped", [])
    if os.environ.get("TTSCALE_NO_SKIPS") and skipped:
        for report in skipped:
            terminalreporter.line(f"skipped, which TTSCALE_NO_SKIPS forbids: {report.nodeid}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """See above: a skip is a failure then."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker: the process that collects their reports decides
        return
    if os.environ.get("TTSCALE_NO_SKIPS") and exitstatus == 0 and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
