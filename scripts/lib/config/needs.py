"""What panels and figures draw, by name."""

from collections.abc import Callable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Needs:
    """Names of what a panel or a figure draws, each once and in order."""

    curves: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()
    """Those of the curves whose fit is drawn."""
    papers: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    """Those of the curves whose problems are drawn apart."""
    bins: tuple[str, ...] = ()
    anatomies: tuple[str, ...] = ()

    def __sub__(self, other: "Needs") -> "Needs":
        """What only the first needs."""
        return self._where(lambda name, found: name not in found, other)

    def __and__(self, other: "Needs") -> "Needs":
        """What both need."""
        return self._where(lambda name, found: name in found, other)

    def _where(self, holds: Callable[[str, tuple[str, ...]], bool], other: "Needs") -> "Needs":
        left = {
            f.name: tuple(n for n in getattr(self, f.name) if holds(n, getattr(other, f.name)))
            for f in fields(Needs)
        }
        return Needs(**left)

    def __add__(self, other: "Needs") -> "Needs":
        """What either of two needs."""
        both = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Needs)}
        return Needs(**{name: tuple(dict.fromkeys(names)) for name, names in both.items()})
