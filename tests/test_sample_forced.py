"""Forced pools: what they draw, against runs of each setting alone; kills; costs; errors."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scripts.lib.accounting import ModelSize, cost_table
from scripts.lib.config.models import ApiModel, TrainedModel
from scripts.lib.config.pool_settings import Setting, settings_of
from scripts.lib.config.pools import ForcedPool
from scripts.lib.engines.base import EngineError, Keyed, Request, Response
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.errors import UserError
from scripts.lib.grading.judge import Judge
from scripts.lib.journal import read_entries
from scripts.lib.pool_requests import sample_seed
from scripts.lib.sampling_program import run_sampling
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Cost, Problem, Trace
from scripts.sample import sample_forced as program
from scripts.sample.grade_pool import grade_traces
from scripts.sample.sample_forced import sample_forced
from tests.forcing_alone import Alone, Run
from tests.small_model import trained_spec, write_model
from tests.test_pool_requests import problems

pytestmark = pytest.mark.usefixtures("one_thread")

CONTEXT = 160
PROMPTS = {"plain": "Q: {problem}", "asks": "{asked} tokens. {problem}"}
TABLE = problems("1 + 1", "2 + 2 * 3")
# Only dtype and batch size of the entry matter to the engine.
MODEL = TrainedModel.model_construct(kind="trained", dtype="float64", batch_size=24)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def engine(weights: Path) -> TransformersEngine:
    return TransformersEngine(weights, dtype="float64", batch_size=80, device="cpu")


def pool(forcing: dict[str, object] | None = None, **changes: object) -> ForcedPool:
    settings: dict[str, object] = {"budgets": [4, 16, 64], "answer_tokens": 8}
    content: dict[str, object] = {
        "kind": "forced",
        "model": "m",
        "benchmark": "sums",
        "wordings": ["plain"],
        "forcing": settings | (forcing or {}),
        "n": 2,
    }
    return ForcedPool.model_validate(content | changes)


def draw(spec: ForcedPool, weights: Path, journal: Path) -> pl.DataFrame:
    return sample_forced(spec, "forced", MODEL, PROMPTS, TABLE, weights, None, None, journal)


def alone(spec: ForcedPool, engine: TransformersEngine, settings: list[Setting]) -> list[Run]:
    """The samples of a pool the long way, in the order of its table."""
    runs = []
    for row in TABLE.iter_rows(named=True):
        text = PROMPTS["plain"].replace("{problem}", row["problem"])
        prompt = engine.encode(Request(text, 0, 1, 0.0))
        for number in range(spec.n):
            seed = sample_seed(spec.seed, row["problem_id"], "plain", None, None, number)
            runs += [Run(prompt, seed, at.budget, at.waits) for at in settings]
    Alone(engine, spec.forcing, spec.sampling).run(runs)
    return runs


@pytest.mark.parametrize("rule", ["remaining", "s1"])
@pytest.mark.parametrize(
    ("temperature", "wait"), [(0.0, "Wait"), (1.0, "Wait"), (1.0, ""), (1.0, "Hmm\n")]
)
def test_every_setting_gives_what_a_run_of_its_own_gives(
    weights: Path,
    engine: TransformersEngine,
    tmp_path: Path,
    rule: str,
    temperature: float,
    wait: str,
) -> None:
    grid = wait == "Wait"
    forcing = {
        "rule": rule,
        "wait": wait,
        "budgets": [1, 2, 4, 16, 64] if grid else [8, 64],
        "auto": True,
        "waits": list(range(7)) if grid else [0, 1, 4],
        "every_pair": True,
    }
    spec = pool(forcing, sampling={"temperature": temperature}, n=1 if grid else 2)
    traces = draw(spec, weights, tmp_path)
    write_table(Trace, traces, tmp_path / "traces.parquet")  # checks it
    runs = alone(spec, engine, settings_of(spec.forcing, None))
    think, waited = len(engine.spell("<|im_start|>think")), len(engine.spell(wait))
    for run, row in zip(runs, traces.iter_rows(named=True), strict=True):
        assert (row["budget"], row["waits"]) == (run.budget, run.most_waits)
        assert row["token_ids"] == run.token_ids
        assert row["generated_tokens"] == run.generated
        assert row["thinking_tokens"] == len(run.thinking)
        assert row["wait_positions"] == [think + place for place in run.waits]
        forced = len(run.token_ids) - run.answered - len(run.thinking)
        forced += sum(min(waited, len(run.thinking) - place) for place in run.waits)
        assert row["forced_tokens"] == forced
        assert (row["end"], row["prompt_tokens"]) == (run.end, len(run.prompt))
        shown = run.token_ids[:-1] if run.end == "stop" else run.token_ids
        assert row["text"] == engine.decode(tuple(shown))
    # Thinking that ended by itself and that was cut, with waits and without.
    assert {(run.finish, bool(run.waits)) for run in runs} == {
        (finish, waits) for finish in ("stop", "length") for waits in (False, True)
    }


def test_an_answer_of_several_settings_is_asked_once(weights: Path, tmp_path: Path) -> None:
    spec = pool({"budgets": [2, 64], "waits": [0, 1, 2, 3], "every_pair": True})
    traces = draw(spec, weights, tmp_path)
    entries = list(read_entries(tmp_path))
    assert len({one.key for one in entries}) == len(entries)
    answers = [one for one in entries if one.asked.max_tokens == 8]
    assert len(answers) == traces["request_key"].n_unique() < len(traces)
    rounds = [one.sample for one in entries if one.sample.budget is None]
    assert {one.waits for one in rounds} <= {0, 1, 2, 3}
    assert sum(one.waits == 0 for one in rounds) == 4
    # What was generated is far less than what the settings take alone.
    generated = sum(one.response.generated_tokens or 0 for one in entries)
    assert generated < traces["generated_tokens"].sum() / 2


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


def test_a_stopped_job_asks_only_for_the_rest(
    weights: Path, engine: TransformersEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = pool({"waits": [0, 1, 2, 4]}, n=3)
    undisturbed = draw(spec, weights, tmp_path / "undisturbed")
    whole = {one.key for one in read_entries(tmp_path / "undisturbed")}
    folder = tmp_path / "stopped"
    asked: list[str] = []
    for responses in (0, 3, 1, 7, 5):
        breaking = Breaking(engine, responses)
        monkeypatch.setattr(program, "open_engine", lambda *_, it=breaking: it)
        kept = {one.key for one in read_entries(folder)}
        with pytest.raises(KeyboardInterrupt):
            draw(spec, weights, folder)
        assert kept.isdisjoint(breaking.asked)
        assert len({one.key for one in read_entries(folder)}) == len(kept) + responses
        asked += breaking.asked
    (path,) = folder.glob("*.jsonl")
    path.write_bytes(path.read_bytes()[:-40])  # torn
    kept = {one.key for one in read_entries(folder)}
    last = Breaking(engine, 10**6)
    monkeypatch.setattr(program, "open_engine", lambda *_: last)
    assert draw(spec, weights, folder).equals(undisturbed)
    assert set(last.asked) == whole - kept
    assert {*asked, *last.asked} == whole

    nothing = Breaking(engine, 0)
    monkeypatch.setattr(program, "open_engine", lambda *_: nothing)
    assert draw(spec, weights, folder).equals(undisturbed)
    assert nothing.asked == []


def test_costs_are_those_of_a_run_alone(
    weights: Path, engine: TransformersEngine, tmp_path: Path
) -> None:
    size = ModelSize(1000.0, 2, 3, 3, 5, 400.0, 4)

    def flops(first: int, count: int) -> float:
        return sum(2 * 1000.0 + 4 * 2 * 3 * 5 * p for p in range(first, first + count))

    think = len(engine.spell("<|im_start|>think"))
    for rule in ("remaining", "s1"):
        spec = pool({"rule": rule, "waits": [0, 3], "every_pair": True, "budgets": [8, 64]}, n=1)
        traces = draw(spec, weights, tmp_path / rule)
        costs = cost_table(traces, size, None)
        write_table(Cost, costs, tmp_path / "costs.parquet")
        runs = alone(spec, engine, settings_of(spec.forcing, None))
        for run, row in zip(runs, costs.iter_rows(named=True), strict=True):
            start = len(run.prompt)
            # All that stands in the context, and the ends that waits replaced.
            exact = flops(start + 1, len(run.token_ids))
            exact += sum(flops(start + think + place + 1, 1) for place in run.waits)
            assert row["generated_tokens"] == row["serial_tokens"] == run.generated
            assert row["prompt_flops"] == flops(1, start)
            if rule == "remaining":
                ended = run.finish == "stop"
                exact += flops(start + think + len(run.thinking) + 1, ended)
                # The place of the last end is known to within the delimiter's tokens.
                assert row["flops"] == pytest.approx(exact, abs=4 * 2 * 3 * 5 * think)
            else:
                # What was trimmed stood after the budget, one end a round with it.
                after = start + think + run.most + 1
                most = exact + flops(after, run.trimmed + len(run.waits) + 1)
                assert exact <= row["flops"] <= most + 4 * 2 * 3 * 5 * think


def test_forced_rows_are_graded(weights: Path, tmp_path: Path) -> None:
    traces = draw(pool({"waits": [0, 2]}), weights, tmp_path)
    tail = "<|im_start|>answer\nFinal Answer: 1\n"
    # What a model that knows its sums would have said, in the place of the random one.
    said = traces["text"].str.split("<|im_start|>answer").list.first() + tail
    with Judge(1) as judge:
        answers = grade_traces(traces.with_columns(text=said), TABLE, judge)
    write_table(Answer, answers, tmp_path / "answers.parquet")
    assert answers["correct"].all()
    assert (answers["text"] == "\nFinal Answer: 1\n").all()
    lengths = traces["token_ids"].list.len()
    assert (answers["answer_tokens"] + answers["thinking_tokens"]).to_list() == lengths.to_list()


def test_asked_budgets_and_pairs() -> None:
    spec = pool({"budgets": "asked", "tokens_per_asked": 100, "waits": [1, 0, 2]},
                wordings=["asks"], asked=[2, 4])  # fmt: skip
    assert settings_of(spec.forcing, 4) == [Setting(400, 1), Setting(400, 0), Setting(400, 2)]
    spec = pool({"waits": [0, 2], "budgets": [8, 16, 8]})
    assert settings_of(spec.forcing, None) == [Setting(8, 0), Setting(16, 0), Setting(16, 2)]
    spec = pool({"waits": [0, 2], "budgets": [8], "auto": True})
    assert settings_of(spec.forcing, None) == [Setting(8, 0), Setting(None, 0), Setting(None, 2)]
    spec = pool({"waits": [0, 2], "budgets": [8], "auto": True, "every_pair": True})
    assert settings_of(spec.forcing, None)[2:] == [Setting(8, 2), Setting(None, 2)]


def test_asked_budgets_are_drawn(weights: Path, tmp_path: Path) -> None:
    spec = pool({"budgets": "asked", "tokens_per_asked": 2}, wordings=["asks"], asked=[2, 5], n=1)
    traces = draw(spec, weights, tmp_path)
    assert traces.select("problem_id", "asked", "budget", "waits").rows() == [
        (problem, asked, asked * 2, 0) for problem in ("p0", "p1") for asked in (2, 5)
    ]


@pytest.mark.parametrize(
    ("forcing", "message"),
    [
        ({"budgets": [8, 120]}, r"problem p0, prompt plain: budget 120 .* prompt takes \d+ tokens"),
        ({"budgets": [90], "waits": [0, 9]}, r"budget 90 with 9 waits .* 9 waits 36.* of 160"),
        ({"budgets": [], "auto": True, "answer_tokens": 150}, "budget auto .* leaves 0 to think"),
        ({"stop": ["<|im_end|>", "</think>\n"]}, r"'</think>\\n' must be one token .* is 2: \['</"),
        ({"stop": [""]}, "'' must be one token"),
    ],
)
def test_what_cannot_be_forced_is_named(
    weights: Path, tmp_path: Path, forcing: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        draw(pool(forcing), weights, tmp_path / "journal")
    assert not (tmp_path / "journal").exists()


def test_an_api_cannot_be_forced(tmp_path: Path) -> None:
    model = ApiModel(kind="api", model="x", api_key_env="")
    with pytest.raises(EngineError, match="pool forced: its model is behind an API"):
        sample_forced(pool(), "forced", model, PROMPTS, TABLE, None, None, None, tmp_path)


def test_the_program_draws_a_pool(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_table(Problem, TABLE, tmp_path / "problems.parquet")
    model = trained_spec(CONTEXT)
    options = {
        "--spec": pool({"waits": [0, 2]}).model_dump_json(),
        "--pool": "forced",
        "--model-spec": json.dumps(model),
        "--prompts": json.dumps(PROMPTS),
        "--problems": str(tmp_path / "problems.parquet"),
        "--weights": str(weights),
        "--journal": str(tmp_path / "journal"),
        "--output": str(tmp_path / "traces.parquet"),
    }
    arguments = [part for option in options.items() for part in option]
    monkeypatch.setattr("sys.argv", ["sample_forced", *arguments])
    with caplog.at_level("INFO"):
        run_sampling(program.__doc__, ForcedPool, sample_forced)
    assert "pool forced: 4 samples, 0 of them whole in the journal" in caplog.text
    assert "pool forced: 4/4 samples" in caplog.text
    assert "tokens generated for 16 rows, which take" in caplog.text
    assert len(read_table(Trace, tmp_path / "traces.parquet")) == 16
