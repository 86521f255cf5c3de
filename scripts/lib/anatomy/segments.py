"""What all methods do with the text of a segment, and the rows of their tables."""

import re
from typing import Any

import polars as pl

from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.anatomy.tables import Segment
from scripts.lib.shown_answers import shown_answer
from scripts.lib.tableio import make_table
from scripts.lib.tables import SAMPLE_KEY

Row = dict[str, Any]

LONGEST_SHOWN = 160
"""Characters of a text that is kept; nobody could read a longer one in its segment."""
LONGEST_PROBLEM = 240

_MARK = re.compile(r"<\|[^|<>\n]{1,40}\|>")


def shown(text: str | None, longest: int = LONGEST_SHOWN) -> str | None:
    """A text on one line, without special tokens; None where it is long, or nothing is left."""
    if text is None:
        return None
    lines = [line.strip() for line in _MARK.sub("", text).splitlines()]
    flat = "; ".join(line for line in lines if line)
    return flat if 0 < len(flat) <= longest else None


def segment_table(
    anatomy: str, pool: str, method: str, problem: Row, rows: list[Row]
) -> pl.DataFrame:
    """The Segment table of an anatomy.

    Args:
        anatomy: its name.
        pool: whose samples it shows.
        method: what made them.
        problem: a row of a Problem table.
        rows: its segments, the prompt first.
    """
    named = {"anatomy": anatomy, "pool": pool, "method": method}
    named |= {name: problem[name] for name in ("benchmark", "problem_id")}
    kind, publish = problem["answer_kind"], problem["publish"]
    table = [
        {**named, "segment": at, **row, "answer": shown_answer(row.get("answer"), kind, publish)}
        for at, row in enumerate(rows)
    ]
    if publish == "text":
        text = shown(problem["problem"], LONGEST_PROBLEM)
        table[0] |= {"text": text, "answer": problem["answer"]}
    return make_table(Segment, table)


def answered(answer: Row) -> Row:
    """The columns of a last segment, from a row of an Answer table."""
    return {name: answer[name] for name in ("answer", "answer_class", "correct")}


def prompt_row(trace: Row) -> Row:
    """The segment of the prompt, which all samples of a problem share."""
    return {
        **{"place": 0, "line": "prompt", "part": "prompt", "fate": "on", "start": 0},
        **{"tokens": trace["prompt_tokens"] or 0, "forced": 0, "generated": 0, "read": 0},
    }


def with_answers(traces: pl.DataFrame, answers: pl.DataFrame) -> list[Row]:
    """Rows of a Trace table, each with its graded answer.

    Raises:
        AnatomyError: a sample has none.
    """
    graded = answers.select(*SAMPLE_KEY, "answer", "answer_class", "correct")
    both = traces.drop("answer").join(
        graded, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left"
    )
    lost = both.filter(pl.col("correct").is_null())
    if lost.height:
        key = lost.select(SAMPLE_KEY).row(0)
        raise AnatomyError(f"{lost.height} samples have no graded answer, the first of them: {key}")
    return list(both.iter_rows(named=True))
