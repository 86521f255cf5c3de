"""Answers that look different and are the same, and the reverse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.grading.equal import algebra_equal, quick_equal
from scripts.lib.grading.forms import LONGEST_ANSWER, normal_form


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("042", "42"),
        ("0", "0"),
        ("-0", "0"),
        ("000", "0"),
        ("+7", "7"),
        ("1,234", "1234"),
        ("1{,}234", "1234"),
        ("10,\\!080", "10080"),
        ("11,\\! 111,\\! 111,\\! 100", "11111111100"),
        ("7.0", "7"),
        ("7.", "7"),
        ("$7$", "7"),
        ("\\(7\\)", "7"),
        ("\\text{7}", "7"),
        ("7^\\circ", "7"),
        ("7°", "7"),
        ("\\$7", "7"),
        ("7\\%", "7"),
        ("7 \\text{ minutes}", "7"),
        ("7 minutes", "7"),
        ("\u22127", "-7"),
    ],
)
def test_integers(answer, form):
    assert normal_form("integer", answer) == form


def test_a_megabyte_of_digits_is_not_read():
    assert normal_form("integer", "7" * 1_000_000) is None
    assert normal_form("integer", "7" * LONGEST_ANSWER) == "7" * LONGEST_ANSWER


@pytest.mark.parametrize(
    "answer", ["4\x002", "\ud80042", "\u202e24", "\u200f42", "4\u200b2", "\ue00042"]
)
def test_characters_nobody_can_see_are_not_read(answer):
    assert normal_form("math", answer) is None


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("\\text{(C)}", "C"),
        ("(C)", "C"),
        ("\\textbf{C.}", "C"),
        ("c", "C"),
        ("{C}", "C"),
    ],
)
def test_choices(answer, form):
    assert normal_form("choice", answer) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\\dfrac{1}{2}", "\\frac12"),
        ("\\frac 59", "5/9"),
        ("\\frac{2}{4}", "0.50"),
        (".5", "0.5"),
        ("1\\frac{1}{2}", "3/2"),
        ("1 1/2", "\\frac{3}{2}"),
        ("\\text{Evelyn}", "Evelyn"),
        ("\\text{east}", "East"),
        ("\\text{all real numbers}", "all real numbers."),
        ("\\left( 3, \\frac{\\pi}{2} \\right)", "(3,\\\\frac{\\pi}{2})"),
        ("\\$18.90", "18.9"),
        ("864 \\mbox{ inches}^2", "864"),
        ("\\frac{270}7\\text{ degrees}", "\\frac{270}{7}"),
        ("5.4 \\text{ cents}", "5.4"),
        ("x \\in [-2,7]", "[-2, 7]"),
        ("6 - 5i", "6-5i"),
        ("\\displaystyle\\frac{1}{4}", "1/4"),
        ("(-1,\\1)", "(-1, 1)"),
        ("2 \\text{ and } 3", "2,3"),
        ("\\begin{pmatrix} -1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix}-1\\\\2\\end{pmatrix}"),
    ],
)
def test_same_form(one, other):
    one, other = normal_form("math", one), normal_form("math", other)
    assert one == other or quick_equal("math", one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2 \\text{ and } 3", "23"),
        ("100,200", "100,201"),
        ("(100,200)", "100200"),
        ("1 1/2", "11/2"),
        ("12/3", "5/3"),
        ("3 pi", "3"),
        ("5 million", "5"),
        ("5\\text{ million}", "5"),
        ("5 and x", "5"),
        ("3\\mathrm{e}", "3"),
        ("2+3\\text{i}", "2+3"),
        ("2\\mathbf{i}+3\\mathbf{j}", "2i+3"),
        ("-5", "5"),
        ("0.33", "1/3"),
        ("even", "neve"),
        ("yes", "no"),
    ],
)
def test_different_forms(one, other):
    one, other = normal_form("math", one), normal_form("math", other)
    assert not quick_equal("math", one, other)


def test_decimal_equals_what_rounds_to_it_from_six_places_on():
    assert quick_equal("math", "0.333333", "1/3")
    assert not quick_equal("math", "0.33333", "1/3")
    assert not quick_equal("math", "0.333334", "1/3")


@pytest.mark.parametrize(
    ("answer", "gold", "equal"),
    [
        ("1,-2", "-2,1", True),
        ("(1,2)", "(2,1)", False),
        ("\\{1,2\\}", "\\{2,1\\}", True),
        ("(3,4]", "(3,4)", False),
        ("1\\pm\\sqrt{19}", "1+\\sqrt{19},1-\\sqrt{19}", True),
        ("x=5", "5", True),
        ("5", "x=5", True),
        ("x=5", "y=5", False),
        ("(b+2)(a+5)", "(a+5)(b+2)", True),
        ("11+\\sqrt{605}", "11\\sqrt{5}+11", True),
        ("\\sqrt{2}/2", "\\frac{1}{\\sqrt{2}}", True),
        ("x^2+1", "x^2-1", False),
        ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1\\\\3\\end{pmatrix}", False),
        ("not 42", "42", False),
        ("\\{x\\mid x>2", "42", None),
        ("\\frac{\\cos x}{\\sin x}", "\\cot x", True),
    ],
)
def test_algebra(answer, gold, equal):
    assert algebra_equal(answer, gold) is equal


@given(st.text(max_size=60), st.sampled_from(["integer", "math", "choice"]))
def test_no_text_breaks_the_forms(text, kind):
    form = normal_form(kind, text)
    if form is not None:
        assert normal_form(kind, f" {text} ") == form
        assert quick_equal(kind, form, "1/3") in (True, False, None)


@given(st.integers(), st.sampled_from(["{}", "${}$", "\\text{{{}}}", "{}.0", "{}^\\circ"]))
def test_integers_survive_their_dress(number, dress):
    assert normal_form("integer", dress.format(number)) == str(number)


@given(st.fractions(max_denominator=1000))
def test_fractions_equal_themselves_however_written(number):
    above, below = number.numerator, number.denominator
    sign = "-" if above < 0 else ""
    latex = f"{sign}\\frac{{{abs(above)}}}{{{below}}}"
    written = [f"{above}/{below}", latex, f"{above * 3}/{below * 3}"]
    assert len({normal_form("math", text) for text in written}) == 1
