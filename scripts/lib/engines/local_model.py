"""A causal language model and its tokenizer, from a folder or the Hub, and what identifies them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, DynamicCache
from transformers.cache_utils import DynamicLayer

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.grouped_attention import GROUPED
from scripts.lib.engines.local_text import LocalText, hub_options, load_tokenizer, local_text
from scripts.lib.engines.local_weights import check_files, weights_identity

_ROPE_BY_BATCH = {"dynamic", "longrope"}


@dataclass(frozen=True, eq=False)
class LocalModel:
    """A loaded model. `identity` is all that may change what it says; see `load_model`."""

    model: Any
    text: LocalText
    identity: dict[str, Any]

    @property
    def layers(self) -> int:
        """Attention layers, each with keys and values of its own."""
        return len(DynamicCache(config=self.model.config).layers)


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
    if isinstance(source, Path):
        check_files(source)
    where = hub_options(source, revision)
    if dtype == "auto":
        dtype = "float32" if device == "cpu" else "bfloat16"
    try:
        tokenizer = load_tokenizer(source, revision)
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
    vocabulary = int(model.get_output_embeddings().weight.shape[0])
    text = local_text(tokenizer, model.config, model.generation_config, name, vocabulary)
    identity = {
        "engine": "transformers",
        "dtype": dtype,
        "transformers": major_minor(transformers.__version__),
        "torch": major_minor(torch.__version__),
        **weights_identity(source, model.config, revision),
        **text.identity,
    }
    return LocalModel(model=model.eval(), text=text, identity=identity)


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


def major_minor(version: str) -> str:
    """A version without what changes no results."""
    return ".".join(version.split(".")[:2])
