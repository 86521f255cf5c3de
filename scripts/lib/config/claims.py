"""Claims of papers and readers, and the evidence by which a study judges them.

They stand in config/claims.yaml, outside of the studies: one claim is judged by several of them.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict

PRICES = "prices"
"""What evidence calls config/prices.yaml."""
_FOLDERS = "curves|outcomes|fits|tables|reference"
Kept = Annotated[str, Field(pattern=rf"^(?:(?:{_FOLDERS})/[a-z0-9_]+|{PRICES})$")]
"""A table: its folder and name in the study's results, `reference/` and the paper, or `prices`."""
Interval = Literal["given", "exact", "problems", "unpaired", "runs"]


class Bounds(Strict):
    """Where a value lies if the claim holds: ends that belong to it (at_least, at_most) or not."""

    at_least: float | None = None
    """The lower end, which is inside."""
    at_most: float | None = None
    """The upper end, which is inside."""
    above: float | None = None
    """The lower end, which is outside."""
    below: float | None = None
    """The upper end, which is outside."""

    @model_validator(mode="after")
    def _ordered(self) -> "Bounds":
        if (self.at_least is not None) and (self.above is not None):
            raise ValueError("at_least, above: give one of them")
        if (self.at_most is not None) and (self.below is not None):
            raise ValueError("at_most, below: give one of them")
        if self.start is None and self.end is None:
            raise ValueError("at_least, at_most, above, below: give one of them at least")
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError(f"{self.start} to {self.end}: the first is the larger")
        return self

    @property
    def start(self) -> float | None:
        """The lower end, whether it belongs to the bounds or not."""
        return self.above if self.at_least is None else self.at_least

    @property
    def end(self) -> float | None:
        """The upper end, whether it belongs to the bounds or not."""
        return self.below if self.at_most is None else self.at_most

    def __str__(self) -> str:
        """In words: "at least 6, at most 10"."""
        given = self.model_dump(exclude_none=True)
        return ", ".join(f"{name.replace('_', ' ')} {end:.6g}" for name, end in given.items())


class Evidence(Strict):
    """One number of one study that speaks for or against a claim."""

    study: Name
    """The study whose tables are read; config/{study}.yaml holds it. `audit`: that of any log that
    `make audit` reads; its curves of votes are called `each_vote` then, and asked one by one."""
    about: str
    """The model, or models, that the number is about."""
    quantity: str
    """What the number is, in words."""
    tables: dict[Name, Kept] = Field(min_length=1)
    """What the query reads, by the names that it has there."""
    sql: str
    """The query. It gives one row with `value`, for interval `given` with `low` and `high` besides;
    for `unpaired` and `runs` the columns below; for `problems` a row with `value` for each
    problem."""
    interval: Interval = "given"
    """given: the tables hold it, at 95 %. exact: there is none, as the claim is about numbers as
    they stand: a sum, a price, a count, what was plotted. problems: a bootstrap over problems, of
    the mean of their values. unpaired: of `first` less `second`, accuracies on `problems` problems,
    without knowing which were right together. runs: of `first` less `second`, means over `runs`
    runs with standard deviations `first_sd` and `second_sd`, on the same problems."""
    confirmed_if: Bounds
    """The claim holds if the whole interval lies inside, and fails if all of it lies outside."""
    note: str | None = None
    """What the number leaves open."""


class Said(Strict):
    """What a source says."""

    claim: str
    """In one sentence."""
    source: str
    """Who says so, where: a section, a page, a URL."""
    published: str
    """The numbers or words that the source prints."""


class Claim(Said):
    """A claim with its evidence."""

    evidence: list[Evidence] = Field(min_length=1)
    """Numbers that speak for or against it, of any studies."""


Claims = dict[Name, Claim]


class Judged(Strict):
    """One piece of evidence of a study."""

    claim: Name
    """Its name."""
    at: str
    """Its file and key."""
    evidence: Evidence
    """Its entry."""
    basis: str
    """What its tables hold."""


class Judgement(Strict):
    """All evidence of one study."""

    claims: dict[Name, Said]
    """What the sources say, by name."""
    judged: list[Judged]
    """What the study has to say to them."""
    kinds: dict[Name, str]
    """Kinds of the study's own tables that it reads."""
