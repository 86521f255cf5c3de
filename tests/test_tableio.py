import polars as pl
import pytest

from scripts.lib.curves.tables import Point
from scripts.lib.tableio import TableError, check_table, make_table, read_table, write_table
from scripts.lib.tables import SAMPLE_KEY, Answer, Cost, Table, Trace, schema_of


def points() -> pl.DataFrame:
    rows = [
        {
            "curve": "vote_a",
            "method": "vote",
            "benchmark": "b",
            "model": "m",
            "setting": f"k={k}",
            "n": k,
            "accuracy": 0.5,
            "problems": 3,
            "origin": "measured",
        }
        for k in (1, 2, 4)
    ]
    return make_table(Point, rows)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_comes_back_as_it_was_written(tmp_path, suffix):
    path = tmp_path / f"points.{suffix}"
    write_table(Point, points(), path)
    assert read_table(Point, path).equals(points())


def test_lists_and_nulls_survive(tmp_path):
    row = {
        "pool": "p",
        "benchmark": "b",
        "problem_id": "1",
        "wording": "w",
        "sample": 0,
        "token_ids": [1, 2],
        "end": "stop",
        "forced_tokens": 0,
        "wait_positions": [],
    }
    path = tmp_path / "traces.parquet"
    write_table(Trace, make_table(Trace, [row]), path)
    back = read_table(Trace, path)
    assert back["token_ids"].to_list() == [[1, 2]]
    assert back["asked"].to_list() == [None]


def test_everything_wrong_is_told_at_once_with_rows_and_values(tmp_path):
    path = tmp_path / "points.csv"
    write_table(Point, points(), path)
    text = path.read_text(encoding="utf-8")
    text = text.replace("k=2", "k=1").replace(",4,", ",many,").replace("measured", "guessed")
    path.write_text(text.replace("0.5", "1.5"), encoding="utf-8")
    with pytest.raises(TableError) as caught:
        read_table(Point, path)
    message = str(caught.value)
    assert str(path) in message
    assert "unique together; repeated in row 2: ('vote_a', 'b', 'k=1')" in message
    assert "column 'n' should be Int64, is String in row 4: 'many'" in message
    assert "column 'accuracy' breaks" in message
    assert "row 3: '1.5'" in message
    assert "'guessed'" in message


def test_missing_strange_and_misplaced_columns_are_named(tmp_path):
    path = tmp_path / "points.csv"
    points().rename({"accuracy": "acc"}).write_csv(path)
    with pytest.raises(TableError, match="column 'accuracy' is missing") as caught:
        read_table(Point, path)
    assert "column 'acc' does not belong here" in str(caught.value)
    points().select(reversed(points().columns)).write_csv(path)
    with pytest.raises(TableError, match="columns must stand in this order: curve, method"):
        read_table(Point, path)


def test_a_wrong_table_is_not_written_and_the_old_one_stays(tmp_path):
    path = tmp_path / "points.csv"
    write_table(Point, points(), path)
    before = path.read_bytes()
    with pytest.raises(TableError):
        write_table(Point, points().with_columns(accuracy=pl.lit(2.0)), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["points.csv"]


@pytest.mark.parametrize("content", [b"", b"PAR1 but not really", b"\xff\xfe\x00"])
def test_what_is_no_table_is_an_error_that_names_the_file(tmp_path, content):
    path = tmp_path / "points.parquet"
    path.write_bytes(content)
    with pytest.raises(TableError, match=r"points\.parquet: cannot be read as a table"):
        read_table(Point, path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(TableError, match=r"gone\.csv: no such file"):
        read_table(Point, tmp_path / "gone.csv")


def test_a_column_of_the_wrong_type_is_one_problem(tmp_path):
    with pytest.raises(TableError) as caught:
        check_table(Point, points().with_columns(accuracy=pl.lit("x")), tmp_path / "p.csv")
    assert str(caught.value).count("\n") == 1


@pytest.mark.parametrize("table", [Trace, Answer, Cost])
def test_tables_of_samples_begin_with_what_tells_a_sample(table: type[Table]) -> None:
    told = ["pool", "benchmark", "problem_id", "wording", "asked", "effort", "sample"]
    key = [*told, "budget", "waits", "beams"]
    assert key == SAMPLE_KEY
    assert list(schema_of(table))[: len(key)] == key
