"""Pools drawn by several jobs: the same bytes as by one, and nothing drawn twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pyarrow.parquet import ParquetFile

from scripts.lib import merging as merging_of_tables
from scripts.lib.config.pools import ForcedPool, RevisedPool, SampledPool
from scripts.lib.config.shards import Shard, all_shards, read_shard
from scripts.lib.errors import UserError
from scripts.lib.merging import merge_shards
from scripts.lib.sampling_program import run_sampling
from scripts.lib.search.tables import Step
from scripts.lib.shards import ShardError, block_of
from scripts.lib.tableio import TableError, read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.sample import merge_shards as merging
from scripts.sample.sample_forced import sample_forced
from scripts.sample.sample_pool import sample_pool
from scripts.sample.sample_revised import sample_revised
from scripts.search import search_pool as searching
from tests.small_model import write_model
from tests.small_verifier import write_verifier
from tests.test_pool_requests import problems

pytestmark = pytest.mark.usefixtures("one_thread")

CONTEXT = 160
PROMPTS = {"plain": "Q: {problem}", "again": "Q: {problem} You: {attempt}"}
TABLE = problems("1 + 1", "2 + 2 * 3", "3", "4 - 4", "5 + 5 + 5", "6 * 6", "not asked")
ASKED = {"model": "m", "benchmark": "sums", "problems": 6}
POOLS: dict[str, dict[str, Any]] = {
    "sampled": {"wordings": ["plain"], "sampling": {"max_tokens": 40}, "n": 3},
    "forced": {
        "wordings": ["plain"],
        "forcing": {"budgets": [4, 16], "waits": [0, 1], "answer_tokens": 6},
        "n": 2,
    },
    "revised": {
        **{"wording": "plain", "revision": "again", "revisions": 1, "n": 2},
        "sampling": {"max_tokens": 30},
    },
    # Steps end with a letter that random texts hold, so that they have several.
    "searched": {
        **{"verifier": "v", "wording": "plain", "beams": [1, 4], "separator": "s"},
        **{"search": {"method": "beam", "width": 2}, "sampling": {"max_tokens": 60}},
    },
}
PROGRAMS: dict[str, Callable[[], None]] = {
    "sampled": lambda: run_sampling("", SampledPool, sample_pool),
    "forced": lambda: run_sampling("", ForcedPool, sample_forced),
    "revised": lambda: run_sampling("", RevisedPool, sample_revised),
    "searched": searching.main,
}
MODEL = {
    "kind": "trained",
    "architecture": dict.fromkeys(("layers", "heads", "kv_heads"), 1)
    | {"width": 8, "feed_forward": 8, "context": CONTEXT},
    "corpus": {"seed": 0, "examples": 1, "operations": [2], "slip_rate": 0, "most_waits": 0}
    | {"wordings": ["plain"], "asked_share": 0},
    "training": {"seed": 0, "learning_rate": 1},
    "dtype": "float32",
    "batch_size": 8,
}
VERIFIER = {"kind": "verifier", "base": "m", "labels": "l", "wording": "plain", "training": {}}


class Draw:
    """The programs of one pool, as rules call them, in a folder with its model."""

    def __init__(self, kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.kind, self.folder, self._monkeypatch = kind, folder, monkeypatch
        self.spec = json.dumps({"kind": kind} | ASKED | POOLS[kind])
        self.parts = ["traces", "steps", "spent"] if kind == "searched" else ["traces"]
        self.verifier: dict[str, Any] = VERIFIER | {"batch_size": 1}
        self.weights = write_model(folder / "model", layers=1, width=32, context=CONTEXT)
        write_table(Problem, TABLE, folder / "problems.parquet")

    def alone(self, journal: str) -> dict[str, Path]:
        """All by one job; its tables by name."""
        return self.job(self.folder / journal, self.folder / f"{journal}_alone")

    def shared(self, shards: int, journal: str) -> dict[str, Path]:
        """By several, and merged."""
        folder = self.folder / f"{journal}_{shards}"
        made = [
            self.job(self.folder / journal, folder / str(shard), "--shard", str(shard))
            for shard in all_shards(shards)
        ]
        for part in self.parts:
            given = {"--spec": self.spec, "--pool": "p", "--table": part}
            given |= {"--problems": self.folder / "problems.parquet"}
            files = ["--shards", *(tables[part] for tables in made)]
            self.call(merging.main, given, *files, "--output", folder / f"{part}.parquet")
        return {part: folder / f"{part}.parquet" for part in self.parts}

    def job(self, journal: Path, output: Path, *more: str) -> dict[str, Path]:
        tables = {part: output / f"{part}.parquet" for part in self.parts}
        given = {
            "--spec": self.spec,
            "--pool": "p",
            "--model-spec": json.dumps(MODEL),
            "--weights": self.weights,
            "--prompts": json.dumps(PROMPTS),
            "--problems": self.folder / "problems.parquet",
            "--journal": journal,
            "--output": tables["traces"],
        }
        if self.kind == "searched":
            folder = self.folder / "verifier"
            if not folder.exists():
                write_verifier(folder, self.weights)
            given |= {"--verifier": "v", "--verifier-spec": json.dumps(self.verifier)}
            given |= {"--verifier-weights": folder}
            given |= {"--steps": tables["steps"], "--spent": tables["spent"]}
        self.call(PROGRAMS[self.kind], given, *more)
        return tables

    def call(self, main: Callable[[], None], given: dict[str, Any], *more: object) -> None:
        arguments = [part for option in given.items() for part in option]
        self._monkeypatch.setattr("sys.argv", ["program", *map(str, [*arguments, *more])])
        main()


def lines_of(journal: Path) -> list[str]:
    """All lines of responses and scores, each led by the name of its folder."""
    return [
        f"{path.parent.name} {line}"
        for path in sorted(journal.rglob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


@pytest.fixture(params=list(POOLS))
def pool(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    return Draw(request.param, tmp_path, monkeypatch)


def test_shards_make_the_same_bytes_as_one_job_and_draw_nothing_twice(pool: Draw) -> None:
    alone = pool.alone("one")
    whole = {part: path.read_bytes() for part, path in alone.items()}
    assert len(read_table(Trace, alone["traces"])["problem_id"].unique()) == 6
    two = pool.shared(2, "several")
    assert {part: path.read_bytes() for part, path in two.items()} == whole
    drawn = lines_of(pool.folder / "several")
    keys = [json.loads(line.split(" ", 1)[1])["key"] for line in drawn]
    assert len(set(keys)) == len(keys) == len(lines_of(pool.folder / "one"))
    # Another number of shards, and one job in the end, only read the journal.
    four = pool.shared(4, "several")
    assert {part: path.read_bytes() for part, path in four.items()} == whole
    again = pool.alone("several")
    assert {part: path.read_bytes() for part, path in again.items()} == whole
    assert lines_of(pool.folder / "several") == drawn
    # Four that draw everything themselves.
    fresh = pool.shared(4, "fresh")
    assert {part: path.read_bytes() for part, path in fresh.items()} == whole


def test_of_a_search_only_scores_differ_where_steps_are_read_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a verifier reads beside a step may change the last bits of its score."""
    search = Draw("searched", tmp_path, monkeypatch)
    search.verifier = VERIFIER | {"batch_size": 32, "dtype": "float64"}
    alone, shared = search.alone("one"), search.shared(4, "several")
    for part in ("traces", "spent"):
        assert shared[part].read_bytes() == alone[part].read_bytes()
    steps = [read_table(Step, tables["steps"]) for tables in (alone, shared)]
    assert_frame_equal(*steps, rel_tol=0.0, abs_tol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
def test_blocks_are_all_problems_once_and_alike_in_size(count: int) -> None:
    blocks = [list(range(7))[shard.block(7)] for shard in all_shards(count)]
    assert [place for block in blocks for place in block] == list(range(7))
    assert max(map(len, blocks)) - min(map(len, blocks)) <= 1


@pytest.mark.parametrize("text", ["0-of-2", "3-of-2", "1", "1-of-", "a-of-b", "1-of-0"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no shard; one is written 2-of-4"):
        read_shard(text)
    assert read_shard("2-of-4") == Shard(2, 4)


def sampled(**changes: object) -> SampledPool:
    return SampledPool.model_validate(ASKED | POOLS["sampled"] | changes)


def test_more_shards_than_problems_are_refused() -> None:
    with pytest.raises(ShardError, match="pool p: 8 shards for 6 problems; set shards to 6 at"):
        block_of("p", sampled(), TABLE, Shard(1, 8))
    with pytest.raises(UserError, match="has 7 problems, the pool asks for 9"):
        block_of("p", sampled(problems=9), TABLE, Shard(1, 2))


def trace_rows(problem: str, samples: int, pool: str = "p") -> pl.DataFrame:
    key = {"pool": pool, "benchmark": "sums", "problem_id": problem, "wording": "plain"}
    none = dict.fromkeys(set(Trace.to_schema().columns) - {*key, "sample", "end"})
    rows = [
        key | none | {"sample": n, "end": "stop", "forced_tokens": 0, "wait_positions": []}
        for n in range(samples)
    ]
    return pl.DataFrame(
        rows, schema={n: c.dtype.type for n, c in Trace.to_schema().columns.items()}
    )


def test_tables_that_are_not_those_of_their_shards_are_refused(tmp_path: Path) -> None:
    table = TABLE.head(2)
    spec = sampled(problems=2)
    first, second, merged = (tmp_path / f"{name}.parquet" for name in ("a", "b", "merged"))
    write_table(Trace, trace_rows("p0", 2), first)
    write_table(Trace, trace_rows("p1", 2), second)

    def merge(*files: Path) -> int:
        return merge_shards("p", spec, "traces", table, list(files), merged)

    assert merge(first, second) == 4
    assert read_table(Trace, merged)["problem_id"].to_list() == ["p0", "p0", "p1", "p1"]
    merged.unlink()
    with pytest.raises(
        ShardError, match=r"b.parquet: holds other problems \(p1\) than shard 1-of-"
    ):
        merge(second, first)
    with pytest.raises(
        ShardError, match=r"a.parquet: holds other problems \(p0\) than shard 2-of-"
    ):
        merge(first, first)
    write_table(Trace, trace_rows("p1", 1, "other"), second)
    with pytest.raises(ShardError, match="holds samples of pool other, not of p"):
        merge(first, second)
    trace_rows("p1", 1).with_columns(sample=pl.lit("0")).write_parquet(second)
    with pytest.raises(
        TableError, match=r"b.parquet: not a valid Trace table: other columns.*sample"
    ):
        merge(first, second)
    second.write_bytes(first.read_bytes()[:-9])
    with pytest.raises(TableError, match=r"b.parquet: cannot be read as a table"):
        merge(first, second)
    assert not merged.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_tables_that_are_large_are_merged_group_after_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging_of_tables, "SMALL_BYTES", 0)
    monkeypatch.setattr(merging_of_tables, "GROUP_BYTES", 1)
    tables = [tmp_path / f"{number}.parquet" for number in range(2)]
    rows = [
        trace_rows(f"p{number}", 3).with_columns(
            token_ids=pl.Series([[number, 5], None, []], dtype=pl.List(pl.Int64)),
            text=pl.Series(["one\ntwo", "", None]),
        )
        for number in range(2)
    ]
    for path, frame in zip(tables, rows, strict=True):
        write_table(Trace, frame, path)
    merged = tmp_path / "merged.parquet"
    assert merge_shards("p", sampled(problems=2), "traces", TABLE.head(2), tables, merged) == 6
    assert read_table(Trace, merged).equals(pl.concat(rows))
    assert ParquetFile(merged).metadata.num_row_groups == 6
