"""A verifier's weights and tokenizer, from a folder or the Hub."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_model import check_loaded
from scripts.lib.engines.local_text import hub_options, load_tokenizer
from scripts.lib.engines.local_weights import check_files, weights_hash
from scripts.lib.published import cached
from scripts.lib.verifiers.base import VerifierError
from scripts.lib.verifiers.reader import Reader


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model that reads. `context`: most tokens of prompt and steps together."""

    tokenizer: Any
    model: Any
    context: int
    device: torch.device

    def reader(self, batch_size: int, model: Any = None) -> Reader:
        """What reads with the model, or with one that was made from it."""
        return Reader(model or self.model, batch_size, self.device, self.context)


def load(folder: Path, kind: Any, *, name: str, dtype: Dtype, device: str | None) -> Loaded:
    """Tokenizer and model, from safetensors and without code of the model's own.

    A sliding window that all layers share is given up: attention is the same without it in texts
    that fit into it, and longer ones do not fit into `context`.

    Args:
        folder: of the model.
        kind: one of transformers' auto classes.
        name: of the model, for errors.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        device: as PyTorch names it; None takes a GPU where there is one.

    Raises:
        VerifierError: files are missing or broken, weights are pickles or do not fit, or the
            architecture is not one that can be read step by step.
    """
    where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if dtype == "auto":
        dtype = "float32" if where.type == "cpu" else "bfloat16"
    options = hub_options(folder, None)
    try:
        check_files(folder)
        tokenizer = load_tokenizer(folder, None)
        config = AutoConfig.from_pretrained(folder, **options)
        context = _without_window(config.get_text_config())
        model, report = kind.from_pretrained(
            folder,
            **options,
            config=config,
            use_safetensors=True,
            dtype=getattr(torch, dtype),
            attn_implementation="sdpa",
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        check_loaded(name, model, report)
    except EngineError as error:
        raise VerifierError(str(error)) from error
    except Exception as error:  # tokenizers raises nothing more special
        raise VerifierError(f"{name}: the verifier cannot be loaded: {error}") from error
    return Loaded(tokenizer, model.eval().to(where), context, where)


def load_text(folder: Path, name: str) -> tuple[Any, Any]:
    """Tokenizer and configuration alone.

    Args:
        folder: of the model.
        name: of the model, for errors.

    Raises:
        VerifierError: files are missing or broken.
    """
    try:
        tokenizer = load_tokenizer(folder, None)
        return tokenizer, AutoConfig.from_pretrained(folder, **hub_options(folder, None))
    except Exception as error:  # tokenizers raises nothing more special
        raise VerifierError(f"{name}: the verifier cannot be loaded: {error}") from error


def find(repo: str, revision: str) -> tuple[Path, dict[str, str]]:
    """The folder of a published model, and what identifies its weights.

    Args:
        repo: of the Hub, or a folder.
        revision: branch, tag or commit of the repository; not used for a folder.

    Raises:
        HubError: it was not fetched.
    """
    folder = Path(repo)
    if folder.is_dir():
        return folder, {"sha256": weights_hash(folder)}
    folder = cached(repo, revision, "weights")
    return folder, {"repo": repo, "revision": folder.name}


def _without_window(config: Any) -> int:
    """Most tokens that a model reads with full attention; its window is taken away."""
    context = int(config.max_position_embeddings)
    window = getattr(config, "sliding_window", None)
    if window is None or getattr(config, "layer_types", None) is not None:
        return context
    config.sliding_window = None
    return min(context, int(window))
