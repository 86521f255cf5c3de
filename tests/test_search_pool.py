"""Searched pools against searches one at a time; what they count."""

import json
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.journal import read_entries
from scripts.lib.search.tables import Spent, Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.lib.verifiers.reader import Reader
from scripts.search.search_pool import main
from tests.search_alone import SearchAlone
from tests.search_pools import CONTEXT, METHODS, PROMPTS, TABLE, draw, name_of, of_method, pool
from tests.small_model import trained_spec, write_model
from tests.small_verifier import SmallVerifier, write_verifier
from tests.test_pool_requests import problems

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def engine(weights: Path) -> TransformersEngine:
    return TransformersEngine(weights, dtype="float64", batch_size=16, device="cpu")


@pytest.fixture(scope="module")
def single(weights: Path) -> TransformersEngine:
    """The same model, a request at a time."""
    return TransformersEngine(weights, dtype="float64", batch_size=1, device="cpu")


@pytest.fixture
def verifier(engine: TransformersEngine) -> SmallVerifier:
    return SmallVerifier(engine)


@pytest.mark.parametrize(
    ("method", "temperature"),
    [*((method, 1.0) for method in METHODS), (METHODS[0], 0.0)],
    ids=name_of,
)
def test_a_pool_finds_what_searches_alone_find(
    engine: TransformersEngine,
    single: TransformersEngine,
    verifier: SmallVerifier,
    tmp_path: Path,
    method: dict[str, object],
    temperature: float,
) -> None:
    most = 90 if temperature else 40
    spec = of_method(method, sampling={"max_tokens": most, "temperature": temperature})
    traces, steps, spent = draw(spec, engine, verifier, tmp_path)
    ends = set()
    for row in TABLE.iter_rows(named=True):
        text = f"Q: {row['problem']}"
        alone = SearchAlone(spec, single, verifier, row["problem_id"], row["problem"], text)
        for beams in spec.beams:
            found = alone.search(beams)
            mine = traces.filter(problem_id=row["problem_id"], beams=beams)
            assert mine["sample"].to_list() == list(range(beams))
            assert mine["token_ids"].to_list() == [one.token_ids for one in found]
            assert mine["end"].to_list() == [one.end for one in found]
            assert mine["generated_tokens"].to_list() == [len(one.token_ids) for one in found]
            scored = steps.filter(problem_id=row["problem_id"], beams=beams)
            assert scored["score"].to_list() == [s for one in found for s in one.scores]
            if beams > 1:
                assert scored["tokens"].to_list() == [len(s) for one in found for s in one.steps]
            costs = spent.filter(problem_id=row["problem_id"], beams=beams)
            assert costs["generated_tokens"].to_list() == list(alone.generated.values())
            assert costs["verifier_tokens"].to_list() == list(alone.read.values())
            assert costs["serial_tokens"].to_list() == [one.serial for one in found]
            ends |= {(one.end, len(one.steps) > 1) for one in found}
    # Candidates that ended and that were cut, after one step and after several.
    assert temperature == 0 or {("stop", True), ("length", True)} <= ends


@pytest.mark.parametrize("method", METHODS[::2], ids=name_of)
def test_a_search_is_the_same_whatever_else_runs(
    engine: TransformersEngine,
    weights: Path,
    verifier: SmallVerifier,
    tmp_path: Path,
    method: dict[str, object],
) -> None:
    spec = of_method(method)
    together = draw(spec, engine, verifier, tmp_path / "together")
    wide = TransformersEngine(weights, dtype="float64", batch_size=5, device="cpu")
    for number, row in enumerate(TABLE.iter_slices(1)):
        for beams in spec.beams:
            one = spec.model_copy(update={"beams": [beams]})
            alone = draw(one, wide, verifier, tmp_path / f"{number}-{beams}", row)
            for found, whole in zip(alone, together, strict=True):
                key = {"problem_id": row["problem_id"][0], "beams": beams}
                # Request keys hold the engine, whose batch size they do not depend on.
                assert found.equals(whole.filter(**key))


@pytest.mark.parametrize("method", METHODS[::2], ids=name_of)
def test_repeats_are_searches_of_their_own_of_which_the_first_is_the_only_one(
    engine: TransformersEngine,
    verifier: SmallVerifier,
    tmp_path: Path,
    method: dict[str, object],
) -> None:
    spec = of_method(method, beams=[1, 4])
    once = draw(spec, engine, verifier, tmp_path / "once")
    several = draw(spec.model_copy(update={"repeats": 3}), engine, verifier, tmp_path / "several")
    for found, whole in zip(once, several, strict=True):
        assert found.equals(whole.filter(pl.col("sample") < pl.col("beams")))
    traces = several[0]
    assert len(traces) == len(TABLE) * (1 + 4) * 3
    texts = traces.filter(beams=4).group_by(pl.col("problem_id"), pl.col("sample") // 4)
    assert texts.agg(pl.col("token_ids").sort_by("sample"))["token_ids"].n_unique() == 6


def test_one_beam_is_a_plain_sample_and_nobody_reads_it(
    engine: TransformersEngine, verifier: SmallVerifier, tmp_path: Path
) -> None:
    traces, steps, spent = draw(pool(beams=[1]), engine, verifier, tmp_path)
    assert verifier.begun == verifier.tokens == len(steps) == 0
    assert spent["verifier_prompt_tokens"].sum() == spent["verifier_tokens"].sum() == 0
    assert spent["generated_tokens"].to_list() == traces["generated_tokens"].to_list()
    assert spent["serial_tokens"].to_list() == traces["generated_tokens"].to_list()


def test_what_is_spent_is_what_engine_and_verifier_count(
    engine: TransformersEngine, verifier: SmallVerifier, tmp_path: Path
) -> None:
    """Also beam search with 64 places: it reads what it generates, and each prompt once."""
    for name, spec in {
        "beam": pool({"width": 4}, beams=[64], problems=1),
        "dvts": of_method({"method": "dvts", "width": 4}, beams=[8, 16]),
        "lookahead": of_method({"method": "lookahead", "steps": 2, "width": 2}, beams=[1, 4]),
    }.items():
        before, begun = verifier.tokens, verifier.begun
        traces, _, spent = draw(spec, engine, verifier, tmp_path / name)
        entries = list(read_entries(tmp_path / name))
        generated = sum(entry.response.generated_tokens or 0 for entry in entries)
        assert spent["generated_tokens"].sum() == generated
        assert spent["verifier_tokens"].sum() == verifier.tokens - before
        searches = spent.filter(pl.col("beams") > 1).group_by("problem_id", "beams").first()
        assert verifier.begun - begun == len(searches)
        positions = sum(
            sum(range(start + 1, start + (entry.response.generated_tokens or 0) + 1))
            for entry in entries
            if (start := entry.response.prompt_tokens or 0)
        )
        assert spent["generated_positions"].sum() == positions
        scored = spent.filter(pl.col("beams") > 1)
        # The verifier reads the same tokens in the same places, here with the same prompt.
        assert scored["verifier_positions"].to_list() == scored["generated_positions"].to_list()
        assert scored["verifier_tokens"].sum() <= 1.1 * scored["generated_tokens"].sum()
        assert (traces["prompt_tokens"] == spent["prompt_tokens"]).all()


def test_rounds_of_many_problems_are_scored_together(
    weights: Path, verifier: SmallVerifier, tmp_path: Path
) -> None:
    engine = TransformersEngine(weights, dtype="float64", batch_size=32, device="cpu")
    table = problems(*(f"{n} + {n}" for n in range(24)))
    _, steps, _ = draw(pool(beams=[8]), engine, verifier, tmp_path, table)
    # Alone, each of 24 searches calls the verifier once a round, for 8 steps at most.
    assert verifier.calls[0] > 8 * 12
    rounds = steps.group_by("problem_id").agg(pl.col("step").max() + 1)["step"].sum()
    assert len(verifier.calls) < rounds / 2


def test_the_program_searches_a_pool(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_table(Problem, TABLE, tmp_path / "problems.parquet")
    model = trained_spec(CONTEXT)
    verifier = {"kind": "verifier", "base": "m", "labels": "l", "wording": "plain", "training": {}}
    tables = {"--output": "traces", "--steps": "steps", "--spent": "spent"}
    options = {
        "--spec": pool(beams=[1, 4]).model_dump_json(),
        "--pool": "found",
        "--model-spec": json.dumps(model),
        "--weights": str(weights),
        "--verifier": "judge",
        "--verifier-spec": json.dumps(verifier | {"dtype": "float64"}),
        "--verifier-weights": str(write_verifier(tmp_path / "verifier", weights)),
        "--prompts": json.dumps(PROMPTS),
        "--problems": str(tmp_path / "problems.parquet"),
        "--journal": str(tmp_path / "journal"),
        **{option: str(tmp_path / f"{name}.parquet") for option, name in tables.items()},
    }
    arguments = [part for option in options.items() for part in option]
    monkeypatch.setattr("sys.argv", ["search_pool", *arguments])
    with caplog.at_level("INFO"):
        main()
    assert "pool found: 10 samples, 0 of them whole in the journal" in caplog.text
    assert "pool found: 10/10 samples" in caplog.text
    assert len(read_table(Trace, tmp_path / "traces.parquet")) == 10
    assert len(read_table(Spent, tmp_path / "spent.parquet")) == 10
    steps = read_table(Step, tmp_path / "steps.parquet")
    assert set(steps["scorer"]) == {"judge"}

    def never(*_arguments: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Reader, "_batch", never)
    main()
    assert read_table(Step, tmp_path / "steps.parquet").equals(steps)
