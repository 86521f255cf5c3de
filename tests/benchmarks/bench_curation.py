"""Seconds and memory of the curation of a pool as large as that of s1, on generated questions.

Run from the repository root: python -m tests.benchmarks.bench_curation [letters of a trace]

59,029 questions of 63 words in the mean, drawn from a vocabulary in which the word of rank r
stands r^-1 as often as the first, in 16 sources of the sizes that s1 had, and 1,501 tests; one
question in 50 copies a passage of a test or of another question. Each part runs in a process of
its own: decontamination on one core, what it keeps compared with the plain implementation of
tests/test_curation_decontaminate.py, selection, and the programs of the curation one by one. Ends
with status 1 if a limit is passed or the two implementations differ.
"""

import hashlib
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from scripts.lib.config.questions import Selection
from scripts.lib.curation.decontaminate import decontaminate
from scripts.lib.curation.select import select
from scripts.lib.curation.steps import STEPS
from scripts.lib.questions.tables import Collected, Question
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, schema_of
from tests.test_curation_decontaminate import plain_decontaminate

SIZES = [11999, 4250, 747, 30660, 4238, 227, 896, 515, 2385, 182, 348, 999, 519, 23, 151, 890]
TESTS, WORDS, VOCABULARY, DOMAINS = 1501, 63, 60_000, 50
RUN = 8
"""So many words in a row, shared, make a question contaminated."""
STRIPPED = ["solution", "trace"]
"""Columns that are null while decontamination, which reads none of them, is timed."""
DECONTAMINATION_SECONDS, DECONTAMINATION_MB = 2.5, 700.0
SELECTION_SECONDS, PROGRAMS_SECONDS = 1.0, 30.0
S1 = {
    "rule": "s1",
    "size": 1000,
    "first": [{"sources": ["s10", "s15"]}],
    "benchmark_share": 0.3,
    "benchmark_domains": {"s15": 1, "s10": 0.5},
}
QUALITY = {
    "patterns": {
        "drawing": r"\[asy\]",
        "image": r"!\[Image\]",
        "part": r"p[1-9]\d{0,2}\.",
        "bold_number": r"\*\*[^\s\]]*\d[^\s\]]*\*\*|\*\*[^\s\]]*\*\*.*\d",
    },
    "spared": {"drawing": ["s15"]},
}


def make_texts(generator: np.random.Generator) -> list[str]:
    """The tests, then the questions."""
    count = TESTS + sum(SIZES)
    chances = 1 / np.arange(1, VOCABULARY + 1)
    sizes = generator.geometric(1 / WORDS, count)
    numbers = generator.choice(VOCABULARY, sizes.sum(), p=chances / chances.sum())
    letters = [np.base_repr(number + 36, 36).lower() for number in range(VOCABULARY)]
    words = [letters[number] for number in numbers]
    ends = np.cumsum(sizes)
    texts = [
        words[end - size : end] for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)
    ]
    for copy in range(TESTS, count, 50):
        other = texts[int(generator.integers(copy))]
        texts[copy] = [*texts[copy], *other[:20]]
    return [" ".join(text) for text in texts]


def make_files(folder: Path, trace_letters: int) -> None:
    """Write the tests, and each source with all features."""
    generator = np.random.default_rng(0)
    texts = make_texts(generator)
    tests = pl.DataFrame({"problem": texts[:TESTS]}).with_row_index("problem_id").select(
        benchmark=pl.lit("tests"),
        problem_id=pl.col("problem_id").cast(pl.String),
        problem="problem",
        answer=pl.lit("7"),
        answer_kind=pl.lit("integer"),
        level=pl.lit(None, pl.String),
        publish=pl.lit("text"),
    )  # fmt: skip
    write_table(Problem, tests, folder / "tests.parquet")
    prose = " ".join(texts)
    begin = TESTS
    for number, size in enumerate(SIZES):
        part = texts[begin : begin + size]
        begin += size
        starts = generator.integers(len(prose) - trace_letters, size=size)
        frame = pl.DataFrame(
            {
                "question_id": [hashlib.sha256(text.encode()).hexdigest()[:16] for text in part],
                "source": [f"s{number}"] * size,
                "publish": ["text"] * size,
                "question": part,
                "solution": [prose[start : start + 500] for start in starts],
                "answer": ["7"] * size,
                "answer_kind": ["integer"] * size,
                "trace": [prose[start : start + trace_letters] for start in starts],
                "attempt": ["7"] * size,
                "failure": pl.Series([None] * size, dtype=pl.String),
                "trace_tokens": generator.integers(300, 26_000, size),
                "correct_trace": generator.random(size) < 0.55,
                "correct_small": generator.random(size) < 0.45,
                "correct_large": generator.random(size) < 0.5,
                "domain": [f"d{d}" for d in generator.integers(DOMAINS, size=size)],
            },
            schema=schema_of(Collected),
        )
        write_table(Collected, frame, folder / f"s{number}.parquet")
        bare = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in STRIPPED)
        bare.write_parquet(folder / f"q{number}.parquet")


def time_decontamination(folder: Path) -> None:
    """Print seconds, on one core, and the peak memory of this process."""
    sources = _bare_sources(folder)
    tests = read_table(Problem, folder / "tests.parquet")
    before = _peak()
    start, cpu = time.perf_counter(), time.process_time()
    kept, dropped = decontaminate(sources, tests, RUN)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    kept.select("question_id").write_parquet(folder / "kept.parquet")
    print(
        f"decontamination of {sum(SIZES):,} questions, without {' and '.join(STRIPPED)}, against "
        f"{TESTS:,} tests and each other: {len(kept):,} stay, {len(dropped):,} go; peak memory "
        f"after reading {before:.0f} MB"
    )
    sound = _within("decontamination", wall, cpu, DECONTAMINATION_SECONDS)
    peak = _peak()
    print(f"  peak memory: {peak:.0f} MB (limit {DECONTAMINATION_MB:g} MB)")
    sys.exit(not (sound and peak <= DECONTAMINATION_MB))


def compare_decontamination(folder: Path) -> None:
    """Print whether the plain implementation keeps the same questions, in the same order."""
    sources = _bare_sources(folder)
    tests = read_table(Problem, folder / "tests.parquet")["problem"].to_list()
    ids = [one for source in sources for one in source["question_id"].to_list()]
    stays = plain_decontaminate([source["question"].to_list() for source in sources], tests, RUN)
    expected = [one for one, (_, stay) in zip(ids, stays, strict=True) if stay]
    same = pl.read_parquet(folder / "kept.parquet")["question_id"].to_list() == expected
    print(f"  the plain implementation keeps {'the same' if same else 'OTHER'} questions")
    sys.exit(not same)


def time_selection(folder: Path) -> None:
    """Print seconds for 1,000 of 24,500 questions."""
    whole = pl.concat([pl.read_parquet(folder / f"s{n}.parquet") for n in range(len(SIZES))])
    questions = whole.sample(24_500, seed=1)
    start, cpu = time.perf_counter(), time.process_time()
    select(questions, Selection.model_validate(S1), "s1")
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    sys.exit(not _within("selection from 24,500 questions", wall, cpu, SELECTION_SECONDS))


def time_programs(folder: Path) -> bool:
    """Print seconds for all programs of the curation, each started anew; whether in the limit."""
    sources = [str(folder / f"s{number}.parquet") for number in range(len(SIZES))]
    kept = {step: str(folder / f"{table}.parquet") for step, table in STEPS.items()}
    gone = {step: str(folder / "dropped" / f"{step}.parquet") for step in STEPS}
    chosen = str(folder / "s1k.parquet")

    whole = ["--questions", kept["decontaminate"]]

    def step(name: str, before: str | None = None) -> list[str]:
        read = ["--kept", kept[before]] if before else []
        return [*whole, *read, "--output", kept[name], "--dropped", gone[name]]

    tests = ["--tests", str(folder / "tests.parquet"), "--words", str(RUN)]
    written = ["--output", kept["decontaminate"], "--dropped", gone["decontaminate"]]
    programs = {
        "decontaminate_questions": ["--sources", *sources, *tests, *written],
        "filter_complete": ["--small", "--large", *step("complete")],
        "filter_quality": ["--spec", json.dumps(QUALITY), *step("quality", "complete")],
        "filter_difficulty": step("difficulty", "quality"),
        "select_questions": [
            *("--spec", json.dumps(S1), "--selection", "s1k"),
            *(*whole, "--kept", kept["difficulty"], "--output", chosen),
        ],
        "tabulate_funnel": [
            *("--sources", *sources, "--dropped", *gone.values(), "--kept", *kept.values()),
            *("--selections", chosen, "--output", str(folder / "funnel.csv")),
        ],
    }
    total = total_cpu = 0.0
    for name, arguments in programs.items():
        start, cpu = time.perf_counter(), _cpu_of_children()
        command = [sys.executable, "-m", f"scripts.curate.{name}", *arguments]
        subprocess.run(command, check=True, capture_output=True)
        seconds, cpu = time.perf_counter() - start, _cpu_of_children() - cpu
        total, total_cpu = total + seconds, total_cpu + cpu
        print(f"  {name}: {seconds:.1f} s, {cpu:.1f} s of processor time")
    print(f"questions in the end: {len(read_table(Question, Path(chosen))):,}")
    return _within("the whole curation", total, total_cpu, PROGRAMS_SECONDS)


def _bare_sources(folder: Path) -> list[pl.DataFrame]:
    return [read_table(Collected, folder / f"q{number}.parquet") for number in range(len(SIZES))]


def _within(what: str, wall: float, cpu: float, limit: float) -> bool:
    """Print both times; whether the smaller one keeps to the limit.

    Other work on the machine lengthens the one, several cores the other.
    """
    print(f"{what}: {wall:.2f} s, {cpu:.2f} s of processor time (limit {limit:g} s)")
    return min(wall, cpu) <= limit


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    """Peak resident memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _alone(part: Callable[..., None], *arguments: object, cores: int | None = None) -> bool:
    """Run a part in a fresh process, on so many cores; whether it ends without complaint.

    Also what is not timed: a child starts with the peak memory of its parent.
    """
    if cores is not None:
        os.environ["POLARS_MAX_THREADS"] = str(cores)
    process = multiprocessing.get_context("spawn").Process(target=part, args=arguments)
    process.start()
    process.join()
    os.environ["POLARS_MAX_THREADS"] = str(os.cpu_count())
    return not process.exitcode


def main() -> None:
    """Make the files, then run the four parts; every part runs, whatever another has found."""
    trace_letters = int(sys.argv[1]) if len(sys.argv) > 1 else 14_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not _alone(make_files, folder, trace_letters):
            sys.exit(1)
        sound = [
            _alone(time_decontamination, folder, cores=1),
            _alone(compare_decontamination, folder),
            _alone(time_selection, folder),
            time_programs(folder),
        ]
    sys.exit(not all(sound))


if __name__ == "__main__":
    main()
