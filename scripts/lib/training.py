"""Training a small causal language model on the CPU with transformers' Trainer, repeatably.

The same settings, rows and number of threads give the same weights, bit by bit.
"""

from collections.abc import Sequence
from pathlib import Path

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
    TrainingArguments,
    enable_full_determinism,
)

from scripts.lib.config.models import Architecture, Training
from scripts.lib.training_record import TrainingRecord

IGNORED = -100
"""Label of a token without loss, as in PyTorch's cross entropy."""

THREADS = 1
"""Of a training on a CPU, whatever the machine: trainings run side by side, and sums may be split
between threads. Two of them wait for each other by spinning, which on a machine with other work
takes twenty times as long; alone, models as small as these gain a third."""

WINDOW = 50
"""Batches among which rows are sorted by length."""


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
    total = sum(_size(parameter) for parameter in model.parameters())
    if model.config.tie_word_embeddings:
        return total
    return total - sum(_size(p) for p in model.get_input_embeddings().parameters())


def _size(parameter: torch.nn.Parameter) -> int:
    """Numbers in a parameter; DeepSpeed's third stage leaves none of them in place."""
    return int(getattr(parameter, "ds_numel", parameter.numel()))


def batches_of_like_length(
    lengths: Sequence[int], batch_size: int, noise: np.random.Generator
) -> list[list[int]]:
    """Group rows so that each batch holds rows of like length and needs little padding.

    Rows move within windows of WINDOW batches only, so that a corpus that grows harder stays so;
    the batches of a window come in random order. (The Trainer's own grouping mixes all rows.)

    Args:
        lengths: tokens of each row.
        batch_size: rows of a batch; one of the last window's may hold fewer.
        noise: draws the order of the batches.

    Returns:
        Batches of row numbers.
    """
    ordered = []
    for start in range(0, len(lengths), WINDOW * batch_size):
        window = range(start, min(start + WINDOW * batch_size, len(lengths)))
        rows = sorted(window, key=lambda row: lengths[row])
        batches = [rows[i : i + batch_size] for i in range(0, len(rows), batch_size)]
        ordered += [batches[pick] for pick in noise.permutation(len(batches))]
    return ordered


def leave_new_memory_unfilled() -> None:
    """Undo the part of PyTorch's full determinism that only costs time.

    It fills all new memory, to show what reads it before it is written; nothing here does.
    """
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def train(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    rows: list[dict[str, list[int]]],
    settings: Training,
    scratch: Path,
) -> TrainingRecord:
    """Train `model` in place on `rows` (input_ids and labels), in batches of like length.

    `scratch` is a folder that the Trainer may write to.
    """
    torch.set_num_threads(THREADS)
    enable_full_determinism(settings.seed)
    record = TrainingRecord(
        active_parameters(model), lambda state: int(state.num_input_tokens_seen)
    )
    noise = np.random.Generator(np.random.PCG64(settings.seed))
    lengths = [len(row["input_ids"]) for row in rows]
    batches = batches_of_like_length(lengths, settings.batch_size, noise)
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
        train_dataset=[rows[number] for batch in batches for number in batch],
        data_collator=DataCollatorForSeq2Seq(tokenizer, padding=True),
        callbacks=[record],
    )
    trainer.remove_callback(PrinterCallback)
    leave_new_memory_unfilled()
    trainer.train()
    return record
