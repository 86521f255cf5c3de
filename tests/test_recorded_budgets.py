"""Recordings with thinking budgets: from real logs of the harness to Trace rows and curves."""

import json
import subprocess
import sys
from types import SimpleNamespace

import polars as pl
import pytest

from scripts.lib.accounting import UNKNOWN_SIZE, cost_table
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.study import Study
from scripts.lib.curves.samples import join_samples
from scripts.lib.grading.judge import Judge
from scripts.lib.recorded.faults import RecordingError
from scripts.lib.recorded.index import read_recording
from scripts.lib.recorded.lm_eval_budget import thinking_limits
from scripts.lib.recorded.several import read_recordings
from scripts.lib.tableio import read_table
from scripts.lib.tables import Trace
from scripts.lib.workflow import StudyFiles, matching
from scripts.sample.grade_pool import grade_traces
from tests.recorded_files import pool, write_lines
from tests.recorded_tools import PROBLEMS, REPEATS
from tests.studies import untuned_micro
from tests.test_recorded_lm_eval import line


def forced(log, folder, name, text="lol", **arguments):
    """The same log, as a run with other generation arguments would have left it."""
    rows = [json.loads(row) for row in log.read_text(encoding="utf-8").splitlines()]
    for row in rows:
        given = row["arguments"]["gen_args_0"]["arg_1"]
        for key in ("max_tokens_thinking", "thinking_n_ignore", "thinking_n_ignore_str"):
            del given[key]
        given |= arguments
        row["resps"] = [[text, text]]
    path = folder / name / log.name
    path.parent.mkdir(parents=True)
    return write_lines(path, rows)


def limits(traces):
    return traces.select("budget", "waits").unique().sort("budget", "waits").rows()


def test_a_real_log_with_waits_and_no_limit(harness_log):
    traces, _ = read_recording(harness_log, "s1", pool("lm_eval"))
    assert traces.height == REPEATS * len(PROBLEMS)
    assert limits(traces) == [(None, 2)]
    assert traces["thinking_tokens"].null_count() == traces.height


def test_logs_at_several_budgets_are_one_pool(harness_log, tmp_path):
    """From the program's own command line to a row for each budget, graded and joined."""
    right = "long thoughts<|im_start|>answer\nFinal Answer: 9"
    forced(harness_log, tmp_path, "forcing500", max_tokens_thinking=500)
    forced(harness_log, tmp_path, "forcing1k", right, max_tokens_thinking=1000)
    paths = [*matching(f"{tmp_path}/forcing*/**/samples_tiny_*.jsonl"), str(harness_log)]
    assert len(paths) == 3
    settings = pool("lm_eval", n=1)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "scripts.data.import_samples", "--pool", "s1"),
            *("--spec", settings.model_dump_json(), "--input", *paths),
            *("--traces", str(tmp_path / "t.parquet")),
            *("--problems-out", str(tmp_path / "p.parquet")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3 problems, 9 samples, 3 settings" in done.stderr
    traces = read_table(Trace, tmp_path / "t.parquet")
    again, problems = read_recordings([*map(type(harness_log), paths)], "s1", settings)
    assert again.equals(traces)
    assert traces.select("problem_id", "budget", "waits").rows() == [
        (str(problem), *limit) for problem in range(3)
        for limit in [(None, 2), (500, 0), (1000, 0)]
    ]  # fmt: skip
    with Judge(1) as judge:
        answers = grade_traces(traces, problems, judge)
    at = answers.filter(pl.col("budget") == 1000)
    assert at["correct"].to_list() == [True, False, False]
    assert at["text"].to_list() == ["\nFinal Answer: 9"] * 3
    joined = join_samples(answers, cost_table(traces, UNKNOWN_SIZE, None), traces)
    assert joined.height == 9


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([{}], (None, None)),
        ([{"max_gen_toks": 9}, {"dtype": "float32"}], (None, None)),
        ([{"max_tokens_thinking": "auto"}], (None, 0)),
        ([{"max_tokens_thinking": None, "thinking_n_ignore": None}], (None, 0)),
        ([{"max_tokens_thinking": "1000", "thinking_n_ignore": "2"}], (1000, 2)),
        ([{"max_tokens_thinking": 1000.0}], (1000, 0)),
        ([{"thinking_n_ignore": 6}], (None, 6)),
        ([{"max_tokens_thinking": 5}, {"max_tokens_thinking": 7, "thinking_n_ignore": 1}], (5, 1)),
    ],
)
def test_limits_as_they_are_written(arguments, found):
    assert thinking_limits(*arguments) == found


@pytest.mark.parametrize("value", ["many", -1, 1.5, True, [1], float("inf"), "-3", 1e30, "9" * 400])
def test_a_limit_that_is_no_number_is_named_with_its_line(tmp_path, value):
    row = line(0)
    row["arguments"]["gen_args_0"]["arg_1"]["max_tokens_thinking"] = value
    path = write_lines(tmp_path / "l.jsonl", [line(1), row])
    with pytest.raises(RecordingError, match="line 2: doc_id 0: max_tokens_thinking is "):
        read_recording(path, "s1", pool("lm_eval"))


@pytest.mark.parametrize(
    "model_args", ["a=b,max_tokens_thinking=700", {"max_tokens_thinking": 700}]
)
def test_limits_that_only_the_run_names(tmp_path, model_args):
    path = write_lines(tmp_path / "samples_some_task_2026-01-01T00-00-00.5.jsonl", [line(0)])
    run = {"config": {"model_args": model_args, "gen_kwargs": None}}
    results = tmp_path / "results_2026-01-01T00-00-00.5.json"
    results.write_text(json.dumps(run), encoding="utf-8")
    assert limits(read_recording(path, "s1", pool("lm_eval"))[0]) == [(700, 0)]
    results.write_text("[]", encoding="utf-8")
    with pytest.raises(RecordingError, match=f"{results.name} beside it is no results file"):
        read_recording(path, "s1", pool("lm_eval"))


def test_a_results_file_is_read_where_it_is_declared(tmp_path):
    config = untuned_micro()
    logs = [tmp_path / f"samples_task_{date}.jsonl" for date in ("a", "b")]
    for log in logs:
        log.touch()
    recorded = pool("lm_eval", path=f"{tmp_path}/*.jsonl").model_dump(exclude_none=True)
    config["pools"]["logs"] = recorded
    files = StudyFiles(config, [])
    wildcards = SimpleNamespace(pool="logs")
    assert files.recording(wildcards) == {"recording": [str(log) for log in logs]}
    beside = tmp_path / "results_b.json"
    beside.touch()
    assert files.recording(wildcards)["results"] == [str(beside)]
    config["pools"]["logs"] = recorded | {"path": [str(logs[1]), f"{tmp_path}/*.jsonl"]}
    both = StudyFiles(config, []).recording(wildcards)["recording"]
    assert both == [str(logs[1]), str(logs[0])]
    config["pools"]["logs"] = recorded | {"format": "inspect"}
    assert "results" not in StudyFiles(config, []).recording(wildcards)


def test_older_logs_hold_them_too(tmp_path):
    row = line(0) | {"arguments": [["a prompt", {"max_tokens_thinking": 4, "until": []}]]}
    path = write_lines(tmp_path / "l.jsonl", [row])
    assert limits(read_recording(path, "s1", pool("lm_eval"))[0]) == [(4, 0)]


def test_files_that_do_not_go_together_are_named(harness_log, tmp_path):
    first = forced(harness_log, tmp_path, "a", max_tokens_thinking=500)
    second = forced(harness_log, tmp_path, "b", max_tokens_thinking=500)
    with pytest.raises(RecordingError) as raised:
        read_recordings([first, second], "s1", pool("lm_eval"))
    assert f"{second}: 1 problem(s)" in str(raised.value)
    assert f"wording recorded, budget 500, waits 0, as {first} does" in str(raised.value)

    rows = [json.loads(row) for row in second.read_text(encoding="utf-8").splitlines()]
    kept = [row | {"target": "8", "doc": {}} for row in rows if row["doc_id"] != 1]
    kept.append(kept[0] | {"doc_id": 7})
    with pytest.raises(RecordingError) as raised:
        read_recordings([first, write_lines(second, kept)], "s1", pool("lm_eval"))
    for said in [
        f"problem '0': is ('{PROBLEMS[0]['problem']}', '8') here and",
        f"problem '1': is not here, but in {first}",
        f"problem '7': is not in {first}",
    ]:
        assert said in str(raised.value), str(raised.value)


def test_a_table_may_have_budgets_and_waits(tmp_path):
    frame = pl.DataFrame(
        {
            "problem_id": ["a"] * 3,
            "sample": [0] * 3,
            "budget": [100, 200, None],
            "waits": [0, 0, 2],
            "answer": ["1", "2", "2"],
            "tokens": [90, 190, 500],
            "thinking_tokens": [80, 180, 480],
            "gold": ["2"] * 3,
        }
    )
    for suffix in ("csv", "parquet"):
        path = tmp_path / f"s.{suffix}"
        getattr(frame, f"write_{suffix}")(path)
        traces, _ = read_recording(path, "s1", pool("samples"))
        assert traces.select("budget", "waits", "thinking_tokens").rows() == [
            (None, 2, 480), (100, 0, 80), (200, 0, 180),
        ]  # fmt: skip
    with_fault = frame.with_columns(budget=pl.lit(-1))
    with_fault.write_csv(tmp_path / "bad.csv")
    with pytest.raises(Exception, match="column 'budget' breaks"):
        read_recording(tmp_path / "bad.csv", "s1", pool("samples"))


def test_several_sources_are_all_fetched_and_a_forcing_curve_takes_them():
    recorded = pool("lm_eval").model_dump(exclude={"path"}) | {"source": ["b.jsonl", "a.jsonl"]}
    study = {
        "study": "s",
        "title": "t",
        "pools": {"logs": recorded},
        "curves": {"forcing_s1": {"method": "forcing", "pool": "logs"}},
    }
    assert Study.model_validate(study).sources() == ["a.jsonl", "b.jsonl"]
    with pytest.raises(ValueError, match="source: the list is empty"):
        RecordedPool.model_validate(recorded | {"source": []})


def test_patterns_match_files_in_order(tmp_path):
    for name in ("b/x.jsonl", "a/deep/x.jsonl", "a/y.json", "[c]/x.jsonl"):
        path = tmp_path / "logs[1]" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    base = f"{tmp_path}/logs[1]"
    wanted = [f"{base}/{name}" for name in ("[c]/x.jsonl", "a/deep/x.jsonl", "b/x.jsonl")]
    assert matching(f"{base}/**/*.jsonl") == wanted
    assert matching(f"{base}/[c]/x.jsonl") == [f"{base}/[c]/x.jsonl"]
    assert matching(f"{base}/none*") == [f"{base}/none*"]
