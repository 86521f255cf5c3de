"""Rows of a data set as candidate questions, or a list of every row that is wrong."""

import hashlib
from collections.abc import Iterable

import polars as pl

from scripts.lib.config.questions import QuestionColumns
from scripts.lib.errors import UserError
from scripts.lib.grading.extract import extract_answer
from scripts.lib.problems import Row, RowError, checked_answer, listed, plain_value, text_of
from scripts.lib.questions.tables import Collected
from scripts.lib.tableio import make_table

ROWS_AT_ONCE = 4096


class QuestionError(UserError):
    """A source of questions cannot be used; the text lists every row that is wrong."""


def question_id(question: str) -> str:
    """The first 16 hex digits of the sha256 of a question's text."""
    return hashlib.sha256(question.encode()).hexdigest()[:16]


def question_table(rows: Iterable[dict[str, object]]) -> pl.DataFrame:
    """Rows with a `question` as a Collected table, with their ids; columns left out are null."""
    parts, waiting = [make_table(Collected, [])], []
    for row in rows:
        waiting.append({"question_id": question_id(str(row["question"])), **row})
        if len(waiting) == ROWS_AT_ONCE:
            parts.append(make_table(Collected, waiting))
            waiting = []
    return pl.concat([*parts, make_table(Collected, waiting)])


def import_questions(
    rows: Iterable[tuple[int, Row]],
    source: str,
    answer_kind: str,
    columns: QuestionColumns,
    origin: str,
    publish: str = "text",
) -> pl.DataFrame:
    """Rows of a data set as a Collected table.

    Args:
        rows: each with its number, from 1.
        source: the source's name, where no column holds one.
        answer_kind: integer, math or choice.
        columns: which fields hold what. A question keeps its blanks, because its id is the hash
            of its text; blank fields of other columns are null.
        origin: the file or data set, for errors.
        publish: "text", or "hash" where the texts may not be shown.

    Raises:
        QuestionError: with the origin, every wrong row, and its field.
    """
    wrong: list[str] = []

    def good() -> Iterable[dict[str, object]]:
        for number, row in rows:
            try:
                yield {
                    "source": _needed(row, columns.source) if columns.source else source,
                    "publish": publish,
                    "question": _needed(row, columns.question),
                    "solution": _optional(row, columns.solution),
                    "answer": _answer(row, columns, answer_kind, publish),
                    "answer_kind": answer_kind,
                    "trace": _optional(row, columns.trace),
                    "attempt": _optional(row, columns.attempt),
                    "failure": _optional(row, columns.failure),
                    "domain": _optional(row, columns.domain),
                }
            except RowError as error:
                wrong.append(f"row {number}: {error}")

    table = question_table(good())
    if wrong:
        raise QuestionError(listed(origin, wrong))
    return table


def field_of(row: Row, field: str) -> object:
    """The value of a field: of its own name, or, for "a.b" and "a.0", of one inside another.

    What lies inside a null, or behind the end of a list, is null.

    Raises:
        RowError: there is no such field, or it is a list or a mapping.
    """
    if field in row:
        return plain_value(row[field], field)
    value: object = row
    for part in field.split("."):
        if isinstance(value, dict):
            if part not in value:
                raise RowError(f"no field {field!r}; there is: {', '.join(map(str, value))}")
            value = value[part]
        elif isinstance(value, list):
            if not part.isdecimal():
                raise RowError(f"field {field!r}: {part!r} does not number an item of a list")
            value = value[int(part)] if int(part) < len(value) else None
        elif value is not None:
            raise RowError(f"field {field!r}: {part!r} is looked for in {type(value).__name__}")
    return plain_value(value, field)


def _needed(row: Row, field: str) -> str:
    text = _optional(row, field)
    if text is None:
        raise RowError(f"field {field!r} is empty")
    return text


def _optional(row: Row, field: str | None) -> str | None:
    if field is None:
        return None
    value = field_of(row, field)
    text = text_of(value)
    return (value if isinstance(value, str) else text) if text else None


def _answer(row: Row, columns: QuestionColumns, answer_kind: str, publish: str) -> str | None:
    text = _optional(row, columns.answer)
    if text is not None and columns.answer_within:
        return _answer_within(text, columns.answer or "", answer_kind)
    return checked_answer(text, columns.answer or "", answer_kind, publish) if text else None


def _answer_within(solution: str, field: str, answer_kind: str) -> str | None:
    """The answer that a solution announces; None where it announces none of this kind."""
    found = extract_answer(solution, answer_kind, last_number=False)
    try:
        return checked_answer(found, field, answer_kind)
    except RowError:
        return None
