"""A verifier for tests: a small token classifier with random weights, of which nothing is kept.

It reads the solver's token ids, each text anew and in one pass, and counts what one with a cache
reads: the new tokens of each step, and the prompt with the first.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForTokenClassification

from scripts.lib.engines.base import Request
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.verifiers.base import NewStep, Scored


@dataclass(frozen=True)
class Read:
    """What was read: the prompt and the steps, as token ids."""

    token_ids: tuple[int, ...]
    prompt_tokens: int

    @property
    def tokens(self) -> int:
        return len(self.token_ids)


class SmallVerifier:
    """`tokens` counts what it has read, prompts left out; `calls` how many steps at once.

    `batch_size`: texts of one pass, padded behind; 1 gives the same bits whatever else is read.
    """

    def __init__(
        self,
        engine: TransformersEngine,
        *,
        width: int = 32,
        seed: int = 1,
        batch_size: int = 1,
    ) -> None:
        torch.manual_seed(seed)
        config = Qwen2Config(
            vocab_size=len(engine.tokenizer),
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=engine.context,
            initializer_range=0.5,
            num_labels=2,
            pad_token_id=0,
        )
        self.model: Any = Qwen2ForTokenClassification(config).double().eval()
        self.engine, self.batch_size = engine, batch_size
        self.identity = {"verifier": "small", "seed": seed}
        self.tokens = self.begun = 0
        self.calls: list[int] = []

    def begin(self, problem: str, prompt: str) -> Read:
        self.begun += 1
        token_ids = self.engine.encode(Request(prompt, seed=0, max_tokens=1, temperature=0))
        return Read(token_ids, len(token_ids))

    @torch.inference_mode()
    def score(self, steps: Sequence[tuple[Read, NewStep]]) -> list[Scored]:
        self.calls.append(len(steps))
        found = []
        for start in range(0, len(steps), self.batch_size):
            found += self._pass(steps[start : start + self.batch_size])
        return found

    def _pass(self, steps: Sequence[tuple[Read, NewStep]]) -> list[Scored]:
        texts = [thread.token_ids + (step.token_ids or ()) for thread, step in steps]
        longest = max(map(len, texts))
        ids = torch.tensor([[*text, *[0] * (longest - len(text))] for text in texts])
        ends = torch.tensor([len(text) - 1 for text in texts])
        # Padding stands behind, where causal attention does not look.
        logits = self.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits
        scores = logits[torch.arange(len(texts)), ends].softmax(-1)[:, 1].tolist()
        found = []
        for (thread, step), text, score in zip(steps, texts, scores, strict=True):
            new, before = len(step.token_ids or ()), thread.tokens
            self.tokens += new
            positions = sum(range(before + 1, before + new + 1))
            found.append(Scored(Read(text, thread.prompt_tokens), score, new, positions))
        return found


def write_verifier(folder: Path, base: Path, *, seed: int = 1, classes: int = 2) -> Path:
    """A token classifier with random weights as a model folder, with the tokenizer of `base`."""
    torch.manual_seed(seed)
    config = Qwen2Config.from_pretrained(base)
    config.num_labels = classes
    config.initializer_range = 0.5
    config.architectures = ["Qwen2ForTokenClassification"]
    Qwen2ForTokenClassification(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        if (base / name).exists():
            shutil.copy(base / name, folder / name)
    return folder
