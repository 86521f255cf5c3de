"""How many questions each step of the curation dropped and why, with an example of each."""

from collections.abc import Mapping

import polars as pl

from scripts.lib.curation.dropping import CurationError
from scripts.lib.questions.tables import Funnel
from scripts.lib.tableio import make_table

COLLECTED = "collected"
_MOST_SHOWN = 120


def funnel(
    collected: int,
    dropped: Mapping[str, pl.DataFrame],
    kept: Mapping[str, int],
    selections: Mapping[str, int],
) -> pl.DataFrame:
    """A Funnel table: what was collected, each step's reasons and what it kept, the selections.

    Within a step the commonest reason stands first.

    Args:
        collected: questions before the first step.
        dropped: a Dropped table by step, in the order of the steps.
        kept: questions after each of these steps.
        selections: questions in each selection.

    Raises:
        CurationError: the numbers do not add up, so the tables are not of one run.
    """
    rows: list[dict[str, object]] = [{"step": COLLECTED, "questions": collected}]
    before = collected
    for step, table in dropped.items():
        if before - len(table) != kept[step]:
            raise CurationError(
                f"step {step!r}: of {before:,} questions it dropped {len(table):,} and kept "
                f"{kept[step]:,}; these tables are not of one run, so make them again"
            )
        counts = table.group_by("reason").agg(
            pl.len().alias("questions"), pl.first("source", "question_id", "question", "detail")
        )
        for row in counts.sort("questions", "reason", descending=[True, False]).iter_rows(
            named=True
        ):
            shown = {"shown": _example(row)}
            rows.append(
                {"step": step, "reason": row["reason"], "questions": row["questions"]} | shown
            )
        before = kept[step]
        rows.append({"step": step, "questions": before})
    rows += [{"step": f"select: {name}", "questions": size} for name, size in selections.items()]
    return make_table(Funnel, rows)


def _example(row: dict[str, str]) -> str:
    """One dropped question on one line: which, its beginning, and what the step saw in it."""
    return (
        f"{row['source']}/{row['question_id']}: {_short(row['question'])} [{_short(row['detail'])}]"
    )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 3] + "..."
