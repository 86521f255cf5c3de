"""Tables of what models are trained on, how it went, and what it cost.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import ORIGINS, Table


class TrainingStep(Table):
    """One optimiser step of a training. Tokens and FLOPs are running sums: `tokens` of all that
    was read (prompts included, padding not), `flops` 6 N D. `loss` is the mean over the step.
    """  # noqa: D205

    step: int = pa.Field(unique=True, ge=1)
    tokens: int = pa.Field(ge=1)
    loss: float = pa.Field(ge=0)
    learning_rate: float = pa.Field(ge=0)
    flops: float = pa.Field(gt=0)


class TrainingTime(Table):
    """When each optimiser step of a training was done, in seconds of computing since its begin.

    `device_seconds` adds up those of all processes, each of which has a GPU of its own where there
    are any. It stands apart from TrainingStep because it differs from run to run.
    """

    step: int = pa.Field(unique=True, ge=1)
    seconds: float = pa.Field(ge=0)
    device_seconds: float = pa.Field(ge=0)


class TrainingSet(Table):
    """What a fine-tuning was given, in one row.

    `examples` is what it learned from; `cut` of them were longer than the longest allowed and
    lost their end (`longest` is the tokens of the longest before that). `left_out` had no room
    for more than their prompt. `tokens` counts one epoch, prompts included.
    """

    examples: int = pa.Field(ge=1)
    cut: int = pa.Field(ge=0)
    left_out: int = pa.Field(ge=0)
    longest: int = pa.Field(ge=1)
    tokens: int = pa.Field(ge=1)


class RevisionPair(Table):
    """A wrong attempt at a training question and a right one, for a model that learns to revise.

    `wrong` and `right` number the samples of `pool` that they are. `attempt` is what the prompt of
    a revision shows of the wrong one, `completion` all the text of the right one, of `tokens` in
    the tokens of its model. `distance` is the least number of characters put in, left out or
    changed between what both show of themselves.
    """

    pool: str
    problem_id: str
    problem: str
    wrong: int = pa.Field(ge=0)
    right: int = pa.Field(ge=0)
    attempt: str
    completion: str
    tokens: int = pa.Field(nullable=True, ge=0)
    distance: int = pa.Field(ge=0)

    class Config(Table.Config):
        """One row a right attempt."""

        unique = ["problem_id", "right"]  # noqa: RUF012


class Expense(Table):
    """One item of what a trained model cost in all; null is unknown, never nothing.

    `tokens` are generated (samples) or trained on (trainings), `device_seconds` those of computing
    on all GPUs, or processes, together. `origin` says whether the numbers were measured here or
    published.
    """

    item: str
    what: str
    tokens: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)
    usd: float = pa.Field(nullable=True, ge=0)
    device_seconds: float = pa.Field(nullable=True, ge=0)
    origin: str = pa.Field(isin=ORIGINS)
