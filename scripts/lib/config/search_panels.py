"""Panels of what verifiers say and choose."""

from typing import Literal

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.needs import Needs


class _TablePanel(Strict):
    title: str
    table: Name

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
