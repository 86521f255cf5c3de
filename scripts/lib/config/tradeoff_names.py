"""Whether a table of compute tradeoffs fits the curves that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.curves import made_from
from scripts.lib.config.tradeoff_tables import EqualComputeTable, IsoAccuracyTable
from scripts.lib.config.undefined import undefined

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def problems_of_tradeoff(
    study: Study, at: str, table: EqualComputeTable | IsoAccuracyTable
) -> Iterator[str]:
    """What does not fit: a line that leads with its key each."""
    for name in table.curves:
        yield from undefined(f"{at}.curves", name, study.curves)
    if isinstance(table, EqualComputeTable):
        for method, name in (("vote", table.vote), ("oracle", table.oracle)):
            yield from undefined(f"{at}.{method}", name, study.curves)
            curve = study.curves.get(name)
            if curve is not None and curve.method != method:
                yield f"{at}.{method}: {name!r} is of method {curve.method}, not {method}"
        return
    for name in table.curves:
        curve = study.curves.get(name)
        if curve is not None and made_from(curve) != "samples":
            yield f"{at}.curves: {name!r} has no training FLOPs; its samples are needed"
