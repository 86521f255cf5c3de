"""A chain of revisions as segments: one line for each attempt, one after another."""

import polars as pl

from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.anatomy.samples import thought_and_answered
from scripts.lib.anatomy.segments import Row, prompt_row, with_answers


def attempts(traces: pl.DataFrame, answers: pl.DataFrame, sample: int, *, texts: bool) -> list[Row]:
    """The attempts of one chain, each behind a prompt that shows the answer of the one before.

    Args:
        traces: rows of a Trace table, of one problem.
        answers: an Answer table that has them.
        sample: the chain.
        texts: whether texts may be shown.

    Raises:
        AnatomyError: there is no such chain.
    """
    chain = traces.filter(sample=sample).sort("waits")
    if chain.is_empty():
        raise AnatomyError(f"pool {traces['pool'][0]}: no chain {sample} of this problem")
    rows: list[Row] = []
    start = 0
    for place, trace in enumerate(with_answers(chain, answers)):
        line = f"revision {place}" if place else "first attempt"
        prompt = prompt_row(trace) | {"place": place, "line": line, "start": start}
        prompt["parent"] = len(rows) - 1 if rows else None
        start += prompt["tokens"]
        before = len(rows)
        parts = thought_and_answered(
            trace, before + 1, place, line, start, texts=texts, parent=before
        )
        start += sum(part["generated"] for part in parts)
        rows += [prompt, *parts]
    # The last attempt is the answer of the whole.
    for row in rows:
        if "answer" in row:
            row["chosen"] = row is rows[-1]
    return rows
