"""A browser, and the page of the micro study in it."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.micro_study import RESULTS, STUDY, run_micro

SHOTS = Path("logs/page")
"""Screenshots, to be looked at."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("page")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium, without a window."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # `make page` installs it

    path = shutil.which("chromium")
    assert path, "no chromium: `make page` installs it"
    with sync_playwright() as playwright:
        # As root there is no sandbox to be had.
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


class Opened:
    """A page in the browser, with all that it asked for and complained of."""

    def __init__(self, browser: Any, path: Path, **settings: Any) -> None:
        context = {"viewport": {"width": 1280, "height": 900}, **settings}
        self.page = browser.new_page(**context)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda told: self.complaints.append(f"{told.type}: {told.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.set_default_timeout(60_000)
        self.page.goto(path.resolve().as_uri())

    def asked_elsewhere(self) -> list[str]:
        """Requests other than for the file itself, and for what it holds."""
        own = self.page.url.partition("#")[0]
        inner = ("data:", "blob:", own)
        return [url for url in self.requests if not url.startswith(inner)]


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something. (The page's policy keeps the browser's own way of waiting out.)"""
    last = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < last, "it never came about"
        time.sleep(0.05)


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Open pages; afterwards none has complained, or asked for anything elsewhere."""
    pages: list[Opened] = []

    def open_page(path: Path, **settings: Any) -> Any:
        pages.append(Opened(browser, path, **settings))
        return pages[-1].page

    yield open_page
    for one in pages:
        complaints, elsewhere = one.complaints, one.asked_elsewhere()
        one.page.close()
        assert complaints == []
        assert elsewhere == []


@pytest.fixture(scope="session")
def micro_page() -> Path:
    """The page of the micro study."""
    return run_micro().folder / RESULTS / "index.html"


@pytest.fixture(scope="session")
def micro_report(micro_page: Path) -> Path:
    """Snakemake's report on it."""
    report = micro_page.with_name("report.html")
    run = run_micro().snakemake("all", "--report", str(report), *STUDY)
    assert run.returncode == 0, run.stdout + run.stderr
    return report


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots go."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    return SHOTS
