"""Searched pools against searches one at a time; what they count; limits, kills and errors."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
import torch

from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.base import Keyed, Response
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.errors import UserError
from scripts.lib.journal import read_entries
from scripts.lib.search.pool import Searched
from scripts.lib.search.steps import split_ids
from scripts.lib.search.tables import Spent, Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Problem, Trace
from scripts.lib.verifiers.base import NewStep, Scored, VerifierError
from scripts.search.search_pool import main, search_pool
from tests.search_alone import SearchAlone
from tests.small_model import write_model
from tests.small_verifier import Read, SmallVerifier
from tests.test_pool_requests import problems

CONTEXT = 160
PROMPTS = {"plain": "Q: {problem}"}
TABLE = problems("1 + 1", "2 + 2 * 3")
Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


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


def pool(search: dict[str, object] | None = None, **changes: object) -> SearchedPool:
    """Steps end with any of four tokens, so that a text of random tokens has several."""
    content: dict[str, object] = {
        "kind": "searched",
        "model": "m",
        "verifier": "v",
        "benchmark": "sums",
        "wording": "plain",
        "search": {"method": "beam", "width": 2, **(search or {})},
        "beams": [1, 4, 8],
        "separator": "s",
        "sampling": {"max_tokens": 90},
    }
    return SearchedPool.model_validate(content | changes)


def draw(
    spec: SearchedPool,
    engine: Any,
    verifier: Any,
    journal: Path,
    table: pl.DataFrame = TABLE,
) -> Tables:
    searched = Searched("p", spec, table, PROMPTS, engine, verifier, "v")
    search_pool(searched, engine, journal)
    assert searched.finished == searched.total
    tables = searched.traces(), searched.steps(), searched.spent()
    for model, frame, name in zip((Trace, Step, Spent), tables, "tsc", strict=True):
        write_table(model, frame, journal / f"{name}.parquet")  # checks it
    return tables


METHODS: list[dict[str, object]] = [
    {"method": "beam", "width": 4, "aggregate": "min"},
    {"method": "beam", "width": 2, "aggregate": "product"},
    {"method": "dvts", "width": 4},
    {"method": "dvts", "width": 2, "aggregate": "mean"},
    {"method": "rebase", "width": None},
    {"method": "lookahead", "width": 2, "steps": 2},
    {"method": "lookahead", "width": 4, "steps": 1, "aggregate": "mean"},
]


def name_of(value: object) -> str:
    return f"{value['method']}-{value['width']}" if isinstance(value, dict) else str(value)


def of_method(content: dict[str, object], **changes: object) -> SearchedPool:
    return pool().model_validate(
        pool(**changes).model_dump() | {"search": {k: v for k, v in content.items() if v}}
    )


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


class Stated(SmallVerifier):
    """A verifier that says what it is told instead."""

    value = 0.5

    def score(self, steps: Sequence[tuple[Read, NewStep]]) -> list[Scored]:
        return [
            Scored(one.thread, self.value, one.tokens, one.positions)
            for one in super().score(steps)
        ]


@pytest.mark.parametrize("method", METHODS[::2], ids=name_of)
def test_equal_scores_are_settled_by_place(
    engine: TransformersEngine, tmp_path: Path, method: dict[str, object]
) -> None:
    spec = of_method(method, beams=[8])
    once = draw(spec, engine, Stated(engine), tmp_path / "1")
    again = draw(spec, engine, Stated(engine), tmp_path / "2")
    assert all(one.equals(other) for one, other in zip(once, again, strict=True))
    # Where all are equal, the candidate of the first place that can go on does.
    traces = once[0].filter(problem_id="p0")
    assert traces["request_key"].n_unique() == 8


@pytest.mark.parametrize("value", [float("nan"), 1.5, -0.1])
def test_a_score_that_is_no_probability_is_refused(
    engine: TransformersEngine, tmp_path: Path, value: float
) -> None:
    verifier = Stated(engine)
    verifier.value = value
    with pytest.raises(VerifierError, match=r"problem p0, 4 beams, place 0, step 0: .* score is"):
        draw(pool(beams=[4], problems=1), engine, verifier, tmp_path)


def test_limits_cut_candidates(
    engine: TransformersEngine, verifier: SmallVerifier, tmp_path: Path
) -> None:
    """Steps, tokens, or the model's context: what is left over then counts as cut off."""
    ends = engine.tokens_with("s")
    for name, changes in {
        "steps": {"most_steps": 2},
        "tokens": {"sampling": {"max_tokens": 10}},
        "context": {"sampling": {"max_tokens": 1000}},
    }.items():
        traces, _, _ = draw(pool(beams=[8], **changes), engine, verifier, tmp_path / name)
        cut = traces.filter(end="length")
        assert len(cut)
        for row in cut.iter_rows(named=True):
            steps = len(split_ids(row["token_ids"], ends))
            if name == "steps":
                assert steps == 2 or len(row["token_ids"]) == 90
            elif name == "tokens":
                assert len(row["token_ids"]) == 10
            else:
                assert row["prompt_tokens"] + len(row["token_ids"]) == CONTEXT
        # What a model ended by itself ends with its end token, and nothing else does.
        finished = traces.filter(end="stop")["token_ids"].list.last()
        assert set(finished) <= {engine.tokenizer.eos_token_id}
        assert engine.tokenizer.eos_token_id not in cut["token_ids"].list.last().to_list()


def test_no_beam_finishes(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", layers=1, width=32, context=CONTEXT, ends=False)
    engine = TransformersEngine(folder, dtype="float64", batch_size=8, device="cpu")
    for method in METHODS[::2]:
        name = str(method["method"])
        spec = of_method(method, beams=[4], sampling={"max_tokens": 30})
        traces, _, _ = draw(spec, engine, SmallVerifier(engine), tmp_path / name)
        assert (traces["end"] == "length").all()
        assert (traces["generated_tokens"] == 30).all()


def test_all_beams_finish_at_once(engine: TransformersEngine, tmp_path: Path) -> None:
    """No token but the one that ends a text: every candidate is one step."""
    verifier = SmallVerifier(engine)
    only = engine.tokenizer.eos_token_id

    class Ending:
        def __getattr__(self, name: str) -> Any:
            return getattr(engine, name)

        def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
            for one in requests:
                if one is not None:
                    held = len(one[1].context or ())
                    yield one[0], Response("", "stop", held, 1, token_ids=(only,))

    traces, steps, spent = draw(pool(beams=[1, 4]), Ending(), verifier, tmp_path)
    assert (traces["end"] == "stop").all()
    assert traces["token_ids"].to_list() == [[only]] * 10
    assert len(steps) == 8
    assert (spent["serial_tokens"] == 1).all()


def test_duplicates_go_on_once(
    engine: TransformersEngine, verifier: SmallVerifier, tmp_path: Path
) -> None:
    """At temperature 0 all candidates are the same; those of one round share a parent."""
    noise = {"max_tokens": 40, "temperature": 0.0}
    for duplicates in ("keep", "once"):
        spec = pool({"duplicates": duplicates}, beams=[4], sampling=noise)
        traces, _, _ = draw(spec, engine, verifier, tmp_path / duplicates)
        for _, own in traces.group_by("problem_id"):
            assert len({tuple(ids) for ids in own["token_ids"]}) == 1
    spec = pool({"duplicates": "once"}, sampling={"max_tokens": 60, "temperature": 0.3})
    once = draw(spec, engine, verifier, tmp_path / "warm once")[0]
    kept = draw(spec.model_copy(update={"search": pool().search}), engine, verifier,
                tmp_path / "warm keep")[0]  # fmt: skip
    count = [frame.filter(beams=8)["text"].n_unique() for frame in (once, kept)]
    assert count[0] >= count[1]


class Breaking:
    """An engine that is stopped in the middle, and remembers what it was asked."""

    def __init__(self, engine: TransformersEngine, responses: int) -> None:
        self.engine, self.left = engine, responses
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        def watched() -> Iterator[Keyed | None]:
            for one in requests:
                if one is not None:
                    self.asked.append(one[0])
                yield one

        for found in self.engine.generate(watched()):
            if not self.left:
                raise KeyboardInterrupt
            self.left -= 1
            yield found


@pytest.mark.parametrize("method", METHODS[::2], ids=name_of)
def test_a_search_that_is_stopped_asks_only_for_the_rest(
    engine: TransformersEngine,
    verifier: SmallVerifier,
    tmp_path: Path,
    method: dict[str, object],
) -> None:
    spec = of_method(method)
    undisturbed = draw(spec, engine, verifier, tmp_path / "undisturbed")
    whole = {one.key for one in read_entries(tmp_path / "undisturbed")}
    folder = tmp_path / "stopped"
    for responses in (0, 3, 1, 40, 17):
        breaking = Breaking(engine, responses)
        kept = {one.key for one in read_entries(folder)}
        with pytest.raises(KeyboardInterrupt):
            draw(spec, breaking, verifier, folder)
        assert kept.isdisjoint(breaking.asked)
        assert len({one.key for one in read_entries(folder)}) == len(kept) + responses
    (path,) = folder.glob("*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]) + lines[len(lines) // 2][:40])  # torn
    kept = {one.key for one in read_entries(folder)}
    last = Breaking(engine, 10**6)
    again = draw(spec, last, verifier, folder)
    assert all(one.equals(other) for one, other in zip(again, undisturbed, strict=True))
    assert set(last.asked) == whole - kept
    assert len(last.asked) == len(whole) - len(kept)
    nothing = Breaking(engine, 0)
    again = draw(spec, nothing, verifier, folder)
    assert all(one.equals(other) for one, other in zip(again, undisturbed, strict=True))
    assert nothing.asked == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"separator": "xyz"}, "no token of the model holds 'xyz'"),
        ({"wording": "other"}, r"prompts \['other'\] are not defined"),
        ({"problems": 9}, "has 2 problems, the pool asks for 9"),
    ],
)
def test_what_cannot_be_searched_is_named(
    engine: TransformersEngine,
    verifier: SmallVerifier,
    tmp_path: Path,
    changes: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(UserError, match=message):
        draw(pool(**changes), engine, verifier, tmp_path / "journal")
    assert not (tmp_path / "journal").exists()


def test_a_prompt_that_fills_the_context_is_named(
    engine: TransformersEngine, verifier: SmallVerifier, tmp_path: Path
) -> None:
    table = problems("1" * 200)
    with pytest.raises(UserError, match=r"pool p, problem p0: its prompt takes 2\d\d tokens"):
        draw(pool(), engine, verifier, tmp_path, table)


def test_the_program_searches_a_pool(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its command line; the verifier that it opens is the tests' own."""
    opener = ModuleType("scripts.lib.verifiers.open")
    opener.open_verifier = lambda spec, folder, tokenizer: SmallVerifier(  # type: ignore[attr-defined]
        TransformersEngine(weights, dtype="float64", batch_size=1, device="cpu")
    )
    monkeypatch.setitem(sys.modules, opener.__name__, opener)
    write_table(Problem, TABLE, tmp_path / "problems.parquet")
    sizes = {"layers": 1, "width": 32, "heads": 4, "kv_heads": 2, "feed_forward": 8}
    corpus = {"seed": 0, "examples": 1, "operations": [2], "slip_rate": 0, "most_waits": 0}
    model = {
        "kind": "trained",
        "architecture": sizes | {"context": CONTEXT},
        "corpus": corpus | {"wordings": ["plain"], "asked_share": 0},
        "training": {"seed": 0, "learning_rate": 1},
        "dtype": "float64",
    }
    verifier = {"kind": "verifier", "base": "m", "labels": "l", "wording": "plain", "training": {}}
    tables = {"--output": "traces", "--steps": "steps", "--spent": "spent"}
    options = {
        "--spec": pool(beams=[1, 4]).model_dump_json(),
        "--pool": "found",
        "--model-spec": json.dumps(model),
        "--weights": str(weights),
        "--verifier": "judge",
        "--verifier-spec": json.dumps(verifier),
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
    assert set(read_table(Step, tmp_path / "steps.parquet")["scorer"]) == {"judge"}
