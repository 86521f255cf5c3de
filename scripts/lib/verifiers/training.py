"""Training a token classifier on labelled steps with transformers' Trainer.

On a CPU the same settings and examples give the same weights, bit by bit.
"""

import itertools
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PrinterCallback, Trainer, TrainerState, TrainingArguments

from scripts.lib.config.verifiers import VerifierTraining
from scripts.lib.finetuning.base_model import BaseModel
from scripts.lib.finetuning.layout import accumulation, lay_out, plan_steps
from scripts.lib.finetuning.trainer import processes
from scripts.lib.training import THREADS, active_parameters, leave_new_memory_unfilled
from scripts.lib.training_record import TrainingRecord
from scripts.lib.verifiers.examples import UNLABELLED, Example

SCORED_AT_ONCE = 32


def soft_cross_entropy(outputs: Any, labels: Tensor, num_items_in_batch: Any = None) -> Tensor:
    """Cross entropy between targets from 0 to 1 and two classes, mean over labelled steps.

    A target t is the probability of class 1: -(t log p1 + (1 - t) log p0). Of a step whose
    rollouts are right 7 times in 10 the target is 0.7, not a class.

    Args:
        outputs: of the model, with logits of shape (rows, tokens, 2).
        labels: targets of shape (rows, tokens), UNLABELLED for tokens without one.
        num_items_in_batch: labelled steps of the whole optimiser step, over all device batches
            and processes; those of this batch if left out.
    """
    known = labels != UNLABELLED
    targets = labels[known]
    logs = outputs.logits[known].float().log_softmax(dim=-1)
    total: Tensor = -(targets * logs[:, 1] + (1 - targets) * logs[:, 0]).sum()
    return total / (num_items_in_batch if num_items_in_batch is not None else known.sum())


class StepCollator:
    """Pads rows behind their ends; a row's padding has no target and is not seen."""

    def __init__(self, padding: int) -> None:
        self._padding = padding

    def __call__(self, rows: Sequence[dict[str, list[Any]]]) -> dict[str, Tensor]:
        """Rows of `input_ids` and `labels` as tensors of shape (rows, longest)."""
        longest = max(len(row["input_ids"]) for row in rows)

        def padded(name: str, value: float) -> list[list[Any]]:
            return [row[name] + [value] * (longest - len(row[name])) for row in rows]

        seen = [[1] * len(row["input_ids"]) for row in rows]
        return {
            "input_ids": torch.tensor(padded("input_ids", self._padding)),
            "attention_mask": torch.tensor([one + [0] * (longest - len(one)) for one in seen]),
            "labels": torch.tensor(padded("labels", UNLABELLED)),
        }


def train_classifier(
    base: BaseModel,
    examples: Sequence[Example],
    settings: VerifierTraining,
    padding: int,
    scratch: Path,
) -> tuple[Any, TrainingRecord]:
    """A token classifier of `base`, trained, and the record of its training.

    Args:
        base: what to begin with.
        examples: solutions with targets.
        settings: of the training.
        padding: token that stands behind shorter rows.
        scratch: folder that the Trainer may write to.

    Raises:
        UserError: of the base model, the batch, or how the program was started.
    """
    on_cpu = not torch.cuda.is_available()
    torch.set_num_threads(THREADS if on_cpu else torch.get_num_threads())
    arguments = TrainingArguments(
        output_dir=str(scratch),
        per_device_train_batch_size=settings.device_batch_size,
        gradient_accumulation_steps=accumulation(settings, processes()),
        num_train_epochs=1,  # the data set holds all epochs
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup_ratio,
        lr_scheduler_type="cosine",
        weight_decay=settings.weight_decay,
        train_sampling_strategy="sequential",
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=not on_cpu,
        use_cpu=on_cpu,
        bf16=not on_cpu,
        gradient_checkpointing=not on_cpu,
        remove_unused_columns=False,
        label_names=["labels"],
        seed=settings.seed,
        data_seed=settings.seed,
        full_determinism=on_cpu,
    )
    model = base.classifier(settings.seed)
    model.config.use_cache = False
    rows = [example.row() for example in examples]
    lengths = [len(row["input_ids"]) for row in rows]
    steps = plan_steps(lengths, settings)
    read = list(itertools.accumulate(sum(lengths[row] for row in step) for step in steps))
    filler: dict[str, list[Any]] = {"input_ids": [padding] * 2, "labels": [UNLABELLED] * 2}
    order = lay_out(steps, settings.batch_size, filler=len(rows))

    def tokens(state: TrainerState) -> int:
        return read[state.global_step - 1]

    record = TrainingRecord(active_parameters(model), tokens)
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=[[*rows, filler][row] for row in order],
        data_collator=StepCollator(padding),
        compute_loss_func=soft_cross_entropy,
        callbacks=[record],
    )
    trainer.remove_callback(PrinterCallback)
    leave_new_memory_unfilled()
    logging.info(
        "%d steps of %d solutions, %d parameters",
        len(steps), settings.batch_size, active_parameters(model),
    )  # fmt: skip
    trainer.train()
    model.config.use_cache = True
    # Without the wrapper that computes in bfloat16: scores are those of the weights as stored.
    return trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False), record


@torch.inference_mode()
def score_examples(model: Any, examples: Sequence[Example], padding: int) -> list[list[float]]:
    """The score of each labelled step, solution by solution, each read in one pass."""
    model.eval()
    device = next(model.parameters()).device
    order = sorted(range(len(examples)), key=lambda at: len(examples[at].input_ids))
    scores: dict[int, list[float]] = {}
    collate = StepCollator(padding)
    for start in range(0, len(order), SCORED_AT_ONCE):
        rows = order[start : start + SCORED_AT_ONCE]
        batch = collate([examples[at].row() for at in rows])
        logits = model(
            input_ids=batch["input_ids"].to(device),
            attention_mask=batch["attention_mask"].to(device),
        ).logits
        right = logits.double().softmax(dim=-1)[:, :, 1]
        for row, at in enumerate(rows):
            scores[at] = right[row, examples[at].ends].tolist()
    return [scores[at] for at in range(len(examples))]
