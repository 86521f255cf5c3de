"""The model that a fine-tuning begins with: a folder of this study, or one fetched from the Hub."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForTokenClassification,
    PreTrainedTokenizerFast,
)
from transformers.utils.hub import cached_file

from scripts.lib.engines.local_weights import weights_hash
from scripts.lib.errors import UserError
from scripts.lib.provenance.notes import note
from scripts.lib.published import cached


class BaseModelError(UserError):
    """The base model cannot be loaded."""


@dataclass(frozen=True)
class BaseModel:
    """Where a model lies; `revision` is None for a folder."""

    source: Path | str
    revision: str | None = None

    @property
    def name(self) -> str:
        """What errors and logs call it."""
        return str(self.source) if self.revision is None else f"{self.source} at {self.revision}"

    def identity(self) -> str:
        """What tells its weights from others: their hash, or repository and commit."""
        if isinstance(self.source, Path):
            return weights_hash(self.source)
        return f"{self.source} {cached(self.source, self.revision or 'main', 'weights').name}"

    def config(self) -> Any:
        """The model's configuration."""
        config = self._load(AutoConfig.from_pretrained, trust_remote_code=False)
        if not isinstance(self.source, Path):  # the files of a folder have records of their own
            note("base", {"repo": self.source, "revision": config._commit_hash or self.revision})
        return config

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """The tokenizer that tokenizer.json describes, as the engine that samples loads it."""
        tokenizer: PreTrainedTokenizerFast = self._load(
            PreTrainedTokenizerFast.from_pretrained, trust_remote_code=False
        )
        if tokenizer.eos_token is None:
            raise BaseModelError(f"{self.name}: the tokenizer has no end token")
        return tokenizer

    def weights(self, attention: str) -> Any:
        """The model in float32, from safetensors and without code of its own.

        Args:
            attention: as transformers names it.

        Raises:
            BaseModelError: it cannot be had, or some weights are missing.
        """
        model, report = self._load(
            AutoModelForCausalLM.from_pretrained,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation=attention,
            output_loading_info=True,
        )
        if report["missing_keys"]:
            missing = ", ".join(sorted(map(str, report["missing_keys"])))
            raise BaseModelError(f"{self.name}: weights are missing: {missing}")
        return model

    def classifier(self, seed: int) -> Any:
        """The model as a token classifier of two classes in float32; its head is new.

        Args:
            seed: of the head's weights.

        Raises:
            BaseModelError: it cannot be had, or weights other than the head's are missing.
        """
        config = self.config()
        config.num_labels = 2
        config.classifier_dropout = 0.0
        torch.manual_seed(seed)
        model, report = self._load(
            AutoModelForTokenClassification.from_pretrained,
            config=config,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            attn_implementation="sdpa",
            output_loading_info=True,
        )
        missing = [name for name in report["missing_keys"] if not name.startswith("score.")]
        if missing:
            raise BaseModelError(f"{self.name}: weights are missing: {', '.join(sorted(missing))}")
        return model

    def write_tokenizer(self, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
        """Write the tokenizer as the base has it: its class and settings stay, for any loader."""
        tokenizer.save_pretrained(folder, save_jinja_files=False)
        path = self._load(cached_file, filename="tokenizer_config.json")
        settings = json.loads(Path(path).read_text(encoding="utf-8"))
        settings["chat_template"] = tokenizer.chat_template
        text = json.dumps(settings, indent=2, ensure_ascii=False, sort_keys=True)
        (folder / "tokenizer_config.json").write_text(text + "\n", encoding="utf-8")

    def _load(self, load: Callable[..., Any], **more: Any) -> Any:
        if self.revision is not None:
            cached(str(self.source), self.revision, "weights")
        try:
            return load(
                self.source,
                revision=self.revision or "main",
                local_files_only=True,
                **more,
            )
        except Exception as error:  # tokenizers raises nothing more special
            raise BaseModelError(f"{self.name}: the model cannot be loaded: {error}") from error
