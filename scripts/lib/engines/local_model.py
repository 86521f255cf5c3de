"""A causal language model and its tokenizer, from a folder or the Hub, and what identifies them."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache, PreTrainedTokenizerFast
from transformers.cache_utils import DynamicLayer

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.grouped_attention import GROUPED
from scripts.lib.thinking import ANSWER_DELIMITERS, THINK_DELIMITERS, Mark

TEMPLATE_DATE = datetime(2024, 7, 26)
"""What a chat template gets for today: the date that Llama 3's own templates fall back to."""

_FILES = ("config.json", "tokenizer_config.json", "tokenizer.json")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")
_ROPE_BY_BATCH = {"dynamic", "longrope"}


@dataclass(frozen=True, eq=False)
class LocalModel:
    """A loaded model. `identity` is all that may change what it says; see `load_model`."""

    model: Any
    tokenizer: Any
    identity: dict[str, Any]
    name: str
    context: int
    """Most tokens of prompt and answer together."""
    end_tokens: frozenset[int]
    openings: list[Mark]
    delimiters: list[Mark]
    """The think and answer delimiters that the tokenizer can write, as token ids."""
    _encoded: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def vocabulary(self) -> int:
        """Number of logits, which may be more than the tokenizer has tokens."""
        return int(self.model.get_output_embeddings().weight.shape[0])

    @property
    def layers(self) -> int:
        """Attention layers, each with keys and values of its own."""
        return len(DynamicCache(config=self.model.config).layers)

    def encode_prompt(self, prompt: str) -> tuple[int, ...]:
        """Token ids of one user message in the model's chat format, up to where it answers.

        Raises:
            EngineError: the tokenizer has no chat template.
        """
        if prompt not in self._encoded:
            self._encoded[prompt] = encode_chat(self.tokenizer, prompt, self.name)
        return self._encoded[prompt]

    def decode(self, token_ids: tuple[int, ...]) -> str:
        """Text with all special tokens; an end token that closes it is left out."""
        if token_ids and token_ids[-1] in self.end_tokens:
            token_ids = token_ids[:-1]
        text: str = self.tokenizer.decode(
            list(token_ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text


def encode_chat(tokenizer: Any, prompt: str, name: str) -> tuple[int, ...]:
    """Token ids of one user message in a tokenizer's chat format, up to where the model answers.

    Args:
        tokenizer: with a chat template.
        prompt: the message.
        name: of the model, for errors.

    Raises:
        EngineError: the tokenizer has no chat template.
    """
    if not tokenizer.chat_template:
        raise EngineError(
            f"{name}: the tokenizer has no chat template, so prompts cannot be written; add "
            "chat_template.jinja to the model, or take a chat model"
        )
    token_ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        add_generation_prompt=True,
        return_dict=False,
        strftime_now=TEMPLATE_DATE.strftime,
    )
    return tuple(token_ids)


def tokenizer_hash(tokenizer: Any) -> str:
    """What tells a tokenizer's tokens from those of others."""
    return _hash(tokenizer.backend_tokenizer.to_str())


def load_model(source: Path | str, revision: str | None, dtype: Dtype, device: str) -> LocalModel:
    """Load a model and its tokenizer from safetensors, without any code of the model's own.

    Args:
        source: a folder, or the name of a repository on the Hub.
        revision: branch, tag or commit of the repository; None for a folder.
        dtype: "auto" is float32 on a CPU and bfloat16 elsewhere.
        device: as PyTorch names it.

    Returns:
        The model. Its identity holds the weights (for a folder their sha256, else repository
        and commit), engine, versions, dtype, and hashes of configuration, tokenizer and template.

    Raises:
        EngineError: files are missing or broken, the weights are pickles or do not fit the
            configuration, or the architecture is not one that the engine can decode.
    """
    name = str(source) if revision is None else f"{source} at {revision}"
    folder = source if isinstance(source, Path) else None
    if folder is not None:
        check_files(folder)
    elif revision is None:
        raise EngineError(f"{source}: a model from the Hub needs a revision")
    if dtype == "auto":
        dtype = "float32" if device == "cpu" else "bfloat16"
    where: dict[str, Any] = {
        "revision": revision or "main",
        "local_files_only": folder is not None,
        "trust_remote_code": False,
    }
    try:
        # Not AutoTokenizer: for a model_type that it knows it takes that model's own splitting
        # rules, whatever tokenizer.json says.
        tokenizer = PreTrainedTokenizerFast.from_pretrained(source, **where)
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            source,
            **where,
            use_safetensors=True,
            dtype=getattr(torch, dtype),
            device_map=None if device == "cpu" else device,
            attn_implementation=GROUPED,
            # Both let us name every weight that does not fit, instead of the first problem.
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    except Exception as error:  # tokenizers raises nothing more special
        raise EngineError(f"{name}: the model cannot be loaded: {error}") from error
    model, report = loaded
    check_loaded(name, model, report)
    weights = (
        {"sha256": weights_hash(folder)}
        if folder is not None
        else {"repo": str(source), "revision": model.config._commit_hash or revision}
    )
    ends = _end_tokens(model, tokenizer)
    identity = {
        "engine": "transformers",
        "weights": weights,
        "dtype": dtype,
        "transformers": _major_minor(transformers.__version__),
        "torch": _major_minor(torch.__version__),
        "config": _hash(_plain_config(model.config)),
        "tokenizer": tokenizer_hash(tokenizer),
        "chat_template": _hash(json.dumps(tokenizer.chat_template, sort_keys=True)),
        "end_tokens": sorted(ends),
    }
    return LocalModel(
        model=model.eval(),
        tokenizer=tokenizer,
        identity=identity,
        name=name,
        context=model.config.get_text_config().max_position_embeddings,
        end_tokens=ends,
        openings=_spelled(THINK_DELIMITERS, tokenizer),
        delimiters=_spelled(ANSWER_DELIMITERS, tokenizer),
    )


def weights_hash(folder: Path) -> str:
    """The sha256 of a model's safetensors file; of several, that of their names and sha256s."""
    digests = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    if len(digests) == 1:
        return next(iter(digests.values()))
    return _hash("".join(f"{digest}  {name}\n" for name, digest in digests.items()))


def check_files(folder: Path) -> None:
    """Refuse a folder that is not a whole model with safetensors weights.

    Raises:
        EngineError: with everything that is missing.
    """
    if not folder.is_dir():
        raise EngineError(f"{folder}: no such folder; a model is a folder with its weights")
    problems = [f"{name} is missing" for name in _FILES if not (folder / name).is_file()]
    if not any(folder.glob("*.safetensors")):
        pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        if pickles:
            problems.append(
                f"only pickled weights ({', '.join(pickles)}), which can run code when loaded; "
                "convert them to safetensors"
            )
        else:
            problems.append("no weights (*.safetensors)")
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise EngineError(f"{folder}: not a whole model: {len(problems)} problem(s){lines}")


def check_loaded(name: str, model: Any, report: dict[str, Any]) -> None:
    """Refuse weights that transformers would quietly fill up, and states we cannot keep.

    Raises:
        EngineError: naming them.
    """
    problems = [
        f"{kind.replace('_', ' ')}: {', '.join(map(str, sorted(report[kind], key=str)))}"
        for kind in ("missing_keys", "mismatched_keys")
        if report.get(kind)
    ]
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise EngineError(f"{name}: the weights do not fit config.json{lines}")
    layers = DynamicCache(config=model.config).layers
    rope = getattr(model.config.get_text_config(), "rope_parameters", None) or {}
    if any(type(layer) is not DynamicLayer for layer in layers) or not layers:
        raise EngineError(
            f"{name}: {model.config.model_type} has layers other than full attention; "
            "this engine decodes full attention only"
        )
    if rope.get("rope_type") in _ROPE_BY_BATCH:
        raise EngineError(
            f"{name}: rope_type {rope['rope_type']!r} makes a sample depend on the longest row "
            "of its batch; set another rope_type in config.json"
        )


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Every token that ends a text, for the model or for its tokenizer."""
    ends: set[int] = set()
    for said in (model.generation_config.eos_token_id, tokenizer.eos_token_id):
        ends.update([said] if isinstance(said, int) else said or [])
    return frozenset(ends)


def _spelled(delimiters: tuple[str, ...], tokenizer: Any) -> list[Mark]:
    """Delimiters as token ids, without those that the vocabulary cannot spell."""
    spelled = [tuple(tokenizer.encode(mark, add_special_tokens=False)) for mark in delimiters]
    return [ids for ids in spelled if ids and tokenizer.unk_token_id not in ids]


def _plain_config(config: Any) -> str:
    """The configuration without what says nothing about the model itself."""
    content = config.to_dict()
    for key in ("transformers_version", "_name_or_path", "dtype", "_attn_implementation"):
        content.pop(key, None)
    return json.dumps(content, sort_keys=True, default=str)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _major_minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
