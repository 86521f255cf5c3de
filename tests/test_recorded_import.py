import subprocess
import sys
from typing import get_args

import pytest

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.index import READERS
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from tests.recorded_files import pool, problem_table, write_lines

GOOD = [
    {"problem_num": 0, "gold_answer": "025", "all_answers": [["25", 5], ["", 30], ["7", 40]]},
    {"problem_num": 1, "gold_answer": "3", "all_answers": [["3", 5], ["3", 6], ["4", 7]]},
]


def run(folder, settings, *more, recording="r.jsonl"):
    traces, problems = folder / "traces.parquet", folder / "problems.parquet"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "scripts.data.import_samples"),
            *("--spec", settings.model_dump_json(), "--pool", "votes"),
            *("--input", str(folder / recording), *more),
            *("--traces", str(traces), "--problems-out", str(problems)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done, traces, problems


def test_every_format_has_a_reader():
    assert set(READERS) == set(get_args(RecordedPool.model_fields["format"].annotation))


def test_the_program_writes_both_tables_and_says_what_it_read(tmp_path):
    write_lines(tmp_path / "r.jsonl", GOOD)
    write_table(
        Problem, problem_table({"a": "A?", "b": "B?"}, {"a": "25", "b": "3"}), tmp_path / "k.csv"
    )
    settings = pool("answer_pairs", most_tokens=30, problems_from="numbers")
    done, traces, problems = run(tmp_path, settings, "--problems", str(tmp_path / "k.csv"))
    assert done.returncode == 0, done.stderr
    assert read_table(Trace, traces).height == 6
    assert read_table(Problem, problems)["problem"].to_list() == ["A?", "B?"]
    assert (
        "pool votes: 2 problems, 6 samples, 1 settings, 1 without an answer, 2 cut at a limit, "
        "0 without a token count" in done.stderr
    )


def test_a_bad_recording_changes_nothing(tmp_path):
    write_lines(tmp_path / "r.jsonl", GOOD)
    done, traces, problems = run(tmp_path, pool("answer_pairs"))
    assert done.returncode == 0, done.stderr
    before = traces.read_bytes(), problems.read_bytes()
    write_lines(tmp_path / "bad.jsonl", [*GOOD, "{"])
    done, *_ = run(tmp_path, pool("answer_pairs"), recording="bad.jsonl")
    assert done.returncode == 1
    assert f"error: {tmp_path / 'bad.jsonl'}: 1 problem(s)\n  - line 3: not valid" in done.stderr
    assert "Traceback" not in done.stderr
    assert (traces.read_bytes(), problems.read_bytes()) == before
    assert {path.name for path in tmp_path.iterdir()} == {
        "r.jsonl",
        "bad.jsonl",
        "traces.parquet",
        "problems.parquet",
    }


@pytest.mark.parametrize("given", [True, False])
def test_problems_and_problems_from_belong_together(tmp_path, given):
    write_lines(tmp_path / "r.jsonl", GOOD)
    write_table(Problem, problem_table({"a": "A?"}), tmp_path / "k.csv")
    more = ["--problems", str(tmp_path / "k.csv")] if given else []
    settings = pool("answer_pairs", problems_from=None if given else "numbers")
    done, traces, _ = run(tmp_path, settings, *more)
    assert done.returncode == 1
    assert "pools.votes.problems_from is" in done.stderr
    assert not traces.exists()
