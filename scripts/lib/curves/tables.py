"""Tables of difficulty bins, of what a compute-optimal curve chose, and of equal compute.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

import pandera.polars as pa

from scripts.lib.tables import Table


class Bin(Table):
    """The bin of one problem; bin 1 holds the easiest.

    `value` is what the bins go by, larger for easier problems: the share of right samples, or the
    mean score of a verifier. `tokens` is what was generated of the problem to find out, `flops`
    all that it took: generation, prompts, and the verifier if the bins go by its score.
    """

    problem_id: str = pa.Field(unique=True)
    bin: int = pa.Field(ge=1)
    value: float = pa.Field(ge=0, le=1)
    tokens: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)


class Choice(Table):
    """What a compute-optimal curve chose for one half of a bin at one budget.

    `setting` is that of the curve's point; `budget` the most `cost` (tokens or flops of a problem,
    what the bins took included where the curve counts it). `chosen` and `chosen_setting` name the
    point of another curve that was best on the problems it was fitted on, `fitted_*` what it came
    to there, and the last three what it came to on those that it is scored on. `fitted_on` is "all
    bins" where the bin itself had no problem to fit on.
    """

    curve: str
    setting: str
    cost: str = pa.Field(isin=["tokens", "flops"])
    budget: float = pa.Field(gt=0)
    bin: int = pa.Field(ge=1)
    half: int = pa.Field(isin=[0, 1])
    chosen: str
    chosen_setting: str
    fitted_on: str = pa.Field(isin=["bin", "all bins"])
    fitted_problems: int = pa.Field(ge=1)
    fitted_accuracy: float = pa.Field(ge=0, le=1)
    fitted_cost: float = pa.Field(ge=0)
    problems: int = pa.Field(ge=1)
    accuracy: float = pa.Field(ge=0, le=1)
    spent: float = pa.Field(ge=0)

    class Config(Table.Config):
        """One row a budget and half of a bin."""

        unique = ["setting", "bin", "half"]  # noqa: RUF012


class Crossing(Table):
    """A curve of a small model against one point of a larger one.

    `against_flops_from` says whether the larger one's FLOPs are its point's, or those of the tokens
    that it wrote, which its size gives; null where they are unknown. `crossing` tells where the
    curve's line first has the larger one's accuracy: between two points, at its first point, or
    never; `flops` and `n` are those of that place, interpolated in their logarithms, and `ratio`
    its FLOPs over the larger one's. `equal_accuracy` and `equal_n` are the line's at the larger
    one's FLOPs, null outside its points; `difference` is that accuracy less the larger one's. FLOPs
    count verifiers.
    """

    curve: str
    label: str
    against: str
    against_label: str
    against_setting: str
    benchmark: str
    against_accuracy: float = pa.Field(ge=0, le=1)
    against_flops: float = pa.Field(nullable=True, gt=0)
    against_flops_from: str = pa.Field(nullable=True, isin=["point", "tokens and size"])
    crossing: str = pa.Field(isin=["between points", "first point", "never"])
    flops: float = pa.Field(nullable=True, gt=0)
    n: float = pa.Field(nullable=True, ge=1)
    ratio: float = pa.Field(nullable=True, gt=0)
    equal_accuracy: float = pa.Field(nullable=True, ge=0, le=1)
    equal_n: float = pa.Field(nullable=True, ge=1)
    difference: float = pa.Field(nullable=True, ge=-1, le=1)

    class Config(Table.Config):
        """One row a curve and point of a larger one."""

        unique = ["curve", "against", "against_setting"]  # noqa: RUF012


class Ratio(Table):
    """Compute of a small model that samples much, in that of a larger one.

    `what` "one run": `value` is the compute of n samples, each read by the verifier, over that of
    one run of the larger model, from active parameters; `size` is the larger one's over the
    model's. `what` "matched": `value` is how many times its own inference a model can spend for
    the training and inference of one that is `size` times as large, at `inference` tokens of
    inference for each token of pretraining.
    """

    what: str = pa.Field(isin=["one run", "matched"])
    model: str = pa.Field(nullable=True)
    verifier: str = pa.Field(nullable=True)
    n: int = pa.Field(nullable=True, ge=1)
    larger: str = pa.Field(nullable=True)
    model_parameters: float = pa.Field(nullable=True, gt=0)
    verifier_parameters: float = pa.Field(nullable=True, gt=0)
    larger_parameters: float = pa.Field(nullable=True, gt=0)
    size: float = pa.Field(gt=0)
    inference: float = pa.Field(nullable=True, gt=0)
    value: float = pa.Field(gt=0)
