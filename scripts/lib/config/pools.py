"""Pools: the samples that curves draw on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.noise import Noise, Sampling, Tokens
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.shards import Sharded


class SampledPool(Sharded):
    """Samples that an engine draws: every problem, wording and asked budget, n times each."""

    kind: Literal["sampled"] = "sampled"
    model: Name
    """Who is sampled."""
    benchmark: Name
    """Problem set."""
    problems: int | None = Field(default=None, ge=1)
    """Only the first so many problems."""
    wordings: list[Name] = Field(min_length=1)
    """Names of prompts in the study's `prompts`."""
    asked: list[Tokens] | None = Field(default=None, min_length=1)
    """Token budgets that the prompt asks for; its text then holds {asked}."""
    efforts: list[Literal["none", "minimal", "low", "medium", "high", "xhigh"]] | None = None
    """Reasoning efforts to ask for instead, where an API has them."""
    sampling: Sampling
    """How tokens are drawn, and how many at most."""
    n: int = Field(ge=1)
    """Samples of each problem, wording and asked budget."""
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


class Forcing(Strict):
    """Budget forcing (s1, section 3.1): thinking is cut at a budget, or made to go on."""

    rule: Literal["remaining", "s1"] = "remaining"
    """remaining: all rounds of thinking share one budget. s1: each round gets the whole budget
    and their sum is trimmed to it."""
    budgets: list[Tokens] | Literal["asked"] = Field(default_factory=list)
    """Most thinking tokens; "asked": what the prompt asks for, times tokens_per_asked."""
    auto: bool = False
    """Also without a budget: as much thinking as the context holds."""
    waits: list[Annotated[int, Field(ge=0)]] = Field(default_factory=lambda: [0])
    """How often the end of thinking is suppressed and `wait` appended instead."""
    every_pair: bool = False
    """True: each number of waits at each budget. False: waits above the first only at the
    largest budget (auto, if that is there)."""
    wait: str = "Wait"
    """Appended where the model would have ended its thinking; "" for nothing."""
    think: str = "<|im_start|>think"
    """Opens the thinking."""
    answer: str = "<|im_start|>answer"
    """Ends the thinking and opens the answer."""
    final: str = "\nFinal Answer:"
    """Follows `answer` where thinking was cut."""
    stop: list[str] = Field(default_factory=lambda: ["<|im_start|>", "<|im_end|>"])
    """Tokens by which a model ends its thinking; each must be one token."""
    answer_tokens: Tokens
    """Most tokens of an answer; one that does not end by then counts as cut off."""
    tokens_per_asked: Tokens = 1
    """With budgets "asked": 1 where tokens are asked for, 100 where steps are (s1)."""

    @model_validator(mode="after")
    def _something(self) -> "Forcing":
        if not self.budgets and not self.auto:
            raise ValueError("budgets, auto: name budgets, or set auto, or both")
        if not self.waits or len(set(self.waits)) < len(self.waits):
            raise ValueError("waits: each number once, and at least one")
        if self.budgets == "asked" and self.auto:
            raise ValueError("auto: budgets are those asked for")
        return self


class ForcedPool(Sharded):
    """Samples under budget forcing: each is thought once, to its largest setting, and answered
    at every budget and number of waits.
    """  # noqa: D205

    kind: Literal["forced"]
    model: Name
    """Who is sampled; it must run here."""
    benchmark: Name
    """Problem set."""
    problems: int | None = Field(default=None, ge=1)
    """Only the first so many problems."""
    wordings: list[Name] = Field(min_length=1)
    """Names of prompts in the study's `prompts`."""
    asked: list[Tokens] | None = Field(default=None, min_length=1)
    """Budgets that the prompt asks for (tokens, or steps); its text then holds {asked}."""
    forcing: Forcing
    """Budgets, waits and the texts that force."""
    sampling: Noise = Noise()
    """Temperature and top_p."""
    n: int = Field(ge=1)
    """Samples of each problem, wording and asked budget."""
    seed: int = 0
    """Sample i of every problem is drawn with a seed made of this and i."""
    expected_tokens: float | None = Field(default=None, gt=0)
    """Thinking tokens a sample is expected to take; only for the plan."""

    @model_validator(mode="after")
    def _asked_budgets(self) -> "ForcedPool":
        if self.forcing.budgets == "asked" and not self.asked:
            raise ValueError("forcing.budgets: nothing is asked; list asked, or the budgets")
        return self


class RevisedPool(Sharded):
    """Sequential revision: each attempt is shown to the model, which is asked to better it."""

    kind: Literal["revised"]
    model: Name
    """Who is sampled."""
    benchmark: Name
    """Problem set."""
    problems: int | None = Field(default=None, ge=1)
    """Only the first so many problems."""
    wording: Name
    """Prompt of the first attempt."""
    revision: Name
    """Prompt of the next ones, with {problem} and {attempt}, the answer part of the one before."""
    revisions: int = Field(ge=1)
    """How often."""
    sampling: Sampling
    """How tokens are drawn, and how many at most in an attempt."""
    n: int = Field(ge=1)
    """Chains of attempts of each problem."""
    seed: int = 0
    """Chain i of every problem is drawn with a seed made of this and i."""
    budget_usd: float | None = Field(default=None, gt=0)
    """The pool stops before it spends more than this; what it has is kept."""
    expected_tokens: float | None = Field(default=None, gt=0)
    """Generated tokens an attempt is expected to take; only for the plan."""


class RecordedPool(Strict):
    """Samples that other people recorded."""

    kind: Literal["recorded"]
    format: Literal["answer_pairs", "lm_eval", "inspect", "samples", "o1_cache"]
    """answer_pairs: a JSON line a problem with ordered [answer, tokens]; lm_eval: a
    --log_samples JSONL; inspect: an .eval log; samples: a CSV or Parquet table;
    o1_cache: the response cache of the original o1-mini script."""
    source: str | list[str] | None = None
    """Name in data/sources.csv; a list where the recording is several files, a log a budget.
    Budgets of lm_eval logs must then stand in their requests: no results file lies beside them."""
    path: str | list[str] | None = None
    """Or a local file; a pattern with * or ** for several, read in the order of their names; or a
    list of these."""
    model: str
    """Name in config/models.yaml."""
    benchmark: Name
    """Name of the problem set, as tables and figures give it."""
    answer_kind: Literal["integer", "math", "choice"]
    """How answers are compared: integers, mathematical expressions, letters of choices."""
    problems_from: Name | None = None
    """Benchmark of this study with the texts and gold answers, where the recording has none."""
    no_answer: list[str] = Field(default_factory=list)
    """What the recording wrote where it found no answer, besides an empty text."""
    most_tokens: int | None = Field(default=None, ge=1)
    """A sample with this many tokens or more counts as cut off at its limit."""
    tokenizer: Name | None = None
    """Model of this study whose tokenizer counts the recorded texts, where the recording has no
    counts of its own: all of the text, and the thinking before the answer delimiter. Only its
    tokenizer is fetched."""
    n: int | None = Field(default=None, ge=1)
    """Take the first so many samples of each problem and setting; needed where a recording has
    more samples of some problems than of others."""

    @model_validator(mode="after")
    def _one_place(self) -> "RecordedPool":
        if (self.source is None) == (self.path is None):
            raise ValueError("source, path: name exactly one of them")
        for key in ("source", "path"):
            if getattr(self, key) == []:
                raise ValueError(f"{key}: the list is empty")
        if self.tokenizer is not None and self.format == "answer_pairs":
            raise ValueError("tokenizer: answer_pairs hold no texts that it could count")
        return self

    def sources(self) -> list[str]:
        """Names of its files in data/sources.csv."""
        return [self.source] if isinstance(self.source, str) else list(self.source or [])


DrawnPool = SampledPool | ForcedPool | RevisedPool | SearchedPool
"""Pools whose samples an engine draws here."""

Pool = Annotated[DrawnPool | RecordedPool, Field(discriminator="kind")]
