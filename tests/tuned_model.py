"""A small base model, questions with traces, and the fine-tuning program in a process."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from scripts.lib.chains.families import FAMILIES
from scripts.lib.chains.problems import answer_of, draw_chain
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.chains.traces import Plan, draw_passes
from scripts.lib.config.models import Architecture, TunedModel
from scripts.lib.questions.tables import Question
from scripts.lib.tableio import make_table, write_table
from scripts.lib.training import build_model

PROMPT = "{problem}"
CONTEXT = 512


def write_base(folder: Path) -> Path:
    """Random weights and the chains tokenizer, as a model folder."""
    tokenizer = build_tokenizer(CONTEXT)
    sizes = Architecture(layers=2, width=32, heads=2, kv_heads=1, feed_forward=64, context=CONTEXT)
    build_model(sizes, tokenizer, seed=7).save_pretrained(folder)
    tokenizer.save_pretrained(folder, save_jinja_files=False)
    return folder


def questions(count: int, seed: int = 1) -> pl.DataFrame:
    """Questions about chains with whole traces of unequal length."""
    noise = np.random.default_rng(seed)
    slips = Slips.draw(0.0, seed)
    rows: dict[str, dict[str, Any]] = {}
    while len(rows) < count:
        chain = draw_chain(int(noise.integers(2, 6)), noise)
        text = FAMILIES[int(noise.integers(len(FAMILIES)))].text(chain)
        passes = draw_passes(chain, Plan(True, int(noise.integers(2))), slips, noise)
        answer = answer_of(list(passes[-1].values))
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        rows[name] = {
            "question_id": name,
            "source": "chains",
            "publish": "text",
            "question": text,
            "answer": answer,
            "answer_kind": "integer",
            "trace": "\nWait\n".join(one.text(chain) for one in passes),
            "attempt": answer,
        }
    return make_table(Question, list(rows.values()))


def tuned_spec(**training: Any) -> TunedModel:
    """A model's entry; `training` overrides its settings."""
    settings = {"learning_rate": 0.003, "epochs": 2, "batch_size": 8, "device_batch_size": 4}
    return TunedModel.model_validate(
        {
            "kind": "tuned",
            "base": "base",
            "selection": "all",
            "wording": "plain",
            "training": {"max_length": CONTEXT, **settings, **training},
        }
    )


class Tuning:
    """The program's arguments and folders below one folder."""

    def __init__(self, folder: Path, base: Path, table: pl.DataFrame, name: str) -> None:
        self.base = base
        self.questions = folder / "questions.parquet"
        if not self.questions.exists():
            write_table(Question, table, self.questions)
        self.output = folder / name
        self.checkpoints = folder / f"{name}.checkpoints"

    def command(self, spec: TunedModel, *launcher: str) -> list[str]:
        """The command line; `launcher` comes before the program."""
        options = {
            "--spec": json.dumps(spec.model_dump(mode="json", exclude_none=True)),
            "--prompt": PROMPT,
            "--questions": str(self.questions),
            "--weights": str(self.base),
            "--checkpoints": str(self.checkpoints),
            "--output": str(self.output),
        }
        start = [sys.executable, *launcher, "-m", "scripts.train.train_sft"]
        return [*start, *(part for option in options.items() for part in option)]

    def start(self, spec: TunedModel, *launcher: str) -> "subprocess.Popen[str]":
        """Start the program."""
        return subprocess.Popen(
            self.command(spec, *launcher),
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )

    def run(self, spec: TunedModel, *launcher: str) -> str:
        """Run the program to its end; return its log."""
        process = self.start(spec, *launcher)
        log = process.communicate()[1]
        assert process.returncode == 0, log
        return log
