"""Texts as HTML and as data inside of it. What models and others wrote is never markup."""

import base64
import html
import json
import re
import zlib
from typing import Any

RAISED = str.maketrans("0123456789+-=()niNk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᴺᵏ")
LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
COMMANDS = {
    r"\times": "\u00d7",
    r"\cdot": "\u00b7",
    r"\log": "log",
    r"\alpha": "\u03b1",
    r"\leq": "≤",
}
INERT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
LEVEL = 6
"""Of zlib: higher ones take twice the time for a few per cent."""


def escape(text: object) -> str:
    """Text for HTML, in attributes too."""
    return html.escape(str(text), quote=True)


def plain_math(text: str) -> str:
    """A title with its $...$ written in plain letters: $2^4$ becomes 2⁴."""
    return re.sub(r"\$([^$]+)\$", lambda found: _written(found[1]), text)


def _written(formula: str) -> str:
    for command, sign in COMMANDS.items():
        formula = formula.replace(command, sign)
    formula = re.sub(r"\^(?:\{([^}]*)\}|(.))", lambda f: _set(f, RAISED, "^"), formula)
    return re.sub(r"_(?:\{([^}]*)\}|(.))", lambda f: _set(f, LOWERED, "_"), formula)


def _set(found: re.Match[str], letters: dict[int, int], mark: str) -> str:
    text = found[1] if found[1] is not None else found[2]
    return text.translate(letters) if all(ord(one) in letters for one in text) else mark + text


def as_data(content: Any) -> str:
    """JSON that can stand inside of a <script> element: nothing in it ends or opens a tag."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for letter, written in INERT.items():
        text = text.replace(letter, written)
    return text


def packed(content: Any) -> str:
    """JSON, deflated, in letters that are safe anywhere: what the page unpacks when it is asked."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode("utf-8"), LEVEL)).decode("ascii")


def unpacked(letters: str) -> Any:
    """What `packed` packed."""
    return json.loads(zlib.decompress(base64.b64decode(letters)))


def rounded(value: float | None) -> float | None:
    """A number with six digits, which is more than anything in the page can show."""
    return None if value is None else float(f"{value:.6g}")
