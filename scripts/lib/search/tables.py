"""Tables of step labels, scored steps, what a search spent, and what verifiers passed over.

Read and write them through scripts.lib.tableio, as those of scripts.lib.tables.
"""

import polars as pl

from scripts.lib.pandera_polars import pa
from scripts.lib.tables import SAMPLE_KEY, SampleKey, Table

REASONS = ["rollouts", "bisected", "imported"]


class StepLabel(Table):
    """One step of a solution, with what is known of whether it is right.

    `solution` numbers a problem's solutions; `step` its steps from 0. `text` is the step with its
    separator, `token_ids` the same in the solver's tokens, null where the labels are imported.
    `prompt` is the problem's text. `rollouts` were drawn from the step's end, `right` of them end
    in the gold answer. `soft` is that share, or the share that an import gives; `hard` whether the
    step counts as right: any rollout was. A step that bisection did not try has no share.
    `outcome` says whether the whole solution is right. `truth` is whether the step is right by
    its content, null where nothing can check it. `origin` says where the label is from.
    """

    labels: str
    problem_id: str
    prompt: str
    solution: int = pa.Field(ge=0)
    step: int = pa.Field(ge=0)
    text: str
    token_ids: pl.List(pl.Int64) = pa.Field(nullable=True)  # type: ignore[valid-type]
    rollouts: int = pa.Field(nullable=True, ge=0)
    right: int = pa.Field(nullable=True, ge=0)
    soft: float = pa.Field(nullable=True, ge=0, le=1)
    hard: bool = pa.Field(nullable=True)
    outcome: bool = pa.Field(nullable=True)
    truth: bool = pa.Field(nullable=True)
    origin: str = pa.Field(isin=REASONS)

    class Config(Table.Config):
        """One row a step."""

        unique = ["problem_id", "solution", "step"]  # noqa: RUF012


class HeldOut(Table):
    """A labelled step of a problem that a verifier was not trained on, with its score.

    Columns but the last are those of StepLabel.
    """

    problem_id: str
    solution: int = pa.Field(ge=0)
    step: int = pa.Field(ge=0)
    soft: float = pa.Field(nullable=True, ge=0, le=1)
    hard: bool = pa.Field(nullable=True)
    outcome: bool = pa.Field(nullable=True)
    truth: bool = pa.Field(nullable=True)
    score: float = pa.Field(ge=0, le=1)

    class Config(Table.Config):
        """One row a step."""

        unique = ["problem_id", "solution", "step"]  # noqa: RUF012


class VerifierRow(Table):
    """One measure of a verifier on the steps of problems that it was not trained on.

    `basis` is what it is measured against: `rollouts` (the hard labels that it was given, on
    problems held out) or `truth` (what the steps hold). `judge` is what is measured: the
    verifier's `score`, or the rollouts' own share, `labels`, against the truth. The metric "auc,
    soft labels at 0.5" takes a step as right where that share is 0.5 or more. What is found wrong
    scores below 0.5, a threshold that no data chose. Limits at 95 % on new problems, null for
    measures without. `bin` is the lower end of a bin of scores, of the measures that compare them
    with the share of right steps.
    """

    verifier: str
    judge: str = pa.Field(isin=["score", "labels"])
    basis: str = pa.Field(isin=["rollouts", "truth"])
    metric: str
    bin: float = pa.Field(nullable=True, ge=0, le=1)
    value: float = pa.Field(nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    steps: int = pa.Field(ge=0)
    problems: int = pa.Field(ge=0)

    class Config(Table.Config):
        """One row a measure, and a bin of those that have bins."""

        unique = ["verifier", "judge", "basis", "metric", "bin"]  # noqa: RUF012


class Step(SampleKey):
    """One scored step of a sample; `score` is the verifier's probability that it is right.

    `prompt_tokens` is what the verifier reads before the first step, once for all samples of a
    problem; `tokens` what it reads for this step, in its own tokens and with its marks, after
    everything before it.
    """

    step: int = pa.Field(ge=0)
    prompt_tokens: int = pa.Field(ge=0)
    tokens: int = pa.Field(ge=0)
    score: float = pa.Field(ge=0, le=1)
    scorer: str

    class Config(Table.Config):
        """One row a step."""

        unique = [*SAMPLE_KEY, "step"]  # noqa: RUF012


class Spent(SampleKey):
    """What a search spent in the place of each candidate that it ended with.

    Places are numbered as samples are. Each step that was generated, and each that the verifier
    read, belongs to one place, those of candidates which were given up too: the sum over places
    is all that was done. `generated_positions` and `verifier_positions` are sums of the positions
    of those tokens in their texts, prompts included, counted from 1: FLOPs of attention follow
    from them. Tokens appended by force, which `forced_tokens` counts, are among the positions of
    both, and among the tokens of the verifier. What was generated and read to look ahead counts in
    the place that it was done for. The prompt is read once for all places by either model.
    `serial_tokens` is the longest chain of generated tokens up to the candidate's end, in which
    every step waits for the longest of its round.
    """

    prompt_tokens: int = pa.Field(ge=0)
    generated_tokens: int = pa.Field(ge=0)
    generated_positions: int = pa.Field(ge=0)
    forced_tokens: int = pa.Field(ge=0)
    serial_tokens: int = pa.Field(ge=0)
    verifier_prompt_tokens: int = pa.Field(ge=0)
    verifier_tokens: int = pa.Field(ge=0)
    verifier_positions: int = pa.Field(ge=0)

    class Config(Table.Config):
        """One row a place."""

        unique = SAMPLE_KEY


class PassedOver(Table):
    """One point of a curve in which a verifier chooses among n samples.

    `found` is the share of problems with a right answer among the n, `chosen` of those where a
    right answer was chosen, `passed_over` of those where it was among the n and another was
    chosen; `share` is that of what was found. All are expectations over draws of n, or the one
    search. `auc` is the chance that a right answer has a better score than a wrong one to the same
    problem, mean over the `auc_problems` that have both. Limits at 95 % on new problems.
    """

    curve: str
    label: str
    benchmark: str
    setting: str
    n: int = pa.Field(ge=1)
    problems: int = pa.Field(ge=1)
    found: float = pa.Field(ge=0, le=1)
    low_found: float = pa.Field(ge=0, le=1)
    high_found: float = pa.Field(ge=0, le=1)
    chosen: float = pa.Field(ge=0, le=1)
    low_chosen: float = pa.Field(ge=0, le=1)
    high_chosen: float = pa.Field(ge=0, le=1)
    passed_over: float = pa.Field(ge=0, le=1)
    low_passed_over: float = pa.Field(ge=0, le=1)
    high_passed_over: float = pa.Field(ge=0, le=1)
    share: float = pa.Field(nullable=True, ge=0, le=1)
    low_share: float = pa.Field(nullable=True, ge=0, le=1)
    high_share: float = pa.Field(nullable=True, ge=0, le=1)
    auc: float = pa.Field(nullable=True, ge=0, le=1)
    low_auc: float = pa.Field(nullable=True, ge=0, le=1)
    high_auc: float = pa.Field(nullable=True, ge=0, le=1)
    auc_problems: int = pa.Field(ge=0)

    class Config(Table.Config):
        """One row a curve and setting."""

        unique = ["curve", "setting"]  # noqa: RUF012


class ScoreRow(Table):
    """How a verifier's scores are spread in one part of the right or of the wrong solutions.

    `part` counts equal parts of a solution from 1, the first step in the first and the last one in
    the last. `beams` is the N of a search, null where samples are independent. `low` and `high` are
    the 10 % and 90 % quantiles of the scores of `steps` steps in `samples` solutions, `quarter`,
    `median` and `three_quarters` the others.
    """

    curve: str
    label: str
    verifier: str
    beams: int = pa.Field(nullable=True, ge=1)
    correct: bool
    part: int = pa.Field(ge=1)
    samples: int = pa.Field(ge=1)
    steps: int = pa.Field(ge=1)
    low: float = pa.Field(ge=0, le=1)
    quarter: float = pa.Field(ge=0, le=1)
    median: float = pa.Field(ge=0, le=1)
    three_quarters: float = pa.Field(ge=0, le=1)
    high: float = pa.Field(ge=0, le=1)

    class Config(Table.Config):
        """One row a curve, N, part, and right or wrong."""

        unique = ["curve", "beams", "correct", "part"]  # noqa: RUF012
