"""Whether two normal forms are equal: at once where that is plain, else by `math_verify`."""

from fractions import Fraction
from functools import lru_cache
from typing import Any

from scripts.lib.grading.forms import ROUNDED_PLACES, is_plain, is_word, rational


def quick_equal(answer_kind: str, answer: str, gold: str) -> bool | None:
    """Decide two forms without algebra; None where it takes algebra.

    Integers and choices are equal if their forms are. So are words, which algebra would read as
    products of letters, with all anagrams equal, and exact numbers. A decimal of six places or
    more also equals every number that rounds to it (0.333333 is 1/3).
    """
    if answer == gold:
        return True
    if answer_kind != "math" or (is_plain(answer) and is_plain(gold)):
        return False
    if is_word(answer) or is_word(gold):
        return False
    left, right = rational(answer), rational(gold)
    if left is None or right is None:
        return None
    places = (len(form.partition(".")[2]) for form in (answer, gold))
    return left == right or any(
        count >= ROUNDED_PLACES and abs(left - right) <= Fraction(1, 2 * 10**count)
        for count in places
    )


def algebra_equal(answer: str, gold: str) -> bool | None:
    """Whether `math_verify` finds two forms equal; None if it cannot read the answer.

    It may run for ever or fill the memory: call it only under limits. Its own time limits are
    off, because they count wall time. Tuples are ordered, sets and lists of solutions are not.
    """
    from math_verify import verify  # noqa: PLC0415

    read = _parsed(answer)
    if all(isinstance(expression, str) for expression in read):
        return None
    expected = _parsed(gold)
    if _far_apart(read[0], expected[0] if expected else None):
        return False
    return bool(verify(expected, read, timeout_seconds=None))


@lru_cache(maxsize=16)
def _parsed(form: str) -> list[Any]:
    """What `math_verify` reads in a form: an expression and the form itself, or less.

    Without its search for plain numbers, which would find the 42 in "not 42".
    """
    from math_verify import LatexExtractionConfig, parse  # noqa: PLC0415

    expressions: list[Any] = parse(f"${form}$", [LatexExtractionConfig()], parsing_timeout=None)
    return expressions


def _far_apart(left: Any, right: Any) -> bool:
    """Whether two expressions are numbers that no rule of `math_verify` would call equal.

    It rounds to 6 places at the coarsest. This saves the search for a symbolic identity, which
    takes most of the time and fails for nearly every wrong answer.
    """
    from sympy import Expr  # noqa: PLC0415

    if not all(isinstance(side, Expr) and not side.free_symbols for side in (left, right)):
        return False
    distance = abs(left - right).evalf(30)
    return bool(distance.is_Float and distance > 10 * 10**-ROUNDED_PLACES)
