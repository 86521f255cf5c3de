"""Tables that compare curves or sum up a training: one entry, one CSV file."""

from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict


class PublishedTable(Strict):
    """The same table in a paper, to stand beside the measured one."""

    paper: str
    figure: str
    benchmark: Name
    series: dict[Name, str]
    """Curves of this study and the series that they replicate."""


class ControlTable(Strict):
    """Control, scaling and performance of curves (s1, table 3)."""

    kind: Literal["control"]
    title: str
    curves: list[Name] = Field(min_length=1)
    published: PublishedTable | None = None


class ComparisonTable(Strict):
    """Curves beside a reference curve, with paired differences (s1, table 2)."""

    kind: Literal["comparison"]
    title: str
    reference: Name
    curves: list[Name] = Field(min_length=1)
    setting: str | None = None
    """Which point of curves that have several, such as "budget=auto"."""
    published: PublishedTable | None = None


class LedgerTable(Strict):
    """What a trained model cost in all: teacher, filters, graders, base, fine-tuning."""

    kind: Literal["ledger"]
    title: str
    model: Name
    published: bool = False
    """Put what s1 spent on traces and fine-tuning beside it."""


StudyTable = Annotated[ControlTable | ComparisonTable | LedgerTable, Field(discriminator="kind")]
