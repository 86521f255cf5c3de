"""What length each point of a curve was to keep to."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from scripts.lib.config.curves import ControlCurve, ForcingCurve, RejectionCurve
from scripts.lib.curves.length import class_setting

LengthCurve = ForcingCurve | ControlCurve | RejectionCurve
"""Curves that set the length of thinking, and have control, scaling and performance."""


@dataclass(frozen=True)
class Limit:
    """Where the thinking of a point should lie: below so many tokens, or to a side of a point.

    `tokens` is a number; `beside` names the setting whose tokens are the limit instead.
    """

    side: Literal["at most", "below", "above"]
    tokens: float | None = None
    beside: str | None = None


def limits_of(points: pl.DataFrame, curve: LengthCurve) -> dict[str, Limit]:
    """The limit of each point that has one, by its setting.

    Args:
        points: the curve's Point table.
        curve: asked lengths count `limit_per_asked` times; classes are told by their setting.
    """
    limits = {}
    for setting, asked, budget in points.select("setting", "asked", "budget").rows():
        if isinstance(curve, ControlCurve):
            limit = _of_control(setting, asked, curve, list(points["setting"]))
        else:
            limit = None if budget is None else Limit("at most", float(budget))
        if limit is not None:
            limits[setting] = limit
    return limits


def neutral_setting(points: pl.DataFrame, curve: LengthCurve) -> str | None:
    """The setting that asks for no class of length; None if there is none."""
    if not isinstance(curve, ControlCurve) or curve.neutral is None:
        return None
    return _setting_of(curve.neutral, list(points["setting"]))


def _of_control(
    setting: str, asked: int | None, curve: ControlCurve, settings: list[str]
) -> Limit | None:
    if curve.neutral is None:
        if asked is None or curve.limit_per_asked is None:
            return None
        return Limit("at most", asked * curve.limit_per_asked)
    middle = _setting_of(curve.neutral, settings)
    for wording, side in curve.classes.items():
        if middle is not None and setting == _setting_of(wording, settings):
            return Limit(side, beside=middle)
    return None


def _setting_of(wording: str, settings: list[str]) -> str | None:
    """A class as points name it: with a prefix where they are made here, plain in a paper."""
    return next((name for name in (class_setting(wording), wording) if name in settings), None)
