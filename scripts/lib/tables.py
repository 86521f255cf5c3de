"""The tables that stand between two jobs: one pandera model each.

Read and write them through `scripts.lib.tableio` only, which checks them both times.
Costs and tokens are per row unless a column says otherwise; tokens are counted by the
tokenizer of the model that made them; `usd` and `flops` are null where they are unknown.
"""

from typing import Any

import pandera.polars as pa
import polars as pl

ANSWER_KINDS = ["integer", "math", "choice"]
ENDS = ["stop", "length", "refusal"]
ORIGINS = ["measured", "recorded", "log", "table", "vector", "digitised", "text"]
VERDICTS = ["confirmed", "refuted", "undecided", "no data"]


class Table(pa.DataFrameModel):
    """Strict and ordered: a column too many, too few or out of place is an error."""

    class Config:
        """Pandera's own switches."""

        strict = True
        ordered = True
        coerce = False


class Source(Table):
    """A file that is fetched by URL and checked by its hash (`data/sources.csv`).

    `sha256` and `bytes` are null only for gated files that nobody may redistribute. `publish`
    says whether the file's texts may appear in shared results, or only their hashes.
    """

    name: str = pa.Field(unique=True, str_matches=r"^[\w./-]+$")
    url: str = pa.Field(str_matches=r"^(https|hf)://")
    revision: str
    sha256: str = pa.Field(nullable=True, str_matches=r"^[0-9a-f]{64}$")
    bytes: int = pa.Field(nullable=True, ge=1)
    licence: str
    publish: str = pa.Field(isin=["text", "hash"])
    citation: str
    holds: str


class Problem(Table):
    """A benchmark problem. `problem` is null where a recording kept answers only."""

    benchmark: str
    problem_id: str
    problem: str = pa.Field(nullable=True)
    answer: str
    answer_kind: str = pa.Field(isin=ANSWER_KINDS)
    level: str = pa.Field(nullable=True)
    publish: str = pa.Field(isin=["text", "hash"])

    class Config(Table.Config):
        """One row a problem."""

        unique = ["benchmark", "problem_id"]  # noqa: RUF012


class Question(Table):
    """A candidate training question; `question_id` is the first 16 hex digits of its sha256.

    `answer` is the gold answer, null where the source has none (it cannot be graded then).
    `trace` is the teacher's thinking and `attempt` the answer that followed it; both are null
    where the teacher's call failed or nobody asked it. `failure` says which call failed and how,
    null where none did. `trace_tokens` and the four columns after it are features, null until
    they are known: whether the teacher, the small and the large reference model were right, and
    the domain. `publish` "hash": its texts are for training only, and nothing that is shown may
    hold them.
    """

    question_id: str = pa.Field(unique=True, str_matches=r"^[0-9a-f]{16}$")
    source: str
    publish: str = pa.Field(isin=["text", "hash"])
    question: str
    solution: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    answer_kind: str = pa.Field(isin=ANSWER_KINDS)
    trace: str = pa.Field(nullable=True)
    attempt: str = pa.Field(nullable=True)
    failure: str = pa.Field(nullable=True)
    trace_tokens: int = pa.Field(nullable=True, ge=0)
    correct_trace: bool = pa.Field(nullable=True)
    correct_small: bool = pa.Field(nullable=True)
    correct_large: bool = pa.Field(nullable=True)
    domain: str = pa.Field(nullable=True)


class Collected(Question):
    """Questions as a source has them: it may repeat itself, and a question_id with it."""

    question_id: str = pa.Field(str_matches=r"^[0-9a-f]{16}$")


class Kept(Table):
    """A question that a step of the curation kept, by its id: its texts stand in one table for all
    steps.
    """  # noqa: D205

    question_id: str = pa.Field(unique=True, str_matches=r"^[0-9a-f]{16}$")
    source: str


class Dropped(Table):
    """A question that a step of the curation took out, and why.

    `reason` is one of a few that the step knows; `detail` what it saw in this question (the
    shared words, the pattern, the other copy). A question of a source that repeats itself may
    stand here more than once. Where its texts may not be published, `question` says so and
    names it by its hash.
    """

    step: str
    source: str
    question_id: str = pa.Field(str_matches=r"^[0-9a-f]{16}$")
    reason: str
    detail: str
    question: str


class Funnel(Table):
    """One step of the curation: how many questions came, and how many it dropped for a reason.

    A step has a row for each of its reasons, and one without a reason for what it kept. `shown`
    is an example.
    """

    step: str
    reason: str = pa.Field(nullable=True)
    questions: int = pa.Field(ge=0)
    shown: str = pa.Field(nullable=True)


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


class SampleKey(Table):
    """What tells one sample of a pool from all others: the first columns of its tables.

    `wording` names the prompt (of a revision, that of the first attempt), `asked` the budget it
    asks for (tokens, or steps), `effort` the reasoning effort asked of an API. `budget` is the
    most thinking tokens that budget forcing allows, null where it sets no limit; `waits` how
    often the model was made to go on (a wait appended, a revision asked for), null where nothing
    of the kind is done. `beams` is how many candidates the search held that the sample is from,
    null where nothing was searched.
    """

    pool: str
    benchmark: str
    problem_id: str
    wording: str
    asked: int = pa.Field(nullable=True, ge=1)
    effort: str = pa.Field(nullable=True)
    sample: int = pa.Field(ge=0)
    budget: int = pa.Field(nullable=True, ge=0)
    waits: int = pa.Field(nullable=True, ge=0)
    beams: int = pa.Field(nullable=True, ge=1)


SAMPLE_KEY = list(SampleKey.to_schema().columns)


class Trace(SampleKey):
    """One sample of a pool.

    `generated_tokens` counts everything generated, hidden reasoning included; `thinking_tokens`
    the part between the delimiters of thinking, or all after the first where the second never
    comes, null where nobody tells thinking and answer apart. `token_ids` and `text` are null
    where a service hides them or a recording dropped them; `answer` is an answer that the
    recording already extracted, else null. `forced_tokens` are those in `token_ids` that were
    appended by force and not generated (waits, the end of thinking), which `generated_tokens`
    does not count; `wait_positions` the places in `token_ids` where a wait was appended. `usd`
    is what the service billed.
    """

    seed: int = pa.Field(nullable=True)
    request_key: str = pa.Field(nullable=True, str_matches=r"^[0-9a-f]{64}$")
    prompt_tokens: int = pa.Field(nullable=True, ge=0)
    cached_tokens: int = pa.Field(nullable=True, ge=0)
    generated_tokens: int = pa.Field(nullable=True, ge=0)
    thinking_tokens: int = pa.Field(nullable=True, ge=0)
    token_ids: pl.List(pl.Int64) = pa.Field(nullable=True)  # type: ignore[valid-type]
    text: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    end: str = pa.Field(isin=ENDS)
    forced_tokens: int = pa.Field(ge=0)
    wait_positions: pl.List(pl.Int64)  # type: ignore[valid-type]
    usd: float = pa.Field(nullable=True, ge=0)

    class Config(Table.Config):
        """One row a sample."""

        unique = SAMPLE_KEY


class Answer(SampleKey):
    """One graded answer. `answer` null: none was found; `answer_class` numbers, within a
    problem, the answers that are equal to each other (null for none). `graded` says how the
    verdict came about: equal, different, none, timeout, memory or unreadable.
    """  # noqa: D205

    thinking_tokens: int = pa.Field(nullable=True, ge=0)
    answer_tokens: int = pa.Field(nullable=True, ge=0)
    text: str = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True)
    answer_class: int = pa.Field(nullable=True, ge=0)
    correct: bool
    graded: str = pa.Field(isin=["equal", "different", "none", "timeout", "memory", "unreadable"])

    class Config(Table.Config):
        """One row a sample."""

        unique = SAMPLE_KEY


class Cost(SampleKey):
    """What a row cost. `prompt_flops` stands apart from `flops` (generation and verifier),
    because samples that share a prompt pay for it once. `serial_tokens` is the longest chain
    of generated tokens that had to follow each other. `verifier_tokens` are those that a verifier
    read, `verifier_flops` the part of `flops` that it took.

    A search is the cost of its candidates together: each carries what was generated and read in
    its place, that of candidates which were given up included.
    """  # noqa: D205

    prompt_tokens: int = pa.Field(nullable=True, ge=0)
    cached_tokens: int = pa.Field(nullable=True, ge=0)
    generated_tokens: int = pa.Field(nullable=True, ge=0)
    serial_tokens: int = pa.Field(nullable=True, ge=0)
    verifier_tokens: int = pa.Field(ge=0)
    prompt_flops: float = pa.Field(nullable=True, ge=0)
    verifier_flops: float = pa.Field(nullable=True, ge=0)
    flops: float = pa.Field(nullable=True, ge=0)
    usd: float = pa.Field(nullable=True, ge=0)
    peak_bytes: int = pa.Field(nullable=True, ge=0)

    class Config(Table.Config):
        """One row a sample."""

        unique = SAMPLE_KEY


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
    thinking tokens. The formula as printed (equation 2) gives `scaling_per_1000_tokens`, and
    does not give the published numbers; per doubling it does, so that the number of a published
    table, in percent there, stands under `scaling_per_doubling`. `scaling_per_doubling_spent` is
    against all tokens, those of rejected samples included. All limits at 95 % on new problems.
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


class Verdict(Table):
    """One checked claim."""

    claim: str = pa.Field(unique=True)
    published: float = pa.Field(nullable=True)
    measured: float = pa.Field(nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    verdict: str = pa.Field(isin=VERDICTS)
    why: str


def schema_of(model: type[Table]) -> dict[str, Any]:
    """Column names of a table, in order, with their polars types."""
    return {name: column.dtype.type for name, column in model.to_schema().columns.items()}
