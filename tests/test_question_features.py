import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from scripts.curate.featurise_questions import Reference, featurise_questions
from scripts.curate.pose_questions import pose_questions
from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.config.questions import Domain
from scripts.lib.curation.complete import drop_incomplete
from scripts.lib.grading.attempts import attempted_answer
from scripts.lib.grading.judge import Judge
from scripts.lib.questions.features import FeatureError, last_domain
from scripts.lib.questions.rows import question_id, question_table
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import TableError, check_table, make_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from scripts.lib.tokens import TokenizerError, count_tokens, load_tokenizer

TOKENIZER = build_tokenizer(512)


def questions(*rows: dict[str, object]) -> pl.DataFrame:
    """A Question table; rows are numbered where they do not say what they ask."""
    common = {"source": "sums", "publish": "text", "answer_kind": "math"}
    numbered = [{"question": f"Q{n}?", **common, **row} for n, row in enumerate(rows)]
    return check_table(Question, question_table(numbered), Path("questions.parquet"))


def ids(number: int) -> list[str]:
    return [question_id(f"Q{n}?") for n in range(number)]


def pool(folder: Path, name: str, *samples: tuple) -> Reference:
    """Tables of samples (question's number, right or not, how it ended, text)."""
    answers, traces = [], []
    for place, (number, correct, end, text) in enumerate(samples):
        key = {
            "pool": name,
            "benchmark": "posed",
            "problem_id": question_id(f"Q{number}?"),
            "wording": "plain",
            "sample": place,
        }
        answers.append(key | {"correct": correct, "graded": "equal" if correct else "different"})
        trace = {"text": text, "end": end, "forced_tokens": 0, "wait_positions": []}
        traces.append(key | trace)
    paths = folder / f"{name}.answers.parquet", folder / f"{name}.traces.parquet"
    write_table(Answer, make_table(Answer, answers), paths[0])
    write_table(Trace, make_table(Trace, traces), paths[1])
    return Reference(name, *paths)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge(1) as one:
        yield one


def test_tokens_are_those_of_the_tokenizer(judge: Judge) -> None:
    traces = ["3a+4=7\nWait\n3a+4=7\n", "", None] * 600
    table = questions(*({"trace": trace} for trace in traces))
    filled = featurise_questions(table, TOKENIZER, judge, Domain(), {})
    expected = [None if t is None else len(TOKENIZER(t)["input_ids"]) for t in traces]
    assert filled["trace_tokens"].to_list() == expected
    assert expected[:3] == [16, 0, None]
    assert filled.drop("trace_tokens").equals(table.drop("trace_tokens"))
    check_table(Question, filled, Path("featurised.parquet"))


def test_a_tokenizer_comes_from_a_folder(tmp_path: Path) -> None:
    TOKENIZER.save_pretrained(tmp_path / "model")
    loaded = load_tokenizer(str(tmp_path / "model"))
    texts = pl.Series(["Wait\n", "Last three values", "é" * 2000])
    assert count_tokens(texts, loaded).to_list() == count_tokens(texts, TOKENIZER).to_list()
    with pytest.raises(TokenizerError, match="no such folder, and not of the form REPO@REVISION"):
        load_tokenizer(str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(TokenizerError, match="empty: the tokenizer cannot be loaded"):
        load_tokenizer(str(tmp_path / "empty"))


def test_attempts_are_graded_against_the_answers(judge: Judge) -> None:
    graded = [
        ("math", "\\frac12", "Half of it, so \\boxed{0.5}.", True),
        ("math", "x^2+1", "1+x^2", True),
        ("math", "x^2+1", "x^2", False),
        ("math", "7", "It is long.\nNo end, 7 lemmas", False),
        ("integer", "042", "042", True),
        ("integer", "42", "Some words,\nthen 42", True),
        ("integer", "42", "I do not know.", False),
        ("choice", "B", "The answer is (B).", True),
        ("choice", "B", "C", False),
        ("math", None, "7", None),
        ("math", "7", None, None),
    ]
    table = questions(
        *({"answer_kind": kind, "answer": gold, "attempt": said} for kind, gold, said, _ in graded)
    )
    filled = featurise_questions(table, TOKENIZER, judge, Domain(), {})
    assert filled["correct_trace"].to_list() == [right for *_, right in graded]


def test_the_answer_in_an_attempt() -> None:
    assert attempted_answer("", "math") is None
    assert attempted_answer("x^2", "math") == "x^2"
    assert attempted_answer("so\nx^2 = 4", "math") is None
    assert attempted_answer("so\nAnswer: x^2", "math") == "x^2"
    assert attempted_answer("1,024", "integer") == "1,024"


def test_reference_models_are_right_if_any_sample_is(judge: Judge, tmp_path: Path) -> None:
    table = questions(
        {"answer": "1"},
        {"answer": "1"},
        {"answer": "1"},
        {"answer": "1", "failure": "teacher: timeout"},
        {"answer": None},
        {"answer": "1"},
    )
    small = pool(
        tmp_path,
        "qwen_small",
        (0, False, "stop", ""),
        (0, True, "stop", ""),
        (1, False, "length", ""),
        (2, False, "refusal", None),
        (4, True, "stop", ""),
        (5, False, "refusal", None),
        (5, False, "stop", ""),
        (99, True, "stop", ""),
    )
    large = pool(tmp_path, "qwen_large", *((n, n == 1, "stop", "") for n in (5, 3, 2, 1, 0)))
    references = {"small": small, "large": large}
    filled = featurise_questions(table, TOKENIZER, judge, Domain(), references)
    assert filled["correct_small"].to_list() == [True, False, None, None, None, False]
    assert filled["correct_large"].to_list() == [False, True, False, False, None, False]
    assert filled["failure"].to_list() == [
        None,
        None,
        "pool qwen_small: refused",
        "teacher: timeout; pool qwen_small: no sample",
        None,
        None,
    ]
    check_table(Question, filled, Path("featurised.parquet"))


def test_without_reference_models_nothing_is_known_of_them(judge: Judge) -> None:
    table = questions({"answer": "1", "domain": "sums"}, {"answer": "1"})
    filled = featurise_questions(table, TOKENIZER, judge, Domain(), {})
    assert filled["correct_small"].null_count() == filled["correct_large"].null_count() == 2
    assert filled["failure"].null_count() == 2
    assert filled["domain"].to_list() == ["sums", None]
    by_source = featurise_questions(table, TOKENIZER, judge, Domain(by="source"), {})
    assert by_source["domain"].to_list() == ["sums", "sums"]


CODES = {"05": "Combinatorics", "11": "Number theory", "5": "Other"}
CLASSIFIER = Domain(by="pool", pool="classes", codes=CODES)


def test_a_classifier_names_domains(judge: Judge, tmp_path: Path) -> None:
    table = questions(*({} for _ in range(6)))
    classes = pool(
        tmp_path,
        "classes",
        (0, False, "stop", "First 05, no: 11"),
        (1, False, "stop", "It is 1105 or so"),
        (2, False, "refusal", None),
        (3, False, "stop", "no idea"),
        (3, False, "stop", "05."),
        (5, False, "stop", "(5)"),
        (5, False, "stop", "11"),
    )
    filled = featurise_questions(table, TOKENIZER, judge, CLASSIFIER, {}, classes.traces)
    assert filled["domain"].to_list() == [
        "Number theory", None, None, "Combinatorics", None, "Other",
    ]  # fmt: skip
    assert filled["failure"].to_list() == [
        None,
        None,
        "pool classes: refused",
        None,
        "pool classes: no sample",
        None,
    ]


def test_a_reply_without_a_code_is_no_failed_call(judge: Judge, tmp_path: Path) -> None:
    sound = {"answer": "1", "trace": "2a+1=3\n", "attempt": "1"}
    classes = pool(tmp_path, "classes", (0, False, "stop", "no idea"), (1, False, "refusal", None))
    filled = featurise_questions(
        questions(sound, sound), TOKENIZER, judge, CLASSIFIER, {}, classes.traces
    )
    dropped = drop_incomplete(filled, small=False, large=False).dropped
    assert dropped.select("reason", "detail").rows() == [
        ("no domain", "empty: domain"),
        ("call failed", "pool classes: refused"),
    ]


def test_what_was_not_posed_to_the_classifier_did_not_fail(judge: Judge, tmp_path: Path) -> None:
    table = questions({"answer": "1"}, {"answer": "1"}, {"answer": None})
    classes = pool(tmp_path, "classes", (0, False, "stop", "05"))
    filled = featurise_questions(table, TOKENIZER, judge, CLASSIFIER, {}, classes.traces)
    assert filled["failure"].to_list() == [None, "pool classes: no sample", None]
    classes = pool(tmp_path, "classes", (2, False, "stop", "05"))
    filled = featurise_questions(table, TOKENIZER, judge, CLASSIFIER, {}, classes.traces)
    assert filled["failure"].to_list() == ["pool classes: no sample"] * 2 + [None]
    assert filled["domain"].to_list() == [None, None, "Combinatorics"]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("05 then 11", "Number theory"),
        ("11 then 05", "Combinatorics"),
        ("105", None),
        ("05A", None),
        ("MSC 5", "Other"),
        ("", None),
    ],
)
def test_the_last_code_counts(text: str, domain: str | None) -> None:
    assert last_domain(text, CODES) == domain


def test_a_pool_of_other_questions_is_refused(judge: Judge, tmp_path: Path) -> None:
    other = pool(tmp_path, "other", (7, True, "stop", "05"))
    table = questions({"answer": "1"})
    with pytest.raises(FeatureError, match="pool other: holds samples of none of these questions"):
        featurise_questions(table, TOKENIZER, judge, Domain(), {"small": other})
    with pytest.raises(FeatureError, match="pool classes: holds samples of none"):
        featurise_questions(table, TOKENIZER, judge, CLASSIFIER, {}, other.traces)


def test_a_broken_pool_table_is_named(judge: Judge, tmp_path: Path) -> None:
    small = pool(tmp_path, "small", (0, True, "stop", ""))
    pl.read_parquet(small.answers).drop("correct").write_parquet(small.answers)
    with pytest.raises(TableError, match=r"small\.answers\.parquet: .*\n.*'correct' is missing"):
        featurise_questions(questions({}), TOKENIZER, judge, Domain(), {"small": small})
    small.answers.unlink()
    with pytest.raises(TableError, match=r"small\.answers\.parquet: no such file"):
        featurise_questions(questions({}), TOKENIZER, judge, Domain(), {"small": small})


def test_questions_are_posed_as_problems() -> None:
    table = questions({"answer": "1", "answer_kind": "integer"}, {"answer": None}, {"answer": "x"})
    posed = pose_questions(table, "posed", QuestionsBenchmark(kind="questions"))
    check_table(Problem, posed, Path("posed.parquet"))
    first, left_out, last = ids(3)
    expected = {
        first: ("Q0?", "posed", "1", "integer", "text"),
        last: ("Q2?", "posed", "x", "math", "text"),
    }
    assert posed["problem_id"].to_list() == sorted(expected), "the order is that of the ids"
    columns = ("problem", "benchmark", "answer", "answer_kind", "publish")
    assert posed.select(columns).rows() == [expected[name] for name in sorted(expected)]
    every = QuestionsBenchmark(kind="questions", answered_only=False, publish="hash")
    posed = pose_questions(table, "posed", every)
    check_table(Problem, posed, Path("posed.parquet"))
    answers = dict(zip(posed["problem_id"], posed["answer"], strict=True))
    assert answers == {first: "1", left_out: "unknown", last: "x"}
    assert set(posed["publish"]) == {"hash"}


def test_a_question_that_may_not_be_published_stays_so_as_a_problem() -> None:
    table = questions({"answer": "1", "publish": "hash"}, {"answer": "2"})
    posed = pose_questions(table, "posed", QuestionsBenchmark(kind="questions"))
    shown = posed.select("problem", "publish").sort("problem")
    assert shown.rows() == [("Q0?", "hash"), ("Q1?", "text")]


def test_the_programs_in_a_row(tmp_path: Path) -> None:
    table = questions({"answer": "3", "attempt": "3", "trace": "2a+1=3\n"}, {"answer": None})
    write_table(Question, table, tmp_path / "decontaminated.parquet")
    TOKENIZER.save_pretrained(tmp_path / "model")
    small = pool(tmp_path, "small", (0, True, "stop", ""))
    given = ["--questions", str(tmp_path / "decontaminated.parquet"), "--output"]
    command = ["scripts.curate.featurise_questions", "--domain", '{"by":"source"}', *given]
    command += [str(tmp_path / "featurised.parquet"), "--tokenizer", str(tmp_path / "model")]
    run(*command, "--small", *map(str, small), "--jobs", "1")
    columns = ["trace_tokens", "correct_trace", "correct_small", "correct_large", "domain"]
    rows = pl.read_parquet(tmp_path / "featurised.parquet").select(columns).rows()
    assert rows == [(7, True, True, None, "sums"), (None, None, None, None, "sums")]
    spec = json.dumps({"kind": "questions"})
    posed = ["scripts.curate.pose_questions", "--spec", spec, "--benchmark", "posed", *given]
    run(*posed, str(tmp_path / "posed.parquet"))
    assert pl.read_parquet(tmp_path / "posed.parquet")["problem_id"].to_list() == ids(1)


def run(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
