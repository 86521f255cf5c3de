"""Which part of a text is its answer."""

import time

import pytest

from scripts.lib.grading.extract import extract_answer, last_boxed


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{42}.", "42"),
        (r"first \boxed{1}, no: \boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{ \{1, 2\} }", r"\{1, 2\}"),
        (r"\boxed{x=\boxed{5}}", "5"),
        (r"\fbox{7}", "7"),
        (r"\boxed {8}", "8"),
        (r"\boxed{9} and then \boxed{}", "9"),
        (r"\boxed{9} and then \boxed{  }", "9"),
        (r"\boxed{9} and then \boxed{10", "9"),
        (r"a stray } and { and \boxed{3}", "3"),
        (r"\boxed{3", None),
        ("boxed{3}", None),
        ("", None),
    ],
)
def test_last_box_that_closes(text, answer):
    assert last_boxed(text) == answer


@pytest.mark.parametrize(
    ("text", "kind", "answer"),
    [
        # the tiny study, s1, and what chat models write
        ("<|im_start|>think\n1 2 3<|im_start|>answer\nAnswer: 042", "integer", "042"),
        ("<|im_start|>think\n1 2 3<|im_start|>answer\nAnswer: 042<|im_end|>", "integer", "042"),
        ("<|im_start|>think\nso 7<|im_start|>answer\nFinal Answer: 042", "integer", "042"),
        ("<think>Answer: 5</think>The answer is 6.", "integer", "6"),
        ("**Answer:** 17", "integer", "17"),
        ("### Final Answer\n\n17", "integer", "17"),
        ("The final answer is: $\\frac{3}{4}$. I hope it is correct.", "math", "\\frac{3}{4}"),
        ("Answer: $$\n42\n$$", "integer", "42"),
        # a box comes before a line that announces
        (r"Answer: 3. In other words \boxed{4}. Answer: 5", "integer", "4"),
        # of an announced line, by kind
        ("The answer is 42 because 6 times 7 is 42, not 43", "integer", "42"),
        ("Answer: m + n = 33 + 8 = 41", "integer", "41"),
        ("Answer: 1,234", "integer", "1,234"),
        ("Answer: -5", "integer", "-5"),
        ("The answer is Evelyn.", "math", "Evelyn"),
        ("The answer is 5 apples. Nobody ate the sixth.", "math", "5 apples"),
        ("The answer is $x=5$ and $y=3$.", "math", "$x=5$ and $y=3$"),
        ("Answer: no number here", "integer", None),
        # the last number, where nothing is announced
        ("We get 12 and then 7.", "integer", "7"),
        ("We get 12 and then 1,234.", "math", "1,234"),
        ("It costs 3.50", "math", "3.50"),
        ("nothing", "integer", None),
        # announced, but nothing there
        ("Worked out 12. Final Answer:", "integer", None),
        # choices
        ("Answer: B", "choice", "B"),
        ("Answer: (C) because", "choice", "C"),
        ("Answer: **(D)** 12 cm", "choice", "D"),
        (r"\boxed{\text{B}}", "choice", "B"),
        (r"\boxed{b}", "choice", "B"),
        (r"\boxed{(A) 4\text{ m}}", "choice", "A"),
        ("A long text.\nIt ends so:\n(B)\n", "choice", "B"),
        ("A nice day. BAD.", "choice", None),
        ("the answer is a matter of taste", "choice", None),
    ],
)
def test_answer_of_a_finished_text(text, kind, answer):
    assert extract_answer(text, kind) == answer


@pytest.mark.parametrize("end", ["length", "refusal"])
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Now 3 + 4 = 7, and then", None),
        ("So the answer is 7? Let me check", None),
        ("Answer: 7", None),  # or 71?
        ("Answer: 7\n", "7"),
        ("Final Answer: 7 and so on and", "7"),
        ("Final Answer: We have 12 apples and 30 pears, so", None),
        (r"so \boxed{7}. Let me check", "7"),
        (r"so \boxed{7", None),
    ],
)
def test_unfinished_text_needs_an_explicit_marker(text, answer, end):
    assert extract_answer(text, "integer", end) == answer


def test_last_number_can_be_turned_off():
    assert extract_answer("so 7", "integer", last_number=False) is None
    assert extract_answer("Answer: 7", "integer", last_number=False) == "7"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\\boxed{" * 150_000, "integer"),
        ("\\boxed{" * 100_000 + "}" * 100_000, "integer"),
        ("}" * 1_000_000, "integer"),
        ("answer" + " " * 1_000_000, "integer"),
        ("answer " * 150_000, "math"),
        ("Answer:" * 150_000, "math"),
        ("Answer: " + "$" * 1_000_000, "math"),
        ("Answer: " + "\\(" * 500_000, "math"),
        ("9" * 1_000_000, "integer"),
        ("1," * 500_000, "integer"),
        (".1" * 500_000, "integer"),
        ("(A" * 500_000, "choice"),
        ("A\n" * 500_000, "choice"),
        ("<|im_start|>answer" * 50_000, "integer"),
        ("\x00" * 1_000_000, "math"),
    ],
    ids=lambda value: value[:12],
)
def test_a_megabyte_of_anything_takes_linear_time(text, kind):
    begin = time.process_time()
    extract_answer(text, kind)
    assert time.process_time() - begin < 5


def test_a_boxed_equation_gives_its_end_where_an_integer_is_due():
    assert extract_answer(r"\boxed{m+n = 33+9 = 042}", "integer") == "042"
    assert extract_answer(r"\boxed{x = 5}", "math") == "x = 5"
