"""Verdicts: where the interval of a number lies to the bounds of a claim, and why."""

import math
from typing import Literal

from scripts.lib.claims.measure import Measured
from scripts.lib.config.claims import Bounds

Decision = Literal["confirmed", "refuted", "undecided"]


def decide(low: float, high: float, bounds: Bounds) -> Decision:
    """Whether all of an interval lies inside of the bounds, or all outside."""
    if _inside(low, bounds) and _inside(high, bounds):
        return "confirmed"
    below = _short(high, bounds)
    above = _past(low, bounds)
    return "refuted" if below or above else "undecided"


def verdict(measured: Measured, bounds: Bounds) -> tuple[Decision, str]:
    """What a number says of a claim, and why: what decided, or what it would take."""
    value, low, high = measured.value, measured.low, measured.high
    if low is None or high is None:
        where = "inside" if _inside(value, bounds) else "outside"
        told = f"{_say(value)} lies {where} ({bounds}), but nobody knows how far it may be off"
        return "undecided", told
    decision = decide(low, high, bounds)
    span = _say(value) if low == high else f"all from {_say(low)} to {_say(high)}"
    if decision != "undecided":
        where = "inside" if decision == "confirmed" else "outside"
        return decision, f"{span} lies {where} ({bounds})"
    return decision, "; ".join(_what_it_would_take(measured, low, high, bounds))


def _what_it_would_take(measured: Measured, low: float, high: float, bounds: Bounds) -> list[str]:
    told = [f"{_say(low)} to {_say(high)} lies on both sides of ({bounds})"]
    told.append(_how_much_more(measured, _narrower(measured.value, low, high, bounds)))
    if measured.paired is not None:
        told.append(_of_pairs(measured, *measured.paired, bounds))
    return told


def _how_much_more(measured: Measured, narrower: float) -> str:
    value = _say(measured.value)
    if math.isinf(narrower):
        return f"{value} is the bound itself, so that no amount of data would decide"
    if narrower <= 1:
        return "it ends at the bound itself, so that a little more data would decide"
    if measured.size is None:
        return f"if {value} stays, an interval {narrower:.2g} times as narrow would decide"
    needed = _two_digits(measured.size * narrower**2)
    return (
        f"if {value} stays, about {needed:,} {measured.units} would decide instead of "
        f"{measured.size:,}, as widths fall with the square root"
    )


def _of_pairs(measured: Measured, low: float, high: float, bounds: Bounds) -> str:
    """What answers by problem could still change."""
    apart = abs(measured.value) * (measured.size or 0)
    so = {"confirmed": "confirm", "refuted": "refute", "undecided": "not decide"}
    return (
        "which problems were right is not published: if the two differ on no more than they must, "
        f"{apart:.2g} of {measured.size}, {_say(low)} to {_say(high)} would "
        f"{so[decide(low, high, bounds)]} it"
    )


def _narrower(value: float, low: float, high: float, bounds: Bounds) -> float:
    """How many times as narrow the interval would have to be, its value as it is, to decide."""
    ends = [end for end in (bounds.start, bounds.end) if end is not None]
    if not _inside(value, bounds):
        ends = [min(ends, key=lambda end: abs(end - value))]
    halves = [(value - low if end <= value else high - value, abs(value - end)) for end in ends]
    return max(half / apart if apart else math.inf for half, apart in halves)


def _inside(value: float, bounds: Bounds) -> bool:
    return not _short(value, bounds) and not _past(value, bounds)


def _short(value: float, bounds: Bounds) -> bool:
    """Whether a value lies below the bounds."""
    if bounds.above is not None:
        return value <= bounds.above
    return bounds.at_least is not None and value < bounds.at_least


def _past(value: float, bounds: Bounds) -> bool:
    """Whether a value lies above the bounds."""
    if bounds.below is not None:
        return value >= bounds.below
    return bounds.at_most is not None and value > bounds.at_most


def _say(value: float) -> str:
    return f"{value:.4g}"


def _two_digits(number: float) -> int:
    """Rounded up to two significant digits: an estimate is no better than that."""
    step: int = 10 ** max(math.floor(math.log10(number)) - 1, 0)
    return math.ceil(number / step) * step
