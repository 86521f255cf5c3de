"""Fine-tuning with TRL's SFTTrainer: on a CPU, on a GPU, or on many through `accelerate launch`.

On a CPU the same settings and data give the same weights, bit by bit.
"""

import hashlib
import itertools
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerFast, PrinterCallback, TrainerState
from transformers.utils.import_utils import is_flash_attn_2_available
from trl.data_utils import pack_dataset
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from scripts.lib.config.models import FineTuning
from scripts.lib.errors import UserError
from scripts.lib.finetuning.base_model import BaseModel
from scripts.lib.finetuning.checkpoints import Checkpoints
from scripts.lib.finetuning.examples import Row
from scripts.lib.finetuning.layout import accumulation, lay_out, plan_steps
from scripts.lib.training import (
    IGNORED,
    THREADS,
    active_parameters,
    leave_new_memory_unfilled,
)
from scripts.lib.training_record import TrainingRecord

SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
"""Names that transformers has for our schedules, all with warmup."""


class LaunchError(UserError):
    """The program was started in a way that does not fit the machine."""


@dataclass(frozen=True)
class Tuned:
    """A trained model, still where the training left it (perhaps in shards)."""

    trainer: SFTTrainer
    record: TrainingRecord
    checkpoints: Checkpoints
    dtype: torch.dtype
    """In which the base was stored, and the result will be."""


class _Trainer(SFTTrainer):
    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Checkpoints need none."""


def processes() -> int:
    """How many processes train together, as torch's launchers tell.

    Raises:
        LaunchError: one process, and several GPUs.
    """
    number = int(os.environ.get("WORLD_SIZE", "1"))
    if number == 1 and torch.cuda.device_count() > 1:
        raise LaunchError(
            f"{torch.cuda.device_count()} GPUs and one process: name a config file of "
            "`accelerate launch` in training.launch, or show one GPU (CUDA_VISIBLE_DEVICES)"
        )
    return number


def training_arguments(settings: FineTuning, folder: Path) -> SFTConfig:
    """Settings for TRL; bfloat16 and less memory on GPUs, float32 on a CPU.

    Raises:
        BatchError: the processes cannot share the global batch.
    """
    on_cpu = not torch.cuda.is_available()
    sharded_recomputes = os.environ.get("FSDP_ACTIVATION_CHECKPOINTING", "").lower() == "true"
    return SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=settings.device_batch_size,
        gradient_accumulation_steps=accumulation(settings, processes()),
        num_train_epochs=1,  # the data set holds all epochs
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup_ratio,
        lr_scheduler_type=SCHEDULES[settings.schedule],
        adam_beta1=settings.adam_beta1,
        adam_beta2=settings.adam_beta2,
        weight_decay=settings.weight_decay,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        padding_free=settings.padding_free or settings.packing,
        train_sampling_strategy="sequential",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=settings.checkpoint_steps,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=not on_cpu,
        use_cpu=on_cpu,
        bf16=not on_cpu,
        gradient_checkpointing=not on_cpu and not sharded_recomputes,
        seed=settings.seed,
        data_seed=settings.seed,
        full_determinism=on_cpu,
    )


def fine_tune(
    base: BaseModel,
    tokenizer: PreTrainedTokenizerFast,
    rows: list[Row],
    settings: FineTuning,
    checkpoints: Path,
    identity: dict[str, str],
) -> Tuned:
    """Train the base model on `rows`, from the last checkpoint if there is one.

    Args:
        base: what to begin with.
        tokenizer: its tokenizer.
        rows: examples, none longer than max_length.
        settings: of the training.
        checkpoints: folder for them.
        identity: of the training: a checkpoint of another is not used.

    Raises:
        UserError: of the base model, the batch, or how the program was started.
    """
    torch.set_num_threads(THREADS if not torch.cuda.is_available() else torch.get_num_threads())
    # Before the model: its loading asks whether it will be sharded.
    arguments = training_arguments(settings, checkpoints)
    if settings.packing:
        rows = pack(rows, settings.max_length)
    lengths = [len(row["input_ids"]) for row in rows]
    steps = plan_steps(lengths, settings)
    read = list(itertools.accumulate(sum(lengths[row] for row in step) for step in steps))
    dtype = base.config().dtype or torch.float32
    flash = torch.cuda.is_available() and is_flash_attn_2_available()
    model = base.weights("flash_attention_2" if flash else "sdpa")
    record = TrainingRecord(active_parameters(model), tokens=_tokens_from(read))
    kept = Checkpoints(checkpoints, identity, record)
    last = kept.resume()
    trainer = _Trainer(
        model=model,
        args=arguments,
        train_dataset=data_set(rows, steps, settings.batch_size, int(tokenizer.eos_token_id)),
        processing_class=tokenizer,
        callbacks=[record, kept],
    )
    trainer.remove_callback(PrinterCallback)
    # TRL's loss takes a vocabulary of 32,768 at a time: filled, it would be slow with a small one.
    leave_new_memory_unfilled()
    logging.info(
        "%d steps of %d rows on %d processes, %d parameters",
        len(steps),
        settings.batch_size,
        processes(),
        active_parameters(model),
    )
    trainer.train(resume_from_checkpoint=None if last is None else str(last))
    return Tuned(trainer, record, kept, dtype)


def save_weights(tuned: Tuned, folder: Path | None) -> None:
    """Write weights (one safetensors file) and configuration.

    All processes must call it, because they may hold a shard each; only the first has a folder.
    """
    trainer = tuned.trainer
    state = trainer.accelerator.get_state_dict(trainer.deepspeed or trainer.model_wrapped)
    if folder is None:
        return
    model = trainer.accelerator.unwrap_model(trainer.model_wrapped)
    model.config.dtype = tuned.dtype
    model.config.use_cache = True
    # In one piece, because that is the file that the workflow expects.
    model.save_pretrained(folder, state_dict=_cast(state, tuned.dtype), max_shard_size="1TB")


def pack(rows: list[Row], length: int) -> list[Row]:
    """Rows of several examples, none longer than `length`; seq_lengths tells them apart."""
    packed = pack_dataset(Dataset.from_list(rows), length, "bfd")
    return list(packed.to_list())


def data_set(
    rows: list[Row], steps: list[list[int]], batch_size: int, filler_token: int
) -> Dataset:
    """All steps' rows one after the other. Steps with too few get rows without loss."""
    filler: Row = {"input_ids": [filler_token] * 2, "labels": [IGNORED] * 2}
    if "seq_lengths" in rows[0]:
        filler["seq_lengths"] = [2]
    order = lay_out(steps, batch_size, filler=len(rows))
    return Dataset.from_list([*rows, filler]).select(order)


def identity_of(settings: str, rows: list[Row], weights: str) -> dict[str, str]:
    """What a checkpoint belongs to, a hash by name."""
    return {
        "settings": hashlib.sha256(settings.encode()).hexdigest(),
        "data": hashlib.sha256(json.dumps(rows).encode()).hexdigest(),
        "weights": weights,
    }


def _tokens_from(read: list[int]) -> Any:
    def tokens(state: TrainerState) -> int:
        return read[state.global_step - 1]

    return tokens


def _cast(state: dict[str, torch.Tensor], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Weights as they will be stored; shared ones stay shared."""
    cast: dict[Any, torch.Tensor] = {}
    for tensor in state.values():
        key = (tensor.data_ptr(), tensor.shape)
        cast.setdefault(key, tensor.to(dtype) if tensor.is_floating_point() else tensor)
    return {name: cast[tensor.data_ptr(), tensor.shape] for name, tensor in state.items()}
