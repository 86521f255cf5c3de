"""Reading some rows of large tables."""

from pathlib import Path

import polars as pl

from scripts.lib.tableio import TableError
from scripts.lib.tables import Table, schema_of


def read_rows(
    model: type[Table], path: Path, columns: list[str], rows: pl.DataFrame
) -> pl.DataFrame:
    """Columns of those rows of a Parquet table that agree with one of `rows` in all its columns.

    Raises:
        TableError: the file cannot be read, or such a column has another type.
    """
    on = rows.columns
    try:
        every = pl.scan_parquet(path).select(columns)
        found = every.join(rows.lazy(), on, "semi", nulls_equal=True, maintain_order="left")
        part = found.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        raise TableError(f"{path}: cannot be read as a {model.__name__} table: {error}") from error
    wanted = schema_of(model)
    wrong = [name for name in columns if part.schema[name] != wanted[name]]
    if wrong:
        raise TableError(f"{path}: not a valid {model.__name__} table: {wrong} of other types")
    return part
