"""The models of a study and how they are reached."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Dtype, Name, Strict
from scripts.lib.config.verifiers import HubVerifier, VerifierModel
from scripts.lib.config.vllm import Vllm


class Architecture(Strict):
    """Sizes of a small Qwen2 model."""

    layers: int = Field(ge=1)
    """Transformer blocks."""
    width: int = Field(ge=8)
    """Length of a token's vector (hidden size)."""
    heads: int = Field(ge=1)
    """Attention heads of a layer."""
    kv_heads: int = Field(ge=1)
    """Heads of keys and values; fewer than `heads` where groups share them."""
    feed_forward: int = Field(ge=8)
    """Inner width of the feed-forward layers."""
    context: int = Field(ge=64)
    """Most tokens of a sequence."""


class Counted(Strict):
    """Examples of a corpus whose thinking counts its steps down, as step-conditional control has
    it (s1, section 4): a model that has never counted learns little of that from a fine-tuning.
    """  # noqa: D205

    wording: Name
    """Prompt of the study that asks for a number of steps."""
    share: float = Field(gt=0, le=1)
    """Share of the examples, once they have grown to their full length."""


class Straight(Strict):
    """Examples of a corpus that are asked to write each step once, and never wait: a step that is
    wrong then stays wrong, as step labels take it.
    """  # noqa: D205

    wording: Name
    """Prompt of the study that asks for it."""
    share: float = Field(gt=0, le=1)
    """Share of the examples, those that count aside."""


class Corpus(Strict):
    """Training traces of the chains benchmark: slips, checks with "Wait", asked lengths."""

    seed: int
    """Of the examples; it also says which facts are hard, and so hold slips."""
    examples: int = Field(ge=1)
    """Number of examples."""
    operations: list[Annotated[int, Field(ge=2, le=10)]] = Field(min_length=1)
    """Lengths of the chains."""
    slip_rate: float = Field(ge=0, lt=1)
    """Probability that a step of a first pass holds a slip."""
    most_waits: int = Field(ge=0)
    """Traces hold 0 to this many further passes, each begun with "Wait"."""
    wordings: list[Name] = Field(min_length=1)
    """Prompts of the study that the examples ask with."""
    asked_share: float = Field(ge=0, le=1)
    """Share of the examples, those that count aside, whose prompt asks for a number of tokens."""
    counted: Counted | None = None
    """Examples whose thinking counts its steps down; none if left out."""
    straight: Straight | None = None
    """Examples that write each step once; none if left out."""

    def prompts(self) -> list[str]:
        """Names of all prompts that the examples ask with."""
        others = [one.wording for one in (self.counted, self.straight) if one is not None]
        return [*self.wordings, *others]


class Training(Strict):
    """Settings of transformers' Trainer."""

    seed: int
    """Of the first weights and of the order of examples."""
    epochs: float = Field(default=1, gt=0)
    """Passes over the examples."""
    batch_size: int = Field(default=32, ge=1)
    """Examples of one optimiser step."""
    learning_rate: float = Field(gt=0)
    """The highest, after the warm-up."""
    warmup_ratio: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Of AdamW."""
    adam_beta2: float = Field(default=0.999, gt=0, lt=1)
    """Adam's memory of squared gradients; a shorter one suits short trainings."""


class LocalSettings(Strict):
    """How a local model is run."""

    dtype: Dtype = "auto"
    """Numbers to compute with; auto: float32 on a CPU, bfloat16 on a GPU."""
    batch_size: int = Field(default=32, ge=1)
    """Rows that the engine decodes at once."""
    vllm: Vllm | None = None
    """Decode with vLLM ({} for its defaults), which GPUs want; without, with transformers."""


class TrainedModel(LocalSettings):
    """A model that the workflow trains itself, from scratch."""

    kind: Literal["trained"]
    architecture: Architecture
    """Its sizes."""
    corpus: Corpus
    """What it learns from."""
    training: Training
    """How it learns."""


class FineTuning(Strict):
    """Settings of a supervised fine-tuning with TRL; the defaults are those of s1."""

    seed: int = 0
    """Of the order of examples."""
    epochs: float = Field(default=5, gt=0)
    """Passes over the examples."""
    batch_size: int = Field(default=16, ge=1)
    """Examples of one optimiser step, over all GPUs: it does not move with their number."""
    device_batch_size: int = Field(default=1, ge=1)
    """Examples that one GPU (or the CPU) takes at once; gradients are accumulated to batch_size."""
    learning_rate: float = Field(default=1e-5, gt=0)
    """The highest, after the warm-up."""
    schedule: Literal["cosine", "linear", "constant"] = "cosine"
    """How the learning rate falls after the warm-up."""
    warmup_ratio: float = Field(default=0.05, ge=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    weight_decay: float = Field(default=1e-4, ge=0)
    """Of AdamW."""
    adam_beta1: float = Field(default=0.9, gt=0, lt=1)
    """Adam's memory of gradients."""
    adam_beta2: float = Field(default=0.95, gt=0, lt=1)
    """Adam's memory of squared gradients."""
    max_length: int = Field(default=32768, ge=16)
    """Tokens of an example; longer ones are cut off at their end."""
    packing: bool = False
    """Pack examples into rows of max_length without padding; for GPUs. batch_size and
    device_batch_size then count rows."""
    padding_free: bool = False
    """Lay the examples of a device batch end to end instead of padding them; for GPUs. Without
    this and without packing, the examples of a step are of like length."""
    checkpoint_steps: int = Field(default=100, ge=1)
    """A killed training goes on from the last of these."""
    launch: str | None = None
    """Config file of `accelerate launch` (config/accelerate/), for several GPUs or machines."""

    @property
    def padded(self) -> bool:
        """Whether rows of a device batch are padded to one length."""
        return not (self.packing or self.padding_free)

    @model_validator(mode="after")
    def _one_layout(self) -> "FineTuning":
        if self.packing and self.padding_free:
            raise ValueError("packing, padding_free: packed rows have no padding; set one of them")
        if self.batch_size % self.device_batch_size:
            raise ValueError(
                f"device_batch_size: {self.device_batch_size} does not divide the "
                f"{self.batch_size} examples of a step (batch_size)"
            )
        return self


class Revisions(Strict):
    """Pairs of attempts at a training question, a wrong one and the right one that is to follow,
    which teach a model to revise (Snell et al. 2024, arXiv:2408.03314, section 6.1). A prompt
    shows one wrong attempt here, up to four there.
    """  # noqa: D205

    pool: Name
    """A sampled pool over training questions, several samples of each."""
    wording: Name
    """Prompt of the examples, with {problem} and {attempt}: that of the revisions of a pool."""
    most: int = Field(default=4, ge=1)
    """Pairs of a question: so many right attempts, each after the wrong one closest to it."""
    seed: int = 0
    """Which right attempts, where there are more."""


class ReleasedModel(Strict):
    """A published model that is what this study would train."""

    repo: str
    """Repository on the Hub, with safetensors weights."""
    revision: str | None = None
    """Commit; needed where it is used."""
    facts: str | None = None
    """Entry of config/models.yaml; the model's key if left out."""


class TunedModel(LocalSettings):
    """A model fine-tuned here: on a selection of questions with the teacher's traces, or on pairs
    of attempts of this study's own.
    """  # noqa: D205

    kind: Literal["tuned"]
    base: Name
    """A model of this study."""
    selection: Name | None = None
    """Training set: an entry of the study's `selections`."""
    revisions: Revisions | None = None
    """Instead of a selection: pairs of attempts, for a model that revises."""
    examples: int | None = Field(default=None, ge=1)
    """Only so many of the selection, or of the pairs, in their order."""
    wording: Name | None = None
    """Prompt of the examples of a selection; where it holds {asked}, that is the trace's length:
    the next power of two of its tokens, or of its steps."""
    control: Literal["tokens", "steps"] | None = None
    """Train to keep to an asked number of tokens, or of steps (the trace then counts them)."""
    step_separator: str = Field(default="\n\n", min_length=1)
    """What stands between two steps of a trace, for control of steps."""
    training: FineTuning
    """How it learns."""

    @property
    def prompt(self) -> str:
        """Name of the prompt of the examples."""
        return self.revisions.wording if self.revisions is not None else self.wording or ""

    @model_validator(mode="after")
    def _one_kind_of_examples(self) -> "TunedModel":
        if (self.selection is None) == (self.revisions is None):
            raise ValueError("selection, revisions: name exactly one of them")
        if self.selection is not None and self.wording is None:
            raise ValueError("wording: name the prompt of the training examples")
        if self.revisions is not None and (self.wording or self.control):
            raise ValueError("wording, control: these are of a selection; revisions has a wording")
        return self


class HubModel(LocalSettings):
    """A published model with safetensors weights."""

    kind: Literal["hub"]
    repo: str
    """Of the Hub, or a folder."""
    revision: str
    """Branch, tag or commit; not used for a folder."""
    facts: str | None = None
    """Entry of config/models.yaml; the model's key if left out."""


class AskedModel(Strict):
    """What models have in common that are asked in words and run elsewhere: they take no GPU here,
    and have neither weights nor tokenizer that a training, a search or forcing could use.
    """  # noqa: D205

    model: str
    """The name the service knows it by."""
    facts: str | None = None
    """Entry of config/models.yaml; the name of the model if left out. So with prices."""


class ApiModel(AskedModel):
    """A model behind an OpenAI-compatible API."""

    kind: Literal["api"]
    base_url: str = "https://api.openai.com/v1"
    """Where the service is."""
    api_key_env: str = "OPENAI_API_KEY"
    """Environment variable that holds the key; "" for a server that needs none."""
    reasoning: bool = False
    """True: send max_completion_tokens, no temperature, and expect hidden reasoning."""
    concurrency: int = Field(default=16, ge=1)
    """Most requests in flight."""
    timeout_s: float = Field(default=600, gt=0)
    """Seconds after which a request counts as failed."""
    retries: int = Field(default=8, ge=0)
    """Further tries of a request that failed for a reason that may pass."""


Generator = Annotated[TrainedModel | TunedModel | HubModel | ApiModel, Field(discriminator="kind")]
"""Models that samples are drawn from."""

Verifier = VerifierModel | HubVerifier
"""Models that score the steps of samples."""

Model = Annotated[Generator | Verifier, Field(discriminator="kind")]


class ModelFacts(Strict):
    """An entry of config/models.yaml: what the accounting needs to know of a model."""

    parameters: float | None = Field(default=None, gt=0)
    """All parameters."""
    active_parameters: float | None = Field(default=None, gt=0)
    """Parameters a token passes through, without input embeddings and unrouted experts."""
    layers: int | None = Field(default=None, ge=1)
    """Transformer blocks."""
    attention_layers: int | None = Field(default=None, ge=1)
    """Layers whose attention spans the whole context, where not all do: hybrids, windows."""
    heads: int | None = Field(default=None, ge=1)
    """Attention heads of a layer."""
    kv_heads: int | None = Field(default=None, ge=1)
    """Heads of keys and values of a layer."""
    head_dim: int | None = Field(default=None, ge=1)
    """Length of a head's vectors."""
    context: int | None = Field(default=None, ge=1)
    """Most tokens of a sequence."""
    weight_bytes: float | None = Field(default=None, gt=0)
    """Bytes of the weights as published."""
    released: str | None = None
    """Date of publication."""
    retired: str | None = None
    """Date from which the service no longer offers it."""
    source: str
    """Where these numbers stand."""


class Price(Strict):
    """An entry of config/prices.yaml: dollars per token, as of a date."""

    input: float = Field(ge=0)
    """Of a prompt token."""
    cached_input: float | None = Field(default=None, ge=0)
    """Of a prompt token that the service has read before; as `input` if left out."""
    output: float = Field(ge=0)
    """Of a generated token, hidden reasoning included."""
    date: str
    """On which the source said so."""
    source: str
    """Page that says so."""
