import json
import logging

import polars as pl
import pytest

from scripts.lib.recorded.faults import MOST_SHOWN, RecordingError
from scripts.lib.recorded.index import read_recording
from tests.recorded_files import official, pool, problem_table, write_lines


def line(number, gold, *pairs):
    return {"problem_num": number, "gold_answer": gold, "all_answers": [list(p) for p in pairs]}


def single_sample_accuracy(traces, problems):
    golds = problems.select("problem_id", gold=pl.col("answer").cast(pl.Int64))
    right = pl.col("answer").cast(pl.Int64, strict=False) == pl.col("gold")
    return traces.join(golds, on="problem_id").select(right.fill_null(False).mean()).item()


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("model", "samples", "accuracy", "tokens"),
    [
        ("LIMO-v2", 80, 0.620, 14_532),
        ("gpt-oss-20b", 100, 0.758, 9_336),
        ("Datarus-R1-14B-preview", 80, 0.516, 10_440),
        ("Phi-4-reasoning", 160, 0.729, 11_050),
    ],
)
def test_real_recordings_have_the_published_accuracy(mirror, model, samples, accuracy, tokens):
    path = mirror(f"boinf/analysis_aime2024_{model}.jsonl")
    traces, problems = read_recording(path, "votes", pool("answer_pairs"))
    assert traces.group_by("problem_id").len()["len"].to_list() == [samples] * 30
    assert problems["problem_id"].to_list() == [str(number) for number in range(30)]
    assert single_sample_accuracy(traces, problems) == pytest.approx(accuracy, abs=5e-4)
    assert traces["generated_tokens"].mean() == pytest.approx(tokens, abs=1)
    assert problems["problem"].null_count() == 30


@pytest.mark.mirror
def test_texts_come_by_place_where_the_order_is_the_benchmarks(mirror):
    known = official(mirror("problems/math500_test.jsonl"), "math")
    path = mirror("boinf/analysis_math500_gpt-oss-20b.jsonl")
    settings = pool("answer_pairs", answer_kind="math", problems_from="math500")
    traces, problems = read_recording(path, "votes", settings, known)
    assert traces.height == 500 * 80
    assert problems["problem"].to_list() == known["problem"].to_list()
    # The recorder rewrote the golds together with the answers, so its own form is kept.
    assert problems["answer"][36] == "357"
    assert known["answer"][36] == "3, 5, 7"


@pytest.mark.mirror
def test_texts_come_by_gold_where_the_order_is_another(mirror, caplog):
    known = official(mirror("problems/aime24_nofigures.jsonl"), "integer")
    path = mirror("boinf/analysis_aime2024_LIMO-v2.jsonl")
    _, problems = read_recording(path, "v", pool("answer_pairs", problems_from="aime"), known)
    texts = dict(known.select(pl.col("answer").cast(pl.Int64), "problem").rows())
    named = problems.drop_nulls("problem")
    assert named.height == 28
    for gold, text in named.select("answer", "problem").rows():
        assert text == texts[int(gold)]
    # Two problems of AIME 2024 have the answer 104: nothing tells them apart.
    assert problems.filter(pl.col("problem").is_null())["answer"].to_list() == ["104", "104"]
    assert "no text for 2 of 30" in caplog.text


def test_columns(tmp_path):
    rows = [
        line(7, "025", ("25", 10), ("", 30), (None, 29)),
        "",
        line("b", "3", (3, 1), ("x", 2), ("\ud800", 0)),
    ]
    path = write_lines(tmp_path / "a.jsonl", rows)
    traces, problems = read_recording(path, "votes", pool("answer_pairs", most_tokens=29))
    assert problems.select("problem_id", "answer", "benchmark").rows() == [
        ("7", "25", "numbers"),
        ("b", "3", "numbers"),
    ]
    wanted = ["problem_id", "sample", "answer", "generated_tokens", "end"]
    assert traces.select(wanted).rows() == [
        ("7", 0, "25", 10, "stop"),
        ("7", 1, "", 30, "length"),
        ("7", 2, "", 29, "length"),
        ("b", 0, "3", 1, "stop"),
        ("b", 1, "x", 2, "stop"),
        ("b", 2, "?", 0, "stop"),
    ]
    assert traces["pool"].unique().to_list() == ["votes"]
    assert traces["wording"].unique().to_list() == ["recorded"]
    for column in ("text", "request_key", "seed", "token_ids", "asked", "prompt_tokens"):
        assert traces[column].null_count() == 6


def test_what_a_recording_wrote_for_no_answer_is_none(tmp_path):
    path = tmp_path / "a.jsonl"
    pairs = [["33", 5], ["unextractable", 9], [None, 3]]
    path.write_text(json.dumps({"problem_num": 0, "gold_answer": "33", "all_answers": pairs}))
    traces, _ = read_recording(path, "v", pool("answer_pairs", no_answer=["unextractable"]))
    assert traces["answer"].to_list() == ["33", "", ""]


def test_every_fault_is_named_at_once_with_its_line(tmp_path):
    rows = [
        line(0, "1", ("1", 5)),
        '{"problem_num": 1, "gold_answer": "2", "all_answers": [["2", 5]',
        {"problem_num": 2, "all_answers": []},
        line(3, "4", ("4", -5), ("4", True), ("4", 1.5), ("4",)),
        line(4, "four", ("4", 5)),
        line(0, "1", ("1", 5)),
        "[]",
        '{"problem_num": 1e400, "gold_answer": "1", "all_answers": ' + "[" * 100_000 + "}",
        line(5, "1", ("4", 10**30)),
    ]
    path = write_lines(tmp_path / "bad.jsonl", rows)
    with path.open("ab") as file:
        file.write(b'{"problem_num": "\xff"}\n')
    with pytest.raises(RecordingError) as raised:
        read_recording(path, "votes", pool("answer_pairs"))
    text = str(raised.value)
    assert text.startswith(f"{path}: ")
    for said in [
        "line 2: not valid JSON",
        "line 3: key 'gold_answer' is missing",
        "line 4: key 'all_answers.0.1': Input should be greater than or equal to 0, not -5",
        "line 4: key 'all_answers.1.1': Input should be a valid integer, not True",
        "line 4: key 'all_answers.2.1': Input should be a valid integer, not 1.5",
        "line 4: key 'all_answers.3.1' is missing",
        "line 5: problem '4': no gold answer (wanted: a whole number; found: 'four')",
        "line 6: problem_num '0' stands here again (first: line 1)",
        "line 7: should be a JSON object, is []",
        "line 8: JSON is nested too deeply",
        "line 9: key 'all_answers.0.1': Input should be less than",
        "line 10: not UTF-8 at byte",
    ]:
        assert said in text, text


def test_a_long_list_of_faults_is_capped(tmp_path):
    path = write_lines(tmp_path / "bad.jsonl", ["{"] * 1000)
    with pytest.raises(RecordingError) as raised:
        read_recording(path, "votes", pool("answer_pairs"))
    lines = str(raised.value).splitlines()
    assert len(lines) == MOST_SHOWN + 2
    assert lines[0].endswith("1000 problem(s)")
    assert lines[-1].endswith(f"and {1000 - MOST_SHOWN} more")


def test_unequal_numbers_are_refused_unless_n_evens_them(tmp_path):
    rows = [line(0, "1", ("1", 5), ("2", 6), ("3", 7)), line(1, "2", ("2", 5), ("2", 8))]
    path = write_lines(tmp_path / "a.jsonl", rows)
    with pytest.raises(RecordingError, match=r"problem '1': has 2 samples where others have 3"):
        read_recording(path, "votes", pool("answer_pairs"))
    traces, _ = read_recording(path, "votes", pool("answer_pairs", n=2))
    assert traces["generated_tokens"].to_list() == [5, 6, 5, 8]
    with pytest.raises(RecordingError, match=r"set n: 2 \(or less\)"):
        read_recording(path, "votes", pool("answer_pairs", n=3))


def test_a_problem_without_samples_is_refused(tmp_path):
    path = write_lines(tmp_path / "a.jsonl", [line(0, "1", ("1", 5)), line(1, "2")])
    with pytest.raises(RecordingError, match=r"problem '1': has 0 samples"):
        read_recording(path, "votes", pool("answer_pairs"))


def test_an_empty_and_a_missing_file(tmp_path):
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(RecordingError, match="holds no samples"):
        read_recording(tmp_path / "empty.jsonl", "votes", pool("answer_pairs"))
    with pytest.raises(RecordingError, match="cannot be read: No such file"):
        read_recording(tmp_path / "none.jsonl", "votes", pool("answer_pairs"))


def test_order_by_place_needs_nearly_all_golds(tmp_path, caplog):
    known = problem_table({f"p{i}": f"text {i}" for i in range(10)})
    rows = [line(i, str(9 - i), ("1", 5)) for i in range(10)]
    path = write_lines(tmp_path / "a.jsonl", rows)
    with caplog.at_level(logging.WARNING):
        _, problems = read_recording(path, "v", pool("answer_pairs", problems_from="x"), known)
    assert problems["problem"].to_list() == [f"text {9 - i}" for i in range(10)]
    assert not caplog.records
