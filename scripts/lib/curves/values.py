"""Outcome tables as arrays: a value of each problem at each setting."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from scripts.lib.curves.rows import Floats
from scripts.lib.curves.samples import FEW, CurveError


def values_of(outcomes: pl.DataFrame, settings: Sequence[str], column: str = "accuracy") -> Floats:
    """Values of a curve's problems, in the order of their ids, shape (problems, settings).

    Args:
        outcomes: its Outcome table.
        settings: which of them, in this order.
        column: of the table.

    Raises:
        CurveError: a setting is not there, or lacks problems that others have, or their value.
    """
    own = outcomes.filter(pl.col("setting").is_in(settings))
    wide = own.pivot("setting", index="problem_id", values=column).sort("problem_id")
    name = outcomes["curve"][0] if outcomes.height else "?"
    for setting in settings:
        if setting not in wide.columns:
            raise CurveError(f"{name}: setting {setting!r} is not among its outcomes")
        lost = wide.filter(pl.col(setting).is_null())["problem_id"].to_list()
        if lost:
            raise CurveError(
                f"{name}: setting {setting!r} has no {column} of {len(lost)} problems that others "
                f"have: {', '.join(lost[:FEW])}; make the curve again"
            )
    return np.asarray(wide.select(settings).to_numpy(), dtype=np.float64)
