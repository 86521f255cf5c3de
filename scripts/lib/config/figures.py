"""Figures: panels, and a caption that says what they show."""

from typing import Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Strict, Target
from scripts.lib.config.needs import Needs
from scripts.lib.config.panels import Panel, ScalingPanel

Status = Literal["reconstruction", "replication", "re-analysis", "new"]
MOST_COLUMNS = 4


class Figure(Strict):
    """One figure: panels side by side, and a caption that says what it is."""

    title: str
    """Printed above the panels."""
    status: Status
    """reconstruction: a published figure, from its own numbers. replication: run again.
    re-analysis: new numbers from samples of others. new: none of these."""
    caption: str
    """What is seen, from which data, and what bars and marks mean."""
    panels: list[Panel] = Field(min_length=1, max_length=6)
    """What is drawn, from the left."""
    columns: int | None = Field(default=None, ge=1, le=MOST_COLUMNS)
    """Panels side by side before the next row; if left out, up to 4 stand in one row and more in
    rows of 3."""
    target: Target | None = None
    """Made by `snakemake TARGET` alone, and left out of `all`."""
    share_accuracy: bool = False
    """One accuracy axis for the scaling panels of a row, labelled at the left."""

    @model_validator(mode="after")
    def _accuracy_can_be_shared(self) -> "Figure":
        if self.share_accuracy and {p.kind for p in self.panels} != {"scaling"}:
            raise ValueError("share_accuracy: all panels must be of kind scaling")
        ranges = {p.accuracy for p in self.panels if isinstance(p, ScalingPanel)}
        if self.share_accuracy and len(ranges) > 1:
            raise ValueError(f"share_accuracy: the panels have different ranges: {sorted(ranges)}")
        return self

    @property
    def width(self) -> int:
        """Panels side by side."""
        if self.columns is not None:
            return min(self.columns, len(self.panels))
        return len(self.panels) if len(self.panels) <= MOST_COLUMNS else 3

    def needs(self) -> Needs:
        """What all panels draw."""
        needs = Needs()
        for panel in self.panels:
            needs = needs + panel.needs()
        return needs
