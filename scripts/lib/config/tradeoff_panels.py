"""Panels of what compute is best spent on: search or thinking, training or inference."""

from typing import Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.needs import Needs


class EqualComputePanel(Strict):
    """Points of curves against brute force at equal compute, from an equal_compute table."""

    kind: Literal["equal_compute"]
    title: str
    """Printed above it."""
    table: Name
    """Table of this study, of the panel's kind."""
    shows: Literal["gain", "share"] = "gain"
    """gain: accuracy less that of votes. share: what part of a perfect verifier's gain over one
    sample a method has."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(tables=(self.table,))


class IsoAccuracyPanel(Strict):
    """Training against inference compute, from an iso_accuracy table."""

    kind: Literal["iso_accuracy"]
    title: str
    """Printed above it."""
    table: Name
    """Table of this study, of the panel's kind."""
    shows: Literal["lines", "queries"] = "lines"
    """lines: inference FLOPs over training FLOPs at equal accuracy. queries: how many of them pay
    for more training, over accuracy."""
    curves: list[Name] = Field(default_factory=list)
    """Curves whose points are marked among the lines, as what was measured."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(curves=tuple(self.curves), tables=(self.table,))
