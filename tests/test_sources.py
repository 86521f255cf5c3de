import os
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.fetch import sha256_of
from scripts.lib.tableio import read_table
from scripts.lib.tables import Source

SOURCES = read_table(Source, Path("data/sources.csv"))
PINNED = SOURCES.filter(pl.col("sha256").is_not_null())


def test_rows_stand_in_order_of_their_names() -> None:
    assert SOURCES["name"].to_list() == sorted(SOURCES["name"])


def test_every_revision_is_a_commit_and_part_of_its_url() -> None:
    assert SOURCES["revision"].str.contains(r"^[0-9a-f]{40}$").all()
    by_http = SOURCES.filter(pl.col("url").str.starts_with("https://"))
    assert by_http.select(pl.col("url").str.contains(pl.col("revision"), literal=True))["url"].all()


def test_only_gated_files_of_the_hub_lack_a_hash() -> None:
    unpinned = SOURCES.filter(pl.col("sha256").is_null())
    assert unpinned["name"].to_list() == ["problems/gpqa_diamond.csv"]
    assert unpinned["bytes"].is_null().all()
    assert unpinned["url"].str.starts_with("hf://datasets/").all()
    assert PINNED["bytes"].is_not_null().all()


def test_gpqa_is_the_only_one_that_must_not_be_published() -> None:
    assert SOURCES.filter(publish="hash")["name"].to_list() == ["problems/gpqa_diamond.csv"]


def test_everything_is_cited_and_licensed() -> None:
    for column in ("licence", "citation", "holds"):
        assert (SOURCES[column].str.len_chars() > 2).all()
    assert SOURCES["citation"].str.contains(r"arXiv:\d{4}\.\d{5}|github\.com/").all()


@pytest.mark.parametrize("name", PINNED["name"].to_list())
def test_the_mirror_holds_each_file(name: str, mirror: Callable[[str], Path]) -> None:
    row = PINNED.row(by_predicate=pl.col("name") == name, named=True)
    path = mirror(name)
    assert path.stat().st_size == row["bytes"]
    assert sha256_of(path) == row["sha256"]


def test_no_file_of_the_mirror_is_left_out() -> None:
    folder = os.environ.get("TTSCALE_MIRROR")
    if not folder:
        pytest.skip("TTSCALE_MIRROR is not set: no folder of recorded files")
    there = {path.name for path in Path(folder).iterdir() if len(path.name) == 64}
    assert there == set(PINNED["sha256"])
