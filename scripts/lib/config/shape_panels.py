"""The panel of a shape table."""

from typing import Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.needs import Needs


class ShapePanel(Strict):
    """The same curves on a linear and on a logarithmic axis, with both lines that a shape table
    fits to them, and what it says of their form.
    """  # noqa: D205

    kind: Literal["shape"]
    title: str
    """Printed above it."""
    table: Name
    """A shape table of this study."""
    curves: list[Name] = Field(min_length=1, max_length=4)
    """Those of its curves to draw, all against the same x."""
    accuracy: tuple[float, float] = (0, 1)
    """Range of the accuracy axes."""

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(curves=tuple(self.curves), tables=(self.table,))
