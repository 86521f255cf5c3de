"""Panels of figures: what each kind draws, and what it needs for that."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.anatomies import AnatomyPanel
from scripts.lib.config.base import Name, Strict
from scripts.lib.config.forecast_panels import VoteLimitPanel
from scripts.lib.config.needs import Needs
from scripts.lib.config.search_panels import (
    ByBinPanel,
    PassedOverPanel,
    ScoresPanel,
    VerifierPanel,
)
from scripts.lib.config.shape_panels import ShapePanel
from scripts.lib.config.tradeoff_panels import EqualComputePanel, IsoAccuracyPanel

X = Literal[
    "n",
    "tokens",
    "thinking_tokens",
    "serial_tokens",
    "flops",
    "train_flops",
    "train_examples",
    "usd",
    "waits",
]
Scale = Literal["log2", "log10", "linear"]
POWERS_OF_TWO = ("tokens", "thinking_tokens", "serial_tokens", "n")
WAITS = "waits"
FUNNEL = "funnel"
"""Name of the table of the curation's steps."""


class ReferenceSeries(Strict):
    """A published series drawn as it stands."""

    paper: str
    """File of data/reference/, without its ending."""
    figure: str
    """As the file names it."""
    series: str
    """As the file names it."""
    benchmark: Name | None = None
    """Only the values of this benchmark; needed where a series has several."""
    label: str
    """What the legend calls it."""


class Region(Strict):
    """A shaded stretch of the x axis."""

    label: str
    """Written into it."""
    start: float
    """Its left end, in units of the x axis."""
    end: float
    """Its right end."""


class FoundRegions(Strict):
    """Three regions found in the points: asking, up to the most that it uses; voting; no gains."""

    asking: Name
    """Curve that asks for budgets."""
    voting: Name
    """Curve of votes."""
    least_gain: float = Field(default=0.01, gt=0, lt=1)
    """Gains end where no larger vote gains this much accuracy or more."""


def _papers(references: list[ReferenceSeries]) -> tuple[str, ...]:
    return tuple(reference.paper for reference in references)


class ScalingPanel(Strict):
    """Accuracy against compute."""

    kind: Literal["scaling"]
    title: str
    """Printed above it."""
    x: X = "tokens"
    """Which cost of a point, a problem's mean, or which setting."""
    x_label: str | None = None
    """Instead of the axis's usual label."""
    x_scale: Scale | None = None
    """log2 for tokens and n, linear for waits and log10 for all else if left out."""
    x_limits: tuple[float, float] | None = None
    """Ends of the x axis."""
    accuracy: tuple[float, float] = (0, 1)
    """Range of the accuracy axis; leave it whole wherever panels are to be compared."""
    curves: list[Name] = Field(default_factory=list)
    """Curves of this study."""
    joined: bool = True
    """A line through the points of each curve; without it where they are no sequence, as with
    different training sets."""
    name_points: bool = False
    """Write the setting beside each point; of budget forcing the waits are always written, but on
    an axis of waits."""
    references: list[ReferenceSeries] = Field(default_factory=list)
    """Published series beside them."""
    regions: list[Region] | FoundRegions = Field(default_factory=list)
    """Shaded stretches of the x axis, given or found."""
    to_beat: list[Name] = Field(default_factory=list)
    """Those of the curves whose best point is to be beaten at its own compute: a line from it to
    dearer points. What lies below such a line costs more and is worse."""
    chance: dict[Name, Annotated[float, Field(gt=0, lt=1)]] = Field(default_factory=dict)
    """Curves of pass@k on problems with choices, and the chance that one guess is right, such as
    0.25 of four: what guessing as often would reach is drawn, 1 - (1 - chance)^k."""

    @property
    def scale(self) -> Scale:
        """Scale of the x axis."""
        if self.x_scale is not None:
            return self.x_scale
        if self.x == WAITS:
            return "linear"
        return "log2" if self.x in POWERS_OF_TWO else "log10"

    @model_validator(mode="after")
    def _named_curves_are_drawn(self) -> "ScalingPanel":
        for key, names in (("to_beat", self.to_beat), ("chance", self.chance)):
            lost = [name for name in names if name not in self.curves]
            if lost:
                there = ", ".join(self.curves)
                raise ValueError(f"{key}: {lost[0]!r} is not among curves: {there}")
        return self

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(curves=tuple(self.curves), papers=_papers(self.references))


class ObediencePanel(Strict):
    """Used tokens against asked tokens, both on log2 axes, with the fit of each curve."""

    kind: Literal["obedience"]
    title: str
    """Printed above it."""
    curves: list[Name] = Field(min_length=1)
    """Curves that ask for budgets."""
    asked: tuple[int, int] | None = None
    """First and last asked budget to draw."""
    references: list[ReferenceSeries] = Field(default_factory=list)
    """Published ratios of used to asked tokens, each drawn as a line."""

    def needs(self) -> Needs:
        """What it draws."""
        curves = tuple(self.curves)
        return Needs(curves=curves, fits=curves, papers=_papers(self.references))


class ComparisonPanel(Strict):
    """A comparison table: accuracy of each curve, and its difference to the reference curve."""

    kind: Literal["comparison"]
    title: str
    """Printed above it."""
    table: Name
    """A comparison table of this study; its published rows stand beside the measured ones."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(tables=(self.table,))


class ControlPanel(Strict):
    """A control table: control, scaling and performance of each curve."""

    kind: Literal["control"]
    title: str
    """Printed above it."""
    table: Name
    """A control table of this study; its published rows stand beside the measured ones."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(tables=(self.table,))


class FunnelPanel(Strict):
    """Questions that each step of the curation kept, and dropped for each reason."""

    kind: Literal["funnel"]
    title: str
    """Printed above it."""
    published: ReferenceSeries | None = None
    """Draw this published funnel instead of the study's own: its settings are the steps."""
    leave_out: list[str] = Field(default_factory=list)
    """Steps not to draw, such as published counts that are no step of the way down."""

    def needs(self) -> Needs:
        """What it draws."""
        if self.published is not None:
            return Needs(papers=(self.published.paper,))
        return Needs(tables=(FUNNEL,))


class _QuestionsPanel(Strict):
    title: str
    """Printed above it."""
    selections: list[Name] = Field(default_factory=list)
    """Training sets of this study."""
    labels: dict[Name, str] = Field(default_factory=dict)
    """What to call the selections; their names if left out."""
    y: Literal["share", "questions"] = "share"
    """Share of each set, which compares sets of different sizes, or plain numbers."""
    references: list[ReferenceSeries] = Field(default_factory=list)
    """Published series beside them."""

    @model_validator(mode="after")
    def _labels_fit(self) -> "_QuestionsPanel":
        if not (self.selections or self.references):
            raise ValueError("neither selections nor references")
        _labels_of("selections", self.labels, self.selections)
        return self

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(selections=tuple(self.selections), papers=_papers(self.references))


class LengthsPanel(_QuestionsPanel):
    """Histogram of the lengths of teacher traces.

    Published series give traces against the left edges of equal bins; their bins are then those
    of the whole panel.
    """

    kind: Literal["lengths"]
    bins: int = Field(default=30, ge=2, le=200)
    """How many, of equal width, where no published series sets them."""


class DomainsPanel(_QuestionsPanel):
    """Questions of each domain. Published series name the domain as their setting."""

    kind: Literal["domains"]
    most: int = Field(default=24, ge=2, le=60)
    """Most domains to draw, those with most questions first; the rest is summed up."""


class TrainingPanel(Strict):
    """Training loss of models: single steps faint, their moving mean as a line."""

    kind: Literal["training"]
    title: str
    """Printed above it."""
    models: list[Name] = Field(min_length=1)
    """Models that are trained here."""
    labels: dict[Name, str] = Field(default_factory=dict)
    """What to call the models; their names if left out."""
    x: Literal["tokens", "flops", "step"] = "tokens"
    """What has gone into the training: tokens, FLOPs, or optimiser steps."""
    x_scale: Scale = "linear"
    """Scale of the x axis."""
    loss: tuple[float, float] | None = None
    """Range of the loss axis."""
    window: int | None = Field(default=None, ge=1)
    """Steps of the moving mean (one more if even); a twentieth of the training if left out."""

    @model_validator(mode="after")
    def _labels_fit(self) -> "TrainingPanel":
        _labels_of("models", self.labels, self.models)
        return self

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(models=tuple(self.models))


def _labels_of(key: str, labels: dict[str, str], names: list[str]) -> None:
    for name in labels:
        if name not in names:
            raise ValueError(f"labels: {name!r} is not among {key}: {', '.join(names) or 'none'}")


Panel = Annotated[
    ScalingPanel
    | ObediencePanel
    | ComparisonPanel
    | ControlPanel
    | FunnelPanel
    | LengthsPanel
    | DomainsPanel
    | TrainingPanel
    | ScoresPanel
    | VerifierPanel
    | PassedOverPanel
    | ByBinPanel
    | ShapePanel
    | VoteLimitPanel
    | EqualComputePanel
    | IsoAccuracyPanel
    | AnatomyPanel,
    Field(discriminator="kind"),
]


def kinds_of_tables(panel: Panel) -> dict[str, str]:
    """The tables that a panel draws, each with the kind that it must be of: mostly the panel's."""
    if isinstance(panel, VoteLimitPanel):
        return panel.kinds()
    return dict.fromkeys(panel.needs().tables, panel.kind)
