"""What the page is told of a study: no more than it shows."""

from pydantic import Field

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.curves import Curve
from scripts.lib.config.figures import Figure
from scripts.lib.config.page import Page
from scripts.lib.config.panels import ScalingPanel


def is_live(figure: Figure) -> bool:
    """Whether the page draws any panel of a figure itself."""
    return any(isinstance(panel, ScalingPanel) for panel in figure.panels)


class ReadPool(Strict):
    """A pool whose samples can be read."""

    model: str
    benchmark: str
    kind: str
    wait: str = ""
    """What budget forcing appends to make the model go on."""
    answer: str = ""
    """What it appends to end the thinking,"""
    final: str = ""
    """and what follows that where the thinking was cut."""
    separator: str = "\n\n"
    """What ends a step, of samples with scores."""


class PageSpec(Strict):
    """A study as its page shows it."""

    study: Name
    title: str
    page: Page = Page()
    figures: dict[Name, Figure] = Field(default_factory=dict)
    curves: dict[Name, Curve] = Field(default_factory=dict)
    lost: dict[Name, str] = Field(default_factory=dict)
    """Labels of curves that its figures should draw and that are not here,"""
    pull: str = ""
    """and the command that gets them."""
    absent: list[Name] = Field(default_factory=list)
    """Pools whose samples are not here."""
    pools: dict[Name, ReadPool] = Field(default_factory=dict)

    def label(self, curve: str) -> str:
        """What a curve is called."""
        return self.curves[curve].label or curve
