import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.data import import_problems as import_problems_program
from scripts.lib.config.benchmarks import SourceBenchmark
from scripts.lib.problems import (
    ProblemError,
    import_problems,
    normalised_integer,
    read_rows,
    shown,
    shuffled_choices,
)
from scripts.lib.tableio import check_table, read_table
from scripts.lib.tables import Problem

AIME24 = {
    "kind": "source",
    "source": "problems/aime24_nofigures.jsonl",
    "answer_kind": "integer",
    "columns": {"id": "id", "problem": "problem", "answer": "answer"},
}
AMC23 = AIME24 | {"source": "problems/amc23_qwen.jsonl"}
MATH500 = {
    "kind": "source",
    "source": "problems/math500_test.jsonl",
    "answer_kind": "math",
    "columns": {"id": "unique_id", "problem": "problem", "answer": "answer", "level": "level"},
}
GSM8K = {
    "kind": "source",
    "source": "problems/gsm8k_test.jsonl",
    "answer_kind": "integer",
    "columns": {"problem": "question", "answer": "answer"},
    "answer_after": "####",
}
WRONG = [f"Incorrect Answer {i}" for i in (1, 2, 3)]
GPQA = {
    "kind": "source",
    "source": "problems/gpqa_diamond.csv",
    "answer_kind": "choice",
    "columns": {
        "id": "Record ID",
        "problem": "Question",
        "answer": "Correct Answer",
        "wrong": WRONG,
    },
}


def imported(
    spec: dict[str, object], path: Path, publish: str = "text", name: str | None = None
) -> pl.DataFrame:
    model = SourceBenchmark.model_validate(spec)
    rows = read_rows(path, name or model.source)
    frame = import_problems(rows, "bench", model, publish, path)
    return check_table(Problem, frame, path)


def write_lines(path: Path, *rows: object) -> Path:
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows),
        encoding="utf-8",
    )
    return path


def test_aime_2024(mirror: Callable[[str], Path]) -> None:
    frame = imported(AIME24, mirror("problems/aime24_nofigures.jsonl"))
    assert frame.height == 30
    assert frame["problem_id"].to_list() == [str(i) for i in range(60, 90)]
    answers = frame["answer"].to_list()
    assert answers[:3] == ["204", "113", "371"]
    assert all(answer == str(int(answer)) and 0 <= int(answer) <= 999 for answer in answers)
    # The file writes them 025, 073, 023, 045, 033, 080 and 055.
    assert {"25", "73", "23", "45", "33", "80", "55"} <= set(answers)


def test_amc_2023_has_integers_written_as_decimals(mirror: Callable[[str], Path]) -> None:
    frame = imported(AMC23, mirror("problems/amc23_qwen.jsonl"))
    assert frame.height == 40
    assert frame["answer"].to_list()[:4] == ["27", "36", "45", "3159"]


def test_math500(mirror: Callable[[str], Path]) -> None:
    frame = imported(MATH500, mirror("problems/math500_test.jsonl"))
    assert frame.height == 500
    assert frame["answer"][0] == r"\left( 3, \frac{\pi}{2} \right)"
    assert frame["problem_id"][0] == "test/precalculus/807.json"
    assert Counter(frame["level"]) == {"1": 43, "2": 90, "3": 105, "4": 128, "5": 134}


def test_gsm8k_takes_what_follows_the_marker(mirror: Callable[[str], Path]) -> None:
    frame = imported(GSM8K, mirror("problems/gsm8k_test.jsonl"))
    assert frame.height == 1319
    assert frame["answer"].to_list()[:3] == ["18", "3", "70000"]
    assert frame["answer"].str.contains(r"^-?\d+$").all()
    assert "1450000" in frame["answer"], "written 1,450,000 in the file"
    assert frame["problem_id"].to_list() == [str(i) for i in range(1319)]


def gpqa_file(path: Path, rows: int = 40) -> Path:
    """A file in the columns of GPQA, with commas, quotes and line breaks in its texts."""
    frame = pl.DataFrame(
        {
            "Question": [f'What, "if any",\nis {i}? ' for i in range(rows)],
            "Correct Answer": [f"right {i}\n" for i in range(rows)],
            **{name: [f"wrong {i} {name}" for i in range(rows)] for name in WRONG},
            "Record ID": [f"rec{i}" for i in range(rows)],
            "Subdomain": ["Physics"] * rows,
        }
    )
    frame.write_csv(path)
    return path


def test_gpqa_lists_shuffled_choices(tmp_path: Path) -> None:
    frame = imported(GPQA, gpqa_file(tmp_path / "g.csv"), "hash")
    assert frame["publish"].unique().to_list() == ["hash"]
    assert set(frame["answer"]) == {"A", "B", "C", "D"}
    for i, row in enumerate(frame.iter_rows(named=True)):
        question, _, listed = row["problem"].partition("\n\n")
        assert question == f'What, "if any",\nis {i}?'
        choices = {line[1]: line[4:] for line in listed.splitlines()}
        assert list(choices) == ["A", "B", "C", "D"]
        assert choices[row["answer"]] == f"right {i}"
        assert sorted(choices.values()) == sorted(
            [f"right {i}", *(f"wrong {i} {name}" for name in WRONG)]
        )


def test_the_order_of_choices_hangs_on_the_question_alone(tmp_path: Path) -> None:
    path = gpqa_file(tmp_path / "g.csv")
    frame = imported(GPQA, path)
    pl.read_csv(path).reverse().write_csv(path)
    assert imported(GPQA, path).reverse().equals(frame)
    # As published: the letter of the right answer for this question, for ever.
    text, letter = shuffled_choices("What is 1 + 1?", "2", ["3", "4", "5"])
    keys = [hashlib.sha256(f"What is 1 + 1?\n{i}".encode()).hexdigest() for i in range(4)]
    assert letter == "ABCD"[sorted(keys).index(keys[0])]
    assert f"({letter}) 2" in text.splitlines()


def test_letters_are_spread_evenly() -> None:
    letters = Counter(shuffled_choices(f"Q{i}", "r", ["a", "b", "c"])[1] for i in range(20_000))
    assert set(letters) == set("ABCD")
    assert all(4800 < count < 5200 for count in letters.values())  # 3 standard deviations: 184


def test_choices_that_the_problem_lists_itself(tmp_path: Path) -> None:
    spec = AIME24 | {"answer_kind": "choice", "source": "x.jsonl"}
    rows = [{"id": i, "problem": "p", "answer": a} for i, a in enumerate(["(b)", "C", "d "])]
    assert imported(spec, write_lines(tmp_path / "x.jsonl", *rows))["answer"].to_list() == [
        "B",
        "C",
        "D",
    ]


@pytest.mark.parametrize(
    ("value", "normal"),
    [
        ("025", "25"),
        (27.0, "27"),
        ("27.0", "27"),
        (" 1,450,000 ", "1450000"),
        ("+7", "7"),
        ("-0", "0"),
        ("000", "0"),
        (-3, "-3"),
        (10**30, "1" + "0" * 30),
    ],
)
def test_normalised_integers(value: object, normal: str) -> None:
    assert normalised_integer(value) == normal


@pytest.mark.parametrize(
    "value", ["2.5", 2.5, "1,45", "1/2", "", None, True, float("nan"), float("inf"), "1e3", "x=3"]
)
def test_what_is_no_integer(value: object) -> None:
    with pytest.raises(ValueError, match="is not an integer"):
        normalised_integer(value)


@given(st.integers(), st.integers(0, 3))
def test_every_way_of_writing_an_integer_is_one(number: int, zeros: int) -> None:
    sign, digits = ("-" if number < 0 else ""), str(abs(number))
    for written in (f"{sign}{'0' * zeros}{digits}", f"{number:,}", f"{number}.0", str(number)):
        assert normalised_integer(written) == str(number)


def test_all_bad_rows_are_told_at_once(tmp_path: Path) -> None:
    good = {"id": 1, "problem": "p", "answer": "7"}
    path = write_lines(
        tmp_path / "bad.jsonl",
        good,
        good | {"id": 2, "answer": "3/4"},
        good,
        good | {"id": 3, "problem": "  "},
        {"id": 4, "problem": "p"},
        good | {"id": 5, "answer": None},
        good | {"id": 6, "problem": ["p"]},
    )
    with pytest.raises(ProblemError) as error:
        imported(AIME24, path)
    text = str(error.value)
    assert text.startswith(f"{path}: 6 row(s) are wrong:")
    for line in (
        "row 2: field 'answer' is not an integer: '3/4'",
        "row 3: id '1' stands in row 1 too",
        "row 4: field 'problem' is empty",
        "row 5: no field 'answer'; there is: id, problem",
        "row 6: field 'answer' is empty",
        "row 7: field 'problem' holds a list, not a text or a number",
    ):
        assert f"  - {line}" in text


def test_many_bad_rows_are_counted(tmp_path: Path) -> None:
    rows = [{"id": i, "problem": "p", "answer": "?"} for i in range(500)]
    with pytest.raises(ProblemError, match=r"and 490 more"):
        imported(AIME24, write_lines(tmp_path / "bad.jsonl", *rows))


def test_errors_do_not_publish_what_may_not_be(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", {"id": 1, "problem": "p", "answer": "the secret"})
    with pytest.raises(ProblemError, match=shown("the secret", "hash")) as error:
        imported(AIME24, path, "hash")
    assert "the secret" not in str(error.value)


def test_broken_lines_are_listed(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", '{"id": 1', "", "[1, 2]", '{"id": 2}')
    with pytest.raises(ProblemError) as error:
        read_rows(path, "x.jsonl")
    assert "line 1: not JSON" in str(error.value)
    assert "line 3: not a JSON object" in str(error.value)
    assert "2 row(s)" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("x.jsonl", b"", "holds no rows"),
        ("x.jsonl", b'{"a": "\xff"}\n', "cannot be read as .jsonl"),
        ("x.csv", b"a,b\n", "holds no rows"),
        ("x.parquet", b"PAR1 but not really", "cannot be read as .parquet"),
        ("x.xlsx", b"", "no format '.xlsx'; there is: .jsonl, .csv, .parquet"),
    ],
)
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ProblemError, match=why):
        read_rows(path, name)


def test_half_a_character_is_an_error(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", r'{"id": 1, "problem": "\ud800", "answer": 1}')
    with pytest.raises(ProblemError, match="row 1: field 'problem' holds half a character"):
        imported(AIME24, path)


def test_a_missing_marker_is_an_error(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "x.jsonl", {"question": "q", "answer": "18"})
    with pytest.raises(ProblemError, match="row 1: field 'answer' has no '####'"):
        imported(GSM8K, path)


def test_a_right_answer_among_the_wrong_ones_is_an_error(tmp_path: Path) -> None:
    path = gpqa_file(tmp_path / "g.csv")
    pl.read_csv(path).with_columns(pl.col("Correct Answer").alias(WRONG[1])).write_csv(path)
    with pytest.raises(ProblemError, match="'Incorrect Answer 2' says the same"):
        imported(GPQA, path)


def test_wrong_answers_need_choices(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=r"columns\.wrong needs answer_kind"):
        imported(GPQA | {"answer_kind": "math"}, gpqa_file(tmp_path / "g.csv"))


def test_parquet_gives_what_json_lines_give(mirror: Callable[[str], Path], tmp_path: Path) -> None:
    path = mirror("problems/math500_test.jsonl")
    parquet = tmp_path / "m.parquet"
    pl.read_ndjson(path).write_parquet(parquet)
    assert imported(MATH500, parquet, name="m.parquet").equals(imported(MATH500, path))


def test_shown() -> None:
    assert shown("a question", "text") == "a question"
    digest = hashlib.sha256(b"a question").hexdigest()
    assert shown("a question", "hash") == f"sha256:{digest[:16]}"


def test_the_program(mirror: Callable[[str], Path], tmp_path: Path) -> None:
    output = tmp_path / "aime24.parquet"
    arguments = {
        "--spec": json.dumps(AIME24),
        "--benchmark": "aime24",
        "--input": str(mirror("problems/aime24_nofigures.jsonl")),
        "--output": str(output),
    }
    program = [sys.executable, "-m", "scripts.data.import_problems"]
    done = subprocess.run(
        [*program, *(part for pair in arguments.items() for part in pair)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    frame = read_table(Problem, output)
    assert frame.height == 30
    assert frame["benchmark"].unique().to_list() == ["aime24"]
    assert frame["publish"].unique().to_list() == ["text"]


def test_a_file_of_ones_own_needs_no_entry_among_the_sources(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "own.jsonl", {"q": "1 + 1?", "a": 2}, {"q": "2 + 2?", "a": 4})
    columns = {"problem": "q", "answer": "a"}
    spec = {"kind": "source", "path": str(path), "answer_kind": "integer", "columns": columns}
    for own, publish in ((spec, "text"), (spec | {"publish": "hash"}, "hash")):
        arguments = ["--spec", json.dumps(own), "--benchmark", "own", "--input", str(path)]
        arguments += ["--output", str(tmp_path / "own.parquet")]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["import_problems", *arguments])
            import_problems_program.main()
        frame = read_table(Problem, tmp_path / "own.parquet")
        assert frame["publish"].to_list() == [publish] * 2
        assert frame["answer"].to_list() == ["2", "4"]


@pytest.mark.parametrize("change", [{"path": "own.jsonl"}, {"source": None}, {"publish": "hash"}])
def test_a_benchmark_has_one_place(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"exactly one of them|it is said there"):
        SourceBenchmark.model_validate(AIME24 | change)
