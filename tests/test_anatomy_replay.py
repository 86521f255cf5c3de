"""Searches replayed from the journal: every step that they took, and no token lost or asked for."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.anatomy.replay import Replayed, replayed
from scripts.lib.anatomy.searched import segments_of_search
from scripts.lib.anatomy.segments import segment_table
from scripts.lib.anatomy.tables import Segment
from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.row_batch import RowBatch
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.journal import read_entries
from scripts.lib.search.tables import Spent
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import SAMPLE_KEY, Answer, Problem, Trace
from scripts.lib.verifiers.reader import Reader
from scripts.search import replay_search, search_pool
from tests.search_pools import CONTEXT, METHODS, PROMPTS, TABLE, draw, name_of, of_method, pool
from tests.small_model import trained_spec, write_model
from tests.small_verifier import SmallVerifier, write_verifier

pytestmark = pytest.mark.usefixtures("one_thread")
ENDING = {"budget": 30, "think": "ab", "answer": "c", "final": "de", "answer_tokens": 5}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def engine(weights: Path) -> TransformersEngine:
    return TransformersEngine(weights, dtype="float64", batch_size=16, device="cpu")


def answers_to(traces: pl.DataFrame) -> pl.DataFrame:
    """Two answers in turn, and none."""
    rows = [
        key | {"answer": answer, "answer_class": number, "correct": number == 0, "graded": graded}
        for place, key in enumerate(traces.select(SAMPLE_KEY).rows(named=True))
        for answer, number, graded in [
            [("1", 0, "equal"), ("2", 1, "different"), (None, None, "none")][place % 3]
        ]
    ]
    return make_table(Answer, rows)


def segments(found: Replayed, traces: pl.DataFrame) -> pl.DataFrame:
    answers = {row["sample"]: row for row in answers_to(traces).iter_rows(named=True)}
    prompt, read = len(found.search.prompt), found.search.read_prompt
    rows = segments_of_search(found.taken, prompt, read, answers, "weighted", "last", str)
    return segment_table("name", "p", "beam", TABLE.row(0, named=True), rows)


def one_search(spec: SearchedPool, beams: int) -> SearchedPool:
    return spec.model_copy(update={"beams": [beams], "repeats": 1})


@pytest.mark.parametrize(
    "method", [*METHODS[::2], {"method": "beam", "width": 2, "ending": True}], ids=name_of
)
def test_a_replay_tells_all_steps_and_their_tokens_are_those_that_were_spent(
    engine: TransformersEngine, tmp_path: Path, method: dict[str, object]
) -> None:
    own = {name: value for name, value in method.items() if name != "ending"}
    more: dict[str, object] = {"ending": ENDING} if "ending" in method else {}
    spec = of_method(own, beams=[1, 8], repeats=2, **more)
    verifier, problem = SmallVerifier(engine), TABLE[:1]
    traces, _, spent = draw(spec, engine, verifier, tmp_path, problem)
    steps = list(read_entries(tmp_path))
    for beams in spec.beams:
        first = pl.col("sample") < beams
        recorded = traces.filter(first, beams=beams)
        one = one_search(spec, beams)
        found = replayed("p", one, problem, PROMPTS, engine, verifier, "v", tmp_path)
        found.check(recorded, spent)
        table = segments(found, recorded)
        write_table(Segment, table, tmp_path / "anatomy.parquet")  # checks it
        total = spent.filter(first, beams=beams)
        assert table["generated"].sum() == total["generated_tokens"].sum()
        assert table["forced"].sum() == total["forced_tokens"].sum()
        assert table["read"].sum() - table["read"][0] == total["verifier_tokens"].sum()
        assert table["read"][0] == total["verifier_prompt_tokens"][0]
        assert table["tokens"][0] == total["prompt_tokens"][0]
        mine = [e for e in steps if e.sample.beams == beams and e.sample.sample < beams]
        assert table["generated"].sum() == sum(e.response.generated_tokens or 0 for e in mine)
        check_tree(table, recorded, beams, looks_ahead=own["method"] == "lookahead")


def check_tree(table: pl.DataFrame, traces: pl.DataFrame, beams: int, *, looks_ahead: bool) -> None:
    """What must hold of any search."""
    rows = {row["segment"]: row for row in table.iter_rows(named=True)}
    ends = table.filter(pl.col("fate").is_in(["finished", "cut"]))
    assert sorted(ends["place"]) == list(range(beams))
    for end in ends.iter_rows(named=True):
        path = [end]
        while path[-1]["parent"] is not None:
            path.append(rows[path[-1]["parent"]])
        trace = traces.row(end["place"], named=True)
        assert sum(row["generated"] for row in path) == trace["generated_tokens"]
        assert sum(row["tokens"] for row in path[:-1]) == len(trace["token_ids"])
        assert end["fate"] == ("finished" if trace["end"] == "stop" else "cut")
    steps = table.filter(part="step")
    children = steps.group_by("parent").len()
    onward = steps.filter(pl.col("onward") > 0).select("segment", "onward").sort("segment")
    counted = children.filter(pl.col("parent") > 0).sort("parent")
    assert onward.rows() == counted.rows()  # as many go on as were counted
    assert (steps.filter(fate="on")["onward"] > 0).all()
    assert (steps.filter(pl.col("fate").is_in(["dropped", "duplicate"]))["onward"] == 0).all()
    assert bool(table.filter(part="ahead").height) == (looks_ahead and beams > 1)
    firsts = steps.filter(pl.col("same") == pl.col("segment"))
    assert set(steps["same"]) == set(firsts["segment"])
    twins = steps.join(steps, left_on="same", right_on="segment")
    assert (twins["text"] == twins["text_right"]).all()


def test_a_journal_that_lacks_a_response_or_a_score_is_an_error(
    engine: TransformersEngine, weights: Path, tmp_path: Path
) -> None:
    verifier = SmallVerifier(engine)
    spec = pool(beams=[4])
    traces, _, spent = draw(spec, engine, verifier, tmp_path)
    problem = TABLE[:1]
    gone = tmp_path / "gone"
    with pytest.raises(AnatomyError, match=r"N = 4: .*gone holds 0 steps .* lacks the next 4\."):
        replayed("p", spec, problem, PROMPTS, engine, verifier, "v", gone)
    shutil.copytree(tmp_path, gone, ignore=shutil.ignore_patterns("gone"))
    (file,) = gone.glob("*.jsonl")
    lines = [line for line in file.read_text().splitlines() if '"problem_id":"p0"' in line]
    file.write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(AnatomyError, match="lacks the next 1"):
        replayed("p", spec, problem, PROMPTS, engine, verifier, "v", gone)
    found = replayed("p", spec, problem, PROMPTS, engine, verifier, "v", tmp_path)
    recorded = traces.filter(problem_id="p0")
    found.check(recorded, spent)
    with pytest.raises(AnatomyError, match="gives other candidates than the pool's tables"):
        found.check(recorded.with_columns(pl.col("generated_tokens") + 1), spent)
    with pytest.raises(AnatomyError, match="gives other spent tokens than"):
        found.check(recorded, spent.with_columns(pl.col("verifier_tokens") + 1))


def test_the_program_replays_what_the_program_searched(
    weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_table(Problem, TABLE, tmp_path / "problems.parquet")
    model = trained_spec(CONTEXT)
    verifier = {"kind": "verifier", "base": "m", "labels": "l", "wording": "plain", "training": {}}
    paths = {name: str(tmp_path / f"{name}.parquet") for name in ("traces", "steps", "spent")}
    shared = {
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
        "--spent": paths["spent"],
    }

    def call(program: object, options: dict[str, str]) -> None:
        arguments = [part for option in (shared | options).items() for part in option]
        monkeypatch.setattr("sys.argv", ["program", *arguments])
        program.main()  # type: ignore[attr-defined]

    call(search_pool, {"--output": paths["traces"], "--steps": paths["steps"]})
    write_table(
        Answer, answers_to(read_table(Trace, Path(paths["traces"]))), tmp_path / "a.parquet"
    )
    options = {
        "--anatomy": "shown",
        "--anatomy-spec": json.dumps({"method": "search", "pool": "found", "beams": 4}),
        "--traces": paths["traces"],
        "--answers": str(tmp_path / "a.parquet"),
        "--judge": str(tmp_path / "a.parquet"),
        "--output": str(tmp_path / "anatomy.parquet"),
    }

    def never(*_arguments: object, **_more: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(RowBatch, "admit", never)
    monkeypatch.setattr(Reader, "_batch", never)
    call(replay_search, options)
    table = read_table(Segment, tmp_path / "anatomy.parquet")
    spent = read_table(Spent, Path(paths["spent"])).filter(
        problem_id=table["problem_id"][0], beams=4
    )
    assert table["generated"].sum() == spent["generated_tokens"].sum()
    assert table["read"][1:].sum() == spent["verifier_tokens"].sum()
    assert set(table["method"]) == {"beam"}
    kept = {path: path.read_bytes() for path in (tmp_path / "journal").rglob("*.jsonl")}
    scores = next(path for path in kept if path.parent.name == "scores")
    scores.write_bytes(b"")
    with pytest.raises(AnatomyError, match=r"lacks the scores of \d of \d steps"):
        call(replay_search, options)
    scores.write_bytes(kept[scores])
    call(replay_search, options)
    assert {path: path.read_bytes() for path in kept} == kept  # nothing was written to it
