"""Pools: the samples that curves draw on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict

Tokens = Annotated[int, Field(ge=1)]


class Sampling(Strict):
    """How a model is sampled."""

    temperature: float = Field(default=1.0, ge=0)
    top_p: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(ge=1)


class SampledPool(Strict):
    """Samples that an engine draws: every problem, wording and asked budget, n times each."""

    kind: Literal["sampled"] = "sampled"
    model: Name
    benchmark: Name
    problems: int | None = Field(default=None, ge=1)
    """Only the first so many problems."""
    wordings: list[Name] = Field(min_length=1)
    """Names of prompts in the study's `prompts`."""
    asked: list[Tokens] | None = Field(default=None, min_length=1)
    """Token budgets that the prompt asks for; its text then holds {asked}."""
    efforts: list[Literal["none", "minimal", "low", "medium", "high", "xhigh"]] | None = None
    """Reasoning efforts to ask for instead, where an API has them."""
    sampling: Sampling
    n: int = Field(ge=1)
    n_at: dict[Tokens, int] = Field(default_factory=dict)
    """More (or fewer) samples at some asked budgets."""
    seed: int = 0
    """Sample i of every problem is drawn with a seed made of this and i."""
    budget_usd: float | None = Field(default=None, gt=0)
    """The pool stops before it spends more than this; what it has is kept."""
    expected_tokens: float | None = Field(default=None, gt=0)
    """Generated tokens a sample is expected to take; only for the plan."""

    @model_validator(mode="after")
    def _one_way_of_asking(self) -> "SampledPool":
        if self.asked and self.efforts:
            raise ValueError("asked and efforts: name one of them")
        unknown = sorted(set(self.n_at) - set(self.asked or []))
        if unknown:
            raise ValueError(f"n_at: {unknown} not among asked: {self.asked or 'nothing'}")
        return self


class RecordedPool(Strict):
    """Samples that other people recorded."""

    kind: Literal["recorded"]
    format: Literal["answer_pairs", "lm_eval", "inspect", "samples", "o1_cache"]
    """answer_pairs: a JSON line a problem with ordered [answer, tokens]; lm_eval: a
    --log_samples JSONL; inspect: an .eval log; samples: a CSV or Parquet table;
    o1_cache: the response cache of the original o1-mini script."""
    source: str | None = None
    """Name in data/sources.csv."""
    path: str | None = None
    """Or a local file."""
    model: str
    """Name in config/models.yaml."""
    benchmark: Name
    answer_kind: Literal["integer", "math", "choice"]
    problems_from: Name | None = None
    """Benchmark of this study with the texts and gold answers, where the recording has none."""
    no_answer: list[str] = Field(default_factory=list)
    """What the recording wrote where it found no answer, besides an empty text."""
    most_tokens: int | None = Field(default=None, ge=1)
    """A sample with this many tokens or more counts as cut off at its limit."""
    n: int | None = Field(default=None, ge=1)
    """Take the first so many samples of each problem and setting; needed where a recording has
    more samples of some problems than of others."""

    @model_validator(mode="after")
    def _one_place(self) -> "RecordedPool":
        if (self.source is None) == (self.path is None):
            raise ValueError("source, path: name exactly one of them")
        return self


Pool = Annotated[SampledPool | RecordedPool, Field(discriminator="kind")]
