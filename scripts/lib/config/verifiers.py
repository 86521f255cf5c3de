"""Verifiers, which score the steps of a solution, and the labels they are trained on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Dtype, Name, Strict
from scripts.lib.config.noise import Sampling
from scripts.lib.config.vllm import Vllm


class RolloutLabels(Strict):
    """Steps labelled by Monte-Carlo rollouts (Math-Shepherd, arXiv:2312.08935, section 3.3):
    from the end of each step the solution is finished several times, and graded.
    """  # noqa: D205

    kind: Literal["rollouts"]
    pool: Name
    """A sampled pool of this study, whose samples are labelled."""
    problems: int | None = Field(default=None, ge=1)
    """Only those of the first so many problems."""
    samples: int | None = Field(default=None, ge=1)
    """Only the first so many of each problem."""
    model: Name | None = None
    """Who finishes them; the pool's own model if left out."""
    rollouts: int = Field(default=8, ge=1)
    """From each step."""
    search: Literal["all", "bisect"] = "all"
    """bisect: look for the first wrong step by bisection (OmegaPRM, arXiv:2406.06592); steps
    before it are right, those from it on wrong, and only the steps that were tried have a share."""
    separator: str = Field(default="\n\n", min_length=1)
    """What ends a step."""
    sampling: Sampling
    """How rollouts are drawn, and how many tokens each takes at most."""
    seed: int = 0
    """Rollouts are drawn with seeds made of this."""
    expected_tokens: float | None = Field(default=None, gt=0)
    """Generated tokens a rollout is expected to take; only for the plan."""


class ImportedLabels(Strict):
    """Steps that others labelled."""

    kind: Literal["imported"]
    format: Literal["prm800k", "math_shepherd", "math_aps"]
    """Whose recording it is."""
    source: str | None = None
    """Name in data/sources.csv."""
    path: str | None = None
    """Or a local file."""
    solutions: int | None = Field(default=None, ge=1)
    """Only the first so many."""
    separator: str = Field(default="\n\n", min_length=1)
    """Written after each step, which the recordings hold without one."""

    @model_validator(mode="after")
    def _one_place(self) -> "ImportedLabels":
        if (self.source is None) == (self.path is None):
            raise ValueError("source, path: name exactly one of them")
        return self


Labels = Annotated[RolloutLabels | ImportedLabels, Field(discriminator="kind")]


class VerifierTraining(Strict):
    """Settings of the training of a verifier with transformers' Trainer."""

    seed: int = 0
    """Of the new head's first weights and of the order of solutions."""
    epochs: float = Field(default=1, gt=0)
    """Passes over the solutions."""
    batch_size: int = Field(default=64, ge=1)
    """Solutions of one optimiser step, over all GPUs."""
    device_batch_size: int = Field(default=4, ge=1)
    """Solutions that one GPU (or the CPU) takes at once; gradients are accumulated to
    batch_size."""
    learning_rate: float = Field(default=1e-6, gt=0)
    """The highest, after the warm-up."""
    warmup_ratio: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Of AdamW."""
    max_length: int = Field(default=2048, ge=16)
    """Tokens of a solution with its prompt; steps that end behind them have no label."""

    @property
    def padded(self) -> bool:
        """Whether rows of a device batch are padded to one length."""
        return True

    @model_validator(mode="after")
    def _whole_batches(self) -> "VerifierTraining":
        if self.batch_size % self.device_batch_size:
            raise ValueError(
                f"device_batch_size: {self.device_batch_size} does not divide the "
                f"{self.batch_size} solutions of a step (batch_size)"
            )
        return self


class VerifierModel(Strict):
    """A verifier trained here: token classification on the last token of each step."""

    kind: Literal["verifier"]
    base: Name
    """A model of this study; that of the solver for a fair comparison."""
    labels: Name
    """Entry of the study's `labels`."""
    wording: Name
    """Prompt before a solution, as the solver saw it."""
    target: Literal["soft", "hard", "truth", "outcome"] = "soft"
    """soft: the share of right rollouts; hard: whether any was right; truth: whether the step is
    right by its content, for generated problems, which shows what noise of the labels costs;
    outcome: whether the whole solution is right, on its last step alone (an outcome verifier)."""
    held_out: float = Field(default=0.2, gt=0, lt=1)
    """Share of the problems that it is measured on instead."""
    training: VerifierTraining
    """How it learns."""
    dtype: Dtype = "auto"
    """Numbers to compute with; auto: float32 on a CPU, bfloat16 on a GPU."""
    batch_size: int = Field(default=32, ge=1)
    """Steps that are scored at once."""
    vllm: Vllm | None = None
    """Score with vLLM ({} for its defaults); without, with transformers. A search then runs two
    of them side by side: give each a share of gpu_memory."""


class ScoreFormat(Strict):
    """How a published verifier is asked.

    It reads the problem, then each step and `mark`, at whose last token the score stands.
    """

    head: Literal["tokens", "classes", "value"]
    """tokens: probability of `good` against `bad` as the next token; classes: probability of the
    last of several classes; value: sigmoid of a single value."""
    tensors: str | None = None
    """What the names of the head's tensors begin with; "score" if left out for classes, and
    "v_head.summary" for a value."""
    good: str | None = None
    """Word that says that a step is right; for head tokens."""
    bad: str | None = None
    """Word that says that it is wrong; for head tokens."""
    chat: Literal["none", "assistant", "turns"] = "none"
    """none: plain text behind the token that begins texts, if there is one; assistant: all steps
    in one reply to the problem; turns: each step is a user's turn, the first one behind the
    problem, and `good` the reply, whose place is read."""
    system: str | None = None
    """System prompt; only in a chat."""
    opening: str = ""
    """Written between the problem and the first step."""
    mark: str = ""
    """Written after each step."""
    joint: str = ""
    """Written between a mark and the next step."""
    apart: bool = False
    """Each step and each mark is tokenised by itself, and the opening with the problem; otherwise
    tokens are those of the text as a whole."""
    single: bool = False
    """The mark is one token; a tokenizer that needs several is refused."""

    @model_validator(mode="after")
    def _words(self) -> "ScoreFormat":
        if (self.head == "tokens") != (self.good is not None and self.bad is not None):
            raise ValueError("good, bad: given with head tokens, and only then")
        if self.head == "tokens" and self.tensors is not None:
            raise ValueError("tensors: head tokens is the language model's own")
        return self

    @model_validator(mode="after")
    def _turns(self) -> "ScoreFormat":
        if self.chat == "turns" and (self.head != "tokens" or self.mark or self.joint):
            raise ValueError("chat: turns have head tokens, and no mark or joint but the template")
        if self.chat == "none" and self.system is not None:
            raise ValueError("system: only a chat has a system prompt")
        if self.single and not self.mark:
            raise ValueError("single: there is no mark")
        return self


LayoutName = Literal["math_shepherd", "rlhflow", "skywork", "qwen_prm"]

OF_TOKENS: frozenset[LayoutName] = frozenset({"math_shepherd", "rlhflow"})
"""Layouts with head tokens, of those in scripts/lib/verifiers/layouts.py."""


class HubVerifier(Strict):
    """A published verifier with safetensors weights."""

    kind: Literal["hub_verifier"]
    repo: str
    """Of the Hub, or a folder."""
    revision: str
    """Branch, tag or commit; not used for a folder."""
    layout: LayoutName | ScoreFormat
    """One of scripts/lib/verifiers/layouts.py, or a declaration of its own."""
    separator: str = Field(default="\n\n", min_length=1)
    """What ends a step in the solver's text; left out before the verifier reads it, as is other
    white space around a step."""
    dtype: Dtype = "auto"
    """Numbers to compute with; auto: float32 on a CPU, bfloat16 on a GPU."""
    batch_size: int = Field(default=8, ge=1)
    """Steps that are scored at once."""
    vllm: Vllm | None = None
    """Score with vLLM, as for a verifier trained here; it knows those of head tokens."""
    facts: str | None = None
    """Entry of config/models.yaml; the model's key if left out."""

    @model_validator(mode="after")
    def _known_to_vllm(self) -> "HubVerifier":
        layout = self.layout
        known = layout.head == "tokens" if isinstance(layout, ScoreFormat) else layout in OF_TOKENS
        if self.vllm is not None and not known:
            raise ValueError(
                "vllm: it does not know the head of this verifier; leave vllm out, and "
                "transformers reads it"
            )
        return self
