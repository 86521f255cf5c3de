"""How soon a page of many samples is there, how large it is, and what writing it takes.

Run from the repository root, after `make page`: python -m tests.benchmarks.bench_page [samples]
"""

import json
import random
import resource
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import polars as pl
from playwright.sync_api import sync_playwright

from scripts.lib.config.page import Page
from scripts.lib.search.tables import Step
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from tests.page_study import point, study, write_curve, write_page

PROBLEMS, POOLS, TOKENS, STEPS = 250, 8, 300, 30
WORDS = [line for line in Path("README.md").read_text(encoding="utf-8").split() if line.isalpha()]
"""Words to write with: as varied as those of a text that somebody wrote."""
QUESTION = " ".join(WORDS[:40])


def main() -> None:
    """Write made-up samples and their page; open it five times, and read one trace each time."""
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    # Samples are made by another process, that lives on: a peak counts what its parent held.
    spawned = get_context("spawn")
    with tempfile.TemporaryDirectory() as name, ProcessPoolExecutor(1, spawned) as other:
        folder = Path(name)
        pools = [f"pool_{n}" for n in range(POOLS)]
        for number, pool in enumerate(pools):
            each = samples // POOLS // PROBLEMS
            other.submit(write_samples, folder, pool, each, number).result()
            write_curve(folder, pool, [point(str(2**n), 0.3 + 0.1 * n, n=2**n) for n in range(6)])
        panels = [{"kind": "scaling", "title": "Votes", "x": "n", "curves": pools}]
        figure = {"title": "Votes", "status": "new", "caption": "All pools.", "panels": panels}
        # What a study keeps if it says nothing comes first: peaks are those of all before them.
        for kept in (Page(), Page(samples="all", problems="all")):
            spec = study(pools, pools, page=kept, figures={"votes": figure})
            began = time.perf_counter()
            page = write_page(folder, spec)
            print(f"{kept}: written in {time.perf_counter() - began:.1f} s")
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
            print(f"peak memory {peak:.2f} GiB, file {page.stat().st_size / 1e6:.1f} MB")
        for _ in range(5):
            open_once(page, samples)


def write_samples(folder: Path, pool: str, each: int, seed: int) -> None:
    """Traces of some 300 tokens, a number of them for each problem; the first pool has scores."""
    chance = random.Random(seed)
    key = {"pool": pool, "benchmark": "made_up", "wording": "plain"}
    traces, answers, problems, keys = [], [], [], []
    for number in range(PROBLEMS):
        name = f"problem-{number}"
        told = {"benchmark": "made_up", "problem_id": name, "problem": f"{pool} {name}: {QUESTION}"}
        problems.append(told | {"answer": "7", "answer_kind": "integer", "publish": "text"})
        for sample in range(each):
            row = key | {"problem_id": name, "sample": sample}
            text = " ".join(chance.choices(WORDS, k=TOKENS))
            tokens = {"generated_tokens": TOKENS, "thinking_tokens": TOKENS - 9}
            forced = {"end": "stop", "forced_tokens": 0, "wait_positions": []}
            keys.append(row)
            traces.append(row | tokens | forced | {"text": text, "seed": sample})
            right = chance.random() < 0.5
            graded = "equal" if right else "different"
            answers.append(row | {"answer": "7", "correct": right, "graded": graded})
    home = folder / "pools" / pool
    write_table(Trace, make_table(Trace, traces), home / "traces.parquet")
    write_table(Answer, make_table(Answer, answers), home / "answers.parquet")
    write_table(Problem, make_table(Problem, problems), home / "problems.parquet")
    if seed == 0:
        told = pl.DataFrame(
            {"step": range(STEPS), "score": [step / STEPS for step in range(STEPS)]}
        )
        read = {"prompt_tokens": 9, "tokens": 9, "scorer": "prm"}
        steps = pl.DataFrame(keys).join(told, how="cross").to_dicts()
        table = make_table(Step, [row | read for row in steps])
        write_table(Step, table, home / "scores.parquet")


def open_once(page: Path, samples: int) -> None:
    """Open the page in a new browser; print when it was painted and when a trace was there."""
    with sync_playwright() as playwright:
        options = {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox"]}
        browser = playwright.chromium.launch(**options)
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.set_default_timeout(120_000)
        tab.goto(page.as_uri(), wait_until="commit")
        tab.locator("polyline").first.wait_for(state="attached")
        tab.wait_for_load_state("load")
        painted = tab.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
        loaded = tab.evaluate(
            "performance.timing.loadEventEnd - performance.timing.navigationStart"
        )
        tab.evaluate("document.getElementById('samples').scrollIntoView()")
        tab.locator(".trace").wait_for()
        began = time.perf_counter()
        last = json.dumps([f"pool_{POOLS - 1}", None], separators=(",", ":"))
        tab.locator("#read-source").select_option(last)
        tab.locator("#read-problem").select_option(index=PROBLEMS - 1)
        told = f"pool_{POOLS - 1} problem-{PROBLEMS - 1}:"
        while not tab.locator(".problem").inner_text().startswith(told):
            time.sleep(0.005)
        trace = time.perf_counter() - began
        browser.close()
    told = f"first paint {painted:.0f} ms, all loaded {loaded:.0f} ms, another trace {trace:.2f} s"
    print(f"{samples:,} samples: {told}")


if __name__ == "__main__":
    main()
