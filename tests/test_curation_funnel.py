import json
import sys

import polars as pl
import pytest

from scripts.curate import (
    decontaminate_questions,
    filter_complete,
    filter_difficulty,
    filter_quality,
    select_questions,
    tabulate_funnel,
)
from scripts.lib.curation.dropping import CurationError
from scripts.lib.curation.funnel import funnel
from scripts.lib.curation.steps import STEPS
from scripts.lib.errors import UserError
from scripts.lib.questions.tables import Collected, Dropped, Funnel, Kept, Question
from scripts.lib.tableio import TableError, count_rows, empty_table, read_table, write_table
from scripts.lib.tables import Problem
from tests.question_rows import problems_of, question, questions

LONG = "what is the sum of all numbers below nine"


def program(module, *arguments: object) -> None:
    """Run a program's main on command line arguments, in this process to spare its imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
        module.main()


def curate(folder, first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """The whole curation by its programs; the Funnel table."""
    write_table(Collected, first, folder / "first.parquet")
    write_table(Collected, second, folder / "second.parquet")
    sources = ("--sources", folder / "first.parquet", folder / "second.parquet")
    write_table(Problem, problems_of(f"Tell: {LONG}?"), folder / "tests.parquet")

    def written(step: str) -> list[object]:
        dropped = folder / "dropped" / f"{step}.parquet"
        return ["--output", folder / f"{STEPS[step]}.parquet", "--dropped", dropped]

    whole = ("--questions", folder / "decontaminated.parquet")

    def read(table: str) -> list[object]:
        return [*whole, "--kept", folder / f"{table}.parquet"]

    tests = ("--tests", folder / "tests.parquet", "--words", 8)
    program(decontaminate_questions, *sources, *tests, *written("decontaminate"))
    program(filter_complete, *whole, "--small", *written("complete"))
    quality = ("--spec", json.dumps({"patterns": {"drawing": r"\[asy\]"}}))
    program(filter_quality, *read("complete"), *quality, *written("quality"))
    program(filter_difficulty, *read("quality"), *written("difficulty"))
    spec = ("--spec", '{"rule": "random", "size": 2}')
    chosen = folder / "pair.parquet"
    program(select_questions, *spec, "--selection", "pair", *read("difficulty"), "--output", chosen)
    dropped = [folder / "dropped" / f"{step}.parquet" for step in STEPS]
    kept = [folder / f"{table}.parquet" for table in STEPS.values()]
    tables = ("--dropped", *dropped, "--kept", *kept, "--selections", chosen)
    program(tabulate_funnel, *sources, *tables, "--output", folder / "funnel.csv")
    return read_table(Funnel, folder / "funnel.csv")


def test_the_funnel_counts_every_question_and_shows_examples(tmp_path):
    first = questions(
        question("one\ntwo"), question("one\ntwo"), question("a", answer=None), question("b")
    )
    second = questions(
        question(f"Now {LONG} and more", "web"),
        question("c [asy]", "web"),
        question("d", "web", correct_small=True),
        question("e", "web", correct_large=True),
        question("f", "web", correct_large=None),
        question("g", "web", correct_small=None),
        question("h", "web", correct_large=True),
        question("one\ntwo", "web"),
    )
    table = curate(tmp_path, first, second)
    assert table["step", "reason", "questions"].rows() == [
        ("collected", None, 12),
        ("decontaminate", "duplicate", 2),
        ("decontaminate", "shares words with a test", 1),
        ("decontaminate", None, 9),
        ("complete", "no answer to grade against", 1),
        ("complete", "not graded by the small model", 1),
        ("complete", None, 7),
        ("quality", "drawing", 1),
        ("quality", None, 6),
        ("difficulty", "solved by the large model", 2),
        ("difficulty", "solved by the small model", 1),
        ("difficulty", None, 3),
        ("select: pair", None, 2),
    ]
    examples = table.filter(pl.col("reason").is_not_null())["shown"].to_list()
    same = first["question_id"][0]
    assert examples[0] == f"here/{same}: one two [here/{same}]"
    of_test = second["question_id"][0]
    shared = " ".join(LONG.split()[:8])
    assert examples[1] == f"web/{of_test}: Now {LONG} and more [aime/0: {shared}]"
    assert table.filter(pl.col("reason").is_null())["shown"].null_count() == 6
    chosen = read_table(Question, tmp_path / "pair.parquet")
    assert set(chosen["question"]) <= {"b", "f", "one\ntwo"}


def test_texts_stand_once_and_selections_hold_them_whole(tmp_path):
    asked = [question(f"q{number}", trace=f"trace {number}") for number in range(5)]
    first = questions(*asked, question("q9", correct_small=True))
    curate(tmp_path, first, questions(question("open")))
    whole = read_table(Question, tmp_path / "decontaminated.parquet")
    for step in ("complete", "quality", "difficulty"):
        table = read_table(Kept, tmp_path / f"{STEPS[step]}.parquet")
        assert table.columns == ["question_id", "source"]
        kept = whole.filter(pl.col("question_id").is_in(table["question_id"].implode()))
        assert kept["question_id"].to_list() == table["question_id"].to_list()
    chosen = read_table(Question, tmp_path / "pair.parquet")
    for row in chosen.rows(named=True):
        assert row == whole.row(
            by_predicate=pl.col("question_id") == row["question_id"], named=True
        )


def test_questions_of_another_run_are_refused(tmp_path):
    write_table(Question, questions(question("q")), tmp_path / "featurised.parquet")
    other = questions(question("other"), question("q"))
    write_table(Kept, other.select("question_id", "source"), tmp_path / "complete.parquet")
    files = (
        "--questions",
        tmp_path / "featurised.parquet",
        "--kept",
        tmp_path / "complete.parquet",
    )
    outputs = ("--output", tmp_path / "kept.parquet", "--dropped", tmp_path / "dropped.parquet")
    lost = other["question_id"][0]
    with pytest.raises(CurationError, match=rf"complete\.parquet: question {lost} is not in .*"):
        program(filter_difficulty, *files, *outputs)


def test_a_missing_column_is_told_with_its_file(tmp_path):
    path = tmp_path / "featurised.parquet"
    questions(question("q")).drop("domain").write_parquet(path)
    outputs = ("--output", tmp_path / "kept.parquet", "--dropped", tmp_path / "dropped.parquet")
    with pytest.raises(TableError, match=r"featurised\.parquet.*\n.*'domain' is missing"):
        program(filter_complete, "--questions", path, *outputs)
    assert not (tmp_path / "kept.parquet").exists()


def test_a_selection_that_cannot_be_made_leaves_what_was_there(tmp_path):
    asked = questions(question("q"))
    write_table(Question, asked, tmp_path / "questions.parquet")
    write_table(Kept, asked.select("question_id", "source"), tmp_path / "kept.parquet")
    output = tmp_path / "chosen.parquet"
    output.write_text("before")
    spec = ("--spec", '{"rule": "diverse", "size": 2}', "--selection", "two")
    files = ("--questions", tmp_path / "questions.parquet", "--kept", tmp_path / "kept.parquet")
    with pytest.raises(UserError, match=r"selections\.two\.size"):
        program(select_questions, *spec, *files, "--output", output)
    assert output.read_text() == "before"


def test_texts_that_may_not_be_published_are_nowhere_but_in_the_training_data(tmp_path, caplog):
    secret = {"publish": "hash", "trace": "secret trace", "solution": "secret solution"}
    first = questions(
        question(f"secret {LONG}", **secret),
        question("secret one", **secret, answer=None),
        question("secret two [asy]", **secret),
        question("secret three", **secret, correct_small=True),
        question("secret four", **secret),
        question("secret four", **secret),
    )
    with caplog.at_level("INFO"):
        curate(tmp_path, first, questions(question("open")))
    dropped = [read_table(Dropped, tmp_path / "dropped" / f"{step}.parquet") for step in STEPS]
    assert [table.height for table in dropped] == [2, 1, 1, 1]
    shown = [str(table.rows()) for table in dropped] + [caplog.text]
    shown.append((tmp_path / "funnel.csv").read_text())
    assert not [text for text in shown if "secret" in text]
    assert f"(may not be published; sha256:{first['question_id'][0]})" in shown[-1]
    chosen = read_table(Question, tmp_path / "pair.parquet")
    assert chosen.filter(publish="hash")["question"].to_list() == ["secret four"]


def dropped_rows(count: int, text: str = "q") -> pl.DataFrame:
    row = {"source": "s", "question_id": "0" * 16, "question": text, "step": "complete"}
    return pl.DataFrame([{**row, "reason": "no trace", "detail": "empty"}] * count)


def test_tables_of_different_runs_are_refused():
    assert funnel(5, {"complete": dropped_rows(2)}, {"complete": 3}, {})["questions"][1] == 2
    with pytest.raises(
        CurationError, match="step 'complete': of 5 questions it dropped 2 and kept 4"
    ):
        funnel(5, {"complete": dropped_rows(2)}, {"complete": 4}, {})


def test_long_examples_are_cut():
    shown = funnel(1, {"complete": dropped_rows(1, "x " * 500)}, {"complete": 0}, {})["shown"][1]
    assert len(shown) < 200
    assert shown.endswith("... [empty]")


def test_nothing_dropped_leaves_a_row_of_what_was_kept():
    table = funnel(3, {"quality": empty_table(Dropped)}, {"quality": 3}, {"all": 3})
    assert table["step"].to_list() == ["collected", "quality", "select: all"]


def test_rows_are_counted_without_reading_them(tmp_path):
    write_table(Question, questions(question("a"), question("b")), tmp_path / "two.parquet")
    assert count_rows(tmp_path / "two.parquet") == 2
    (tmp_path / "torn.parquet").write_bytes(b"PAR1 torn")
    for name in ("torn.parquet", "none.parquet"):
        with pytest.raises(TableError, match=name):
            count_rows(tmp_path / name)
