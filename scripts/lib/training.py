"""Training a small causal language model on the CPU with transformers' Trainer, repeatably.

The same settings, rows and number of threads give the same weights, bit by bit.
"""

import logging
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    DataCollatorForSeq2Seq,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    PrinterCallback,
    Qwen2Config,
    Qwen2ForCausalLM,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    enable_full_determinism,
)

from scripts.lib.config.models import Architecture, Training

THREADS = 1
"""Sums are split over this many threads on any machine: more would change their last bits."""

WINDOW = 50
"""Batches among which rows are sorted by length."""

SECONDS_BETWEEN_NEWS = 5.0


def build_model(
    sizes: Architecture, tokenizer: PreTrainedTokenizerFast, seed: int
) -> Qwen2ForCausalLM:
    """A Qwen2 model with random weights; input and output embeddings are shared."""
    enable_full_determinism(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=sizes.width,
        intermediate_size=sizes.feed_forward,
        num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads,
        num_key_value_heads=sizes.kv_heads,
        max_position_embeddings=sizes.context,
        # Qwen2's own 0.02 is meant for widths of thousands: a narrow model then stands still.
        initializer_range=sizes.width**-0.5,
        tie_word_embeddings=True,
        use_cache=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        dtype="float32",
    )
    return Qwen2ForCausalLM(config)  # type: ignore[no-untyped-call]


def active_parameters(model: PreTrainedModel) -> int:
    """Parameters a token passes through: all but an input embedding that is not shared."""
    total = sum(parameter.numel() for parameter in model.parameters())
    if model.config.tie_word_embeddings:
        return total
    return total - sum(p.numel() for p in model.get_input_embeddings().parameters())


def batches_of_like_length(
    rows: list[dict[str, list[int]]], batch_size: int, seed: int
) -> list[dict[str, list[int]]]:
    """Reorder rows so that each batch holds rows of like length and needs little padding.

    Rows move within windows of WINDOW batches only, so that a corpus that grows harder stays so;
    the batches of a window come in random order. (The Trainer's own grouping mixes all rows.)
    """
    noise = np.random.Generator(np.random.PCG64(seed))
    ordered = []
    for start in range(0, len(rows), WINDOW * batch_size):
        window = rows[start : start + WINDOW * batch_size]
        window.sort(key=lambda row: len(row["input_ids"]))
        batches = [window[i : i + batch_size] for i in range(0, len(window), batch_size)]
        for pick in noise.permutation(len(batches)):
            ordered += batches[pick]
    return ordered


def train(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    rows: list[dict[str, list[int]]],
    settings: Training,
    scratch: Path,
) -> list[dict[str, object]]:
    """Train `model` in place on `rows` (input_ids and labels), in batches of like length.

    `scratch` is a folder that the Trainer may write to. Returns the rows of a TrainingStep
    table; FLOPs are 6 N D with N the active parameters and D the tokens read (Kaplan et al.
    2020, section 2.1).
    """
    torch.set_num_threads(THREADS)
    enable_full_determinism(settings.seed)
    news = _News(active_parameters(model))
    arguments = TrainingArguments(
        output_dir=str(scratch),
        per_device_train_batch_size=settings.batch_size,
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup_ratio,
        lr_scheduler_type="cosine",
        adam_beta2=settings.adam_beta2,
        weight_decay=settings.weight_decay,
        train_sampling_strategy="sequential",
        include_num_input_tokens_seen="non_padding",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        use_cpu=True,
        seed=settings.seed,
        data_seed=settings.seed,
        full_determinism=True,
    )
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=batches_of_like_length(rows, settings.batch_size, settings.seed),
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True),
        callbacks=[news],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train()
    return news.steps


class _News(TrainerCallback):
    """Keeps a row for each step and tells now and then how far the training is."""

    def __init__(self, parameters: int) -> None:
        self.parameters = parameters
        self.steps: list[dict[str, object]] = []
        self.began = self.told = time.monotonic()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **_: object,
    ) -> None:
        """Called after each step with its loss, and once more at the end without."""
        if not logs or "loss" not in logs:
            return
        tokens = int(state.num_input_tokens_seen)
        self.steps.append(
            {
                "step": state.global_step,
                "tokens": tokens,
                "loss": logs["loss"],
                "learning_rate": logs["learning_rate"],
                "flops": 6.0 * self.parameters * tokens,
            }
        )
        now = time.monotonic()
        if now - self.told < SECONDS_BETWEEN_NEWS and state.global_step < state.max_steps:
            return
        self.told = now
        taken = now - self.began
        logging.info(
            "step %d of %d: loss %.4f, %d tokens/s, %d s left",
            state.global_step,
            state.max_steps,
            logs["loss"],
            tokens / taken,
            taken * (state.max_steps / state.global_step - 1),
        )
