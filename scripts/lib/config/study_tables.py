"""Tables that compare curves or sum up a training: one entry, one CSV file."""

from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict, Target


class PublishedTable(Strict):
    """The same table in a paper, to stand beside the measured one."""

    paper: str
    figure: str
    benchmark: Name
    series: dict[Name, str]
    """Curves of this study and the series that they replicate."""


class _Table(Strict):
    title: str
    target: Target | None = None
    """Made by `snakemake TARGET` alone, and left out of `all`."""


class ControlTable(_Table):
    """Control, scaling and performance of curves (s1, table 3)."""

    kind: Literal["control"]
    curves: list[Name] = Field(min_length=1)
    published: PublishedTable | None = None


class ComparisonTable(_Table):
    """Curves beside a reference curve, with paired differences (s1, table 2)."""

    kind: Literal["comparison"]
    reference: Name
    curves: list[Name] = Field(min_length=1)
    setting: str | None = None
    """Which point of curves that have several, such as "budget=auto"."""
    published: PublishedTable | None = None


class LedgerTable(_Table):
    """What a trained model cost in all: teacher, filters, graders, base, fine-tuning."""

    kind: Literal["ledger"]
    model: Name
    published: bool = False
    """Put what s1 spent on traces and fine-tuning beside it."""


class VerifierTable(_Table):
    """How well verifiers tell right steps from wrong ones, on problems held out of training."""

    kind: Literal["verifier"]
    verifiers: list[Name] = Field(min_length=1)
    """Models of kind verifier."""


class PassedOverTable(_Table):
    """How often a right answer was among the samples and the verifier chose another."""

    kind: Literal["passed_over"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method best_of_n, or of searches."""


class ScoresTable(_Table):
    """A verifier's scores along the right and the wrong solutions among which it chose."""

    kind: Literal["scores"]
    curves: list[Name] = Field(min_length=1)
    """Curves of method best_of_n, or of searches."""
    parts: int = Field(default=5, ge=2, le=20)
    """Equal parts of a solution, each with quantiles of its own."""


StudyTable = Annotated[
    ControlTable | ComparisonTable | LedgerTable | VerifierTable | PassedOverTable | ScoresTable,
    Field(discriminator="kind"),
]
