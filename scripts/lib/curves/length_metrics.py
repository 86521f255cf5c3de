"""Control and scaling of a curve in each of many draws of its problems."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scripts.lib.curves.limits import Limit
from scripts.lib.estimators.length_control import mean_slopes

Floats = NDArray[np.float64]

ROUNDING = 1e-6
"""Tokens by which the mean of equal lengths may come out above them."""


@dataclass(frozen=True)
class Values:
    """What the points of a curve are made of, shape (problems, settings) each.

    Published points are as one problem. `weights` says how much of a problem's thinking counts
    (of rejection: how often a sample is accepted); `obeyed` is not a number where a setting
    names no limit or nobody knows.
    """

    settings: list[str]
    accuracy: Floats
    thinking: Floats
    spent: Floats
    weights: Floats
    obeyed: Floats


@dataclass(frozen=True)
class Counted:
    """Which settings the metrics count, and what each of them was to keep to."""

    places: list[int]
    limits: dict[int, Limit]
    spent_too: bool
    """Whether scaling against all tokens is asked for."""


def metrics_of(values: Values, counted: Counted, problems: Floats) -> dict[str, Floats]:
    """Each metric in each draw of problems, not a number where nothing is known of it.

    Args:
        values: of all settings.
        counted: which of them count.
        problems: weights of the problems, shape (draws, problems).
    """
    accuracy = (problems @ values.accuracy)[:, counted.places]
    with np.errstate(invalid="ignore", divide="ignore"):
        thinking = (problems @ (values.weights * values.thinking)) / (problems @ values.weights)
    spent = problems @ values.spent
    length = length_of(values, thinking, spent)
    scales = {"per_1000_tokens": length / 1000, "per_doubling": _log2(length)}
    if counted.spent_too:
        scales["per_doubling_spent"] = _log2(spent)
    return {
        "control_runs": _runs_within(length, values, counted),
        "control_responses": (problems @ values.obeyed)[:, list(counted.limits)].mean(axis=1)
        if counted.limits
        else np.full(len(problems), np.nan),
        **{
            f"scaling_{scale}": mean_slopes(x[:, counted.places], accuracy)
            for scale, x in scales.items()
        },
    }


def known_thinking(values: Values) -> Literal["known", "unknown", "in part"]:
    """Of how much of a curve the thinking tokens are known."""
    unknown = np.isnan(values.thinking)
    if not unknown.any():
        return "known"
    # Rejection that accepts nothing has no length, known or not.
    return "unknown" if unknown[values.weights != 0].all() else "in part"


def length_of(values: Values, thinking: Floats, spent: Floats) -> Floats:
    """Thinking tokens where they are known of all points, all tokens where of none.

    Two units in one curve would compare what cannot be compared: in part known is unknown.
    """
    known = known_thinking(values)
    if known == "in part":
        return np.full_like(thinking, np.nan)
    return spent if known == "unknown" else thinking


def _runs_within(length: Floats, values: Values, counted: Counted) -> Floats:
    """Share of points whose mean length is where it should be (equation 1), in each draw.

    Points without a length, of rejection that accepts nothing, do not count.
    """
    kept = [np.full(len(length), np.nan)]
    for place, limit in counted.limits.items():
        own = length[:, place]
        bound: Floats | float | None = limit.tokens
        if limit.beside is not None:
            bound = length[:, values.settings.index(limit.beside)]
        assert bound is not None
        inside = {
            "at most": own <= bound + ROUNDING,
            "below": own < bound,
            "above": own > bound,
        }[limit.side]
        kept.append(np.where(np.isnan(own) | np.isnan(bound), np.nan, inside))
    told = ~np.isnan(kept)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(kept, axis=0) / told.sum(axis=0))


def _log2(tokens: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log2(tokens))
