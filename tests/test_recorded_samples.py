import polars as pl
import pytest

from scripts.lib.recorded.faults import RecordingError
from scripts.lib.recorded.index import read_recording
from scripts.lib.tableio import TableError
from tests.recorded_files import pool, problem_table

WHOLE = pl.DataFrame(
    {
        "gold": ["025", "25", "3", "3"],
        "problem_id": ["a", "a", "b", "b"],
        "sample": [0, 1, 0, 1],
        "answer": ["25", None, "", "7"],
        "tokens": [10, 20, None, 30],
    }
)


def read(frame, path, known=None, **settings):
    if path.suffix == ".csv":
        frame.write_csv(path)
    else:
        frame.write_parquet(path)
    if known is not None:
        settings["problems_from"] = "numbers"
    return read_recording(path, "table", pool("samples", **settings), known)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_least_columns(tmp_path, suffix):
    traces, problems = read(WHOLE, tmp_path / f"s.{suffix}", most_tokens=30)
    assert problems.select("problem_id", "answer", "problem", "publish").rows() == [
        ("a", "25", None, "text"),
        ("b", "3", None, "text"),
    ]
    wanted = ["problem_id", "sample", "answer", "generated_tokens", "end", "wording"]
    assert traces.select(wanted).rows() == [
        ("a", 0, "25", 10, "stop", "recorded"),
        ("a", 1, "", 20, "stop", "recorded"),
        ("b", 0, "", None, "stop", "recorded"),
        ("b", 1, "7", 30, "length", "recorded"),
    ]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_all_columns(tmp_path, suffix):
    row = {
        "problem_id": "a",
        "sample": 0,
        "wording": "polite",
        "asked": 16,
        "effort": "low",
        "answer": None,
        "text": 'a "quoted",\ntext',
        "tokens": 9,
        "thinking_tokens": 4,
        "prompt_tokens": 5,
        "cached_tokens": 2,
        "seed": 11,
        "end": "refusal",
        "usd": 0.25,
        "gold": "1",
        "problem": "How many?",
        "level": "5",
    }
    traces, problems = read(pl.DataFrame([row]), tmp_path / f"s.{suffix}")
    trace = traces.row(0, named=True)
    same = set(row) - {"tokens", "gold", "problem", "level"}
    assert {name: trace[name] for name in same} == {name: row[name] for name in same}
    assert trace["generated_tokens"] == 9
    assert problems.row(0) == ("numbers", "a", "How many?", "1", "integer", "5", "hash")


def test_golds_and_texts_of_the_benchmark(tmp_path):
    known = problem_table({"a": "text a", "b": "text b"})
    frame = WHOLE.drop("gold")
    _, problems = read(frame, tmp_path / "s.csv", known)
    assert problems.select("problem", "answer").rows() == [("text a", "0"), ("text b", "1")]
    mixed = frame.with_columns(gold=pl.Series([None, "9", None, None], dtype=pl.String))
    _, problems = read(mixed, tmp_path / "s.csv", known)
    assert problems.select("problem", "answer").rows() == [("text a", "9"), ("text b", "1")]
    with pytest.raises(RecordingError, match="row 4: problem_id 'b' is not in benchmark 'numbers'"):
        read(frame, tmp_path / "s.csv", problem_table({"a": "text a"}))


def test_types_that_lose_nothing_are_taken(tmp_path):
    frame = WHOLE.with_columns(
        pl.Series("problem_id", [7, 7, 8, 8], dtype=pl.UInt16),
        pl.col("sample").cast(pl.Int8),
        pl.Series("tokens", [10.0, 20.0, float("nan"), 30.0]),
        pl.Series("answer", [25, None, None, 7], dtype=pl.Int32),
        pl.Series("wording", ["x"] * 4, dtype=pl.Categorical),
    )
    traces, _ = read(frame, tmp_path / "s.parquet")
    assert traces["problem_id"].to_list() == ["7", "7", "8", "8"]
    assert traces["generated_tokens"].to_list() == [10, 20, None, 30]
    assert traces["answer"].to_list() == ["25", "", "", "7"]


def test_types_that_lose_something_are_refused(tmp_path):
    frame = WHOLE.with_columns(
        pl.Series("tokens", [10.5, 20.0, None, 30.0]),
        pl.Series("sample", [0, 1, 0, 2**64 - 1], dtype=pl.UInt64),
    )
    with pytest.raises(TableError) as raised:
        read(frame, tmp_path / "s.parquet")
    assert "column 'tokens' should be Int64, is Float64" in str(raised.value)
    assert "column 'sample' should be Int64, is UInt64" in str(raised.value)


def test_a_wrong_table_names_path_columns_and_rows_at_once(tmp_path):
    frame = WHOLE.drop("answer").with_columns(
        pl.Series("sample", ["0", "one", "-1", "1"]),
        pl.Series("tokens", ["10", "many", "", "30"]),
        pl.Series("end", ["stop", "eos", "stop", ""]),
        pl.lit("x").alias("colour"),
    )
    path = tmp_path / "s.csv"
    with pytest.raises(TableError) as raised:
        read(frame, path)
    text = str(raised.value)
    assert str(path) in text
    for said in [
        "column 'answer' is missing",
        "column 'text' is missing",
        "column 'colour' does not belong here",
        "column 'sample' should be Int64, is String in row 3: 'one'",
        "column 'tokens' should be Int64, is String in row 3: 'many'",
        "column 'end' breaks",
        "row 3: 'eos'",
    ]:
        assert said in text, text


def test_what_does_not_fit_together_is_named_with_its_rows(tmp_path):
    frame = pl.DataFrame(
        {
            "problem_id": ["a", "a", "b", "b", "c", "d"],
            "sample": [0, 0, 0, 1, 0, 0],
            "answer": ["1"] * 6,
            "tokens": [1] * 6,
            "gold": ["1", "1", "2", "3", "", "one"],
        }
    )
    with pytest.raises(RecordingError) as raised:
        read(frame, tmp_path / "s.csv")
    text = str(raised.value)
    for said in [
        "row 3: sample 0 of problem 'a' stands here again (first: row 2; 2 times in all)",
        "row 5: problem 'b' has the gold answer '3' here and '2' before",
        "row 6: problem 'c': no gold answer",
        "row 7: problem 'd': no gold answer (wanted: a whole number; found: 'one')",
    ]:
        assert said in text, text


def test_settings_must_cover_the_same_problems(tmp_path):
    frame = pl.DataFrame(
        {
            "problem_id": ["a", "b", "a"],
            "sample": [0, 0, 0],
            "asked": [16, 16, 32],
            "answer": ["1"] * 3,
            "tokens": [1] * 3,
            "gold": ["1"] * 3,
        }
    )
    with pytest.raises(
        RecordingError, match=r"'b': has 0 samples \(asked 32\) where others have 1"
    ):
        read(frame, tmp_path / "s.csv")


@pytest.mark.parametrize("name", ["s.csv", "s.parquet"])
def test_what_is_no_table(tmp_path, name):
    (tmp_path / name).write_bytes(b"PAR1\xff\x00\n\xfe,\n")
    with pytest.raises(TableError, match=name):
        read_recording(tmp_path / name, "table", pool("samples"))
    with pytest.raises(RecordingError, match="no such file"):
        read_recording(tmp_path / "absent.csv", "table", pool("samples"))


def test_a_large_table_of_numbers_as_ids(tmp_path):
    frame = pl.DataFrame({"problem_id": range(500)}).join(
        pl.DataFrame({"sample": range(256)}), how="cross"
    )
    frame = frame.with_columns(answer=pl.lit("1"), tokens=pl.lit(5), gold=pl.lit("1"))
    traces, problems = read(frame, tmp_path / "s.parquet")
    assert (traces.height, problems.height) == (128_000, 500)


def test_more_thinking_than_tokens_is_named_with_its_row(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(
        "problem_id,sample,answer,tokens,thinking_tokens,gold\n"
        "a,0,1,9,9,1\na,1,1,9,10,1\na,2,1,,10,1\n",
        encoding="utf-8",
    )
    with pytest.raises(RecordingError) as raised:
        read_recording(path, "table", pool("samples"))
    assert "row 3: sample 1 of problem 'a' has 10 thinking tokens among 9 in all" in str(
        raised.value
    )
    assert f"{path}: 1 problem(s)" in str(raised.value)
