"""Bins of problems by their difficulty for a model."""

from typing import Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.searched import Aggregate


class Bins(Strict):
    """Problems in bins of like difficulty (Snell et al. 2024, arXiv:2408.03314, section 3.2)."""

    pool: Name
    """Samples that tell how difficult a problem is. No curve that is chosen by these bins may
    rest on the same ones."""
    by: Literal["pass1", "score"]
    """pass1: share of right samples, which takes the gold answers (oracle bins). score: mean score
    of a verifier, which does not (predicted bins)."""
    verifier: Name | None = None
    """A model of kind verifier or hub_verifier, for bins by score."""
    aggregate: Aggregate = "last"
    """How the scores of a sample's steps become one."""
    bins: int = Field(default=5, ge=2)
    """How many, of like numbers of problems."""

    @model_validator(mode="after")
    def _verifier_fits(self) -> "Bins":
        if (self.by == "score") != (self.verifier is not None):
            raise ValueError("verifier: given with bins by score, and only then")
        return self
