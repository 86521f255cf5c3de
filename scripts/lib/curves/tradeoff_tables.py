"""Tables of what compute is best spent on: search or thinking, training or inference.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import ORIGINS, Table


class EqualCompute(Table):
    """A point of a curve against votes and a perfect verifier at the same compute.

    `compute` is the point's own, in what `x` names. `vote_accuracy` and `oracle_accuracy` are
    those of lines through the points of both baselines, straight in log2 of compute; null where
    the compute lies outside of a line or is unknown, and `why` says so. Gains are `accuracy`
    less these: over votes, and over the oracle, where they are mostly losses. `single_accuracy`
    is one sample's, `oracle_gain` what the oracle has over it, and `share` what part of that
    the point has; null where that gain may be too small to divide by. Limits bound new
    problems, paired, at 95 %; null where a curve has no outcomes, or nothing scatters.
    """

    curve: str
    label: str
    benchmark: str
    model: str
    vote_model: str
    setting: str
    n: float = pa.Field(nullable=True, ge=1)
    x: str
    compute: float = pa.Field(nullable=True, gt=0)
    accuracy: float = pa.Field(nullable=True, ge=0, le=1)
    vote_accuracy: float = pa.Field(nullable=True, ge=0, le=1)
    gain_over_votes: float = pa.Field(nullable=True, ge=-1, le=1)
    low_gain_over_votes: float = pa.Field(nullable=True, ge=-1, le=1)
    high_gain_over_votes: float = pa.Field(nullable=True, ge=-1, le=1)
    oracle_accuracy: float = pa.Field(nullable=True, ge=0, le=1)
    gain_over_oracle: float = pa.Field(nullable=True, ge=-1, le=1)
    low_gain_over_oracle: float = pa.Field(nullable=True, ge=-1, le=1)
    high_gain_over_oracle: float = pa.Field(nullable=True, ge=-1, le=1)
    single_accuracy: float = pa.Field(ge=0, le=1)
    oracle_gain: float = pa.Field(nullable=True, ge=-1, le=1)
    low_oracle_gain: float = pa.Field(nullable=True, ge=-1, le=1)
    high_oracle_gain: float = pa.Field(nullable=True, ge=-1, le=1)
    share: float = pa.Field(nullable=True)
    low_share: float = pa.Field(nullable=True)
    high_share: float = pa.Field(nullable=True)
    why: str = pa.Field(nullable=True)
    problems: int = pa.Field(ge=1)
    origin: str = pa.Field(isin=ORIGINS)

    class Config(Table.Config):
        """One row a point."""

        unique = ["curve", "setting"]  # noqa: RUF012


class IsoAccuracy(Table):
    """What models need of inference for the same accuracy, and what more training is worth then.

    `what` "model": `flops` is where the line of a model first has the accuracy, interpolated in
    log2 between two points; `reached` says whether it does so there, at its first point already
    (then `flops` is that point's: an upper bound), or never. "step": a model against the next
    less trained one, `against`. `train_flops` is then what it was trained more, `doublings_saved`
    how many doublings of inference one of training replaces, `exchange` its inverse
    (- d log2 training / d log2 inference), `saved_flops` what a query saves, and `queries` how
    many of them pay for the training. "all": the exchange through all `models` that reach the
    accuracy between points, by least squares. Limits bound new problems at 95 %; one that is
    null has no end, or is unknown. What saves nothing has neither `exchange` nor `queries`, but
    they may have a low limit. `why` says what a row lacks, or what its limits leave open.
    """

    what: str = pa.Field(isin=["model", "step", "all"])
    benchmark: str
    at: float = pa.Field(gt=0, lt=1)
    curve: str = pa.Field(nullable=True)
    label: str = pa.Field(nullable=True)
    model: str = pa.Field(nullable=True)
    against: str = pa.Field(nullable=True)
    against_label: str = pa.Field(nullable=True)
    against_model: str = pa.Field(nullable=True)
    models: int = pa.Field(ge=0)
    train_flops: float = pa.Field(nullable=True, gt=0)
    reached: str = pa.Field(nullable=True, isin=["between points", "first point", "never"])
    flops: float = pa.Field(nullable=True, gt=0)
    low_flops: float = pa.Field(nullable=True, gt=0)
    high_flops: float = pa.Field(nullable=True, gt=0)
    doublings_saved: float = pa.Field(nullable=True)
    low_doublings_saved: float = pa.Field(nullable=True)
    high_doublings_saved: float = pa.Field(nullable=True)
    exchange: float = pa.Field(nullable=True, gt=0)
    low_exchange: float = pa.Field(nullable=True, ge=0)
    high_exchange: float = pa.Field(nullable=True, gt=0)
    saved_flops: float = pa.Field(nullable=True)
    low_saved_flops: float = pa.Field(nullable=True)
    high_saved_flops: float = pa.Field(nullable=True)
    queries: float = pa.Field(nullable=True, gt=0)
    low_queries: float = pa.Field(nullable=True, ge=0)
    high_queries: float = pa.Field(nullable=True, gt=0)
    why: str = pa.Field(nullable=True)
    problems: int = pa.Field(ge=1)
    origin: str = pa.Field(isin=ORIGINS)

    class Config(Table.Config):
        """One row an accuracy and model, step, or all."""

        unique = ["what", "at", "curve", "model"]  # noqa: RUF012
