"""Figures: panels of curves and published series."""

from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict

Status = Literal["reconstruction", "replication", "re-analysis", "new"]
X = Literal["tokens", "serial_tokens", "flops", "usd"]


class ReferenceSeries(Strict):
    """A published series drawn as it stands."""

    paper: str
    figure: str
    series: str
    label: str


class Region(Strict):
    """A shaded stretch of the x axis."""

    label: str
    start: float
    end: float


class FoundRegions(Strict):
    """Three regions found in the points: asking, up to the most that it uses; voting; no gains."""

    asking: Name
    """Curve that asks for budgets."""
    voting: Name
    """Curve of votes."""
    least_gain: float = Field(default=0.01, gt=0, lt=1)
    """Gains end where no larger vote gains this much accuracy or more."""


class ScalingPanel(Strict):
    """Accuracy against compute."""

    kind: Literal["scaling"]
    title: str
    x: X = "tokens"
    x_label: str | None = None
    x_scale: Literal["log2", "log10", "linear"] = "log2"
    x_limits: tuple[float, float] | None = None
    accuracy: tuple[float, float] = (0, 1)
    """Range of the accuracy axis; leave it whole wherever panels are to be compared."""
    curves: list[Name] = Field(default_factory=list)
    references: list[ReferenceSeries] = Field(default_factory=list)
    regions: list[Region] | FoundRegions = Field(default_factory=list)


class ObediencePanel(Strict):
    """Used tokens against asked tokens, both on log2 axes, with the fit of each curve."""

    kind: Literal["obedience"]
    title: str
    curves: list[Name] = Field(min_length=1)
    asked: tuple[int, int] | None = None
    """First and last asked budget to draw."""
    references: list[ReferenceSeries] = Field(default_factory=list)
    """Published ratios of used to asked tokens, each drawn as a line."""


Panel = Annotated[ScalingPanel | ObediencePanel, Field(discriminator="kind")]


class Figure(Strict):
    """One figure: panels side by side, and a caption that says what it is."""

    title: str
    status: Status
    caption: str
    panels: list[Panel] = Field(min_length=1, max_length=4)
