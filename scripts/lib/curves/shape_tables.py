"""The table of what shape curves have against compute.

Read and write it through scripts.lib.tableio, as those of scripts.lib.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import ORIGINS, Table

INTERVALS = ("problems", "binomial")
FORMS = ("linear", "logarithmic", "undecided")


class ShapeRow(Table):
    """What shape a curve has against compute, over `points` points of known `x` and accuracy.

    Accuracies are shares of 1, and so are errors, differences and gains; all limits are at 95 %.
    Points whose `x` differs by 1 % at most are at the same budget. `interval` says what the limits
    are drawn from: "problems" are resampled, the same for all points, or "binomial" counts are
    drawn for each point apart, where a paper tells no more than accuracy and number of problems.
    Compute is taken as known. `why` says what could not be told, and what is null for that.

    Two forms of line, accuracy against `x` (linear) and against its log2 (logarithmic), are
    compared out of sample: `rmse_points_*` are the errors at points of budgets left out one at a
    time, `rmse_problems_*` those on half of the problems of lines fitted to the other half, null
    where problems are unknown. Differences are the linear error less the logarithmic one. Their
    limits come from draws that scatter about points which scatter already: they are wide, and lie
    below a difference where points happen to follow one line more closely than chance has it.
    `form` is the better one where the limits of all differences agree, undecided where one of them
    holds 0; with fewer than four budgets, or where all but one lie close together, it is undecided
    too, and the errors are null. The better one may still be far from true: `holds_*` says whether
    no point surely departs from a line fitted to all of them.

    The lines are `intercept_logarithmic` + `points_per_doubling` log2(x), where 0.06 a doubling are
    6 points of a hundred, and `intercept_linear` + `slope_linear` x, a share of 1 for each unit of
    x. `gains_end` is the smallest x from which the largest gain of any larger budget,
    `remaining_gain`, is surely below `smallest_gain`: `high_remaining_gain` bounds it, at once with
    those of all other budgets. It is null where no budget but the largest is such; `excluded_gain`
    is the smallest of these limits, and says what gain the data could exclude anywhere.

    The `held_out` largest budgets are forecast from the smaller ones. `forecast_error_*` is the
    root mean squared error of a form there, `inside_*` how many of the seen accuracies lie inside
    its forecast limits, which allow for the scatter of both; `forecast_*` with its limits is that
    of the largest budget, where `seen` was seen. A line's forecast may leave 0 to 1.

    A saturating curve, limit - gain 2^(-log2(x / x0) / halving), stands in the last columns only
    where it is called for: where the logarithmic line does not hold, the curve is better than it
    out of sample, both at budgets left out (`rmse_later_points_*`: all but the first, as a power
    law says nothing of what came before) and across halves of the problems, and it rises to a limit
    below 1 from which the points do not surely fall. `saturated_at` is the x by which 95 % of its
    gain is reached, which may lie beyond all points.
    """

    curve: str
    label: str
    benchmark: str
    origin: str = pa.Field(isin=ORIGINS)
    x: str
    points: int = pa.Field(ge=0)
    problems: int = pa.Field(ge=1)
    interval: str = pa.Field(isin=INTERVALS)
    why: str = pa.Field(nullable=True)
    form: str = pa.Field(nullable=True, isin=FORMS)
    holds_linear: bool = pa.Field(nullable=True)
    holds_logarithmic: bool = pa.Field(nullable=True)
    rmse_points_linear: float = pa.Field(nullable=True, ge=0)
    rmse_points_logarithmic: float = pa.Field(nullable=True, ge=0)
    difference_points: float = pa.Field(nullable=True)
    low_difference_points: float = pa.Field(nullable=True)
    high_difference_points: float = pa.Field(nullable=True)
    rmse_problems_linear: float = pa.Field(nullable=True, ge=0)
    rmse_problems_logarithmic: float = pa.Field(nullable=True, ge=0)
    difference_problems: float = pa.Field(nullable=True)
    low_difference_problems: float = pa.Field(nullable=True)
    high_difference_problems: float = pa.Field(nullable=True)
    intercept_linear: float = pa.Field(nullable=True)
    slope_linear: float = pa.Field(nullable=True)
    intercept_logarithmic: float = pa.Field(nullable=True)
    points_per_doubling: float = pa.Field(nullable=True)
    low_points_per_doubling: float = pa.Field(nullable=True)
    high_points_per_doubling: float = pa.Field(nullable=True)
    smallest_gain: float = pa.Field(gt=0, lt=1)
    gains_end: float = pa.Field(nullable=True, gt=0)
    gains_end_setting: str = pa.Field(nullable=True)
    remaining_gain: float = pa.Field(nullable=True, ge=-1, le=1)
    high_remaining_gain: float = pa.Field(nullable=True, ge=-1, le=1)
    excluded_gain: float = pa.Field(nullable=True, ge=-1, le=1)
    held_out: int = pa.Field(nullable=True, ge=1)
    seen: float = pa.Field(nullable=True, ge=0, le=1)
    forecast_error_linear: float = pa.Field(nullable=True, ge=0)
    inside_linear: int = pa.Field(nullable=True, ge=0)
    forecast_linear: float = pa.Field(nullable=True)
    low_forecast_linear: float = pa.Field(nullable=True)
    high_forecast_linear: float = pa.Field(nullable=True)
    forecast_error_logarithmic: float = pa.Field(nullable=True, ge=0)
    inside_logarithmic: int = pa.Field(nullable=True, ge=0)
    forecast_logarithmic: float = pa.Field(nullable=True)
    low_forecast_logarithmic: float = pa.Field(nullable=True)
    high_forecast_logarithmic: float = pa.Field(nullable=True)
    forecast_error_saturating: float = pa.Field(nullable=True, ge=0)
    inside_saturating: int = pa.Field(nullable=True, ge=0)
    forecast_saturating: float = pa.Field(nullable=True)
    low_forecast_saturating: float = pa.Field(nullable=True)
    high_forecast_saturating: float = pa.Field(nullable=True)
    rmse_later_points_logarithmic: float = pa.Field(nullable=True, ge=0)
    rmse_later_points_saturating: float = pa.Field(nullable=True, ge=0)
    rmse_problems_saturating: float = pa.Field(nullable=True, ge=0)
    holds_saturating: bool = pa.Field(nullable=True)
    limit: float = pa.Field(nullable=True, ge=0, le=1)
    low_limit: float = pa.Field(nullable=True, ge=0, le=1)
    high_limit: float = pa.Field(nullable=True, ge=0, le=1)
    gain: float = pa.Field(nullable=True, ge=0)
    halving: float = pa.Field(nullable=True, gt=0)
    saturated_at: float = pa.Field(nullable=True, gt=0)

    class Config(Table.Config):
        """One row a curve."""

        unique = ["curve"]  # noqa: RUF012
