"""Gold answers as a Problem table holds them."""

import re

from scripts.lib.config.benchmarks import AnswerKind
from scripts.lib.problems import normalised_integer

_CHOICE = re.compile(r"\(?([A-Za-z])[).]?\.?")


def normal_gold(text: str, kind: AnswerKind) -> str | None:
    r"""The gold answer in `text` in the form of its kind, or None where it cannot be read.

    integer: a whole number without leading zeros ("025" gives "25"), in a solution that ends as
    GSM8K's do the part after "####". choice: one capital letter ("(b)" gives "B"). math: any
    expression that stands alone, not a solution that has it in a \boxed.
    """
    text = text.strip()
    if kind == "integer":
        try:
            return normalised_integer(text.rpartition("####")[2].strip(" $\n"))
        except ValueError:
            return None
    if kind == "choice":
        letter = _CHOICE.fullmatch(text)
        return letter[1].upper() if letter else None
    return text if text and "\\boxed" not in text and "####" not in text else None


def wanted_gold(kind: AnswerKind) -> str:
    """What a gold answer of this kind looks like, for error texts."""
    return {
        "integer": "a whole number",
        "choice": "one letter",
        "math": "an expression that stands alone",
    }[kind]
