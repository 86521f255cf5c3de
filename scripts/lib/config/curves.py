"""Curves: one entry, one table, one line in a figure."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict, Target
from scripts.lib.config.searched import Aggregate

Counts = Literal["all", "doubling"] | list[Annotated[int, Field(ge=1)]]


class Published(Strict):
    """Points taken from data/reference/ instead of samples."""

    paper: str
    """File of data/reference/, without its ending."""
    figure: str
    """As the file names it."""
    series: str
    """As the file names it."""
    benchmark: Name
    """As the file names it; so do tables and figures then."""
    model: str
    """Entry of config/models.yaml, if it has one."""
    problems: int = Field(ge=1)
    """Problems that each point rests on, for its interval."""


class PublishedCounts(Strict):
    """How many samples of each problem were right, as others counted them, in data/reference/.

    Each series of the figure is a run of its own over the same problems; they are averaged.
    """

    paper: str
    """File of data/reference/, without its ending."""
    figure: str
    """As the file names it."""
    benchmark: Name
    """As the file names it; so do tables and figures then."""
    model: str
    """Entry of config/models.yaml, if it has one."""


class _Curve(Strict):
    label: str = ""
    """What the legend calls it; its name if left out."""
    target: Target | None = None
    """Made by `snakemake TARGET` alone, and left out of `all`: for what takes long."""


class _FromPool(_Curve):
    pool: Name | None = None
    """Samples that it is made from; a measured curve names it."""
    published: Published | None = None
    """Instead of a pool: points that others have printed."""
    wording: Name | None = None
    """Only samples of this prompt; all of the pool's otherwise."""


class OneSettingCurve(_FromPool):
    """Curves over the samples of a single setting of their pool."""

    asked: int | None = Field(default=None, ge=1)
    """Only samples asked for this budget; needed where the pool has several."""
    effort: str | None = None
    """Only samples of this reasoning effort; needed where the pool has several."""
    budget: Annotated[int, Field(ge=0)] | Literal["auto"] | None = None
    """Budget of forcing; auto: the samples without one."""
    waits: int | None = Field(default=None, ge=0)
    """Only samples made to go on so often, or revised so often."""
    beams: int | None = Field(default=None, ge=1)
    """Of a searched pool: the candidates of the search that held so many."""


class AskCurve(_FromPool):
    """Accuracy and used tokens for each asked budget, one sample at a time."""

    method: Literal["ask"]
    obeyed: tuple[int, int] | None = None
    """First and last asked budget of the region that obeys; below it: too little, above: too
    much. Without it one line is fitted to all."""


class VoteCurve(OneSettingCurve):
    """Majority vote of k answers, exact expectation without replacement."""

    method: Literal["vote"]
    k: Counts = "doubling"
    """Numbers of votes; all: each from 1 on, doubling: 1, 2, 4 and so on."""


class OracleCurve(OneSettingCurve):
    """pass@k: what a perfect verifier would reach."""

    method: Literal["oracle"]
    counts: PublishedCounts | None = None
    """Instead of a pool: only counts of right samples are known."""
    k: Counts = "doubling"
    """Numbers of samples; all: each from 1 on, doubling: 1, 2, 4 and so on."""


class FinishedCurve(OneSettingCurve):
    """Share of samples that are finished and right within T generated tokens."""

    method: Literal["finished"]
    budgets: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)
    """The T, in generated tokens."""


class ForcingCurve(_FromPool):
    """Budget forcing: a point per budget and number of waits of a forced pool, one sample each."""

    method: Literal["forcing"]
    along: Literal["all", "budgets", "waits"] = "all"
    """budgets: only without waits. waits: only at the largest budget."""


class ControlCurve(_FromPool):
    """Conditional control: a point per asked length (or per wording), one sample each."""

    method: Literal["control"]
    limit_per_asked: float | None = Field(default=1, gt=0)
    """Thinking tokens that an asked unit allows; null where a unit is no number of tokens."""
    classes: dict[Name, Literal["below", "above"]] = Field(default_factory=dict)
    """Class-conditional: wordings, and on which side of `neutral` their tokens should lie."""
    neutral: Name | None = None
    """The wording that asks for no class."""

    @model_validator(mode="after")
    def _classes_have_a_middle(self) -> "ControlCurve":
        if bool(self.classes) != (self.neutral is not None):
            raise ValueError("classes, neutral: give both or neither")
        return self


class RejectionCurve(OneSettingCurve):
    """Rejection sampling: draw until the thinking fits the budget; exact, from a pool."""

    method: Literal["rejection"]
    budgets: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)
    """In tokens of thinking."""
    tries: int | None = Field(default=None, ge=1)
    """Most draws; without an accepted one the problem is not answered. All of the pool's if
    left out."""


class RevisionCurve(_FromPool):
    """Sequential revision: a point per number of revisions, one sample each; or a sweep."""

    method: Literal["revision"]
    attempts: int | None = Field(default=None, ge=1)
    """A sweep of sequential against parallel instead: so many attempts, as k chains of r attempts
    each, a point for every k and r whose product this is; all of them vote."""

    def ways(self, chains: int, longest: int) -> list[tuple[int, int]]:
        """Numbers of chains and of their attempts whose product is `attempts`, shortest first.

        Args:
            chains: most chains.
            longest: most attempts of a chain.
        """
        total = self.attempts or 0
        every = [(total // r, r) for r in range(1, min(longest, total) + 1) if total % r == 0]
        return [(k, r) for k, r in every if k <= chains]


class BestOfNCurve(OneSettingCurve):
    """Best of k samples by a verifier's score: naive exact, weighted by seeded random draws.

    The majority of the same samples is a vote curve.
    """

    method: Literal["best_of_n"]
    verifier: Name | None = None
    """A model of kind verifier or hub_verifier, whose scores of the pool's steps choose."""
    select: Literal["naive", "weighted"] = "naive"
    """naive: the sample with the best score. weighted: the answer with the largest sum of scores
    (Li et al. 2023, "Making Language Models Better Reasoners with Step-Aware Verifier")."""
    aggregate: Aggregate = "last"
    """How the scores of a sample's steps become one."""
    k: Counts = "doubling"
    """Numbers of samples; all: each from 1 on, doubling: 1, 2, 4 and so on."""


class SearchCurve(_FromPool):
    """A search against a verifier: a point per number N of candidates, chosen among all N."""

    method: Literal["beam", "lookahead", "dvts", "rebase"]
    """That of the pool's search."""
    select: Literal["naive", "weighted", "majority"] = "naive"
    """naive: the candidate with the best score. weighted: the answer with the largest sum of
    scores. majority: the answer of most candidates."""
    aggregate: Aggregate = "last"
    """How the scores of a candidate's steps become one in the end, whatever the search went by."""
    beams: list[Annotated[int, Field(ge=1)]] | None = Field(default=None, min_length=1)
    """Only these N; all of the pool's if left out."""


class SftCurve(_Curve):
    """Accuracy against training: a point per pool, each of another model, one sample each."""

    method: Literal["sft"]
    pools: list[Name] | None = Field(default=None, min_length=1)
    """One of each model: a point each."""
    groups: dict[Name, Annotated[list[Name], Field(min_length=2)]] | None = Field(
        default=None, min_length=1
    )
    """Instead of pools: a point per group of pools, whose models differ in the seed of their
    training alone. Its interval counts the scatter of seeds too."""
    wording: Name | None = None
    """Only samples of this prompt; all of a pool's otherwise."""
    budget: Annotated[int, Field(ge=0)] | Literal["auto"] | None = None
    """Budget of forcing; auto: the samples without one."""
    waits: int | None = Field(default=None, ge=0)
    """Only samples made to go on so often."""
    published: Published | None = None
    """Instead of pools: points that others have printed."""


FromPool = (
    AskCurve
    | VoteCurve
    | OracleCurve
    | FinishedCurve
    | ForcingCurve
    | ControlCurve
    | RejectionCurve
    | RevisionCurve
    | BestOfNCurve
    | SearchCurve
)
"""Curves made from one pool."""


class OptimalCurve(_Curve):
    """Compute-optimal: at each budget, for each bin of difficulty, the best point of other curves.

    What is best is found on one half of a bin's problems and scored on the other half, both ways
    (Snell et al. 2024, arXiv:2408.03314, section 3.2).
    """

    method: Literal["optimal"]
    curves: list[Name] | None = Field(default=None, min_length=1)
    """Whose points it chooses among."""
    bins: Name | None = None
    """Entry of the study's `bins`."""
    cost: Literal["tokens", "flops"] = "flops"
    """What the budget limits: generated tokens of a problem, or FLOPs, the verifier's included."""
    count_bins: bool = True
    """Count what finding the bins took."""
    published: Published | None = None
    """Instead of curves: points that others have printed."""


SampledCurve = Annotated[FromPool | SftCurve, Field(discriminator="method")]
"""Curves made from pools."""

Curve = Annotated[FromPool | SftCurve | OptimalCurve, Field(discriminator="method")]


def made_from(curve: Curve) -> Literal["samples", "published", "counts", "curves"]:
    """What the points of a curve are made from; all but published ones have outcomes."""
    if curve.published is not None:
        return "published"
    if isinstance(curve, OracleCurve) and curve.counts is not None:
        return "counts"
    return "curves" if isinstance(curve, OptimalCurve) else "samples"


def pools_of(curve: Curve) -> list[str]:
    """Names of the pools that a curve draws on itself; none for published numbers."""
    if isinstance(curve, OptimalCurve):
        return []
    if isinstance(curve, SftCurve):
        grouped = [pool for pools in (curve.groups or {}).values() for pool in pools]
        return [*(curve.pools or []), *grouped]
    return [] if curve.pool is None else [curve.pool]
