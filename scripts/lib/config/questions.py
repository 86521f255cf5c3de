"""The pool of training questions: where it comes from, what is known of each, what stays."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.benchmarks import AnswerKind

Publish = Literal["text", "hash"]
"""hash: models may learn from the texts, but nothing that is shown may hold them."""


class QuestionColumns(Strict):
    """Which fields of a data set hold what; fields inside others are named a.b, list items a.0."""

    question: str
    """The question's text."""
    solution: str | None = None
    """A written solution."""
    answer: str | None = None
    """Gold answer; without it the questions cannot be graded."""
    answer_within: bool = False
    """True: that field holds a whole solution, in which the answer is boxed or announced."""
    trace: str | None = None
    """The teacher's thinking."""
    attempt: str | None = None
    """The teacher's answer."""
    failure: str | None = None
    """Why the teacher's call failed, where the data set tells."""
    source: str | None = None
    """Where a data set is itself a collection: the field with the source of each row. When
    questions are compared with those already kept, a collection still counts as one source, within
    which questions may share words."""
    domain: str | None = None
    """The domain, such as a branch of mathematics."""


class HubQuestions(Strict):
    """Questions of a data set on the Hugging Face Hub.

    Several sources may be parts of one data set, each with filters of its own. A source does not
    know of the others: rows that no filter takes are left out without a warning. The log of each
    says how many of the rows it keeps; the sum tells whether some are left.
    """

    kind: Literal["hub"]
    repo: str
    """Data set on the Hub, or a folder."""
    revision: str
    """Branch, tag or commit."""
    subset: str | None = None
    """Configuration of the data set, where it has several."""
    split: str = "train"
    """Part of the data set."""
    files: list[str] = Field(default_factory=list)
    """Only these files of the repository, where it has no data set configuration."""
    answer_kind: AnswerKind = "math"
    """How answers are compared: integers, mathematical expressions, letters of choices."""
    columns: QuestionColumns
    """Which fields hold what."""
    where: dict[str, list[str | bool | int]] = Field(default_factory=dict)
    """Keep only rows whose field has one of these values, compared as texts: 7 is "7"."""
    unless: dict[str, list[str | bool | int]] = Field(default_factory=dict)
    """Leave out rows whose field has one of these values; "" is also a missing one."""
    starts: dict[str, list[str]] = Field(default_factory=dict)
    """Keep only rows whose field begins with one of these."""
    limit: int | None = Field(default=None, ge=1)
    """Only so many rows, drawn with `seed`."""
    seed: int = 42
    """Of the rows that `limit` draws."""
    publish: Publish = "text"
    """hash: the texts may be trained on, not shown: tables of what was dropped name questions by
    their hash."""


class FileQuestions(Strict):
    """Questions of a file: one of data/sources.csv, or one of your own."""

    kind: Literal["file"]
    source: str | None = None
    """Name in data/sources.csv."""
    path: str | None = None
    """Or a local file (JSON lines, CSV or Parquet)."""
    answer_kind: AnswerKind = "math"
    """How answers are compared: integers, mathematical expressions, letters of choices."""
    columns: QuestionColumns
    """Which fields hold what."""
    publish: Publish = "text"
    """Of a local file: hash if its texts may be trained on, not shown. Of a source,
    data/sources.csv says it."""

    @model_validator(mode="after")
    def _one_place(self) -> "FileQuestions":
        if (self.source is None) == (self.path is None):
            raise ValueError("source, path: name exactly one of them")
        if self.source is not None and self.publish == "hash":
            raise ValueError("publish: of a file of data/sources.csv it is said there")
        return self


class Flaws(Strict):
    """Faults planted among generated questions, which the curation must find: how many of each.

    No row has more than one.
    """

    no_answer: int = Field(default=0, ge=0)
    """Neither solution nor answer."""
    failed_calls: int = Field(default=0, ge=0)
    """No trace: the teacher's call failed."""
    broken_format: int = Field(default=0, ge=0)
    """A picture that is not there, or a delimiter that never closes."""
    duplicates: int = Field(default=0, ge=0)
    """A sound question of this source again, of which the teacher thinks anew."""
    near_tests: int = Field(default=0, ge=0)
    """Near-copies of benchmark problems."""


class ChainsQuestions(Strict):
    """Generated questions about chains of arithmetic, with the traces of a careful writer."""

    kind: Literal["chains"]
    seed: int
    """Of the questions."""
    questions: int = Field(ge=1)
    """Rows in all, flaws among them."""
    families: list[Name] = Field(min_length=1)
    """Notations, as scripts/lib/chains/families.py names them; each is a domain."""
    operations: list[Annotated[int, Field(ge=2, le=10)]] = Field(min_length=1)
    """Lengths of the chains."""
    slip_rate: float = Field(ge=0, lt=1)
    """Probability that a step of the teacher's first pass holds a slip."""
    slip_seed: int | None = None
    """Which facts are hard for the teacher; `seed` if left out. The seed of a corpus makes its
    facts hard here too, at a rate of its own."""
    most_waits: int = Field(ge=0)
    """Traces hold 0 to this many further passes, each begun with "Wait"."""
    flaws: Flaws = Flaws()
    """Faults planted among them."""

    @model_validator(mode="after")
    def _sound_ones(self) -> "ChainsQuestions":
        flawed = sum(self.flaws.model_dump().values())
        if flawed >= self.questions:
            raise ValueError(f"flaws: {flawed} in all, and there are {self.questions} questions")
        return self


QuestionSource = Annotated[
    HubQuestions | FileQuestions | ChainsQuestions, Field(discriminator="kind")
]


class Quality(Strict):
    """Formats that betray a broken or incomplete question."""

    patterns: dict[Name, str] = Field(default_factory=dict)
    """Regular expressions by reason, searched in question, solution and trace: in Rust's
    dialect, or in Python's where a pattern needs a look-around, which may be slow: a text that
    takes 10 s is an error."""
    spared: dict[Name, list[str]] = Field(default_factory=dict)
    """Reasons that do not hold for some sources."""


class Domain(Strict):
    """Where the domain of a question comes from."""

    by: Literal["column", "source", "pool"] = "column"
    """column: the source's own. source: the name of the source. pool: an engine classifies."""
    pool: Name | None = None
    """Samples of a prompt that asks for a domain's code; the last code in the text counts."""
    codes: dict[str, str] = Field(default_factory=dict)
    """Codes and their domains; for pool."""

    @model_validator(mode="after")
    def _pool_with_codes(self) -> "Domain":
        if (self.by == "pool") != (self.pool is not None) or (self.by == "pool") != bool(
            self.codes
        ):
            raise ValueError("domain: pool and codes go with by: pool, and only with it")
        return self


class Questions(Strict):
    """The pool of questions and the steps that all selections share."""

    sources: dict[Name, QuestionSource] = Field(min_length=1)
    """In this order questions are compared with those already kept."""
    against: list[Name] = Field(default_factory=list)
    """Benchmarks whose problems no question may share words with; all of the study if empty."""
    words: int = Field(default=8, ge=2)
    """So many words in a row, shared, make a question contaminated."""
    tokenizer: Name
    """Model of this study whose tokenizer counts the traces."""
    small: Name | None = None
    """Pool of answers of the small reference model to these questions."""
    large: Name | None = None
    """The same of the large reference model."""
    domain: Domain = Domain()
    """How questions get their domains."""
    quality: Quality = Quality()
    """Formats that make a question unfit."""

    def missing_columns(self) -> list[str]:
        """Keys of columns that a source does not name, and without which no question is complete.

        What a complete question has stands in scripts/lib/curation/complete.py.
        """
        needed = ["answer", "trace", "attempt"]
        if self.domain.by == "column":
            needed.append("domain")
        return [
            f"sources.{name}.columns.{column}"
            for name, source in self.sources.items()
            if not isinstance(source, ChainsQuestions)
            for column in needed
            if getattr(source.columns, column) is None
        ]


class First(Strict):
    """Questions like those of the benchmarks, taken before all others if the teacher was right."""

    sources: list[str] = Field(min_length=1)
    """Sources whose questions are taken."""
    longer_than: int | None = Field(default=None, ge=0)
    """Only traces with more tokens."""


class Selection(Strict):
    """A training set chosen from the questions."""

    rule: Literal["s1", "random", "diverse", "longest", "full"]
    """s1: benchmark-like questions first, then a domain at a time, longer traces favoured by
    2^-rank. random, longest: so many questions. diverse: a domain at a time, any trace of it.
    full: all that there is."""
    start: Literal["complete", "quality", "difficulty"] = "difficulty"
    """After which step: complete rows, those of good format, or those that neither reference
    model solves."""
    size: int | None = Field(default=None, ge=1)
    """Questions."""
    seed: int = 0
    """Of the draws."""
    first: list[First] = Field(default_factory=list)
    """Questions taken before all others; for rule s1."""
    benchmark_share: float = Field(default=0, ge=0, le=1)
    """Share of the selection, at its end, whose domains follow `benchmark_domains` instead of
    being equally likely: 0 as the paper says, 0.3 as the original code does."""
    benchmark_domains: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Sources whose domains weigh in then, and their total weights relative to each other."""

    @model_validator(mode="after")
    def _whole(self) -> "Selection":
        if (self.size is None) != (self.rule == "full"):
            raise ValueError("size: needed, but for rule full, which takes all")
        if self.rule != "s1" and (self.first or self.benchmark_share):
            raise ValueError("first, benchmark_share: only for rule s1")
        if bool(self.benchmark_share) != bool(self.benchmark_domains):
            raise ValueError("benchmark_share, benchmark_domains: give both or neither")
        return self


class ReleasedSelection(Strict):
    """A training set that others have chosen and published."""

    repo: str
    """Data set on the Hub, or a folder."""
    revision: str | None = None
    """Commit; needed where it is used."""
    split: str = "train"
    """Part of the data set."""
    answer_kind: AnswerKind = "math"
    """How answers are compared: integers, mathematical expressions, letters of choices."""
    columns: QuestionColumns
    """Which fields hold what."""
    publish: Publish = "text"
    """hash: the texts may be trained on, not shown."""
    tokenizer: Name
    """Model of this study whose tokenizer counts the traces."""

    def source(self) -> HubQuestions:
        """It as a source of questions, all of which are taken."""
        told = self.model_dump(exclude={"tokenizer"}, exclude_none=True)
        return HubQuestions.model_validate({"kind": "hub", **told})
