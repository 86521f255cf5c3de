"""Anatomies: what a method did with one problem, step by step, and the panels that draw it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.needs import Needs
from scripts.lib.config.searched import Aggregate


class _Anatomy(Strict):
    pool: Name
    """Whose samples are shown."""
    problem: str | None = None
    """Id of the problem. If left out, a rule chooses it."""
    chosen_by: Literal["half", "varied"] = "half"
    """half: the problem whose share of right answers is nearest to one half. varied: that with most
    different answers, of several the one nearest to one half. Of several the first."""
    judged_in: Name | None = None
    """Pool whose answers the rule goes by; the anatomy's own if left out. Anatomies that name the
    same one, and have the same problems, show the same problem."""

    @model_validator(mode="after")
    def _one_rule(self) -> "_Anatomy":
        if self.problem is not None and self.judged_in is not None:
            raise ValueError("problem, judged_in: name one of them")
        return self

    @property
    def judge(self) -> Name | None:
        """The pool whose answers choose the problem; None where it is named."""
        return None if self.problem is not None else self.judged_in or self.pool


class _Drawn(_Anatomy):
    """Samples of one prompt, of a pool of kind sampled; or of one of kind forced with a single
    setting, without waits.
    """  # noqa: D205

    wording: Name | None = None
    """The pool's first if left out."""
    asked: int | None = Field(default=None, ge=1)
    """Only samples asked for this budget; needed where the pool has several."""
    effort: str | None = None
    """Only samples of this reasoning effort; needed where the pool has several."""


class VoteAnatomy(_Drawn):
    """The first k samples, and how their votes fall; one sample, with k = 1."""

    method: Literal["vote"]
    k: int = Field(default=8, ge=1, le=64)
    """Number of votes."""


class RejectionAnatomy(_Drawn):
    """Draws, one after another, until the thinking of one fits the budget."""

    method: Literal["rejection"]
    budget: int = Field(ge=1)
    """In tokens of thinking."""
    tries: int | None = Field(default=None, ge=1, le=64)
    """Most draws; all of the pool's if left out."""


class BestOfNAnatomy(_Drawn):
    """The first k samples step by step, what a verifier says of each, and which it chooses."""

    method: Literal["best_of_n"]
    k: int = Field(default=4, ge=1, le=64)
    """Number of samples."""
    verifier: Name
    """A model of kind verifier or hub_verifier, whose scores choose."""
    select: Literal["naive", "weighted"] = "naive"
    """How one of them is chosen, as for curves."""
    aggregate: Aggregate = "last"
    """How the scores of a sample's steps become one."""


class ForcingAnatomy(_Anatomy):
    """One sample of a forced pool at several budgets and numbers of waits."""

    method: Literal["forcing"]
    budgets: list[Annotated[int, Field(ge=1)] | Literal["auto"]] | None = None
    """Only these; all of the pool's if left out."""
    waits: list[Annotated[int, Field(ge=0)]] | None = None
    """Only these; all of the pool's if left out."""
    sample: int = Field(default=0, ge=0)
    """Which sample, counted from 0."""


class RevisionAnatomy(_Anatomy):
    """One chain of a revised pool: each attempt is shown the answer of the one before."""

    method: Literal["revision"]
    sample: int = Field(default=0, ge=0)
    """Which chain, counted from 0."""


class SearchAnatomy(_Anatomy):
    """One search of a searched pool, with all that it gave up on its way."""

    method: Literal["search"]
    beams: int = Field(ge=1, le=64)
    """The N of the search."""
    select: Literal["naive", "weighted", "majority"] = "naive"
    """How one of its last candidates is chosen, as for curves."""
    aggregate: Aggregate = "last"
    """How the scores of a candidate's steps become one in the end."""


Anatomy = Annotated[
    VoteAnatomy
    | RejectionAnatomy
    | BestOfNAnatomy
    | ForcingAnatomy
    | RevisionAnatomy
    | SearchAnatomy,
    Field(discriminator="method"),
]


class AnatomyPanel(Strict):
    """What a method did with one problem: a line per candidate, a segment per step."""

    kind: Literal["anatomy"]
    title: str
    """Printed above it."""
    anatomy: Name
    """Entry of the study's `anatomies`."""
    texts: bool = True
    """Write what stands in a segment where it is short and may be published."""
    merge: bool = False
    """Draw equal candidates of a search as one, with their number; for models that say the same
    again and again."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(anatomies=(self.anatomy,))
