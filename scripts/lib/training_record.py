"""The record of a training: a row for each optimiser step, and when each was done."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from scripts.lib.tableio import make_table, write_table
from scripts.lib.training_tables import TrainingStep, TrainingTime

SECONDS_BETWEEN_NEWS = 5.0

Rows = list[dict[str, Any]]


class TrainingRecord(TrainerCallback):
    """Keeps the rows of a TrainingStep and a TrainingTime table; tells now and then how it goes.

    FLOPs are 6 N D with N the active parameters and D the tokens read (Kaplan et al. 2020,
    section 2.1). Seconds are those of computing: a training that was killed and resumed goes on
    counting where its last checkpoint stood.

    Args:
        parameters: N.
        tokens: D, all tokens read up to the present state, padding left out.
    """

    def __init__(self, parameters: int, tokens: Callable[[TrainerState], int]) -> None:
        self.steps: Rows = []
        self.times: Rows = []
        self._parameters = parameters
        self._tokens = tokens
        self._began = self._told = time.monotonic()
        self._before = self._before_on_devices = 0.0
        self._first_step = self._first_tokens = 0

    def resume(self, steps: Rows, times: Rows) -> None:
        """Go on after these rows."""
        self.steps, self.times = list(steps), list(times)
        self._before = times[-1]["seconds"]
        self._before_on_devices = times[-1]["device_seconds"]
        self._first_step, self._first_tokens = steps[-1]["step"], steps[-1]["tokens"]

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Start the clock."""
        self._began = self._told = time.monotonic()

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
        now = time.monotonic()
        tokens, step = self._tokens(state), state.global_step
        self.steps.append(
            {
                "step": step,
                "tokens": tokens,
                "loss": logs["loss"],
                "learning_rate": logs["learning_rate"],
                "flops": 6.0 * self._parameters * tokens,
            }
        )
        on_devices = args.world_size * (now - self._began)
        self.times.append(
            {
                "step": step,
                "seconds": self._before + now - self._began,
                "device_seconds": self._before_on_devices + on_devices,
            }
        )
        if now - self._told < SECONDS_BETWEEN_NEWS and step < state.max_steps:
            return
        self._told = now
        taken = now - self._began
        logging.info(
            "step %d of %d: loss %.4f, %d tokens/s, %d s left",
            step,
            state.max_steps,
            logs["loss"],
            (tokens - self._first_tokens) / taken,
            taken * (state.max_steps - step) / (step - self._first_step),
        )


def write_record(record: TrainingRecord, folder: Path) -> None:
    """Write training.csv and timing.csv to a model's folder."""
    write_table(TrainingStep, make_table(TrainingStep, record.steps), folder / "training.csv")
    write_table(TrainingTime, make_table(TrainingTime, record.times), folder / "timing.csv")
