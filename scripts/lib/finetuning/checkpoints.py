"""Checkpoints of a fine-tuning, from which a killed one goes on.

The Trainer writes a folder of several files for each; once all of them are on disk, the record
of the training so far is put beside them, which marks the checkpoint as whole. Older ones are
deleted only then. A file at the top says what was being trained: checkpoints of other settings,
data or weights are not used.
"""

import json
import logging
import os
import re
import shutil
from pathlib import Path

from accelerate import PartialState
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from scripts.lib.atomic import write_text
from scripts.lib.training_record import TrainingRecord

IDENTITY, RECORD = "training.json", "record.json"


class Checkpoints(TrainerCallback):
    """The checkpoints of one model.

    Args:
        folder: where they lie.
        identity: what is trained on what with which settings: a hash by name.
        record: of the training.
    """

    def __init__(self, folder: Path, identity: dict[str, str], record: TrainingRecord) -> None:
        self.folder = folder
        self.identity = identity
        self.record = record

    def resume(self) -> Path | None:
        """The last whole checkpoint, its record taken over; None if training begins anew.

        What cannot be used is deleted by the first process.
        """
        state = PartialState()
        if state.is_main_process:
            self._clear()
        state.wait_for_everyone()
        whole = self._found()
        if not whole:
            return None
        last = whole[max(whole)]
        record = json.loads((last / RECORD).read_text(encoding="utf-8"))
        self.record.resume(record["steps"], record["times"])
        logging.info("going on after step %d, from %s", max(whole), last)
        return last

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: object
    ) -> None:
        """Mark the checkpoint that the Trainer just wrote as whole, and delete older ones."""
        PartialState().wait_for_everyone()
        if not state.is_world_process_zero:
            return
        new = self.folder / f"checkpoint-{state.global_step}"
        for file in new.rglob("*"):
            if file.is_file():
                with file.open("rb") as opened:
                    os.fsync(opened.fileno())
        record = {"steps": self.record.steps, "times": self.record.times}
        write_text(new / RECORD, json.dumps(record))
        for step, path in self._found(whole=False).items():
            if step != state.global_step:
                shutil.rmtree(path)

    def remove(self) -> None:
        """Delete all of them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _clear(self) -> None:
        """Delete the checkpoints of other trainings and those that are not whole."""
        try:
            held = json.loads((self.folder / IDENTITY).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            held = {}
        if held != self.identity:
            if self._found(whole=False):
                other = [name for name in self.identity if held.get(name) != self.identity[name]]
                logging.warning(
                    "%s: its checkpoints are of other %s: training starts anew",
                    self.folder,
                    ", ".join(other) or "trainings",
                )
            self.remove()
            write_text(self.folder / IDENTITY, json.dumps(self.identity, indent=2) + "\n")
        whole = self._found()
        for step, path in self._found(whole=False).items():
            if step not in whole:
                shutil.rmtree(path)

    def _found(self, *, whole: bool = True) -> dict[int, Path]:
        """Checkpoints by step: the whole ones, or all."""
        found = {}
        for path in self.folder.glob("checkpoint-*"):
            number = re.fullmatch(r"checkpoint-(\d+)", path.name)
            if number and (not whole or (path / RECORD).exists()):
                found[int(number[1])] = path
        return found
