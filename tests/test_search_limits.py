"""The edges of a search: limits, equal and broken scores, duplicates, kills and errors."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scripts.lib.engines.base import Keyed, Response
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.errors import UserError
from scripts.lib.journal import read_entries
from scripts.lib.search.steps import separator_ids, split_ids
from scripts.lib.verifiers.base import NewStep, Scored, VerifierError
from tests.search_pools import CONTEXT, METHODS, draw, name_of, of_method, pool
from tests.small_model import write_model
from tests.small_verifier import Read, SmallVerifier
from tests.test_pool_requests import problems

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def engine(weights: Path) -> TransformersEngine:
    return TransformersEngine(weights, dtype="float64", batch_size=16, device="cpu")


@pytest.fixture
def verifier(engine: TransformersEngine) -> SmallVerifier:
    return SmallVerifier(engine)


class Stated(SmallVerifier):
    """A verifier that says what it is told instead."""

    value = 0.5

    def score(self, steps: Sequence[tuple[Read, NewStep]]) -> list[Scored]:
        return [
            Scored(one.thread, self.value, one.tokens, one.positions)
            for one in super().score(steps)
        ]


class Skips(SmallVerifier):
    """A verifier to which short steps behind others are none; `instead` is what it says then."""

    instead: float | None = None

    def score(self, steps: Sequence[tuple[Read, NewStep]]) -> list[Scored]:
        return [
            Scored(thread, self.instead, 0, 0)
            if thread.tokens > thread.prompt_tokens and len(step.token_ids or ()) < 12
            else scored
            for (thread, step), scored in zip(steps, super().score(steps), strict=True)
        ]


@pytest.mark.parametrize(
    "method", [METHODS[1], {**METHODS[5], "aggregate": "product"}], ids=name_of
)
def test_a_step_that_is_none_to_the_verifier_has_no_say(
    engine: TransformersEngine, tmp_path: Path, method: dict[str, object]
) -> None:
    spec = of_method(method, beams=[8])
    without, one = Skips(engine), Skips(engine)
    one.instead = 1.0  # which changes no product
    traces, steps, spent = draw(spec, engine, without, tmp_path / "none")
    others = draw(spec, engine, one, tmp_path / "one")
    assert traces.equals(others[0])
    assert spent.equals(others[2])
    assert others[1].filter(score=1.0).height > 0
    assert steps.equals(others[1].filter(pl.col("score") < 1.0))


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
    ends = separator_ids(engine.tokenizer, "s")
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
