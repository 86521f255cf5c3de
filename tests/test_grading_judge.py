"""Verdicts under limits, hostile answers, and classes of equal answers."""

import io
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from scripts.lib.grading import server
from scripts.lib.grading.classes import AnswersTo, Graded, grade
from scripts.lib.grading.judge import GradingError, Judge, Pair

CANARY = Path("canary-of-grading")

# Each must come back as wrong, whatever it costs to find out.
HOSTILE = {
    "tower": "9^{9^{9^{9}}}",
    "plain tower": "9^9^9^9",
    "factorial": "99999!",
    "double factorial": "(99999!)!",
    "endless sum": r"\sum_{n=1}^{\infty}\frac{1}{n^{2}\sin n}",
    "long sum": r"\sum_{n=1}^{1000000000}\frac{1}{n^{3}+n}",
    "power": "(x+1)^{100000}",
    "matrix": r"\begin{pmatrix}" + r"\\".join(["x_{1}&" * 11 + "1"] * 12) + r"\end{pmatrix}^{900}",
    "nested": "{" * 10_000 + "1" + "}" * 10_000,
    "nested less": "{" * 900 + "1" + "}" * 900,
    "megabyte of digits": "7" * 1_000_000,
    "megabyte of letters": "x" * 1_000_000,
    "nul": "4\x002",
    "surrogate": "\ud80042",
    "right to left": "\u202e24",
    "python": f"__import__('os').system('touch {CANARY}')",
    "python in text": rf"\text{{__import__('os').system('touch {CANARY}')}}",
    "python as arithmetic": f"().__class__.__base__.__subclasses__()[1]('touch {CANARY}')",
    "latex file": r"\input{/etc/passwd}",
    "latex shell": rf"\immediate\write18{{touch {CANARY}}}",
    "division by zero": r"\frac{1}{0}",
    "zero by zero": "0/0",
    "braces": r"\{" * 300,
    "backslashes": "\\" * 1_999,
    "not a number": "nan",
}


@pytest.fixture(scope="module")
def judge():
    with Judge() as judge:
        yield judge


def verdict_on(judge, answer, gold):
    return judge.verdicts([Pair("math", answer, gold)])[0]


def test_hostile_answers_are_wrong_and_disturb_no_other():
    harmless = ["42", r"\sqrt{1764}", "43", r"6\cdot 7", None, "x=42"]
    answers = [answer for hostile in HOSTILE.values() for answer in (hostile, *harmless)]
    others = [answer for answer in answers if answer not in HOSTILE.values()]
    with Judge(seconds=0.5) as judge:
        [mixed] = grade([AnswersTo("math", "42", answers)], judge)
        [alone] = grade([AnswersTo("math", "42", others)], judge)
    hostile = dict(zip(HOSTILE, mixed[:: 1 + len(harmless)], strict=True))
    assert [name for name, graded in hostile.items() if graded.correct] == []
    # Three are beyond any machine; the limit of processor time must have caught them.
    assert {hostile[name].graded for name in ("tower", "double factorial", "power")} == {"timeout"}
    assert hostile["megabyte of digits"].graded == "unreadable"
    assert hostile["surrogate"].graded == "unreadable"
    rest = [graded for place, graded in enumerate(mixed) if place % (1 + len(harmless))]
    assert [graded.correct for graded in rest] == [True, True, False, True, False, True] * len(
        HOSTILE
    )
    assert [(graded.correct, graded.graded) for graded in rest] == [graded[1:] for graded in alone]
    assert not CANARY.exists()


def test_a_hostile_answer_comes_back_in_five_seconds(judge):
    verdict_on(judge, "x+1", "1+x")  # the process has started
    begin = time.monotonic()
    assert verdict_on(judge, "(99998!)!", "42") == "timeout"
    # The limit counts processor time: on a busy machine it takes longer on the clock.
    busy = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    assert time.monotonic() - begin < 5 * busy


def misbehave(answer, gold):
    """In place of the algebra: what a child may do."""
    if answer == "fill":
        bytearray(2**40)
    elif answer == "spin":
        while True:
            pass
    elif answer == "one long call":
        9 ** (9**9)
    elif answer == "sleep":
        time.sleep(60)
    elif answer == "be killed":
        os.kill(os.getpid(), signal.SIGKILL)  # as the kernel does where memory is short
    elif answer == "leave":
        sys.exit()
    elif answer == "write":
        Path("written-by-a-child").write_text("more than nothing")
    elif answer == "recurse":
        misbehave(answer, gold)
    return True


def test_whatever_a_pair_does_the_next_is_judged(monkeypatch):
    monkeypatch.setattr(server, "algebra_equal", misbehave)
    expected = {
        "fill": "memory",
        "spin": "timeout",
        "one long call": "timeout",
        "sleep": "timeout",
        "be killed": "memory",
        "leave": "unreadable",
        "write": "unreadable",
        "recurse": "unreadable",
    }
    answers = [answer for name in expected for answer in (name, "behave")]
    numbered = [(index, answer, "") for index, answer in enumerate(answers)]
    told = io.StringIO()
    server.serve(numbered, 2, server.Limits(0.3, 2.0, 2**38), told)
    verdicts = {
        int(index): verdict for index, verdict in map(str.split, told.getvalue().splitlines())
    }
    Path("written-by-a-child").unlink(missing_ok=True)
    assert {answers[index]: verdicts[index] for index in range(0, len(answers), 2)} == expected
    assert {verdicts[index] for index in range(1, len(answers), 2)} == {"equal"}
    assert len(verdicts) == len(answers)


def test_equal_pairs_are_judged_once():
    with Judge(jobs=1) as judge:
        pairs = [Pair("math", r"\sqrt{4}", "2"), Pair("math", r"\sqrt{9}", "2")] * 500
        assert judge.verdicts(pairs) == ["equal", "different"] * 500
        assert judge.verdicts(pairs[:2]) == ["equal", "different"]
        assert judge.algebra_pairs == 2


def test_integers_and_choices_start_no_process():
    with Judge(jobs=1) as judge:
        grade([AnswersTo("integer", "042", ["42", "41"]), AnswersTo("choice", "A", ["B"])], judge)
        assert judge.algebra_pairs == 0
        assert judge._server is None


def test_a_killed_process_is_replaced():
    with Judge(jobs=1) as judge:
        assert verdict_on(judge, r"\sqrt{4}", "2") == "equal"
        judge._server.kill()
        judge._server.wait()
        assert verdict_on(judge, r"\sqrt{9}", "3") == "equal"


def test_a_process_that_does_not_start_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Judge(jobs=1) as judge, pytest.raises(GradingError, match="does not start"):
        verdict_on(judge, r"\sqrt{9}", "3")


def test_verdicts_do_not_depend_on_the_number_of_jobs():
    roots = [rf"\sqrt{{{number}}}" for number in range(2, 9)]
    sheet = AnswersTo("math", "2", [*roots, *(f"{root}+0" for root in reversed(roots))])
    with Judge(jobs=1) as one, Judge(jobs=4) as four:
        assert grade([sheet], one) == grade([sheet], four)


def test_classes_are_numbered_by_first_appearance(judge):
    answers = [
        "1/3",
        None,
        "7",
        r"\frac{1}{2}",
        "0.5",
        "",
        r"\frac{\sqrt{4}}{4}",
        "7.0",
        r"\sqrt{49}",
    ]
    [grades] = grade([AnswersTo("math", "0.5", answers)], judge)
    assert grades == [
        Graded(0, False, "different"),
        Graded(None, False, "none"),
        Graded(1, False, "different"),
        Graded(2, True, "equal"),
        Graded(2, True, "equal"),
        Graded(None, False, "none"),
        Graded(2, True, "equal"),
        Graded(1, False, "different"),
        Graded(1, False, "different"),
    ]


def test_thousands_of_different_integers_take_no_time(judge):
    begin = time.process_time()
    for kind in ("integer", "math"):
        [grades] = grade([AnswersTo(kind, "-1", [str(number) for number in range(5_000)])], judge)
        assert [graded.answer_class for graded in grades] == list(range(5_000))
    assert time.process_time() - begin < 5


def test_what_cannot_be_judged_is_a_class_of_its_own(judge):
    tower, long = "(99999!)!", "7" * 5_000
    [grades] = grade([AnswersTo("math", "x^2+1", [tower, long, tower, long + "0"])], judge)
    assert [graded.answer_class for graded in grades] == [0, 1, 0, 2]
    assert [graded.graded for graded in grades] == [
        "timeout",
        "unreadable",
        "timeout",
        "unreadable",
    ]


def test_right_if_and_only_if_in_the_class_of_gold(judge):
    """Rounding is not transitive: two answers that both equal gold are one class."""
    answers = ["0.3333334", "0.3333332", "1/3", "0.333333"]
    [grades] = grade([AnswersTo("math", "0.333333", answers)], judge)
    assert len({graded.answer_class for graded in grades if graded.correct}) == 1
    assert not {g.answer_class for g in grades if g.correct} & {
        g.answer_class for g in grades if not g.correct
    }
