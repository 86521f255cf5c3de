"""The seed's part in the scatter of trained models, as a Fit table."""

import polars as pl

from scripts.lib.curves.sft import trainings_of
from scripts.lib.curves.tables import Fit
from scripts.lib.estimators.seeds import seed_share
from scripts.lib.tableio import make_table

FIT = "seeds"
F_LIMITS = "F limits of the seed's mean square, other components at their estimates"
NO_LIMITS = "none: a standard deviation of so few seeds"


def fits_of_seeds(points: pl.DataFrame, outcomes: pl.DataFrame, name: str) -> pl.DataFrame:
    """The seed's standard deviation and share of the variance, for every group of a curve.

    The region of a row is its group. x are training examples.

    Args:
        points: the curve's Point table.
        outcomes: its Outcome table, with the trainings of each group.
        name: of the curve.
    """
    rows: list[dict[str, object]] = []
    for setting, examples in points.select("setting", "train_examples").rows():
        values = trainings_of(outcomes, setting)
        if values is None:
            continue
        seed = seed_share(values)
        common = {
            "curve": name,
            "fit": FIT,
            "region": setting,
            "first_x": examples,
            "last_x": examples,
            "points": values.shape[1],
            "problems": len(values),
        }
        rows.append(
            common
            | {
                "parameter": "seed_share",
                "value": seed.share,
                "low": seed.low,
                "high": seed.high,
                "interval": F_LIMITS,
            }
        )
        rows.append(
            common | {"parameter": "seed_deviation", "value": seed.deviation, "interval": NO_LIMITS}
        )
    return make_table(Fit, rows)
