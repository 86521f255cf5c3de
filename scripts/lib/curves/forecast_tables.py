"""Tables of what more samples would give: limits of voting, forecasts, fits of coverage.

Read and write them through scripts.lib.tableio, as those of scripts.lib.curves.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import ORIGINS, Table

ALL = "all"
"""Name of the row that sums up all curves."""


class VoteLimit(Table):
    """Where the majority vote of a curve goes as k grows, from the answers that there are.

    `limit` is the mean over problems of the posterior probability that the right answer is the most
    frequent one, answers that nobody gave yet included; empty answers never win. Its laws are
    fitted to all problems (scripts/lib/estimators/answer_prior.py); `limit_fixed` is the same under
    one law that no data chose. `low` and `high` bound the limit on new problems of this kind,
    `low_benchmark` and `high_benchmark` on these problems, all at 95 %. `seen` is the vote of all
    samples, `n` the fewest that a problem has. `decided` is the share of problems whose probability
    is above 0.95 or below 0.05, `decided_right` of those above. `unseen` is the chance that the
    next answer is one that its problem did not get yet.
    """

    curve: str = pa.Field(unique=True)
    label: str
    benchmark: str
    origin: str = pa.Field(isin=ORIGINS)
    problems: int = pa.Field(ge=1)
    n: int = pa.Field(ge=1)
    seen: float = pa.Field(ge=0, le=1)
    limit: float = pa.Field(ge=0, le=1)
    low: float = pa.Field(ge=0, le=1)
    high: float = pa.Field(ge=0, le=1)
    low_benchmark: float = pa.Field(ge=0, le=1)
    high_benchmark: float = pa.Field(ge=0, le=1)
    limit_fixed: float = pa.Field(ge=0, le=1)
    decided: float = pa.Field(ge=0, le=1)
    decided_right: float = pa.Field(ge=0, le=1)
    unseen: float = pa.Field(ge=0, le=1)


class Forecast(Table):
    """The majority vote of more samples, forecast from the first samples of every problem.

    `seen_from` is the vote of the first `from_k` samples, `forecast` the mean and `low_forecast`
    and `high_forecast` the 95 % limits of what the vote of the first `to_k` may be on these
    problems, ties shared; `width` is their distance. `seen` is what it is, null where the pool does
    not reach so far, and `held` counts the curves whose interval holds it. `to_k` is null where
    problems have unequal numbers of samples. `why` says why there is no forecast: too few samples.
    A row of curve "all" sums up `curves` of them: its `held` is their number, its `width` their
    mean; in all other rows `curves` is 1.
    """

    curve: str
    label: str
    benchmark: str = pa.Field(nullable=True)
    origin: str = pa.Field(nullable=True, isin=ORIGINS)
    problems: int = pa.Field(nullable=True, ge=1)
    from_k: int = pa.Field(ge=1)
    to: str
    to_k: int = pa.Field(nullable=True, ge=1)
    why: str = pa.Field(nullable=True)
    seen_from: float = pa.Field(nullable=True, ge=0, le=1)
    forecast: float = pa.Field(nullable=True, ge=0, le=1)
    low_forecast: float = pa.Field(nullable=True, ge=0, le=1)
    high_forecast: float = pa.Field(nullable=True, ge=0, le=1)
    width: float = pa.Field(nullable=True, ge=0, le=1)
    seen: float = pa.Field(nullable=True, ge=0, le=1)
    curves: int = pa.Field(ge=0)
    held: int = pa.Field(nullable=True, ge=0)

    class Config(Table.Config):
        """One row a curve, a number of first samples, and a number to forecast."""

        unique = ["curve", "from_k", "to"]  # noqa: RUF012


class Coverage(Table):
    """pass@k modelled as c = exp(a k^b) (Brown et al. 2024, arXiv:2407.21787, section 3).

    `what` "held out": fitted to k up to `last_k`, a quarter of the largest k or less, and asked for
    the largest, which `seen` gives; `error` is the prediction less it. "forecast": fitted to all k
    and asked for one that nobody drew, so that there is nothing to compare. `k` is what was asked
    for, `coverage` the answer. `fit_error` is the root mean square of what the fit leaves at the k
    that it was fitted to. All limits at 95 % on new problems, as if the law held: how far it does,
    `error` tells. Draws that are 0 or 1 throughout stay so at every k; they have no law, and where
    more than 2.5 % of them do, `a` and `b` have no limits. `why` says why nothing was fitted, and
    all that a fit gives is null: there are too few `points`, or no power law passes through a
    coverage that is 0 or 1 throughout.
    """

    curve: str
    label: str
    benchmark: str
    origin: str = pa.Field(isin=ORIGINS)
    problems: int = pa.Field(ge=1)
    what: str = pa.Field(isin=["held out", "forecast"])
    why: str = pa.Field(nullable=True)
    first_k: int = pa.Field(nullable=True, ge=1)
    last_k: int = pa.Field(nullable=True, ge=1)
    points: int = pa.Field(ge=0)
    a: float = pa.Field(nullable=True, le=0)
    low_a: float = pa.Field(nullable=True, le=0)
    high_a: float = pa.Field(nullable=True, le=0)
    b: float = pa.Field(nullable=True)
    low_b: float = pa.Field(nullable=True)
    high_b: float = pa.Field(nullable=True)
    fit_error: float = pa.Field(nullable=True, ge=0)
    k: int = pa.Field(ge=1)
    coverage: float = pa.Field(nullable=True, ge=0, le=1)
    low: float = pa.Field(nullable=True, ge=0, le=1)
    high: float = pa.Field(nullable=True, ge=0, le=1)
    seen: float = pa.Field(nullable=True, ge=0, le=1)
    error: float = pa.Field(nullable=True, ge=-1, le=1)

    class Config(Table.Config):
        """One row a curve and a k that was asked for."""

        unique = ["curve", "what", "k"]  # noqa: RUF012
