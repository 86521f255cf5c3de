import json

import pytest

from scripts.lib.recorded.faults import RecordingError
from scripts.lib.recorded.index import read_recording
from tests.recorded_files import pool, problem_table, write_lines
from tests.recorded_tools import PROBLEMS, REPEATS


def raw(log):
    """The lines of the first filter, as plain JSON."""
    rows = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 2 * len(PROBLEMS)
    return [row for row in rows if row["filter"] == "first"]


def test_a_real_log(harness_log):
    traces, problems = read_recording(harness_log, "harness", pool("lm_eval"))
    assert problems.select("problem_id", "problem", "answer", "publish").rows() == [
        (str(number), row["problem"], str(int(row["answer"])), "hash")
        for number, row in enumerate(PROBLEMS)
    ]
    assert traces.select("problem_id", "sample", "text").rows() == [
        (str(row["doc_id"]), sample, text)
        for row in raw(harness_log)
        for sample, text in enumerate(row["resps"][0])
    ]
    assert traces.height == len(PROBLEMS) * REPEATS
    assert traces["text"].n_unique() > 1
    assert traces["end"].unique().to_list() == ["stop"]
    for column in ("answer", "generated_tokens", "prompt_tokens", "request_key"):
        assert traces[column].null_count() == traces.height


def test_a_real_log_with_the_problems_of_a_benchmark(harness_log):
    texts = {f"p{number}": row["problem"] for number, row in enumerate(PROBLEMS)}
    known = problem_table(texts, {"p0": "900"})
    settings = pool("lm_eval", problems_from="numbers", n=2)
    traces, problems = read_recording(harness_log, "harness", settings, known)
    assert problems.equals(known)
    assert traces["problem_id"].to_list() == ["p0", "p0", "p1", "p1", "p2", "p2"]
    other = problem_table({"p0": PROBLEMS[0]["problem"]})
    with pytest.raises(RecordingError, match="line 2: doc_id 1: neither a field of doc nor"):
        read_recording(harness_log, "harness", settings, other)


def test_prompts_as_older_versions_log_them(tmp_path):
    row = line(0) | {"arguments": [["an old prompt", {"until": []}]]}
    path = write_lines(tmp_path / "l.jsonl", [row])
    _, problems = read_recording(path, "harness", pool("lm_eval"))
    assert problems["problem"].to_list() == ["an old prompt"]


def line(doc_id, target="1", resps=(("a", "b"),), doc=None, prompt="a prompt", **more):
    arguments = {"gen_args_0": {"arg_0": prompt, "arg_1": {"until": []}}}
    row = {"doc_id": doc_id, "doc": doc or {}, "target": target, "arguments": arguments}
    return {**row, "resps": resps, "filter": "none", **more}


def test_golds_that_stand_in_a_solution(tmp_path):
    rows = [
        line(0, target="2 + 3 = 5\n#### 1,005"),
        line(1, target="So it is $\\boxed{7}$.", doc={"answer": "007", "question": "What?"}),
    ]
    path = write_lines(tmp_path / "l.jsonl", rows)
    _, problems = read_recording(path, "harness", pool("lm_eval"))
    assert problems.select("answer", "problem").rows() == [("1005", "a prompt"), ("7", "What?")]
    with pytest.raises(RecordingError, match="line 1: problem '0': no gold answer"):
        read_recording(path, "harness", pool("lm_eval", answer_kind="choice"))


def test_problems_are_found_behind_examples_in_the_prompt(tmp_path):
    known = problem_table({"a": "1 + 1?", "b": "What is\n1 + 1?", "c": "2 + 2?"})
    prompts = ["Q: 2 + 2?\nA: 4\nQ: What is 1 + 1?\nA:", "Q: What is 1 + 1?\nA: 2\nQ: 2 + 2?\nA:"]
    path = write_lines(tmp_path / "l.jsonl", [line(i, prompt=p) for i, p in enumerate(prompts)])
    _, problems = read_recording(path, "h", pool("lm_eval", problems_from="numbers"), known)
    assert problems["problem_id"].to_list() == ["b", "c"]


def test_every_fault_is_named_at_once_with_its_line(tmp_path):
    rows = [
        line(0),
        line(1, resps=[["a"], ["b"]]),
        line(2, resps=[[["-1.5", "True"]]]),
        line(3, target=["1", "2"]),
        line(0),
        {"doc_id": 5},
        line(6, target="1")["doc"],
        line(0, filter="other"),
    ]
    path = write_lines(tmp_path / "l.jsonl", rows)
    with pytest.raises(RecordingError) as raised:
        read_recording(path, "harness", pool("lm_eval"))
    text = str(raised.value)
    for said in [
        "line 2: key 'resps' holds 2 requests: only logs of tasks with output_type generate_until",
        "line 3: key 'resps.0.0': Input should be a valid string",
        "line 4: problem '3': no gold answer",
        "line 5: doc_id 0 stands here again (first: line 1)",
        "line 6: key 'resps' is missing",
        "line 7: key 'doc_id' is missing",
    ]:
        assert said in text, text
    assert "line 8" not in text
