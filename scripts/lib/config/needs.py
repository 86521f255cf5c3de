"""What panels and figures draw, by name."""

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

    def __add__(self, other: "Needs") -> "Needs":
        """What either of two needs."""
        both = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(Needs)}
        return Needs(**{name: tuple(dict.fromkeys(names)) for name, names in both.items()})
