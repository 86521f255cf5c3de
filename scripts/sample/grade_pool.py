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
from scripts.lib.tables import SAMPLE_KEY, Answer, Problem, Trace, schema_of
from scripts.lib.thinking import answer_part

_PROBLEM_KEY = ["benchmark", "problem_id"]
_SETTING = ["asked", "budget", "waits", "beams"]
_MOST_NAMED = 10


class PoolError(UserError):
    """Traces that do not belong to this pool or to these problems."""


def answers_of(traces: pl.DataFrame, kinds: list[str], *, last_number: bool = True) -> list[str]:
    """The answer that each trace gives, "" for none; `kinds` are their problems' answer kinds."""
    columns = traces.select("text", "answer", "end").iter_rows()
    rows = tqdm(zip(columns, kinds, strict=True), total=len(kinds), unit="trace", disable=None)
    found = []
    for (text, recorded, end), kind in rows:
        if recorded is None and text is not None:
            recorded = extract_answer(text, kind, end, last_number=last_number)  # noqa: PLW2901
        found.append(recorded or "")
    return found


def grade_traces(
    traces: pl.DataFrame, problems: pl.DataFrame, judge: Judge, *, last_number: bool = True
) -> pl.DataFrame:
    """An Answer table with one row a trace, in the order of the traces.

    Answer classes are numbered within a problem, over all wordings and asked budgets.

    Raises:
        PoolError: traces of problems that are not among `problems`.
    """
    gold = problems.select(*_PROBLEM_KEY, "answer_kind", gold="answer")
    asked = traces.select(_PROBLEM_KEY).join(
        gold, on=_PROBLEM_KEY, how="left", maintain_order="left"
    )
    _check_known(asked)
    answers = answers_of(traces, asked["answer_kind"].to_list(), last_number=last_number)
    numbered = asked.with_columns(answer=pl.Series(answers, dtype=pl.String)).with_row_index("row")
    sheets = numbered.group_by(_PROBLEM_KEY, maintain_order=True).agg(
        pl.first("answer_kind", "gold"), "answer", "row"
    )
    problems_answered = [
        AnswersTo(*row) for row in sheets.select("answer_kind", "gold", "answer").iter_rows()
    ]
    logging.info("judging the answers to %d problems", len(problems_answered))
    grades = grade(problems_answered, judge)
    rows = [index for group in sheets["row"].to_list() for index in group]
    graded = pl.DataFrame(
        [(row, *each) for row, each in zip(rows, (g for of in grades for g in of), strict=True)],
        schema={"row": pl.Int64, "answer_class": pl.Int64, "correct": pl.Boolean,
                "graded": pl.String},
        orient="row",
    ).sort("row")  # fmt: skip
    return traces.select(
        *SAMPLE_KEY,
        "thinking_tokens",
        _answer_tokens(),
        pl.col("text").map_elements(answer_part, return_dtype=pl.String),
        numbered["answer"].replace("", None).alias("answer"),
        *graded.drop("row").get_columns(),
    ).select(list(schema_of(Answer)))


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
    unknown = asked.filter(pl.col("gold").is_null()).unique(_PROBLEM_KEY, maintain_order=True)
    if unknown.is_empty():
        return
    names = [f"{benchmark}/{problem}" for benchmark, problem, *_ in unknown.iter_rows()]
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
