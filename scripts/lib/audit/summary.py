"""What an audit found, in words: accuracies with their intervals, fits, and what was left open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.audit.found import Found
from scripts.lib.claims.tables import Verdict
from scripts.lib.curves.tables import Fit, Point
from scripts.lib.tableio import read_table

MOST_POINTS = 12


def summary(
    folder: Path, study: Mapping[str, Any] | None, logs: Sequence[Found], notes: Sequence[str]
) -> str:
    """The end of an audit, to be read on a terminal.

    Args:
        folder: results of its study.
        study: the study that ran; None if it did not. An earlier one of its name may have left
            curves there that it has not.
        logs: what was audited.
        notes: what could not be.
    """
    parts = ["\n".join(_as_logged(logs))]
    if study is not None:
        parts.append("\n".join(_curves(folder, study["curves"])))
        fits = "\n".join(_fits(folder, study["curves"]))
        parts += [f"Fits:\n{fits}"] if fits else []
        verdicts = "\n".join(_verdicts(folder / "verdicts.csv", study["curves"]))
        parts += [f"What papers claim, by these samples:\n{verdicts}"] if verdicts else []
    if notes:
        parts.append("Not audited, or only in part:\n" + "\n".join(f"  - {n}" for n in notes))
    if study is not None:
        parts.append("Made:\n" + "\n".join(f"  {path}" for path in _made(folder, study)))
    return "\n\n".join(part for part in parts if part) + "\n"


def _as_logged(logs: Sequence[Found]) -> Iterator[str]:
    for log in logs:
        counts = sorted(set(log.samples.values()))
        samples = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        yield f"{log.path}: {len(log.golds)} problems, {samples} samples each, task {log.task}"
        for name, score in log.scores.items():
            yield f"  its own score, {name}: {score:.3g}"


def _curves(folder: Path, names: Iterable[str]) -> Iterator[str]:
    yield "Graded here (95 % intervals on new problems; in braces on these problems):"
    for name in sorted(names):
        points = read_table(Point, folder / f"curves/{name}.csv").drop_nulls("accuracy")
        problems = max(points["problems"].to_list(), default=0)
        yield f"  {name}, {problems} problems"
        shown = points if points.height <= MOST_POINTS else pl.concat([points[:1], points[-1:]])
        for row in shown.iter_rows(named=True):
            told = f"{row['accuracy']:.1%}", _ends(row, "low", "high", ("[", "]"))
            inner = _ends(row, "low_benchmark", "high_benchmark", ("{", "}"))
            tokens = "" if row["tokens"] is None else f", {row['tokens']:,.0f} tokens"
            yield f"    {row['setting']}: {' '.join(filter(None, (*told, inner)))}{tokens}"


def _fits(folder: Path, names: Iterable[str]) -> Iterator[str]:
    for name in sorted(names):
        path = folder / f"fits/{name}.csv"
        for row in read_table(Fit, path).iter_rows(named=True) if path.is_file() else ():
            ends = "" if row["low"] is None else f" [{row['low']:.3g}, {row['high']:.3g}]"
            yield f"  {name}, {row['region']}, {row['parameter']}: {row['value']:.3g}{ends}"


def _verdicts(path: Path, names: Iterable[str]) -> Iterator[str]:
    """A line a verdict on curves of this study: an earlier one may have left its own."""
    for row in read_table(Verdict, path).iter_rows(named=True) if path.is_file() else ():
        if row["quantity"].rpartition(", ")[2] in names:
            yield f"  {row['text']}\n    {row['verdict']}: {row['quantity']}: {row['why']}"


def _made(folder: Path, study: Mapping[str, Any]) -> list[Path]:
    """Figures and printed tables of a study that are there."""
    kinds = {
        "figures/{}.pdf": "figures",
        "export/curves/{}.md": "curves",
        "export/fits/{}.md": "curves",
        "export/tables/{}.md": "tables",
    }
    named = [
        folder / kind.format(name) for kind, part in kinds.items() for name in study.get(part, ())
    ]
    return sorted(path for path in named if path.is_file())


def _ends(row: dict[str, Any], low: str, high: str, braces: tuple[str, str]) -> str:
    if row[low] is None or row[high] is None:
        return ""
    left, right = braces
    return f"{left}{row[low]:.1%}, {row[high]:.1%}{right}"
