"""Problem sets: files of problems as Problem tables, and what of them may be shown."""

import hashlib
import json
import math
import re
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.config.benchmarks import SourceBenchmark
from scripts.lib.errors import UserError
from scripts.lib.tableio import make_table
from scripts.lib.tables import Problem

MOST_SHOWN = 10

Row = dict[str, Any]


class ProblemError(UserError):
    """A problem file cannot be used; the text lists every row that is wrong."""


class RowError(Exception):
    """What is wrong with one row."""


def shown(text: str, publish: str) -> str:
    """`text` as it may be shared or shown: itself, or its hash where `publish` is "hash"."""
    if publish == "text":
        return text
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def read_rows(path: Path, name: str) -> list[tuple[int, Row]]:
    """Rows of a problem file and where they stand in it: lines, or rows below the header from 1.

    The suffix of `name` (the file's name in data/sources.csv) tells the format: .jsonl, .csv
    or .parquet.

    Raises:
        ProblemError: the file cannot be read; every line that is no JSON object is listed.
    """
    readers = {".jsonl": _json_lines, ".csv": _csv, ".parquet": _parquet}
    suffix = Path(name).suffix
    if suffix not in readers:
        raise ProblemError(f"{name}: no format {suffix!r}; there is: {', '.join(readers)}")
    try:
        rows = readers[suffix](path)
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise ProblemError(f"{path}: cannot be read as {suffix}: {error}") from None
    if not rows:
        raise ProblemError(f"{path}: holds no rows")
    return rows


def import_problems(
    rows: Sequence[tuple[int, Row]],
    benchmark: str,
    spec: SourceBenchmark,
    publish: str,
    path: Path,
) -> pl.DataFrame:
    """Rows of a problem file as a Problem table.

    Args:
        rows: as from `read_rows`.
        benchmark: the benchmark's name.
        spec: which fields hold what, and of what kind the answers are. Problems without an id
            field are numbered from 0, in file order.
        publish: "text" or "hash", from data/sources.csv.
        path: the file, for errors.

    Raises:
        ProblemError: with the file, every wrong row, its field and its value.
    """
    if spec.columns.wrong and spec.answer_kind != "choice":
        raise ProblemError(f"{benchmark}: columns.wrong needs answer_kind: choice")
    made: list[dict[str, object]] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for number, (place, row) in enumerate(rows):
        try:
            problem = _problem(row, number, spec, publish)
            first = seen.setdefault(str(problem["problem_id"]), place)
            if first != place:
                raise RowError(f"id {problem['problem_id']!r} stands in row {first} too")
        except RowError as error:
            wrong.append(f"row {place}: {error}")
            continue
        made.append({"benchmark": benchmark, **problem, "publish": publish})
    if wrong:
        raise ProblemError(listed(path, wrong))
    return make_table(Problem, made)


def normalised_integer(value: object) -> str:
    """An integer answer without leading zeros, thousands commas or decimal zeros.

    Examples: "025" and 25.0 give "25", "1,450,000" gives "1450000", "-0" gives "0".

    Raises:
        ValueError: `value` is not an integer.
    """
    text = text_of(value)
    match = re.fullmatch(r"([+-]?)(\d+|\d{1,3}(?:,\d{3})+)(?:\.0*)?", text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is not an integer")
    digits = match[2].replace(",", "").lstrip("0") or "0"
    return ("-" if match[1] == "-" and digits != "0" else "") + digits


def shuffled_choices(question: str, answer: str, wrong: Sequence[str]) -> tuple[str, str]:
    """A question with its choices listed as (A), (B), ..., and the letter of the right one.

    The order depends on the question and the number of choices alone: choice i (the right
    answer is choice 0) is placed by the sha256 of the question and i.
    """
    choices = [answer, *wrong]
    order = sorted(
        range(len(choices)), key=lambda i: hashlib.sha256(f"{question}\n{i}".encode()).digest()
    )
    letters = string.ascii_uppercase[: len(choices)]
    lines = [f"({letter}) {choices[i]}" for letter, i in zip(letters, order, strict=True)]
    return "\n".join([f"{question}\n", *lines]), letters[order.index(0)]


def _problem(row: Row, number: int, spec: SourceBenchmark, publish: str) -> dict[str, object]:
    columns = spec.columns
    text = _field(row, columns.problem)
    answer: object = _value(row, columns.answer)
    if spec.answer_after is not None:
        _, marker, answer = text_of(answer).rpartition(spec.answer_after)
        if not marker:
            raise RowError(f"field {columns.answer!r} has no {spec.answer_after!r}")
    if columns.wrong:
        text, answer = _choice_problem(row, spec, text)
    else:
        answer = checked_answer(answer, columns.answer, spec.answer_kind, publish)
    return {
        "problem_id": _field(row, columns.id) if columns.id else str(number),
        "problem": text,
        "answer": answer,
        "answer_kind": spec.answer_kind,
        "level": text_of(_value(row, columns.level)) or None if columns.level else None,
    }


def _choice_problem(row: Row, spec: SourceBenchmark, question: str) -> tuple[str, str]:
    right = _field(row, spec.columns.answer)
    wrong = [_field(row, name) for name in spec.columns.wrong]
    if right in wrong:
        field = spec.columns.wrong[wrong.index(right)]
        raise RowError(f"field {field!r} says the same as the right answer")
    return shuffled_choices(question, right, wrong)


def checked_answer(value: object, field: str, answer_kind: str, publish: str = "text") -> str:
    """A gold answer in its normal form; errors show its value only where that may be published.

    Raises:
        RowError: there is none, or it is not of this kind.
    """
    text = text_of(value)
    if not text:
        raise RowError(f"field {field!r} is empty")
    if answer_kind == "integer":
        try:
            return normalised_integer(value)
        except ValueError:
            raise RowError(f"field {field!r} is not an integer: {shown(text, publish)!r}") from None
    if answer_kind == "choice":
        letter = re.fullmatch(r"\(?([A-Za-z])\)?", text)
        if letter is None:
            raise RowError(f"field {field!r} is not one letter: {shown(text, publish)!r}")
        return letter[1].upper()
    return text


def _value(row: Row, field: str) -> object:
    if field not in row:
        raise RowError(f"no field {field!r}; there is: {', '.join(row)}")
    return plain_value(row[field], field)


def plain_value(value: object, field: str) -> object:
    """`value`, unless it is no text, number or null.

    Raises:
        RowError: a list, a mapping, or a text that no file can hold.
    """
    if isinstance(value, (list, dict)):
        raise RowError(f"field {field!r} holds a {type(value).__name__}, not a text or a number")
    if isinstance(value, str) and re.search("[\ud800-\udfff]", value):
        raise RowError(f"field {field!r} holds half a character (a lone surrogate)")
    return value


def _field(row: Row, field: str) -> str:
    text = text_of(_value(row, field))
    if not text:
        raise RowError(f"field {field!r} is empty")
    return text


def text_of(value: object) -> str:
    """A field as text without blanks around it; "" for null, and for NaN, pandas' null."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _json_lines(path: Path) -> list[tuple[int, Row]]:
    rows, wrong = [], []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                wrong.append(f"line {number}: not JSON: {error}")
                continue
            if isinstance(row, dict):
                rows.append((number, row))
            else:
                wrong.append(f"line {number}: not a JSON object")
    if wrong:
        raise ProblemError(listed(path, wrong))
    return rows


def _csv(path: Path) -> list[tuple[int, Row]]:
    return list(enumerate(pl.read_csv(path, infer_schema=False).iter_rows(named=True), start=1))


def _parquet(path: Path) -> list[tuple[int, Row]]:
    return list(enumerate(pl.read_parquet(path).iter_rows(named=True), start=1))


def listed(origin: Path | str, wrong: Sequence[str]) -> str:
    """The first of the wrong rows of `origin`, one a line, and how many there are."""
    lines = [f"  - {line}" for line in wrong[:MOST_SHOWN]]
    if len(wrong) > MOST_SHOWN:
        lines.append(f"  - and {len(wrong) - MOST_SHOWN} more")
    return "\n".join([f"{origin}: {len(wrong)} row(s) are wrong:", *lines])
