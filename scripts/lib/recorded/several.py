"""One recording of several files, each with settings of its own: a log a budget, say."""

from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.assemble import KEY, SETTING
from scripts.lib.recorded.faults import Faults, excerpt
from scripts.lib.recorded.index import Tables, read_recording


def read_recordings(
    paths: list[Path], name: str, pool: RecordedPool, problems: pl.DataFrame | None = None
) -> Tables:
    """The Trace and the Problem table of the recordings at `paths`.

    All must hold the same problems, and no two the same setting.

    Args:
        paths: the recordings, at least one.
        name: name of the pool.
        pool: its settings.
        problems: the Problem table of `pool.problems_from`, or None.

    Raises:
        UserError: with everything that is wrong with the first recording that is not sound, or
            does not go with those before it.
    """
    first, table = read_recording(paths[0], name, pool, problems)
    parts = [first.with_columns(file=pl.lit(str(paths[0])))]
    for path in paths[1:]:
        traces, others = read_recording(path, name, pool, problems)
        faults = Faults(path)
        _same_problems(table, others, paths[0], faults)
        _new_settings(pl.concat(parts), traces, faults)
        faults.check()
        parts.append(traces.with_columns(file=pl.lit(str(path))))
    order = table.select("problem_id").with_row_index("order")
    traces = pl.concat(parts).join(order, on="problem_id").sort("order", *KEY, nulls_last=False)
    return traces.select(first.columns), table


def _same_problems(table: pl.DataFrame, others: pl.DataFrame, first: Path, faults: Faults) -> None:
    """Note problems that stand in one file only, or differ in text or gold answer."""
    columns = ["problem_id", "problem", "answer"]
    here = {row[0]: row[1:] for row in others.select(columns).iter_rows()}
    there = {row[0]: row[1:] for row in table.select(columns).iter_rows()}
    for problem in [*there, *(problem for problem in here if problem not in there)]:
        where = f"problem {problem!r}"
        if problem not in here:
            faults.add(where, f"is not here, but in {first}; leave it out there, or this file")
        elif problem not in there:
            faults.add(where, f"is not in {first}; leave it out, or this file")
        elif here[problem] != there[problem]:
            faults.add(
                where,
                f"is {excerpt(here[problem])} here and {excerpt(there[problem])} in {first} (text, "
                "gold answer); make pools of their own of recordings of other problems",
            )


def _new_settings(before: pl.DataFrame, traces: pl.DataFrame, faults: Faults) -> None:
    """Note settings that an earlier file has already."""
    again = (
        traces.select(SETTING)
        .unique(maintain_order=True)
        .join(before.select(*SETTING, "file").unique(), on=SETTING, nulls_equal=True)
    )
    for row in again.iter_rows(named=True):
        said = ", ".join(f"{name} {row[name]}" for name in SETTING if row[name] is not None)
        faults.add(
            "", f"holds samples at {said}, as {row['file']} does; keep one of them in this pool"
        )
