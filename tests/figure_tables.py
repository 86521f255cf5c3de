"""Made-up tables of every kind that figures draw, in their models' columns."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from scripts.lib.config.figures import Figure
from scripts.lib.config.study import Study
from scripts.lib.plotting.data import FigureData
from scripts.lib.tableio import make_table, read_table
from scripts.lib.tables import (
    Comparison,
    ControlRow,
    Fit,
    Funnel,
    Point,
    Question,
    Reference,
    TrainingStep,
)

PROBLEMS = 90


def figure_data(figure: Figure, study: Study, origin: str = "measured") -> FigureData:
    """Tables for everything that a figure of a study draws."""
    needs = figure.needs()
    kinds = {t: p.kind for p in figure.panels for t in p.needs().tables}
    made = {"comparison": comparison, "control": control, "funnel": funnel}
    references = [
        read_table(Reference, path) for path in sorted(Path("data/reference").glob("*.csv"))
    ]
    return FigureData(
        points={n: doublings(n, study.curves[n].method, origin) for n in needs.curves},
        fits={n: obedience_fit(n) for n in needs.fits},
        labels={n: study.curves[n].label or n for n in needs.curves},
        references=pl.concat(references),
        tables={name: made[kind]() for name, kind in kinds.items()},
        questions={n: questions(60 + 40 * i, i) for i, n in enumerate(needs.selections)},
        training={n: training(60, i) for i, n in enumerate(needs.models)},
    )


def doublings(curve: str, method: str, origin: str) -> pl.DataFrame:
    """A point at every doubling, with a value on every axis."""
    rows = [
        point(
            curve,
            0.3 + 0.05 * i,
            method=method,
            setting=f"{k}",
            asked=k,
            n=k,
            thinking_tokens=90.0 * k,
            tokens=100.0 * k,
            low_tokens=80.0 * k,
            high_tokens=125.0 * k,
            serial_tokens=100.0 * k,
            flops=1e9 * k,
            train_flops=1e12 * k,
            train_examples=10 * k,
            usd=1e-3 * k,
            low_benchmark=None,
            high_benchmark=None,
            origin=origin,
        )
        for i, k in enumerate([1, 2, 4, 8, 16, 32, 64, 128])
    ]
    return make_table(Point, rows)


def point(curve: str, accuracy: float, **values: object) -> dict[str, object]:
    """A row of a Point table with intervals of a plausible width."""
    wide, narrow = 0.09, 0.03
    row: dict[str, object] = {
        "curve": curve,
        "method": curve.split("_", maxsplit=1)[0],
        "benchmark": "chains",
        "model": "small",
        "n": 1,
        "accuracy": accuracy,
        "low": max(accuracy - wide, 0.0),
        "high": min(accuracy + wide, 1.0),
        "low_benchmark": max(accuracy - narrow, 0.0),
        "high_benchmark": min(accuracy + narrow, 1.0),
        "problems": PROBLEMS,
        "origin": "measured",
    }
    return row | values


def forcing(curve: str, waits: Sequence[int] = (1, 2, 4, 6), budgets: bool = True) -> pl.DataFrame:
    """Budgets that saturate, then waits that help twice and hurt from then on."""
    budget = [8, 16, 32, 64, 128, None]
    used = [8.0, 16.0, 31.0, 58.0, 84.0, 91.0]
    right = [0.02, 0.08, 0.25, 0.48, 0.62, 0.64]
    rows = [
        point(
            curve,
            accuracy,
            setting="auto" if most is None else f"budget={most}",
            budget=most,
            thinking_tokens=tokens,
            tokens=tokens + 5,
            serial_tokens=tokens + 5,
        )
        for most, tokens, accuracy in zip(budget, used, right, strict=True)
    ]
    rows = rows if budgets else rows[-1:]
    for count in waits:
        tokens = 91.0 + 30 * count - count**2
        accuracy = 0.64 + 0.05 * count - 0.012 * count**2
        rows.append(
            point(
                curve,
                accuracy,
                setting=f"waits={count}",
                waits=count,
                thinking_tokens=tokens,
                tokens=tokens + 5,
                serial_tokens=tokens + 5,
            )
        )
    return make_table(Point, rows)


def vote(curve: str) -> pl.DataFrame:
    """Votes of 1 to 32 samples."""
    rows = [
        point(
            curve,
            0.62 + 0.035 * turn - 0.002 * turn**2,
            setting=f"k={2**turn}",
            n=2**turn,
            tokens=96.0 * 2**turn,
            serial_tokens=96.0 + 9 * turn,
        )
        for turn in range(6)
    ]
    return make_table(Point, rows)


def rejection(curve: str) -> pl.DataFrame:
    """Tight budgets: short and right when accepted, but dear."""
    kept, spent = [40.0, 55.0, 70.0, 85.0, 91.0], [9000.0, 1900.0, 420.0, 150.0, 96.0]
    rows = [
        point(
            curve,
            0.72 - 0.02 * place,
            setting=f"budget={int(k) + 8}",
            budget=int(k) + 8,
            thinking_tokens=k,
            tokens=t,
            serial_tokens=t,
        )
        for place, (k, t) in enumerate(zip(kept, spent, strict=True))
    ]
    return make_table(Point, rows)


def sft(curve: str, models: dict[str, tuple[int, float]]) -> pl.DataFrame:
    """A point a model: its training examples and accuracy; the base model has been trained too."""
    rows = [
        point(
            curve,
            accuracy,
            setting=name,
            model=name,
            thinking_tokens=90.0,
            tokens=95.0,
            train_examples=examples,
            train_flops=3.1e12 + 1.1e9 * examples,
        )
        for name, (examples, accuracy) in models.items()
    ]
    return make_table(Point, rows)


def obedience_fit(curve: str) -> pl.DataFrame:
    """The fit of an asked curve."""
    values = {"slope": 0.8, "intercept": 3.0, "ratio_geometric": 9.7}
    rows = [
        {
            "curve": curve,
            "fit": "obedience",
            "region": "all",
            "first_x": 1.0,
            "last_x": 128.0,
            "parameter": parameter,
            "value": value,
            "low": value - 0.1,
            "high": value + 0.1,
            "points": 8,
            "interval": "test",
        }
        for parameter, value in values.items()
    ]
    return make_table(Fit, rows)


ABLATIONS = {
    "sft_s1": ("s1", 0.64, None, 0.500, None),
    "sft_random": ("random", 0.55, (-0.16, -0.02), 0.367, (-0.267, -0.033)),
    "sft_diverse": ("diverse", 0.58, (-0.13, 0.01), 0.267, (-0.4, -0.1)),
    "sft_longest": ("longest", 0.61, (-0.10, 0.04), 0.333, (-0.367, 0.0)),
    "sft_full": ("all that passed", 0.69, (-0.01, 0.12), 0.533, (-0.133, 0.2)),
}


def comparison() -> pl.DataFrame:
    """Ablations, measured and as published; the published rows stand between the others."""
    rows = []
    for curve, (label, accuracy, limits, paper, paper_limits) in ABLATIONS.items():
        own = {"difference": None if limits is None else accuracy - 0.64}
        said = {"difference": None if paper_limits is None else paper - 0.5}
        for row, bounds in ((own, limits), (said, paper_limits)):
            if bounds is not None:
                row |= {"low_difference": bounds[0], "high_difference": bounds[1]}
        shared = {"curve": curve, "label": label, "setting": "auto"}
        rows.append(
            shared
            | own
            | {
                "benchmark": "chains",
                "accuracy": accuracy,
                "low": accuracy - 0.09,
                "high": accuracy + 0.09,
                "problems": PROBLEMS,
                "origin": "measured",
            }
        )
        published = {"benchmark": "aime24", "accuracy": paper, "problems": 30, "origin": "table"}
        rows.append(shared | said | published)
    return make_table(Comparison, rows)


CONTROL = {
    "forcing_s1": ("budget forcing", 1.0, 0.99, 0.11, 0.66, 1.0, 0.15, 0.567),
    "control_tokens": ("token-conditional", 0.4, 0.55, -0.08, 0.58, 0.4, -0.24, 0.4),
    "control_tokens_forced": ("token-conditional + forcing", 1.0, 1.0, 0.1, 0.6, 1.0, 0.13, 0.4),
    "control_steps": ("step-conditional", 0.6, 0.62, 0.02, 0.6, 0.6, 0.03, 0.367),
    "rejection_s1": ("rejection sampling", 1.0, 1.0, -0.06, 0.72, 1.0, -0.35, 0.4),
}


def control() -> pl.DataFrame:
    """Ways to control length, measured and as published."""
    rows = []
    for curve, row in CONTROL.items():
        label, runs, responses, scaling, best, said_runs, said_scaling, said_best = row
        shared = {"curve": curve, "label": label, "points": 5}
        rows.append(
            shared
            | {
                "benchmark": "chains",
                "origin": "measured",
                "basis": "samples",
                "control_runs": runs,
                "control_responses": responses,
                "scaling_per_1000_tokens": 10 * scaling,
                "scaling_per_doubling": scaling,
                "low_scaling": scaling - 0.03,
                "high_scaling": scaling + 0.03,
                "performance": best,
                "low_performance": best - 0.1,
                "high_performance": best + 0.08,
            }
        )
        rows.append(
            shared
            | {
                "benchmark": "aime24",
                "origin": "table",
                "basis": "published table",
                "control_runs": said_runs,
                "scaling_per_doubling": said_scaling,
                "performance": said_best,
            }
        )
    rows.append(
        {
            "curve": "forcing_paper",
            "label": "budget forcing, s1-32B",
            "benchmark": "aime24",
            "origin": "vector",
            "basis": "published points",
            "points": 5,
            "scaling_per_doubling": 0.148,
            "performance": 0.567,
        }
    )
    return make_table(ControlRow, rows)


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
