"""Made-up tables of question sets and of trainings on them."""

from hashlib import sha256

import numpy as np
import polars as pl

from scripts.lib.questions.tables import Funnel, Question
from scripts.lib.tableio import make_table
from scripts.lib.training_tables import TrainingStep

FUNNEL_STEPS = {
    "collected": (2060, {}),
    "decontaminated": (1965, {"shares_words_with_a_test": 36, "shares_words_with_another": 59}),
    "complete": (1888, {"no_solution": 41, "no_answer": 12, "failed_call": 24}),
    "quality": (1850, {"image": 0, "numbered_parts": 38}),
    "difficulty": (1104, {"solved_by_small": 210, "solved_by_large": 536}),
    "selected": (200, {"not_drawn": 904}),
}


def funnel() -> pl.DataFrame:
    """A curation with reasons of every size, one of them without a question."""
    rows = []
    for step, (kept, reasons) in FUNNEL_STEPS.items():
        rows.append({"step": step, "questions": kept})
        for reason, dropped in reasons.items():
            example = {"shown": "What is 3 + 4?" if dropped else None}
            rows.append({"step": step, "reason": reason, "questions": dropped} | example)
    return make_table(Funnel, rows)


DOMAINS = ["sums", "products", "clocks", "money", "trains", "ages", "words", "digits", "grids"]


def questions(size: int, seed: int, longer: float = 1.0, skew: float = 0.0) -> pl.DataFrame:
    """A selection: traces of a skewed length, domains the more unequal the larger `skew`."""
    draw = np.random.default_rng(seed)
    weights = np.exp(-skew * np.arange(len(DOMAINS)))
    domains = draw.choice(DOMAINS, size, p=weights / weights.sum())
    lengths = (longer * draw.gamma(6, 14, size) + 12).astype(int)
    rows = [
        {
            "question_id": sha256(f"{seed} {index}".encode()).hexdigest()[:16],
            "source": "chains",
            "publish": "text",
            "question": f"question {index}",
            "answer_kind": "integer",
            "trace_tokens": int(length),
            "domain": str(domain),
        }
        for index, (domain, length) in enumerate(zip(domains, lengths, strict=True))
    ]
    return make_table(Question, rows)


def training(steps: int, seed: int, least: float = 0.2) -> pl.DataFrame:
    """A loss that falls, with noise."""
    draw = np.random.default_rng(seed)
    rows = [
        {
            "step": step,
            "tokens": 1500 * step,
            "loss": least + 0.9 * float(np.exp(-step / 25)) + float(draw.gamma(2, 0.02)),
            "learning_rate": 1e-4,
            "flops": 2.4e9 * step,
        }
        for step in range(1, steps + 1)
    ]
    return make_table(TrainingStep, rows)
