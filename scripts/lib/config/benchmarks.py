"""Where the problems of a study come from."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from scripts.lib.config.base import Strict

AnswerKind = Literal["integer", "math", "choice"]

OperationName = Annotated[str, StringConstraints(pattern=r"^([-+][1-9]|\*[379])$")]
"""An operation of chains, such as "+3"."""


class Columns(Strict):
    """Which fields of a problem file hold what."""

    problem: str
    """Field with the problem's text."""
    answer: str
    """Field with the gold answer."""
    id: str | None = None
    """Field with the problem's own id; without it problems are numbered in file order."""
    level: str | None = None
    """Field with the difficulty that the benchmark states."""
    wrong: list[str] = Field(default_factory=list)
    """Multiple choice: the fields of the wrong answers. The choices are shuffled by a hash of
    the problem, so that the right letter does not depend on anything else."""


class SourceBenchmark(Strict):
    """A problem set from a file: one of data/sources.csv, or one of your own."""

    kind: Literal["source"]
    source: str | None = None
    """Name in data/sources.csv."""
    path: str | None = None
    """Or a local file (JSON lines, CSV or Parquet)."""
    publish: Literal["text", "hash"] | None = None
    """Of a local file: hash if no text of it may appear in shared results; text if left out. Of a
    source, data/sources.csv says it."""
    answer_kind: AnswerKind
    """How answers are compared: integers, mathematical expressions, letters of choices."""
    columns: Columns
    """Which fields of the file hold what."""
    answer_after: str | None = None
    """Take only what follows this marker in the answer field (GSM8K: "####")."""
    training: bool = False
    """Problems to train on: verifiers and revision models learn from solutions to them."""

    @model_validator(mode="after")
    def _one_place(self) -> "SourceBenchmark":
        if (self.source is None) == (self.path is None):
            raise ValueError("source, path: name exactly one of them")
        if self.source is not None and self.publish is not None:
            raise ValueError("publish: of a file of data/sources.csv it is said there")
        return self


class GeneratedBenchmark(Strict):
    """Chains of single-digit arithmetic modulo 10, made here (scripts/lib/chains)."""

    kind: Literal["chains"]
    seed: int
    """Of the problems."""
    operations: list[Annotated[int, Field(ge=2, le=10)]] = Field(min_length=1)
    """Lengths of the chains; problems are spread over them evenly."""
    problems: int = Field(ge=1)
    """How many."""
    made_of: list[OperationName] | None = Field(default=None, min_length=1)
    """The only operations that occur; all there are if left out."""
    training: bool = False
    """As of problems from a source. None of them is a problem of a benchmark that tests."""

    @model_validator(mode="after")
    def _lengths_once(self) -> "GeneratedBenchmark":
        if len(set(self.operations)) != len(self.operations):
            raise ValueError("operations: a length is listed twice")
        return self


class QuestionsBenchmark(Strict):
    """The training questions of this study that have an answer, as a problem set: what the
    reference models of the curation are asked.
    """  # noqa: D205

    kind: Literal["questions"]
    answered_only: bool = True
    """False: all questions, for a classifier, which needs no gold answer."""
    publish: Literal["text", "hash"] = "text"
    """hash: no text of a question may appear in shared results."""


Benchmark = Annotated[
    SourceBenchmark | GeneratedBenchmark | QuestionsBenchmark, Field(discriminator="kind")
]


def trains(benchmark: Benchmark) -> bool:
    """Whether models may learn from its problems: what a model is tested on must not train it."""
    return isinstance(benchmark, QuestionsBenchmark) or benchmark.training
