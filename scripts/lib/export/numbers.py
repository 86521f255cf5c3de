"""Numbers as a paper prints them: rounded, with separators, and powers of ten as such."""

import math
import re

from scripts.lib.export.headers import Unit

NONE = "\N{EN DASH}"
"""In the place of what is unknown or does not apply."""
TIMES = "\N{MULTIPLICATION SIGN}10^"
"""Before a power of ten; each format writes it in its own way."""
POWER = re.compile(re.escape(TIMES) + r"(-?\d+)")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
"""No format prints these, and a line's end may end a row."""


def written(value: object, unit: Unit) -> str:
    """A value as text; `TIMES` and a whole number stand for a power of ten."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit == "text" or not isinstance(value, int | float):
        return str(value)
    return _number(value, unit)


def _number(value: float, unit: Unit) -> str:
    if unit == "percent":
        return f"{100 * value:.1f}"
    if unit == "points":
        rounded = round(100 * value, 1)
        return f"{rounded:+,.1f}" if rounded else "0.0"
    if unit == "flops":
        return _power(value)
    return f"{value:,}" if isinstance(value, int) else _digits(value)


def _digits(value: float) -> str:
    """Three significant digits, none of the whole ones lost; very large or small: a power."""
    if value and not 1e-3 <= abs(value) < 1e9:
        return _power(value)
    if float(value).is_integer():
        return f"{value:,.0f}"
    whole = math.floor(math.log10(abs(value))) + 1
    return f"{value:,.{max(0, 3 - whole)}f}"


def _power(value: float) -> str:
    if not value or not math.isfinite(value):
        return f"{value:g}"
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{mantissa}{TIMES}{int(power)}" if int(power) else mantissa
