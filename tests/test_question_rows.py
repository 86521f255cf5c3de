import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.curate.collect_questions import SourceError, collect_questions
from scripts.lib.config.questions import FileQuestions, QuestionColumns
from scripts.lib.problems import RowError
from scripts.lib.questions.rows import QuestionError, field_of, import_questions, question_id
from scripts.lib.questions.tables import Collected
from scripts.lib.tableio import check_table

COLUMNS = {
    "question": "q",
    "solution": "s",
    "answer": "a",
    "trace": "thinking.0",
    "attempt": "teacher.answer",
    "failure": "error",
    "domain": "subject",
}
ROW = {
    "q": " How much is 2+3?\n",
    "s": "It is 5.",
    "a": "5",
    "thinking": ["2+3 is 5", "again"],
    "teacher": {"answer": "It is \\boxed{5}."},
    "error": None,
    "subject": "arithmetic",
}


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def read(
    path: Path, answer_kind: str = "math", publish: str = "text", **columns: object
) -> pl.DataFrame:
    spec = FileQuestions.model_validate(
        {
            "kind": "file",
            "path": str(path),
            "answer_kind": answer_kind,
            "publish": publish,
            "columns": COLUMNS | columns,
        }
    )
    return check_table(Collected, collect_questions(spec, "sums", path, []), path)


def test_every_column_finds_its_field(tmp_path: Path) -> None:
    table = read(written(tmp_path / "q.jsonl", ROW))
    assert table.row(0, named=True) == {
        "question_id": hashlib.sha256(ROW["q"].encode()).hexdigest()[:16],
        "source": "sums",
        "publish": "text",
        "question": ROW["q"],
        "solution": "It is 5.",
        "answer": "5",
        "answer_kind": "math",
        "trace": "2+3 is 5",
        "attempt": "It is \\boxed{5}.",
        "failure": None,
        "trace_tokens": None,
        "correct_trace": None,
        "correct_small": None,
        "correct_large": None,
        "domain": "arithmetic",
    }


def test_parquet_and_csv_are_read_alike(tmp_path: Path) -> None:
    pl.DataFrame([ROW, ROW | {"q": "Why?", "thinking": []}]).write_parquet(tmp_path / "q.parquet")
    table = read(tmp_path / "q.parquet")
    assert table["trace"].to_list() == ["2+3 is 5", None]
    assert table["attempt"].to_list() == ["It is \\boxed{5}."] * 2
    (tmp_path / "q.csv").write_text("q,a\nHow much?,042\n", encoding="utf-8")
    plain = dict.fromkeys(COLUMNS) | {"question": "q", "answer": "a"}
    table = read(tmp_path / "q.csv", "integer", **plain)
    assert table.select("question", "answer", "trace").row(0) == ("How much?", "42", None)


def test_blank_fields_are_null_and_no_reason_to_drop_a_row(tmp_path: Path) -> None:
    bare = ROW | {"s": " ", "a": "", "thinking": [], "teacher": None, "error": "timeout"}
    table = read(written(tmp_path / "q.jsonl", bare))
    row = table.row(0, named=True)
    assert [row[name] for name in ("solution", "answer", "trace", "attempt")] == [None] * 4
    assert row["failure"] == "timeout"


def test_a_number_that_is_none_is_null(tmp_path: Path) -> None:
    none = float("nan")  # as pandas writes a null
    given = ROW | {"s": none, "a": none, "error": none, "subject": none}
    path = written(tmp_path / "q.jsonl", given)
    assert '"error": NaN' in path.read_text(encoding="utf-8")
    row = read(path).row(0, named=True)
    assert [row[name] for name in ("solution", "answer", "failure", "domain")] == [None] * 4
    with pytest.raises(QuestionError, match=r"row 1: field 'q' is empty"):
        read(written(path, ROW | {"q": none}))


def test_a_source_may_repeat_itself(tmp_path: Path) -> None:
    table = read(written(tmp_path / "q.jsonl", ROW, ROW))
    assert table["question_id"].to_list() == [question_id(ROW["q"])] * 2


def test_a_collection_names_the_source_of_each_row(tmp_path: Path) -> None:
    rows = [ROW | {"from": "AIME"}, ROW | {"from": "MATH", "q": "Why?"}]
    table = read(written(tmp_path / "q.jsonl", *rows), source="from")
    assert table["source"].to_list() == ["AIME", "MATH"]
    with pytest.raises(QuestionError, match=r"row 2: field 'from' is empty"):
        read(written(tmp_path / "q.jsonl", rows[0], rows[1] | {"from": ""}), source="from")


def test_an_answer_is_found_in_a_whole_solution(tmp_path: Path) -> None:
    solutions = ["So it is \\boxed{\\frac12}.", "Answer: 7", "It is clear, by 3 lemmas."]
    rows = [ROW | {"q": str(n), "s": text} for n, text in enumerate(solutions)]
    table = read(written(tmp_path / "q.jsonl", *rows), answer="s", answer_within=True)
    assert table["answer"].to_list() == ["\\frac12", "7", None]
    assert table["solution"].to_list() == solutions


@pytest.mark.parametrize(
    ("kind", "solution", "answer"),
    [
        ("integer", "So it is \\boxed{\\frac12}.", None),
        ("integer", "So it is \\boxed{042}.", "42"),
        ("choice", "It is \\boxed{five}.", None),
        ("choice", "It is \\boxed{(b)}.", "B"),
    ],
)
def test_a_solution_whose_answer_is_of_another_kind_gives_none(
    tmp_path: Path, kind: str, solution: str, answer: str | None
) -> None:
    path = written(tmp_path / "q.jsonl", ROW | {"s": solution})
    assert read(path, kind, answer="s", answer_within=True)["answer"].to_list() == [answer]


def test_all_wrong_rows_are_listed_with_file_row_and_field(tmp_path: Path) -> None:
    rows = [
        ROW,
        ROW | {"q": "  "},
        {name: value for name, value in ROW.items() if name != "s"},
        ROW | {"teacher": {"reply": "5"}},
        ROW | {"a": ["5", "6"]},
        ROW | {"q": "half \ud83d"},
    ]
    path = written(tmp_path / "q.jsonl", *rows)
    with pytest.raises(QuestionError) as raised:
        read(path)
    assert str(raised.value).splitlines() == [
        f"{path}: 5 row(s) are wrong:",
        "  - row 2: field 'q' is empty",
        "  - row 3: no field 's'; there is: q, a, thinking, teacher, error, subject",
        "  - row 4: no field 'teacher.answer'; there is: reply",
        "  - row 5: field 'a' holds a list, not a text or a number",
        "  - row 6: field 'q' holds half a character (a lone surrogate)",
    ]


@pytest.mark.parametrize(
    ("kind", "answer", "complaint"),
    [("integer", "about 5", "is not an integer: 'about 5'"), ("choice", "five", "not one letter")],
)
def test_answers_of_another_kind_are_named(
    tmp_path: Path, kind: str, answer: str, complaint: str
) -> None:
    with pytest.raises(QuestionError, match=f"row 1: field 'a' .*{complaint}"):
        read(written(tmp_path / "q.jsonl", ROW | {"a": answer}), kind)


def test_answers_that_may_not_be_published_are_named_by_their_hash(tmp_path: Path) -> None:
    path = written(tmp_path / "q.jsonl", ROW | {"a": "about 5"})
    with pytest.raises(QuestionError, match="row 1: field 'a' is not an integer") as raised:
        read(path, "integer", publish="hash")
    assert "about" not in str(raised.value)
    table = read(written(path, ROW), publish="hash")
    assert table.select("publish", "question", "trace").row(0) == ("hash", ROW["q"], "2+3 is 5")


@pytest.mark.parametrize("publish", ["text", "hash"])
def test_the_table_of_sources_says_whether_its_files_may_be_published(
    tmp_path: Path, publish: str
) -> None:
    given = {"kind": "file", "source": "q.jsonl", "columns": COLUMNS}
    with pytest.raises(
        ValueError, match=r"publish: of a file of data/sources\.csv it is said there"
    ):
        FileQuestions.model_validate(given | {"publish": "hash"})
    row = {"name": "q.jsonl", "url": "https://x.org/q", "revision": "1", "sha256": "0" * 64}
    row |= {"bytes": 9, "licence": "none", "publish": publish, "citation": "", "holds": "sums"}
    sources = tmp_path / "sources.csv"
    pl.DataFrame([row]).write_csv(sources)
    path = written(tmp_path / "q.jsonl", ROW)
    spec = FileQuestions.model_validate(given)
    assert collect_questions(spec, "sums", path, [], sources)["publish"].to_list() == [publish]


def test_nested_fields() -> None:
    row = {"a.b": "flat", "c": {"d": [{"e": 1}, None]}, "n": None, "t": "text"}
    assert field_of(row, "a.b") == "flat"
    assert field_of(row, "c.d.0.e") == 1
    assert field_of(row, "c.d.1.e") is None
    assert field_of(row, "c.d.7") is None
    assert field_of(row, "n.x.y") is None
    for field, complaint in [
        ("c.x", "no field 'c.x'; there is: d"),
        ("c.d.first", "'first' does not number an item of a list"),
        ("t.0", "'0' is looked for in str"),
        ("c.d", "holds a list"),
    ]:
        with pytest.raises(RowError, match=complaint):
            field_of(row, field)


@given(st.lists(st.text(min_size=1).filter(str.strip), max_size=30))
def test_ids_depend_on_the_text_alone(texts: list[str]) -> None:
    rows = list(enumerate(({"q": text} for text in texts), start=1))
    columns = QuestionColumns(question="q")
    table = import_questions(rows, "any", "math", columns, "nowhere")
    assert table["question"].to_list() == texts
    assert table["question_id"].n_unique() == len(set(texts))


def test_a_source_of_kind_file_needs_its_file() -> None:
    spec = FileQuestions.model_validate({"kind": "file", "path": "q.jsonl", "columns": COLUMNS})
    with pytest.raises(SourceError, match=r"questions\.sources\.sums: .* needs --input"):
        collect_questions(spec, "sums", None, [])
