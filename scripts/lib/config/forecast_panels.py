"""Panels of what more samples would give."""

from typing import Literal

from pydantic import Field

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.needs import Needs


class VoteLimitPanel(Strict):
    """Vote curves as rows: a forecast from few samples, what was seen, and the limit of voting."""

    kind: Literal["vote_limit"]
    title: str
    """Printed above it."""
    table: Name
    """A vote_limit table of this study."""
    forecasts: Name | None = None
    """A forecast table of the same curves."""
    from_: int | None = Field(default=None, alias="from", ge=1)
    """Which of its forecasts to draw: that from so many samples; from the fewest if left out."""

    def kinds(self) -> dict[str, str]:
        """Its tables and their kinds."""
        more = {} if self.forecasts is None else {self.forecasts: "forecast"}
        return {self.table: "vote_limit"} | more

    def needs(self) -> Needs:
        """What it draws."""
        return Needs(tables=tuple(self.kinds()))
