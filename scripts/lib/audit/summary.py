"""What an audit found, in words: accuracies with their intervals, fits, and what was left open."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.audit.found import Found
from scripts.lib.curves.tables import Fit, Point
from scripts.lib.tableio import read_table

MOST_POINTS = 12


def summary(folder: Path, logs: Sequence[Found], notes: Sequence[str]) -> str:
    """The end of an audit, to be read on a terminal.

    Args:
        folder: results of its study.
        logs: what was audited.
        notes: what could not be.
    """
    parts = ["\n".join(_as_logged(logs)), "\n".join(_curves(folder))]
    fits = "\n".join(_fits(folder))
    parts += [f"Fits:\n{fits}"] if fits else []
    verdicts = folder / "verdicts.csv"
    if verdicts.is_file():
        parts.append(f"Verdicts: {verdicts}")
    if notes:
        parts.append("Not audited, or only in part:\n" + "\n".join(f"  - {n}" for n in notes))
    made = [path for kind in ("figures/*.pdf", "export/*/*.md") for path in folder.glob(kind)]
    if made:
        parts.append("Made:\n" + "\n".join(f"  {path}" for path in sorted(made)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _as_logged(logs: Sequence[Found]) -> Iterator[str]:
    for log in logs:
        counts = sorted(set(log.samples.values()))
        samples = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        yield f"{log.path}: {len(log.golds)} problems, {samples} samples each, task {log.task}"
        for name, score in log.scores.items():
            yield f"  its own score, {name}: {score:.3g}"


def _curves(folder: Path) -> Iterator[str]:
    tables = sorted(folder.glob("curves/*.csv"))
    if tables:
        yield "Graded here (95 % intervals on new problems; in braces on these problems):"
    for path in tables:
        points = read_table(Point, path).drop_nulls("accuracy")
        problems = max(points["problems"].to_list(), default=0)
        yield f"  {path.stem}, {problems} problems"
        shown = points if points.height <= MOST_POINTS else pl.concat([points[:1], points[-1:]])
        for row in shown.iter_rows(named=True):
            told = f"{row['accuracy']:.1%}", _ends(row, "low", "high", ("[", "]"))
            inner = _ends(row, "low_benchmark", "high_benchmark", ("{", "}"))
            tokens = "" if row["tokens"] is None else f", {row['tokens']:,.0f} tokens"
            yield f"    {row['setting']}: {' '.join(filter(None, (*told, inner)))}{tokens}"


def _fits(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("fits/*.csv")):
        for row in read_table(Fit, path).iter_rows(named=True):
            ends = "" if row["low"] is None else f" [{row['low']:.3g}, {row['high']:.3g}]"
            yield f"  {path.stem}, {row['region']}, {row['parameter']}: {row['value']:.3g}{ends}"


def _ends(row: dict[str, Any], low: str, high: str, braces: tuple[str, str]) -> str:
    if row[low] is None or row[high] is None:
        return ""
    left, right = braces
    return f"{left}{row[low]:.1%}, {row[high]:.1%}{right}"
