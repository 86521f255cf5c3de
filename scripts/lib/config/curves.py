"""Curves: one entry, one table, one line in a figure."""

from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict

Counts = Literal["all", "doubling"] | list[Annotated[int, Field(ge=1)]]


class Published(Strict):
    """Points taken from data/reference/ instead of samples."""

    paper: str
    figure: str
    series: str
    benchmark: Name
    model: str
    problems: int = Field(ge=1)


class _Curve(Strict):
    label: str = ""
    """What the legend calls it; its name if left out."""


class _FromPool(_Curve):
    pool: Name | None = None
    published: Published | None = None
    wording: Name | None = None
    """Only samples of this prompt; all of the pool's otherwise."""


class AskCurve(_FromPool):
    """Accuracy and used tokens for each asked budget, one sample at a time."""

    method: Literal["ask"]
    obeyed: tuple[int, int] | None = None
    """First and last asked budget of the region that obeys; below it: too little, above: too
    much. Without it one line is fitted to all."""


class VoteCurve(_FromPool):
    """Majority vote of k answers, exact expectation without replacement."""

    method: Literal["vote"]
    asked: int | None = Field(default=None, ge=1)
    effort: str | None = None
    k: Counts = "doubling"


class OracleCurve(_FromPool):
    """pass@k: what a perfect verifier would reach."""

    method: Literal["oracle"]
    asked: int | None = Field(default=None, ge=1)
    effort: str | None = None
    k: Counts = "doubling"


class FinishedCurve(_FromPool):
    """Share of samples that are finished and right within T generated tokens."""

    method: Literal["finished"]
    asked: int | None = Field(default=None, ge=1)
    effort: str | None = None
    budgets: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)


Curve = Annotated[AskCurve | VoteCurve | OracleCurve | FinishedCurve, Field(discriminator="method")]
