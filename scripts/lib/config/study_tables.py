"""Tables that compare curves or sizes, or sum up a training: one entry, one CSV file."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.table_entry import CurvesTable, TableEntry
from scripts.lib.config.tradeoff_tables import EqualComputeTable, IsoAccuracyTable


class PublishedTable(Strict):
    """The same table in a paper, to stand beside the measured one."""

    paper: str
    """File of data/reference/, without its ending."""
    figure: str
    """As the file names it."""
    benchmark: Name
    """As the file names it."""
    series: dict[Name, str]
    """Curves of this study and the series that they replicate."""


class ControlTable(CurvesTable):
    """Control, scaling and performance of curves (s1, table 3)."""

    kind: Literal["control"]
    curves: list[Name] = Field(min_length=1)
    """A row each: ways to control length."""
    published: PublishedTable | None = None
    """The table of a paper beside it."""


class ComparisonTable(CurvesTable):
    """Curves beside a reference curve, with paired differences (s1, table 2)."""

    kind: Literal["comparison"]
    reference: Name
    """Curve that the others are compared with."""
    curves: list[Name] = Field(min_length=1)
    """A row each."""
    setting: str | None = None
    """Which point of curves that have several, such as "budget=auto"."""
    published: PublishedTable | None = None
    """The table of a paper beside it."""

    def compared(self) -> list[str]:
        """The reference first."""
        return list(dict.fromkeys([self.reference, *self.curves]))


class LedgerTable(TableEntry):
    """What a trained model cost in all: teacher, filters, graders, base, fine-tuning."""

    kind: Literal["ledger"]
    model: Name
    """A fine-tuned model of this study."""
    published: bool = False
    """Put what s1 spent on traces and fine-tuning beside it."""


class VerifierTable(TableEntry):
    """How well verifiers tell right steps from wrong ones, on problems held out of training."""

    kind: Literal["verifier"]
    verifiers: list[Name] = Field(min_length=1)
    """Models of kind verifier."""


class PassedOverTable(CurvesTable):
    """How often a right answer was among the samples and the verifier chose another."""

    kind: Literal["passed_over"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method best_of_n, or of searches."""


class ScoresTable(CurvesTable):
    """A verifier's scores along the right and the wrong solutions among which it chose."""

    kind: Literal["scores"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method best_of_n, or of searches."""
    parts: int = Field(default=5, ge=2, le=20)
    """Equal parts of a solution, each with quantiles of its own."""


class CrossingsTable(CurvesTable):
    """Where curves of a small model reach what larger models do, and which is better at the same
    FLOPs, verifiers counted.
    """  # noqa: D205

    kind: Literal["crossings"]
    curves: list[Name] = Field(min_length=1)
    """Measured curves of the small model, over points of rising cost."""
    against: list[Name] = Field(min_length=1)
    """Curves of larger models, measured or published: each of their points is one to reach."""

    def compared(self) -> list[str]:
        """Those of larger models last."""
        return list(dict.fromkeys([*self.curves, *self.against]))


class OneRun(Strict):
    """Samples of a model, each read by a verifier, against one run of a larger model."""

    model: str
    """Entry of config/models.yaml, as the others."""
    verifier: str | None = None
    """Who reads the samples; nobody if left out."""
    n: int = Field(ge=1)
    """Samples."""
    larger: str
    """The model of the single run."""


class Matched(Strict):
    """A larger model's training and inference spent on the inference of a smaller one (Snell et al.
    2024, arXiv:2408.03314, section 7).
    """  # noqa: D205

    size: float = Field(gt=1)
    """How many times as large the larger one is."""
    inference: list[Annotated[float, Field(gt=0)]] = Field(min_length=1)
    """Tokens of inference for each token of pretraining."""


class RatiosTable(TableEntry):
    """Compute of small models that sample much in that of larger ones, from sizes alone."""

    kind: Literal["ratios"]
    runs: list[OneRun] = Field(default_factory=list)
    """Many samples of a small model against one run of a larger one."""
    matched: list[Matched] = Field(default_factory=list)
    """A larger model's compute spent on a smaller one's inference."""

    @model_validator(mode="after")
    def _something(self) -> "RatiosTable":
        if not (self.runs or self.matched):
            raise ValueError("runs, matched: give one of them at least")
        return self


ShapeX = Literal["tokens", "serial_tokens", "thinking_tokens", "flops", "usd", "n"]


class ShapeTable(CurvesTable):
    """What shape curves have: whether they are lines in compute or in log2 of it, what a doubling
    gains, where gains end, and whether the smaller budgets foretell the largest.
    """  # noqa: D205

    kind: Literal["shape"]
    curves: list[Name] = Field(min_length=1)
    """Measured, recorded or published; of curves over every number of samples, points at doublings
    are taken."""
    x: ShapeX = "tokens"
    """Compute that accuracy is set against."""
    x_of: dict[Name, ShapeX] = Field(default_factory=dict)
    """Curves of which something else is known."""
    smallest_gain: float = Field(default=0.02, gt=0, lt=1)
    """Gains end where all larger budgets surely gain less accuracy than this."""
    held_out: Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)] = 2
    """How many of the largest budgets, or what share of all, are forecast from the smaller ones."""

    @model_validator(mode="after")
    def _others_are_curves(self) -> "ShapeTable":
        lost = [name for name in self.x_of if name not in self.curves]
        if lost:
            raise ValueError(f"x_of: {lost[0]!r} is not among curves: {', '.join(self.curves)}")
        return self


class VoteLimitTable(CurvesTable):
    """Where majority votes go as k grows, from the samples that there are."""

    kind: Literal["vote_limit"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method vote, over pools."""


class ForecastTable(CurvesTable):
    """Majority votes of many samples, forecast from the first few, beside what they are."""

    kind: Literal["forecast"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method vote, over pools."""
    from_: list[Annotated[int, Field(ge=1)]] = Field(alias="from", min_length=1)
    """Numbers of first samples to forecast from."""
    to: Literal["all"] | list[Annotated[int, Field(ge=2)]] = "all"
    """Numbers of samples to forecast: all of the pool, or any, also more than it has."""


class CoverageTable(CurvesTable):
    """Fits of pass@k with exponentiated power laws (Brown et al. 2024, arXiv:2407.21787)."""

    kind: Literal["coverage"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method oracle, over pools or published counts."""


StudyTable = Annotated[
    ControlTable
    | ComparisonTable
    | LedgerTable
    | VerifierTable
    | PassedOverTable
    | ScoresTable
    | CrossingsTable
    | RatiosTable
    | ShapeTable
    | VoteLimitTable
    | ForecastTable
    | CoverageTable
    | EqualComputeTable
    | IsoAccuracyTable,
    Field(discriminator="kind"),
]
