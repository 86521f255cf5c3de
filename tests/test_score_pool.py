"""Scores of samples that are there already: token by token, as text, and through the program."""

import json
from pathlib import Path

import polars as pl
import pytest
import torch

from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.search.scoring import ScoringError, Splitter, score_samples
from scripts.lib.search.steps import separator_ids
from scripts.lib.search.tables import Step
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.lib.verifiers.classifier import ClassifierVerifier
from scripts.lib.verifiers.reader import Reader
from scripts.search import score_pool as program
from tests.small_model import write_model
from tests.small_verifier import write_verifier
from tests.test_pool_requests import problems
from tests.test_verifier_classifier import in_one_pass

TABLE = problems("1 + 1", "2 + 2")
PROMPTS = {"plain": "Q: {problem}"}
TEXTS = [["p0", "1a+2=3\n", "3b+4=7\n", "answer 3"], ["p0", "1\n"], ["p1", "no end"], ["p1"]]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    torch.set_num_threads(1)
    return write_model(tmp_path_factory.mktemp("base"), layers=1, width=32, context=200)


@pytest.fixture(scope="module")
def folder(base, tmp_path_factory) -> Path:
    return write_verifier(tmp_path_factory.mktemp("verifier"), base)


@pytest.fixture(scope="module")
def engine(base) -> TransformersEngine:
    return TransformersEngine(base, dtype="float64", batch_size=2, device="cpu")


def traces(engine: TransformersEngine | None) -> pl.DataFrame:
    rows = [
        {
            **{"pool": "p", "benchmark": "sums", "problem_id": problem, "wording": "plain"},
            **{"sample": number, "end": "stop", "forced_tokens": 0, "wait_positions": []},
            "token_ids": None if engine is None else list(engine.spell("".join(steps))),
            "text": "".join(steps),
        }
        for number, (problem, *steps) in enumerate(TEXTS)
    ]
    return make_table(Trace, rows)


def expected(folder: Path, engine: TransformersEngine) -> list[float]:
    asked = {"p0": "Q: 1 + 1", "p1": "Q: 2 + 2"}
    return [
        score
        for problem, *steps in TEXTS
        if steps
        for score in in_one_pass(folder, engine, steps, asked[problem])
    ]


def scored(folder: Path, engine: TransformersEngine, table: pl.DataFrame, **more) -> pl.DataFrame:
    verifier = ClassifierVerifier(folder, dtype="float64", batch_size=3, device="cpu", **more)
    ends = separator_ids(engine.tokenizer, "\n") if more else None
    splitter = Splitter("\n", ends, engine.decode if more else None)
    return pl.concat(score_samples(table, TABLE, PROMPTS, verifier, "v", splitter))


def test_every_step_of_every_sample_has_its_score(folder, engine):
    table = scored(folder, engine, traces(engine), solver_tokenizer=engine.tokenizer)
    assert table["score"].to_list() == pytest.approx(expected(folder, engine), abs=1e-9)
    assert table.select("sample", "step").rows() == [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)]
    assert table["tokens"].to_list() == [7, 7, 3, 2, 6]
    assert table["prompt_tokens"].n_unique() == 1
    assert set(table["scorer"]) == {"v"}


def test_samples_without_tokens_are_cut_by_their_text(folder, engine):
    table = scored(folder, engine, traces(None))
    assert table["score"].to_list() == pytest.approx(expected(folder, engine), abs=1e-9)


def test_a_sample_of_an_unknown_problem_is_named(folder, engine):
    other = traces(None).with_columns(problem_id=pl.lit("p9"))
    with pytest.raises(ScoringError, match="pool p: problem p9 has no text"):
        scored(folder, engine, other)


def test_the_program_scores_a_pool(folder, base, engine, tmp_path, monkeypatch, caplog):
    write_table(Trace, traces(engine), tmp_path / "traces.parquet")
    write_table(Problem, TABLE, tmp_path / "problems.parquet")
    spec = {"kind": "verifier", "base": "m", "labels": "l", "wording": "plain", "training": {}}
    options = {
        "--pool": "p",
        "--verifier": "judge",
        "--verifier-spec": json.dumps(spec | {"dtype": "float64"}),
        "--verifier-weights": folder,
        "--separator": "\n",
        "--tokenizer": base,
        "--prompts": json.dumps(PROMPTS),
        "--problems": tmp_path / "problems.parquet",
        "--traces": tmp_path / "traces.parquet",
        "--journal": tmp_path / "journal",
        "--output": tmp_path / "steps.parquet",
    }
    arguments = [str(part) for option in options.items() for part in option]
    monkeypatch.setattr("sys.argv", ["score_pool", *arguments])
    with caplog.at_level("INFO"):
        program.main()
    table = read_table(Step, tmp_path / "steps.parquet")
    assert table["score"].to_list() == pytest.approx(expected(folder, engine), abs=1e-9)
    assert "5 steps of 3 samples, 25 tokens read; 1 samples have no text" in caplog.text

    def never(*_arguments: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Reader, "_batch", never)
    program.main()
    assert read_table(Step, tmp_path / "steps.parquet").equals(table)
