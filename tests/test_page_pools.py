"""Samples in blocks: what is kept, what is hidden, and that nothing is lost on the way."""

from pathlib import Path

import polars as pl
import pytest

from scripts.lib.config.page import Page
from scripts.lib.page.pools import PoolPages, PoolTables
from scripts.lib.page.reading import read_rows
from scripts.lib.page.spec import ReadPool
from scripts.lib.search.tables import Step
from scripts.lib.tableio import TableError, make_table, read_table, write_table
from scripts.lib.tables import SAMPLE_KEY, Problem, Trace
from tests.page_study import write_pool

SPEC = ReadPool(model="small", benchmark="made_up", kind="sampled", separator="\n")
PROBLEMS = [{"id": name, "text": f"problem {name}", "answer": "1"} for name in ("b", "a", "c")]


def pages(folder: Path, samples, problems=PROBLEMS, page=Page(samples="all"), scores=()):  # noqa: B008
    write_pool(folder, "p", problems, samples)
    pool = folder / "pools/p"
    files = PoolTables("p", *(pool / f"{t}.parquet" for t in ("traces", "answers", "problems")))
    files.scores = list(scores)
    made = PoolPages(SPEC, files, page)
    blocks = list(made.blocks())
    held = [(f"chunk-{n}", [p["id"] for p in b["problems"]]) for n, b in enumerate(blocks)]
    return made.index(held), blocks


def samples_of(ids="ba", budgets=(None, 8), count=3):
    return [
        {"problem": p, "budget": b, "text": f"{p} {b} {i}", "answer": str(i), "correct": i == 1}
        for p in ids
        for b in budgets
        for i in range(count)
    ]


def test_problems_stand_in_the_order_of_their_benchmark_with_all_their_samples(tmp_path):
    index, (block,) = pages(tmp_path, samples_of())
    assert index["problems"] == ["b", "a"], "c has no samples"
    assert [one["budget"] for one in index["settings"]] == [8, None]
    assert index["right"] == [[1, 1], [1, 1]]
    assert index["of"] == [[3, 3], [3, 3]]
    samples = block["problems"][1]["samples"]
    assert samples["text"] == ["a 8 0", "a 8 1", "a 8 2", "a None 0", "a None 1", "a None 2"]
    assert samples["setting"] == [0, 0, 0, 1, 1, 1]
    assert samples["correct"] == [False, True, False] * 2


def test_the_first_samples_are_kept_and_all_are_counted(tmp_path):
    page = Page(samples=2, problems=1)
    index, (block,) = pages(tmp_path, samples_of(), page=page)
    assert (index["kept"], index["texts"], index["samples"]) == (4, 4, 12)
    assert index["problems"] == ["b"]
    assert index["all_problems"] == 2
    assert block["problems"][0]["samples"]["sample"] == [0, 1, 0, 1]
    assert index["of"] == [[3], [3]]


def test_blocks_hold_whole_problems(tmp_path):
    long = [{"problem": p, "text": "x" * 600_000, "answer": "1"} for p in "baac"]
    index, blocks = pages(tmp_path, long)
    assert [[p["id"] for p in b["problems"]] for b in blocks] == [["b", "a"], ["c"]]
    assert index["blocks"] == [["chunk-0", 2], ["chunk-1", 1]]


def test_what_must_not_be_published_is_in_no_block(tmp_path):
    secret = "A secret question"
    problems = [
        {"id": "b", "text": secret, "answer": "C", "kind": "choice", "publish": "hash"},
        {"id": "a", "text": "secret too", "answer": "secret", "publish": "hash"},
    ]
    samples = [{"problem": "b", "text": f"They ask: {secret}", "answer": "C", "correct": True},
               {"problem": "a", "text": "a", "answer": "a secret answer"}]  # fmt: skip
    index, blocks = pages(tmp_path, samples, problems)
    assert "ecret" not in str(index) + str(blocks)
    assert index["hidden"]
    assert index["texts"] == 0
    first, second = blocks[0]["problems"]
    assert first["text"].startswith("sha256:")
    assert first["answer"] is None
    assert first["samples"]["text"] == [None]
    assert first["samples"]["answer"] == ["C"], "the letter of a choice says nothing"
    assert second["samples"]["answer"][0].startswith("sha256:")


def test_samples_without_texts_have_none(tmp_path):
    index, (block,) = pages(tmp_path, [{"problem": "b", "text": None, "answer": None}])
    assert block["problems"][0]["samples"]["text"] == [None]
    assert index["texts"] == 0


def test_scores_are_read_of_the_samples_that_are_kept(tmp_path):
    samples = [{"problem": "b", "text": "one", "answer": "1"} for _ in range(3)]
    write_pool(tmp_path, "p", PROBLEMS, samples)
    keys = read_table(Trace, tmp_path / "pools/p/traces.parquet").select(SAMPLE_KEY)
    step = {"step": 0, "prompt_tokens": 1, "tokens": 1, "score": 0.5}
    rows = [key | step | {"scorer": f"of_{key['sample']}"} for key in keys.to_dicts()]
    path = tmp_path / "scores.parquet"
    write_table(Step, make_table(Step, rows), path)
    index, (block,) = pages(tmp_path, samples, page=Page(samples=2), scores=[path])
    assert index["scorers"] == ["of_0", "of_1"]
    found = [text[0] for text in block["problems"][0]["samples"]["text"]]
    assert found == [[0, [0.5, None]], [0, [None, 0.5]]]


def test_seeds_keep_all_their_digits(tmp_path):
    seed = 2**63 - 1
    _, (block,) = pages(tmp_path, [{"problem": "b", "text": "t", "answer": "1", "seed": seed}])
    assert block["problems"][0]["samples"]["seed"] == [str(seed)]


def test_steps_stand_with_the_scores_of_all_that_scored_them(tmp_path):
    write_pool(tmp_path, "p", PROBLEMS, [{"problem": "b", "text": "one\ntwo", "answer": "1"}])
    (key,) = (
        read_table(Trace, tmp_path / "pools/p/traces.parquet").select(SAMPLE_KEY).rows(named=True)
    )
    paths = []
    for scorer, scores in (("prm", [0.25, 0.5]), ("orm", [0.125, 0.75])):
        rows = [key | {"step": n, "prompt_tokens": 1, "tokens": 1, "score": s, "scorer": scorer}
                for n, s in enumerate(scores)]  # fmt: skip
        paths.append(tmp_path / f"{scorer}.parquet")
        write_table(Step, make_table(Step, rows), paths[-1])
    samples = [{"problem": "b", "text": "one\ntwo", "answer": "1"}]
    index, (block,) = pages(tmp_path, samples, scores=paths)
    assert index["scorers"] == ["orm", "prm"]
    pieces = block["problems"][0]["samples"]["text"][0]
    assert pieces == [[0, [0.125, 0.25]], "one\n", [1, [0.75, 0.5]], "two"]


@pytest.mark.parametrize("page", [{"samples": 0}, {"problems": "some"}])
def test_odd_bounds_are_refused(page):
    with pytest.raises(ValueError, match=r"samples|problems"):
        Page(**page)


def test_some_rows_are_read_by_their_values_and_their_nulls(tmp_path):
    path = tmp_path / "problems.parquet"
    write_pool(tmp_path, "p", PROBLEMS, [{"problem": "b", "text": "t", "answer": "1"}])
    levels = pl.Series("level", ["1", None, None])
    table = read_table(Problem, tmp_path / "pools/p/problems.parquet").with_columns(levels)
    write_table(Problem, table, path)
    wanted = pl.DataFrame({"problem_id": ["c", "b", "a"], "level": [None, "1", "7"]})
    part = read_rows(Problem, path, ["problem_id", "level", "answer"], wanted)
    assert part.rows() == [("b", "1", "1"), ("c", None, "1")]
    table.with_columns(answer=pl.lit(1)).write_parquet(path)
    with pytest.raises(TableError, match=r"problems\.parquet: not a valid Problem table.*answer"):
        read_rows(Problem, path, ["problem_id", "level", "answer"], wanted)
    table.drop("answer").write_parquet(path)
    with pytest.raises(TableError, match="answer"):
        read_rows(Problem, path, ["problem_id", "level", "answer"], wanted)
