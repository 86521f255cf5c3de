"""Tables of curves and fits, of published values, and of what curves are compared or chosen by.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import ORIGINS, Table


class Point(Table):
    """One point of a curve. Tokens, FLOPs and dollars are means per problem.

    `low` and `high` bound the accuracy on new problems of this kind; `low_benchmark` and
    `high_benchmark` on these problems with new samples; `low_tokens` and `high_tokens` bound
    `tokens` on new problems. All at 95 %, null where the data cannot tell. `n` is the number of
    samples a point uses, for rejection the most tries; null where a paper does not say.
    `budget` and `waits` are the setting's limit of tokens and its number of waits or revisions.
    `thinking_tokens` is the length of the thinking that the answer rests on, as s1 plots it: of
    what rejection threw away it counts nothing, while `tokens` counts all; null for more than
    one sample. `verifier_tokens` are those that a verifier read, `verifier_flops` its part of
    `flops`; both are 0 without one. `train_flops` and `train_examples` are what the model was
    trained with: all trainings of it that the study knows, and the examples of the last. `origin`
    says where the numbers are from: measured here, recorded by others, or published (and how it
    was read off).
    """

    curve: str
    method: str
    benchmark: str
    model: str
    setting: str
    asked: int = pa.Field(nullable=True, ge=1)
    budget: int = pa.Field(nullable=True, ge=0)
    waits: int = pa.Field(nullable=True, ge=0)
    n: int = pa.Field(nullable=True, ge=1)
    thinking_tokens: float = pa.Field(nullable=True, ge=0)
    tokens: float = pa.Field(nullable=True, ge=0)
    low_tokens: float = pa.Field(nullable=True, ge=0)
    high_tokens: float = pa.Field(nullable=True, ge=0)
    serial_tokens: float = pa.Field(nullable=True, ge=0)
    verifier_tokens: float = pa.Field(nullable=True, ge=0)
    verifier_flops: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)
    train_flops: float = pa.Field(nullable=True, ge=0)
    train_examples: int = pa.Field(nullable=True, ge=0)
    usd: float = pa.Field(nullable=True, ge=0)
    accuracy: float = pa.Field(nullable=True, ge=0, le=1)
    low: float = pa.Field(nullable=True, ge=0, le=1)
    high: float = pa.Field(nullable=True, ge=0, le=1)
    low_benchmark: float = pa.Field(nullable=True, ge=0, le=1)
    high_benchmark: float = pa.Field(nullable=True, ge=0, le=1)
    problems: int = pa.Field(ge=1)
    origin: str = pa.Field(isin=ORIGINS)

    class Config(Table.Config):
        """One row a setting."""

        unique = ["curve", "benchmark", "setting"]  # noqa: RUF012


class Outcome(Table):
    """One problem of one point of a curve: means over its samples.

    What intervals of anything that is computed from several points, or from two curves, are
    made of: they resample problems. `obeyed` is the share of samples whose thinking kept to the
    limit that the setting names, null where it names none; for rejection the share of runs that
    accept a sample. Where a setting stands for several trainings, each of them has rows of its
    own besides, under the setting's name, a colon, and the name of its pool.
    """

    curve: str
    setting: str
    problem_id: str
    accuracy: float = pa.Field(nullable=True, ge=0, le=1)
    thinking_tokens: float = pa.Field(nullable=True, ge=0)
    tokens: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)
    obeyed: float = pa.Field(nullable=True, ge=0, le=1)

    class Config(Table.Config):
        """One row a problem and setting."""

        unique = ["setting", "problem_id"]  # noqa: RUF012


class Comparison(Table):
    """One curve's point beside that of a reference curve, paired over problems.

    `difference` is `accuracy` less the reference's, null in the reference's own row; its limits
    bound it on new problems. A published row says what a paper found of the same comparison.
    """

    curve: str
    label: str
    benchmark: str
    setting: str
    accuracy: float = pa.Field(ge=0, le=1)
    low: float = pa.Field(nullable=True, ge=0, le=1)
    high: float = pa.Field(nullable=True, ge=0, le=1)
    difference: float = pa.Field(nullable=True, ge=-1, le=1)
    low_difference: float = pa.Field(nullable=True, ge=-1, le=1)
    high_difference: float = pa.Field(nullable=True, ge=-1, le=1)
    thinking_tokens: float = pa.Field(nullable=True, ge=0)
    train_examples: int = pa.Field(nullable=True, ge=0)
    problems: int = pa.Field(nullable=True, ge=1)
    origin: str = pa.Field(isin=ORIGINS)


class ControlRow(Table):
    """Control, scaling and performance of one curve (s1, table 3).

    `basis` says what a row was computed from: the samples of a curve, its published points, or
    nothing, where it repeats a published table. `control_runs` is the share of points,
    `control_responses` the share of single responses that kept to their limit. Scaling is a
    difference of accuracies; `low_scaling` and `high_scaling` bound the one per doubling of
    thinking tokens. The formula as printed (equation 2) is over tokens, without a unit; it gives
    `scaling_per_1000_tokens`, and in no unit the published numbers. Per doubling it gives these,
    so that the number of a published table, in percent there, stands under
    `scaling_per_doubling`. `scaling_per_doubling_spent` is against all tokens, those of rejected
    samples included. All limits at 95 % on new problems.
    """

    curve: str
    label: str
    benchmark: str
    origin: str = pa.Field(isin=ORIGINS)
    basis: str = pa.Field(isin=["samples", "published points", "published table"])
    points: int = pa.Field(ge=1)
    control_runs: float = pa.Field(nullable=True, ge=0, le=1)
    control_responses: float = pa.Field(nullable=True, ge=0, le=1)
    scaling_per_1000_tokens: float = pa.Field(nullable=True)
    scaling_per_doubling: float = pa.Field(nullable=True)
    low_scaling: float = pa.Field(nullable=True)
    high_scaling: float = pa.Field(nullable=True)
    scaling_per_doubling_spent: float = pa.Field(nullable=True)
    performance: float = pa.Field(nullable=True, ge=0, le=1)
    low_performance: float = pa.Field(nullable=True, ge=0, le=1)
    high_performance: float = pa.Field(nullable=True, ge=0, le=1)

    class Config(Table.Config):
        """One row a curve and basis."""

        unique = ["curve", "basis"]  # noqa: RUF012


class Fit(Table):
    """One fitted parameter of a curve.

    `first_x` and `last_x` are the ends of the region that was fitted, null where its points have
    no x; `interval` names how `low` and `high` were made.
    """

    curve: str
    fit: str
    region: str
    first_x: float = pa.Field(nullable=True)
    last_x: float = pa.Field(nullable=True)
    parameter: str
    value: float
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    points: int = pa.Field(ge=0)
    problems: int = pa.Field(nullable=True, ge=0)
    interval: str

    class Config(Table.Config):
        """One row a parameter."""

        unique = ["curve", "fit", "region", "parameter"]  # noqa: RUF012


class Reference(Table):
    """One published value and how it was read: from a log, a table, vector graphics, or pixels.

    `low` and `high` are the interval the paper gives (`spread` says of what kind), `n` the
    samples behind the value where the paper says so.
    """

    paper: str
    figure: str
    series: str
    benchmark: str = pa.Field(nullable=True)
    setting: str = pa.Field(nullable=True)
    x: float = pa.Field(nullable=True)
    x_unit: str = pa.Field(nullable=True)
    y: float
    y_unit: str
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    spread: str = pa.Field(nullable=True)
    n: int = pa.Field(nullable=True, ge=1)
    origin: str = pa.Field(isin=ORIGINS)
    source: str


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
