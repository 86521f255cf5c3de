"""What a trained model cost in all, item by item: rows of an Expense table.

Unknown is null: what is unknown of a part is unknown of the whole, because a sum without it
would look like less than was spent.
"""

from collections.abc import Iterable
from typing import Any

import polars as pl

from scripts.lib.errors import UserError
from scripts.lib.journal import Entry, job_seconds

PROMPT = ["benchmark", "problem_id", "wording", "asked", "effort", "beams"]
"""What tells one prompt of a pool from all others: its samples share it. A search shares it among
its candidates, and with no search of another number of them."""

TEACHER, BASE, TUNING = "teacher", "base", "fine-tuning"

Row = dict[str, Any]


class LedgerError(UserError):
    """A published number that the ledger needs is not in the reference table."""


def training_expense(
    item: str, model: str, steps: pl.DataFrame | None, times: pl.DataFrame | None
) -> Row:
    """A training: its TrainingStep and TrainingTime tables, None where it was not done here."""
    if steps is None or times is None:
        return {"item": item, "what": f"{model}, trained by others", "origin": "measured"}
    return {
        "item": item,
        "what": f"training of {model}, {len(steps)} steps",
        "tokens": float(steps["tokens"][-1]),
        "flops": float(steps["flops"][-1]),
        "device_seconds": float(times["device_seconds"][-1]),
        "origin": "measured",
    }


def teacher_expense(decontaminated: pl.DataFrame, featurised: pl.DataFrame) -> Row:
    """The teacher's traces; their answers are not counted.

    Args:
        decontaminated: Question table: all questions that were asked.
        featurised: Question table with the tokens of each trace.
    """
    traces = decontaminated["trace"].drop_nulls().len()
    counted = featurised.filter(pl.col("trace").is_not_null())["trace_tokens"]
    return {
        "item": TEACHER,
        "what": f"{traces} traces, thinking only",
        "tokens": _sum(counted),
        "origin": "measured",
    }


def pool_expense(item: str, pool: str, costs: pl.DataFrame, entries: Iterable[Entry]) -> Row:
    """Samples of a pool; a prompt is paid for once.

    Args:
        item: what the pool was for.
        pool: its name.
        costs: its Cost table.
        entries: its journal, which knows how long its jobs took; empty where its jobs waited for
            others to compute, as for an API.
    """
    prompts = costs.group_by(PROMPT, maintain_order=True).agg(
        pl.when(pl.col("prompt_flops").null_count() == 0)
        .then(pl.col("prompt_flops").max())
        .alias("prompt_flops")
    )
    parts = [_sum(prompts["prompt_flops"]), _sum(costs["flops"])]
    return {
        "item": item,
        "what": f"pool {pool}, {len(costs)} samples",
        "tokens": _sum(costs["generated_tokens"]),
        "flops": None if None in parts else sum(part or 0.0 for part in parts),
        "usd": _sum(costs["usd"]),
        "device_seconds": job_seconds(entries) or None,
        "origin": "measured",
    }


def published_expenses(reference: pl.DataFrame) -> list[Row]:
    """What s1's paper says of its traces (Table 6) and its trainings.

    Args:
        reference: Reference table of s1.

    Raises:
        LedgerError: it lacks one of the numbers.
    """
    sources = _published(reference, "Table 6", "questions")
    lengths = _published(reference, "Table 6", "mean thinking tokens")
    both = sources.join(lengths, on="setting", suffix="_mean")
    tokens = float((both["y"] * both["y_mean"]).sum())
    traces = int(both["y"].sum())
    rows: list[Row] = [
        {
            "item": TEACHER,
            "what": f"s1: {traces} traces of {tokens / traces:.0f} tokens on average",
            "tokens": tokens,
            "origin": both["origin"][0],
        }
    ]
    for data in ("s1K", "59K-full"):
        found = _published(reference, "Training", data).filter(y_unit="H100 hours")
        if found.is_empty():
            raise LedgerError(f"no H100 hours of a training on {data} in the reference table")
        hours = float(found["y"][0])
        rows.append(
            {
                "item": TUNING,
                "what": f"s1: training on {data}, {hours:g} H100 hours",
                "device_seconds": 3600 * hours,
                "origin": found["origin"][0],
            }
        )
    return rows


def _published(reference: pl.DataFrame, figure: str, series: str) -> pl.DataFrame:
    found = reference.filter(figure=figure, series=series)
    if found.is_empty():
        raise LedgerError(f"no {series!r} of {figure!r} in the reference table")
    return found


def _sum(column: pl.Series) -> float | None:
    """The sum of a column; None where a value is unknown."""
    return None if column.has_nulls() else float(column.sum())
