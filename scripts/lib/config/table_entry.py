"""What all tables of a study have in common."""

from pydantic import Field

from scripts.lib.config.base import Name, Strict, Target


class TableEntry(Strict):
    """A table of a study."""

    title: str
    """What is compared, in words."""
    target: Target | None = None
    """Made by `snakemake TARGET` alone, and left out of `all`."""

    def compared(self) -> list[str]:
        """Names of the curves that it puts side by side, each once, in its order."""
        return []


class CurvesTable(TableEntry):
    """A table of curves."""

    curves: list[Name] = Field(min_length=1)
    """A row each, or several."""

    def compared(self) -> list[str]:
        """Names of the curves that it puts side by side, each once, in its order."""
        return list(dict.fromkeys(self.curves))
