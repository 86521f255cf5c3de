"""Panels of what verifiers say and choose, and of accuracy by difficulty."""

from typing import Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.needs import Needs


class _TablePanel(Strict):
    title: str
    """Printed above it."""
    table: Name
    """Table of this study, of the panel's kind."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(tables=(self.table,))


class ScoresPanel(_TablePanel):
    """A verifier's scores along right and wrong solutions, from a scores table of this study."""

    kind: Literal["scores"]
    curve: Name
    """One of the table's curves."""


class VerifierPanel(_TablePanel):
    """Calibration of verifiers: shares of right steps against scores, from a verifier table."""

    kind: Literal["verifier"]
    basis: Literal["rollouts", "truth"] = "rollouts"
    """Which steps count as right: by their labels, or by what they hold."""


class PassedOverPanel(_TablePanel):
    """How often a verifier chose wrongly though a right answer was there, against the number of
    samples that it chose among; from a passed_over table of this study.
    """  # noqa: D205

    kind: Literal["passed_over"]


class ByBinPanel(Strict):
    """Accuracy in each bin of difficulty: of curves at one setting, or of one at several."""

    kind: Literal["by_bin"]
    title: str
    """Printed above it."""
    bins: Name
    """Entry of the study's `bins`."""
    curves: list[Name] = Field(min_length=1)
    """Curves of this study; one only where there are several settings."""
    settings: list[str] = Field(min_length=1)
    """Which points of each, such as "k=16"."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "ByBinPanel":
        if len(self.curves) > 1 and len(self.settings) > 1:
            raise ValueError("curves, settings: several of one only")
        return self

    def needs(self) -> Needs:
        """What it draws."""
        curves = tuple(self.curves)
        return Needs(curves=curves, outcomes=curves, bins=(self.bins,))
