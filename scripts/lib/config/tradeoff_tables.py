"""Tables of what compute is best spent on: search or thinking, training or inference."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name
from scripts.lib.config.table_entry import CurvesTable

Compute = Literal["n", "tokens", "serial_tokens", "flops", "usd"]
"""Columns of a Point table that count compute; FLOPs count verifiers."""


class EqualComputeTable(CurvesTable):
    """Points of curves against what brute force has at the same compute: majority votes, and a
    perfect verifier.
    """  # noqa: D205

    kind: Literal["equal_compute"]
    curves: list[Name] = Field(min_length=1)
    """Searches, or ways to think less or more."""
    vote: Name
    """Curve of votes, the lower line; best of the same model and problems."""
    oracle: Name
    """Curve of pass@k, the upper line. Its point of one sample is what gains are counted from."""
    x: Compute = "tokens"
    """What is equal."""
    at: list[Annotated[float, Field(gt=0)]] | None = Field(default=None, min_length=1)
    """Compute at which curves are compared, each on its own line too; the compute of each of their
    points if left out."""

    least_gain: float = Field(default=0.01, ge=0, lt=1)
    """No share of a perfect verifier's gain is given where that gain may be smaller."""

    def compared(self) -> list[str]:
        """Brute force first."""
        return list(dict.fromkeys([self.vote, self.oracle, *self.curves]))

    @model_validator(mode="after")
    def _not_against_itself(self) -> "EqualComputeTable":
        for name in (self.vote, self.oracle):
            if name in self.curves:
                raise ValueError(f"curves: {name!r} is what they are compared with")
        return self


class IsoAccuracyTable(CurvesTable):
    """What models that were trained more or less need of inference for the same accuracy."""

    kind: Literal["iso_accuracy"]
    curves: list[Name] = Field(min_length=1)
    """Curves over test-time compute; each model of a curve is a line of its own. Training FLOPs
    must be known, and no two lines may have the same."""
    at: list[Annotated[float, Field(gt=0, lt=1)]] = Field(min_length=1)
    """Accuracies."""
