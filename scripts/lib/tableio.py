"""Reading and writing tables: checked both times, written whole or not at all."""

from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.atomic import written_whole
from scripts.lib.errors import UserError
from scripts.lib.pandera_polars import errors as pandera_errors
from scripts.lib.tables import Table, schema_of

MOST_SHOWN = 5


class TableError(UserError):
    """A table breaks its model; the text lists every problem with rows and values."""


def read_table(model: type[Table], path: Path) -> pl.DataFrame:
    """Read a CSV or Parquet table and check it against `model`.

    Raises:
        TableError: the file is missing, is not a table, or breaks the model.
    """
    if not path.exists():
        raise TableError(f"{path}: no such file (a {model.__name__} table was expected)")
    return check_table(model, read_columns(path, schema_of(model)), path)


def read_part(model: type[Table], path: Path, columns: list[str]) -> pl.DataFrame:
    """Only some columns of a Parquet table, with their types checked; for tables that are large.

    Raises:
        TableError: the file is missing, is not a table, or lacks such a column.
    """
    if not path.exists():
        raise TableError(f"{path}: no such file (a {model.__name__} table was expected)")
    try:
        schema = pl.read_parquet_schema(path)
        part = pl.read_parquet(path, columns=[name for name in columns if name in schema])
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path}: cannot be read as a table: {error}") from error
    wanted = schema_of(model)
    problems = [
        f"column {name!r} is missing"
        if name not in schema
        else f"column {name!r} should be {wanted[name]}, is {schema[name]}"
        for name in columns
        if schema.get(name) != wanted[name]
    ]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise TableError(f"{path}: not a valid {model.__name__} table:\n{lines}")
    return part


def read_columns(path: Path, wanted: dict[str, Any]) -> pl.DataFrame:
    """A CSV or Parquet file as it stands, unchecked; CSV columns have the wanted types if they can.

    Raises:
        TableError: the file is not a table.
    """
    try:
        return _read_csv(path, wanted) if path.suffix == ".csv" else pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise TableError(f"{path}: cannot be read as a table: {error}") from error


def read_by_name(model: type[Table], paths: list[Path]) -> dict[str, pl.DataFrame]:
    """Tables of `model` by the names of their files, without suffix."""
    return {path.stem: read_table(model, path) for path in paths}


def write_table(model: type[Table], frame: pl.DataFrame, path: Path) -> None:
    """Check `frame` against `model` and write it to `path` (CSV or Parquet by its suffix).

    Raises:
        TableError: the frame breaks the model; nothing is written then.
    """
    checked = check_table(model, frame, path)
    with written_whole(path) as temporary:
        if path.suffix == ".csv":
            checked.write_csv(temporary)
        else:
            # Level 1 writes long texts in half the time of the default, to about the same size.
            checked.write_parquet(temporary, compression="zstd", compression_level=1)


def count_rows(path: Path) -> int:
    """How many rows a Parquet table has, from what it says of itself: nothing else is read.

    Raises:
        TableError: the file is missing or is not a table.
    """
    try:
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path}: cannot be read as a table: {error}") from error


def empty_table(model: type[Table]) -> pl.DataFrame:
    """A table of `model` without rows."""
    return pl.DataFrame(schema=schema_of(model))


def make_table(model: type[Table], rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows as a frame in the model's columns and types; a key left out of a row is null."""
    return pl.DataFrame(rows, schema=schema_of(model), orient="row")


def check_table(model: type[Table], frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Return `frame` if it keeps to `model`; else raise with all problems at once."""
    try:
        return model.validate(frame, lazy=True)
    except pandera_errors.SchemaErrors as errors:
        problems = _problems(model, frame, errors)
    except pandera_errors.SchemaError as error:
        problems = [str(error)]
    lines = "\n".join(f"  - {problem}" for problem in problems)
    raise TableError(f"{path}: not a valid {model.__name__} table:\n{lines}") from None


def _read_csv(path: Path, wanted: dict[str, Any]) -> pl.DataFrame:
    """Read all columns as text, then convert those that convert; the rest fail the check."""
    text = pl.read_csv(path, infer_schema=False)
    columns = []
    for name in text.columns:
        dtype = wanted.get(name, pl.String)
        if dtype == pl.Boolean:
            truth = {"true": True, "false": False}
            converted = text[name].replace_strict(truth, default=None, return_dtype=pl.Boolean)
        else:
            converted = text[name].cast(dtype, strict=False)
        lost = converted.is_null() & text[name].is_not_null()
        columns.append(text[name] if lost.any() else converted)
    return pl.DataFrame(columns)


def _problems(
    model: type[Table], frame: pl.DataFrame, errors: pandera_errors.SchemaErrors
) -> list[str]:
    """One line per broken rule: the column, what it should be, the rows and their values."""
    wanted = schema_of(model)
    problems = []
    for missing in [name for name in wanted if name not in frame.columns]:
        problems.append(f"column {missing!r} is missing")
    for extra in [name for name in frame.columns if name not in wanted]:
        problems.append(f"column {extra!r} does not belong here")
    if not problems and frame.columns != list(wanted):
        problems.append(f"columns must stand in this order: {', '.join(wanted)}")
    cases = errors.failure_cases
    for (column, check), group in cases.group_by(["column", "check"], maintain_order=True):
        name = str(check)
        if name.startswith(("column_in_schema", "column_in_dataframe", "column_ordered")):
            continue
        if name.startswith("dtype") and column in wanted:
            problems.append(_wrong_type(frame[str(column)], wanted[str(column)]))
            continue
        if name.startswith("multiple_fields_uniqueness"):
            problems.append(_repeated_rows(model, frame))
            continue
        if column in frame.columns and frame[str(column)].dtype != wanted.get(str(column)):
            continue  # said already: a column of the wrong type breaks its other rules too
        rows = [
            f"row {row + 2 if row is not None else '?'}: {value!r}"
            for row, value in group.select("index", "failure_case").rows()
        ]
        problems.append(f"column {column!r} breaks {_rule(name)} in {_few(rows)}")
    return list(dict.fromkeys(problems))


def _wrong_type(column: pl.Series, dtype: object) -> str:
    bad = f"column {column.name!r} should be {dtype}, is {column.dtype}"
    if column.dtype == pl.String:
        lost = column.cast(dtype, strict=False) if dtype != pl.Boolean else None  # type: ignore[arg-type]
        keep = column.is_not_null()
        keep &= lost.is_null() if lost is not None else ~column.is_in(["true", "false"])
        rows = keep.arg_true().to_list()
        if rows:
            bad += " in " + _few([f"row {row + 2}: {column[row]!r}" for row in rows])
    return bad


def _repeated_rows(model: type[Table], frame: pl.DataFrame) -> str:
    key = list(model.to_schema().unique or [])
    again = frame.select(key).is_duplicated().arg_true().to_list()
    rows = [f"row {row + 2}: {frame.select(key).row(row)!r}" for row in again]
    return f"columns {', '.join(key)} must be unique together; repeated in {_few(rows)}"


def _rule(check: str) -> str:
    return {"not_nullable": "'must not be empty'", "field_uniqueness": "'must be unique'"}.get(
        check, f"'{check}'"
    )


def _few(rows: list[str]) -> str:
    shown = "; ".join(rows[:MOST_SHOWN])
    more = len(rows) - MOST_SHOWN
    return shown + (f"; and {more} more" if more > 0 else "")
