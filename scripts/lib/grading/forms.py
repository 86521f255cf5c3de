"""Normal forms of answers: two answers with the same form are equal.

A form is plain text that `math_verify` can still read. It drops what only concerns the looks of
an answer: delimiters, spacing, sizes of brackets and fractions, degree, percent and currency
signs, trailing units, and thousands separators.
"""

import re
import unicodedata
from fractions import Fraction

LONGEST_ANSWER = 2_000
"""Characters; a longer answer is not read. It also keeps every number small enough for int()."""

ROUNDED_PLACES = 6
"""A decimal of so many places or more may be a rounded number; a shorter one is exact."""

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn")

_CHARACTERS = str.maketrans(
    {
        "\u2212": "-", "\u2013": "-", "\u00b0": r"^\circ", "\u03c0": r"\pi ",
        "\u221e": r"\infty ", "\u00d7": r"\times ", "\u00b7": r"\cdot ", "\u222a": r"\cup ",
        "\u2229": r"\cap ", "\u2264": r"\le ", "\u2265": r"\ge ", "\u00b1": r"\pm ",
        "\u2208": r"\in ", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "\n": " ",
        "\r": " ",
    }
)  # fmt: skip

_DOUBLED_BACKSLASH = re.compile(r"\\\\+(?=[A-Za-z,;:!{}$%])")
_LOOKS = re.compile(
    r"\\(?:left|right|[bB]igg?[lrm]?|limits)(?![A-Za-z])|\\(?:display|text)style|\\!|\\?\$"
    r"|(?<!\\)\\(?=[-\d])"  # an escaped space whose space was lost
    r"|^\s*\\[(\[]|\\[)\]]\s*$"
)
_SPACING = re.compile(r"(?<!\\)\\[,;: ]|\\q?quad(?![A-Za-z])|~")
_FRACTION_SIZE = re.compile(r"\\[dtc]frac(?![A-Za-z])")
_SIGNS = re.compile(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ)|\\degrees?(?![A-Za-z])|\\?%")
_JOINED = re.compile(r"\\text\s*\{\s*,?\s*(?:and|or)\s*,?\s*\}")
_WORDS_IN_MATH = re.compile(
    r"\\(?P<command>text|textrm|textnormal|mbox|hbox|mathrm|textbf|textit|mathbf|mathit|mathsf"
    r"|operatorname)\s*\{(?P<words>[^{}]*)\}(?P<unit>\s*(?:\^\s*\{?\s*\d\s*\}?)?[\s.]*$)?"
)
_UPRIGHT = ("text", "textrm", "textnormal", "mbox", "hbox", "mathrm")
_MEMBERSHIP = re.compile(r"^\s*[A-Za-z]\s*\\in(?![A-Za-z])")
_SPACES = re.compile(r"(\\[A-Za-z]+) +(?=[A-Za-z])|(\d) +(?=\d)| +")
_WORDS = re.compile(r"\(?([A-Za-z][A-Za-z '\-]*)\)?")

# Words behind a number that change it, and so are no unit.
_NO_UNIT = (
    "and|or|not|pi|i|e|times|plus|minus|over|squared|cubed|sqrt|sin|cos|tan|log|ln"
    "|dozen|hundred|thousand|million|billion|trillion"
)
_STARTS_NO_UNIT = re.compile(rf"(?:{_NO_UNIT})\b", re.IGNORECASE)

_DIGITS = r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\{,\}\d{3})+|\d+"
_FRACTION = r"\\frac ?(?:\{ ?(\d+) ?\}|(\d)) ?(?:\{ ?(\d+) ?\}|(\d))|(\d+) ?/ ?(\d+)"
_UNIT = rf" +(?!(?:{_NO_UNIT})\b)[a-z]{{2,}}(?: [a-z]+)*(?: ?\^ ?\d)?"
_NUMBER = re.compile(
    # Atomic, so that the 12 of 12/5 is not taken apart into 1 2/5.
    rf"(?P<sign>[+-]?) ?(?:(?P<whole>(?>{_DIGITS}))?(?P<decimals>\.\d*)?)? ?"
    rf"(?P<fraction>{_FRACTION})?(?:{_UNIT})?",
    re.ASCII | re.IGNORECASE,
)
_RATIONAL = re.compile(r"-?[0-9]+(?:\.[0-9]+|/0*[1-9][0-9]*)?")


def readable(answer: str) -> bool:
    """Whether an answer is short enough and free of characters that nobody can see."""
    return len(answer) <= LONGEST_ANSWER and not any(
        unicodedata.category(character) in _INVISIBLE and character not in "\t\n\r"
        for character in answer
    )


def normal_form(answer_kind: str, answer: str) -> str | None:
    """The form of an answer of this kind; None if it is not `readable`."""
    if not readable(answer):
        return None
    if answer_kind == "choice":
        return _choice_form(answer)
    return math_form(answer)


def math_form(answer: str) -> str:
    """The form of a mathematical answer: a number, a word, or LaTeX without its looks."""
    text = answer.translate(_CHARACTERS)
    if r"\begin" not in text:
        text = _DOUBLED_BACKSLASH.sub(r"\\", text)
    text = _LOOKS.sub("", re.sub(r",\\! *", ",", text))
    text = _FRACTION_SIZE.sub(r"\\frac", _SPACING.sub(" ", text))
    text = _WORDS_IN_MATH.sub(_unwrap, _JOINED.sub(",", _SIGNS.sub("", text)))
    text = _MEMBERSHIP.sub("", text).strip().rstrip(" .,;\\")
    number = _number(re.sub(" +", " ", text))
    if number is not None:
        return number
    words = _WORDS.fullmatch(text)
    if words:
        letters = words[1].replace(" ", "")
        return letters if len(letters) == 1 else letters.casefold()
    return _SPACES.sub(lambda space: f"{space[1] or space[2]} " if space.lastindex else "", text)


def is_word(form: str) -> bool:
    """Whether a form is a word. Shorter runs of letters are products of variables."""
    return len(form) > 2 and form.isalpha()


def is_plain(form: str) -> bool:
    """Whether a form is a word or an exact number: two plain forms are equal only if the same."""
    return is_word(form) or ("." not in form and rational(form) is not None)


def rational(form: str) -> Fraction | None:
    """The value of a form that is an integer, a fraction or a decimal, else None."""
    return Fraction(form) if _RATIONAL.fullmatch(form) else None


def _choice_form(answer: str) -> str:
    text = math_form(answer).strip("*_()[]{} .:")
    return text.upper() if len(text) == 1 else text


def _unwrap(match: re.Match[str]) -> str:
    r"""Replace \text{...} by its words, or by nothing where it is the unit of what precedes."""
    words = match["words"].strip()
    is_unit = match["unit"] is not None and match.start() > 0
    is_unit &= match["command"] in _UPRIGHT and not _STARTS_NO_UNIT.match(words)
    # Single upright letters are variables, but for these.
    is_unit &= len(words) > 1 or words in "mgshLJNWVK"
    return "" if is_unit else words + (match["unit"] or "")


def _number(text: str) -> str | None:
    """The form of a number, with or without a unit in words: 5, -7/3 or 0.333333; else None.

    A decimal too short to be rounded is written as the fraction that it is.
    """
    match = _NUMBER.fullmatch(text)
    if not match or not (match["whole"] or match["decimals"] or match["fraction"]):
        return None
    whole = (match["whole"] or "0").replace("{,}", "").replace(",", "")
    decimals = (match["decimals"] or "").lstrip(".").rstrip("0")
    value = Fraction(f"{whole}.{decimals}" if decimals else whole)
    if match["fraction"]:
        above, below = (int(part) for part in match.groups()[4:] if part is not None)
        if match["decimals"] is not None or below == 0:
            return None
        value += Fraction(above, below)
    sign = "-" if match["sign"] == "-" and value else ""
    if len(decimals) < ROUNDED_PLACES:
        return f"{sign}{value}"
    return f"{sign}{int(whole)}.{decimals}"
