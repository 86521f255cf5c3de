"""Grade every trace of a pool against its problem's gold answer.

Reads a Trace and a Problem table and writes an Answer table with one row a trace, in the order
of the traces. The rules for finding an answer stand in scripts/lib/grading/extract.py; an answer
that a recording already extracted is taken as it is, and an empty one means none.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from tqdm import tqdm

from scripts.lib.cli import existing, parser, run
from scripts.lib.errors import UserError
from scripts.lib.grading.classes import AnswersTo, grade
from scripts.lib.grading.extract import extract_answer
from scripts.lib.grading.judge import Judge
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import SAMPLE_KEY, Answer, Problem, Trace
from scripts.lib.thinking import answer_part

_PROBLEM_KEY = ["benchmark", "problem_id"]
_GRADED = {"answer_class": pl.Int64, "correct": pl.Boolean, "graded": pl.String}
_SETTING = ["asked", "budget", "waits", "beams"]
_MOST_NAMED = 10


class PoolError(UserError):
    """Traces that do not belong to this pool or to these problems."""


def with_answers(traces: pl.DataFrame, *, last_number: bool = True) -> pl.DataFrame:
    """Traces, with their problems' `answer_kind`, with the `answer` that each gives, null for none.

    Only texts of which no answer was recorded are read.
    """
    read = pl.col("answer").is_null() & pl.col("text").is_not_null()
    numbered = traces.with_row_index("row")
    unread = numbered.filter(read)
    columns = unread.select("text", "answer_kind", "end").iter_rows()
    rows = tqdm(columns, total=len(unread), unit="trace", disable=None)
    found = [extract_answer(*row, last_number=last_number) for row in rows]
    extracted = unread.select("row", extracted=pl.Series(found, dtype=pl.String))
    answer = pl.coalesce("answer", "extracted").replace("", None)
    return (
        numbered.join(extracted, on="row", how="left", maintain_order="left")
        .with_columns(answer=answer)
        .drop("row", "extracted")
    )


def grade_traces(
    traces: pl.DataFrame, problems: pl.DataFrame, judge: Judge, *, last_number: bool = True
) -> pl.DataFrame:
    """An Answer table with one row a trace, in the order of the traces.

    Answer classes are numbered within a problem, over all wordings and asked budgets.

    Raises:
        PoolError: traces of problems that are not among `problems`.
    """
    gold = problems.select(*_PROBLEM_KEY, "answer_kind", gold="answer")
    asked = traces.join(gold, on=_PROBLEM_KEY, how="left", maintain_order="left")
    _check_known(asked)
    answered = with_answers(asked, last_number=last_number)
    # Equal answers to a problem have one grade: there are a few of them, whatever the samples.
    sheets = (
        answered.select(*_PROBLEM_KEY, "answer_kind", "gold", "answer")
        .unique([*_PROBLEM_KEY, "answer"], keep="first", maintain_order=True)
        .group_by(_PROBLEM_KEY, maintain_order=True)
        .agg(pl.first("answer_kind", "gold"), "answer")
    )
    logging.info("judging the answers to %d problems", len(sheets))
    to_grade = [AnswersTo(*row) for row in sheets.select("answer_kind", "gold", "answer").rows()]
    grades = [list(one) for of_problem in grade(to_grade, judge) for one in of_problem]
    graded = (
        sheets.select(*_PROBLEM_KEY, "answer")
        .explode("answer")
        .hstack(pl.DataFrame(grades, schema=_GRADED, orient="row"))
    )
    return answered.join(
        graded, on=[*_PROBLEM_KEY, "answer"], how="left", nulls_equal=True, maintain_order="left"
    ).select(
        *SAMPLE_KEY,
        "thinking_tokens",
        _answer_tokens(),
        pl.col("text").map_elements(answer_part, return_dtype=pl.String),
        "answer",
        *_GRADED,
    )


def unended_answers(traces: pl.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Settings with samples that did not end by themselves: name, how many, and of how many."""
    counted = traces.group_by(_SETTING, maintain_order=True).agg(
        unended=(pl.col("end") != "stop").sum(), samples=pl.len()
    )
    for row in counted.filter(pl.col("unended") > 0).iter_rows(named=True):
        said = [f"{k} {row[k]}" for k in _SETTING if row[k] is not None]
        yield "".join(f", {one}" for one in said), row["unended"], row["samples"]


def _answer_tokens() -> pl.Expr:
    """Tokens beside the thinking, delimiters included.

    With tokens appended by force, what was generated is not what stands there.
    """
    forced = pl.col("forced_tokens") > 0
    length = pl.when(forced).then(pl.col("token_ids").list.len().cast(pl.Int64))
    whole = pl.coalesce(length, pl.col("generated_tokens"))
    return (whole - pl.col("thinking_tokens")).alias("answer_tokens")


def _check_known(asked: pl.DataFrame) -> None:
    unknown = (
        asked.filter(pl.col("gold").is_null()).select(_PROBLEM_KEY).unique(maintain_order=True)
    )
    if unknown.is_empty():
        return
    names = [f"{benchmark}/{problem}" for benchmark, problem in unknown.iter_rows()]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    raise PoolError(
        f"{len(names)} problems have traces but are not among the problems: "
        f"{', '.join(names[:_MOST_NAMED])}{more}; give the problems that the pool was sampled from"
    )


def main() -> None:
    """Grade a pool."""
    arguments = parser(__doc__)
    arguments.add_argument("--pool", required=True, help="name of the pool")
    arguments.add_argument("--traces", type=existing, required=True, help="Trace table")
    arguments.add_argument("--problems", type=existing, required=True, help="Problem table")
    arguments.add_argument("--output", type=Path, required=True, help="Answer table to write")
    arguments.add_argument(
        "--jobs", type=int, help="pairs of answers judged at a time; default: one a processor"
    )
    arguments.add_argument(
        "--no-last-number",
        action="store_true",
        help="a text without an announced answer gives none, whatever numbers it holds",
    )
    given = arguments.parse_args()
    traces = read_table(Trace, given.traces)
    others = traces.filter(pl.col("pool") != given.pool)["pool"].unique(maintain_order=True)
    if len(others):
        raise PoolError(f"{given.traces}: holds traces of {', '.join(others)}, not {given.pool}")
    problems = read_table(Problem, given.problems)
    logging.info("%s: grading %d traces", given.pool, len(traces))
    with Judge(given.jobs) as judge:
        answers = grade_traces(traces, problems, judge, last_number=not given.no_last_number)
    write_table(Answer, answers, given.output)
    counts = answers["graded"].value_counts(sort=True).rows()
    logging.info(
        "%s: %d of %d right; %s; %d pairs took algebra",
        given.pool,
        answers["correct"].sum(),
        len(answers),
        ", ".join(f"{number} {verdict}" for verdict, number in sorted(counts)),
        judge.algebra_pairs,
    )
    for setting, unended, number in unended_answers(traces):
        logging.info("%s%s: %d of %d did not end", given.pool, setting, unended, number)


if __name__ == "__main__":
    run(main)
