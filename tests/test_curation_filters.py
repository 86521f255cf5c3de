import re
import signal
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.config.questions import Quality
from scripts.lib.curation import quality
from scripts.lib.curation.complete import drop_incomplete
from scripts.lib.curation.difficulty import drop_solved
from scripts.lib.curation.dropping import WITHHELD, CurationError
from scripts.lib.curation.quality import compile_pattern, drop_broken
from scripts.lib.questions.tables import Dropped, Question
from scripts.lib.tableio import check_table
from tests.question_rows import question, questions

S1_BOLD = r"\*\*(?=.*\d)[^\s\]]*\*\*"
BOLD = r"\*\*[^\s\]]*\d[^\s\]]*\*\*|\*\*[^\s\]]*\*\*.*\d"
S1 = Quality(
    patterns={
        "drawing": r"\[asy\]",
        "image": r"!\[Image\]",
        "part": r"p[1-9]\d{0,2}\.",
        "bold_number": BOLD,
    },
    spared={"drawing": ["aime"]},
)


def reasons_of(dropped: pl.DataFrame) -> dict[str, tuple[str, str]]:
    check_table(Dropped, dropped, "dropped")
    return {name: (why, what) for name, why, what in dropped["question", "reason", "detail"].rows()}


INCOMPLETE = {
    "failure": ("timeout", ("call failed", "timeout")),
    "answer": (None, ("no answer to grade against", "empty: answer")),
    "trace": (" \n", ("no trace", "empty: trace")),
    "trace_tokens": (None, ("trace not counted", "empty: trace_tokens")),
    "correct_trace": (None, ("trace not graded", "empty: correct_trace")),
    "correct_small": (None, ("not graded by the small model", "empty: correct_small")),
    "correct_large": (None, ("not graded by the large model", "empty: correct_large")),
    "domain": ("", ("no domain", "empty: domain")),
}


def test_each_missing_part_is_a_reason_of_its_own():
    rows = [question(column, **{column: value}) for column, (value, _) in INCOMPLETE.items()]
    kept, dropped = drop_incomplete(questions(question("whole"), *rows), small=True, large=True)
    assert kept["question"].to_list() == ["whole"]
    assert reasons_of(dropped) == {column: found for column, (_, found) in INCOMPLETE.items()}


def test_a_failed_call_is_told_from_a_question_without_a_gold_answer():
    features = dict.fromkeys(("trace", "attempt", "trace_tokens", "correct_trace"))
    rows = questions(
        question("failed", **features, failure="teacher: 503", answer=None),
        question("code", answer=None, correct_trace=None, correct_small=None),
    )
    assert reasons_of(drop_incomplete(rows, small=True, large=True).dropped) == {
        "failed": ("call failed", "teacher: 503"),
        "code": ("no answer to grade against", "empty: answer, correct_trace, correct_small"),
    }


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("large", [True, False])
def test_only_models_that_the_study_names_must_have_judged(small, large):
    rows = questions(question("s", correct_small=None), question("l", correct_large=None))
    kept = drop_incomplete(rows, small=small, large=large).kept["question"].to_list()
    assert kept == [name for name, needed in (("s", small), ("l", large)) if not needed]


def test_without_a_solution_or_a_failure_a_question_is_whole():
    rows = questions(question("q", solution=None, attempt=None))
    assert len(drop_incomplete(rows, small=True, large=True).kept) == 1


def test_formats_are_found_in_question_solution_and_trace():
    rows = questions(
        question("fine **bold** text"),
        question("[asy] draw [/asy] ![Image]"),
        question("kept", "aime", solution="[asy]"),
        question("aime image", "aime", trace="![Image](x.png)"),
        question("p12. Find x"),
        question("p0. Find x"),
        question("p1234. Find x"),
        question("solved", solution="x\nso **42**"),
        question("nothing", solution=None, trace=None),
    )
    kept, dropped = drop_broken(rows, S1)
    fine = ["fine **bold** text", "kept", "p0. Find x", "p1234. Find x", "nothing"]
    assert kept["question"].to_list() == fine
    assert reasons_of(dropped) == {
        "[asy] draw [/asy] ![Image]": ("drawing", "question: [asy]"),
        "aime image": ("image", "trace: ![Image]"),
        "p12. Find x": ("part", "question: p12."),
        "solved": ("bold_number", "solution: **42**"),
    }
    check_table(Question, kept, "kept")


def test_the_formats_of_s1_stand_in_the_module_as_tested_here():
    for pattern in S1.patterns.values():
        assert f"'{pattern}'" in (quality.__doc__ or "")


@given(st.text(alphabet="*a1 ]\n", max_size=12))
def test_bold_numbers_need_no_look_ahead(text):
    found = compile_pattern("key", BOLD).found_in(pl.Series([text]))[0]
    assert found == (re.search(S1_BOLD, text) is not None)


def test_a_look_around_is_left_to_python():
    pattern = compile_pattern("key", S1_BOLD)
    texts = pl.Series(["**a**", "x **a** 1", None])
    assert pattern.found_in(texts).to_list() == [False, True, False]
    assert pattern.matches_in(texts) == ["", "**a**", ""]
    rows = questions(question("x **a** 1"), question("plain"))
    dropped = drop_broken(rows, Quality(patterns={"bold": S1_BOLD})).dropped
    assert reasons_of(dropped) == {"x **a** 1": ("bold", "question: **a**")}


def test_the_paper_study_looks_for_numbers_in_bold_in_linear_time():
    study = yaml.safe_load(Path("config/paper.yaml").read_text(encoding="utf-8"))
    patterns = study["questions"]["quality"]["patterns"]
    assert patterns["broken_emphasis"] == BOLD
    compiled = {name: compile_pattern(name, text) for name, text in patterns.items()}
    assert [name for name, pattern in compiled.items() if pattern.python is not None] == []
    texts = pl.Series(["**1**", "**a** 1", "**a**\n1", "**a b** 1", "1 **a**", "****7", "**]1**"])
    found = compiled["broken_emphasis"].found_in(texts).to_list()
    assert found == [True, True, False, False, False, True, False]
    assert found == [re.search(S1_BOLD, text) is not None for text in texts]
    assert compiled["broken_emphasis"].found_in(pl.Series(["*" * 200_000])).to_list() == [False]


def test_a_search_that_does_not_end_is_stopped_by_its_key(monkeypatch):
    monkeypatch.setattr(quality, "MOST_SECONDS", 0.2)
    rows = questions(question("plain"), question("loops", trace="*" * 200_000))
    slow = Quality(patterns={"bold": S1_BOLD})
    complaint = (
        r"questions\.quality\.patterns\.bold: .* takes longer than 0\.2 s to search the 200,000 "
        r"letters of trace in row 2 of the questions: write it without look-around"
    )
    with pytest.raises(CurationError, match=complaint):
        drop_broken(rows, slow)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_a_spared_source_without_a_question_is_warned_of(caplog):
    drop_broken(questions(question("q", "aime")), S1)
    assert caplog.messages == []
    drop_broken(questions(question("q", "aimee")), S1)
    assert caplog.messages == [
        "questions.quality.spared.drawing: no question is of source 'aime'; there is: aimee"
    ]


def test_a_broken_pattern_is_refused_by_its_key():
    broken = Quality(patterns={"fine": "x", "bad": "(["})
    with pytest.raises(CurationError, match=r"questions\.quality\.patterns\.bad: '\(\['"):
        drop_broken(questions(question("q")), broken)


def test_without_patterns_nothing_is_dropped():
    kept, dropped = drop_broken(questions(question("q")), Quality())
    assert len(kept) == 1
    assert dropped.is_empty()


def test_of_texts_that_may_not_be_published_no_step_shows_a_word():
    rows = questions(
        question("a [asy]", publish="hash", answer=None, correct_small=True),
        question("b ![Image]", publish="hash", failure="refused: b is bad", correct_large=True),
    )
    splits = [drop_incomplete(rows, small=True, large=True), drop_broken(rows, S1)]
    for dropped in [drop_solved(rows).dropped, *(split.dropped for split in splits)]:
        check_table(Dropped, dropped, "dropped")
        assert dropped["question"].to_list() == [
            f"(may not be published; sha256:{name})" for name in rows["question_id"]
        ]
    details = [split.dropped["detail"].to_list() for split in splits]
    assert details == [["empty: answer", WITHHELD], ["question", "question"]]
    assert drop_solved(rows).dropped["detail"].to_list() == [WITHHELD] * 2


def test_what_a_reference_model_solves_is_too_easy():
    verdicts = {
        "small": (True, False),
        "large": (False, True),
        "both": (True, True),
        "none": (False, False),
        "unknown": (None, None),
        "half known": (None, True),
    }
    rows = [
        question(name, correct_small=small, correct_large=large)
        for name, (small, large) in verdicts.items()
    ]
    kept, dropped = drop_solved(questions(*rows))
    assert kept["question"].to_list() == ["none", "unknown"]
    assert reasons_of(dropped) == {
        "small": ("solved by the small model", "answer: 7"),
        "large": ("solved by the large model", "answer: 7"),
        "both": ("solved by both", "answer: 7"),
        "half known": ("solved by the large model", "answer: 7"),
    }
