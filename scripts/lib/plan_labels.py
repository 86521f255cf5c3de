"""What step labels still need: rollouts, less those that their journal holds."""

from pathlib import Path

import polars as pl

from scripts.lib.config.study import Study
from scripts.lib.config.verifiers import ImportedLabels, RolloutLabels
from scripts.lib.journal import read_entries
from scripts.lib.plan_drawn import less, tokens_per_second
from scripts.lib.plan_estimates import UNKNOWN, Amount, Estimate
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem, Trace


def plan_labels(study: Study, name: str, folder: Path) -> tuple[Estimate, list[str]]:
    """What labelling still takes, and what to know of it.

    How many rollouts there are follows from the steps of the labelled pool, which only its
    samples tell. Bisection needs fewer than what is counted here: one try for each halving of
    every solution, as if each were wrong.

    Args:
        study: the study.
        name: one of its labels.
        folder: results/{study}.
    """
    labels = study.labels[name]
    if isinstance(labels, ImportedLabels):
        return Estimate(), ["imported labels"]
    entries = list(read_entries(folder / "journal" / "labels" / name))
    if (folder / "labels" / f"{name}.parquet").exists():
        done = Amount(len(entries))
        return Estimate(requests=done, journaled=len(entries)), ["labelled"]
    wanted = _rollouts(study, labels, folder)
    remaining = less(wanted, len(entries))
    each = [e.response.generated_tokens for e in entries if e.response.generated_tokens is not None]
    most, source = float(labels.sampling.max_tokens), "expected_tokens"
    tokens = labels.expected_tokens
    if each:
        tokens, source = sum(each) / len(each), "journal"
    elif tokens is None:
        tokens, source = most, "max_tokens"
    expected = remaining * Amount(min(tokens, most))
    rate = tokens_per_second(entries)
    estimate = Estimate(
        requests=wanted,
        journaled=len(entries),
        remaining=remaining,
        expected_tokens=expected,
        worst_tokens=remaining * Amount(most),
        gpu_hours=expected * (Amount(1 / rate / 3600) if rate else UNKNOWN),
        expected_from=frozenset([source]),
    )
    notes = []
    if not wanted.whole:
        notes.append(f"rollouts are unknown until pool {labels.pool} is sampled")
    return estimate, notes


def _rollouts(study: Study, labels: RolloutLabels, folder: Path) -> Amount:
    """Rollouts of all steps that a labelled pool has, or of all that bisection may try."""
    benchmark = study.pools[labels.pool].benchmark
    problems = folder / "problems" / f"{benchmark}.parquet"
    path = folder / "pools" / labels.pool / "traces.parquet"
    if not (path.exists() and problems.exists()):
        return UNKNOWN
    rows = read_table(Problem, problems)
    known = rows.head(labels.problems or len(rows))["problem_id"].implode()
    traces = read_table(Trace, path).filter(pl.col("problem_id").is_in(known))
    if labels.samples is not None:
        traces = traces.filter(pl.col("sample") < labels.samples)
    ended = (pl.col("end") == "stop").cast(pl.Int64)
    text = pl.col("text").str.strip_suffix(labels.separator)
    steps = text.str.count_matches(labels.separator, literal=True).cast(pl.Int64) + 1 - ended
    if labels.search == "bisect":
        steps = (steps + 1).log(2).ceil().cast(pl.Int64)
    return Amount(int(traces.select(steps.sum()).item()) * labels.rollouts)
