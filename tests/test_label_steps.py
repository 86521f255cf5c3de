"""Step labels by rollouts, against each rollout run alone; bisection; resuming; odd solutions."""

import math
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.config.models import TrainedModel
from scripts.lib.config.pools import SampledPool
from scripts.lib.config.verifiers import RolloutLabels
from scripts.lib.engines.base import Request
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.grading.extract import extract_answer
from scripts.lib.grading.judge import Judge
from scripts.lib.journal import read_entries
from scripts.lib.search.bisection import Bisection
from scripts.lib.search.rollouts import rollout_seed
from scripts.lib.search.solutions import LabelsError
from scripts.lib.search.steps import separator_ids, split_ids
from scripts.lib.search.tables import StepLabel
from scripts.lib.tableio import write_table
from scripts.lib.tables import SAMPLE_KEY, Answer, schema_of
from scripts.sample.grade_pool import grade_traces
from scripts.sample.sample_pool import sample_pool
from scripts.search.label_steps import label_steps
from tests.small_model import write_model
from tests.test_pool_requests import problems

pytestmark = pytest.mark.usefixtures("one_thread")

CONTEXT = 160
PROMPTS = {"plain": "Q: {problem}"}
# The small model writes digits at random: many a rollout ends in one of one digit.
TABLE = problems("1 + 1", "2 + 2 * 3").with_columns(answer=pl.Series(["3", "7"]))
MODEL = TrainedModel.model_construct(kind="trained", dtype="float64", batch_size=24)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def engine(weights: Path) -> TransformersEngine:
    return TransformersEngine(weights, dtype="float64", batch_size=48, device="cpu")


@pytest.fixture(scope="module")
def traces(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    pool = SampledPool.model_validate(
        {
            **{"model": "m", "benchmark": "sums", "wordings": ["plain"], "n": 3},
            "sampling": {"max_tokens": 60},
        }
    )
    journal = tmp_path_factory.mktemp("journal")
    return sample_pool(pool, "plain", MODEL, PROMPTS, TABLE, weights, None, None, journal)


def spec(**changes: object) -> RolloutLabels:
    content: dict[str, object] = {
        **{"kind": "rollouts", "pool": "plain", "rollouts": 3, "separator": "s"},
        "sampling": {"max_tokens": 60},
    }
    return RolloutLabels.model_validate(content | changes)


def graded(traces: pl.DataFrame) -> pl.DataFrame:
    with Judge(1) as judge:
        return grade_traces(traces, TABLE, judge)


def label(
    labels: RolloutLabels,
    traces: pl.DataFrame,
    engine: TransformersEngine,
    journal: Path,
    answers: pl.DataFrame | None = None,
) -> pl.DataFrame:
    answers = graded(traces) if answers is None else answers
    with Judge(1) as judge:
        table = label_steps(
            "l", labels, PROMPTS["plain"], TABLE, traces, answers, engine, journal, judge
        )
    write_table(StepLabel, table, journal.parent / "labels.parquet")  # checks it
    return table


def alone(labels: RolloutLabels, row: dict, number: int, engine: TransformersEngine) -> list[float]:
    """The soft labels of a solution, each rollout run by itself; the last step aside."""
    problem = TABLE.row(by_predicate=pl.col("problem_id") == row["problem_id"], named=True)
    prompt = engine.encode(Request(f"Q: {problem['problem']}", 0, 1, 0))
    steps = split_ids(row["token_ids"], separator_ids(engine.tokenizer, labels.separator))
    shares = []
    for step in range(len(steps) - 1):
        before = sum(steps[: step + 1], ())
        right = 0
        for rollout in range(labels.rollouts):
            seed = rollout_seed(labels.seed, row["problem_id"], number, step, rollout)
            left = labels.sampling.max_tokens - len(before)
            request = Request(None, seed, left, 1.0, context=prompt + before)
            [(_, response)] = engine.generate([("k", request)])
            text = engine.decode(before + response.token_ids)
            answer = extract_answer(text, "integer", response.end)
            right += answer is not None and int(answer.replace(",", "")) == int(problem["answer"])
        shares.append(right / labels.rollouts)
    return shares


def test_labels_are_those_of_rollouts_run_alone(traces, engine, tmp_path):
    table = label(spec(), traces, engine, tmp_path / "journal")
    seen = 0
    for (problem, number), group in table.group_by("problem_id", "solution", maintain_order=True):
        row = traces.filter(problem_id=problem, sample=number).row(0, named=True)
        shares = alone(spec(), row, number, engine)
        assert group["soft"][:-1].to_list() == pytest.approx(shares)
        assert group["hard"][:-1].to_list() == [share > 0 for share in shares]
        own = 0 if row["end"] == "stop" else 3
        assert group["rollouts"].to_list() == [3] * len(shares) + [own]
        assert [t for ids in group["token_ids"] for t in ids] == list(row["token_ids"])
        seen += len(shares)
    assert seen > 10
    assert 0 < table["soft"].mean() < 1, "a pool on which rollouts tell nothing apart"


def test_the_last_step_is_as_right_as_the_solution(traces, engine, tmp_path):
    answers = graded(traces).with_columns(correct=pl.col("sample") == 1)
    table = label(spec(), traces, engine, tmp_path / "journal", answers)
    ended = traces.filter(end="stop").select("problem_id", solution="sample")
    assert 0 < len(ended) < len(traces)
    last = table.group_by("problem_id", "solution", maintain_order=True).last()
    last = last.join(ended, on=["problem_id", "solution"])
    assert last["soft"].to_list() == [float(number == 1) for number in last["solution"]]
    assert last["hard"].to_list() == [number == 1 for number in last["solution"]]
    assert table["outcome"].to_list() == [number == 1 for number in table["solution"]]


def test_a_killed_labelling_asks_only_for_the_rest(traces, engine, tmp_path):
    whole = label(spec(), traces, engine, tmp_path / "whole")
    [file] = (tmp_path / "whole").glob("*.jsonl")
    lines = file.read_bytes().splitlines(keepends=True)
    part = tmp_path / "part"
    part.mkdir()
    (part / file.name).write_bytes(b"".join(lines[:7]) + lines[7][:20])
    assert label(spec(), traces, engine, part).equals(whole)
    keys = [entry.key for entry in read_entries(part)]
    assert len(keys) == len(set(keys)) == len(lines)


@pytest.mark.parametrize("ended", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3, 6, 17])
def test_bisection_finds_the_first_wrong_step(count, ended):
    # A solution that was cut off may have no wrong step at all.
    possible = range(count if ended else count + 1)
    for first_wrong in possible:
        bisection, tried = Bisection(count, correct=False if ended else None), 0
        while steps := bisection.next():
            [step] = steps
            assert 0 <= step < count - ended, "the last step of what ended is known"
            bisection.note(step, right=step < first_wrong)
            tried += 1
        assert [bisection.is_right(step) for step in range(count)] == [
            step < first_wrong for step in range(count)
        ]
        assert tried <= math.ceil(math.log2(len(possible)))
    right = Bisection(count, correct=True)
    assert right.next() == []
    assert all(right.is_right(step) for step in range(count))


def test_bisection_draws_few_rollouts_and_says_what_it_tried(traces, engine, tmp_path):
    every = label(spec(), traces, engine, tmp_path / "all")
    table = label(spec(search="bisect"), traces, engine, tmp_path / "bisect")
    assert table["rollouts"].sum() < every["rollouts"].sum()
    for (_, number), group in table.group_by("problem_id", "solution", maintain_order=True):
        hard = group["hard"].to_list()
        assert hard == sorted(hard, reverse=True), number
        assert group["rollouts"].sum() <= 3 * math.ceil(math.log2(len(hard) + 1))
    tried = table.filter(pl.col("rollouts") > 0)
    same = tried.join(every, on=["problem_id", "solution", "step"], suffix="_all")
    assert same["soft"].to_list() == same["soft_all"].to_list()
    untried = table.filter(pl.col("rollouts") == 0, pl.col("step") < pl.col("step").max())
    assert untried["origin"].unique().to_list() == ["bisected"]


def test_only_the_named_problems_and_samples_are_labelled(traces, engine, tmp_path):
    table = label(spec(problems=1, samples=2), traces, engine, tmp_path / "journal")
    assert table["problem_id"].unique().to_list() == [TABLE["problem_id"][0]]
    assert table["solution"].unique().sort().to_list() == [0, 1]


def with_text(
    traces: pl.DataFrame, text: str, engine: TransformersEngine, end: str = "stop"
) -> pl.DataFrame:
    token_ids = list(engine.spell(text))
    return traces.head(1).with_columns(
        token_ids=pl.Series([token_ids], dtype=pl.List(pl.Int64)),
        text=pl.lit(text),
        end=pl.lit(end),
    )


def test_odd_solutions_have_labels_or_none(traces, engine, tmp_path):
    one = label(spec(), with_text(traces, "12345", engine), engine, tmp_path / "one")
    assert one["rollouts"].to_list() == [0]
    with pytest.raises(LabelsError, match="no sample to label"):
        label(spec(), with_text(traces, "", engine), engine, tmp_path / "none")
    cut = with_text(traces, "1s2s3s", engine, "length")
    table = label(spec(), cut, engine, tmp_path / "cut")
    assert table["text"].to_list() == ["1s", "2s", "3s"]
    assert table["rollouts"].to_list() == [3, 3, 3], "what was cut off can go on"
    bisected = label(spec(search="bisect"), cut, engine, tmp_path / "bisected")
    assert bisected["rollouts"].sum() > 0


def test_tokens_of_another_model_are_refused(traces, engine, tmp_path):
    foreign = with_text(traces, "12345", engine).with_columns(text=pl.lit("54321"))
    with pytest.raises(LabelsError, match="reads as another text"):
        label(spec(), foreign, engine, tmp_path / "journal")


def test_a_step_at_the_end_of_the_context_leaves_no_answer(traces, engine, tmp_path):
    prompt = len(engine.encode(Request(f"Q: {TABLE['problem'][0]}", 0, 1, 0)))
    full = with_text(traces, "s" * (CONTEXT - prompt), engine, "length")
    labels = spec(sampling={"max_tokens": 500}, rollouts=1)
    table = label(labels, full, engine, tmp_path / "journal")
    assert len(table) == CONTEXT - prompt
    assert table["soft"][-1] == 0


def test_traces_without_tokens_or_grades_are_named(traces, engine, tmp_path):
    bare = traces.with_columns(token_ids=pl.lit(None, pl.List(pl.Int64)))
    with pytest.raises(LabelsError, match=r"pool plain, problem .* has no token ids, and 5 more"):
        label(spec(), bare, engine, tmp_path / "a")
    few = graded(traces).head(5).select(*SAMPLE_KEY, *list(schema_of(Answer))[len(SAMPLE_KEY) :])
    with pytest.raises(LabelsError, match="has no graded answer"):
        label(spec(), traces, engine, tmp_path / "b", few)
