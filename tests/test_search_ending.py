"""Budget forcing within a search."""

from pathlib import Path

import polars as pl
import pytest

from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.base import Request
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.errors import UserError
from scripts.lib.journal import Sample, read_entries
from scripts.lib.search.pool import Searched
from scripts.lib.search.seeds import step_seed
from scripts.lib.search.steps import separator_ids
from scripts.search.search_pool import search_pool
from tests.small_model import write_model
from tests.small_verifier import SmallVerifier
from tests.test_pool_requests import problems

pytestmark = pytest.mark.usefixtures("one_thread")

BUDGET, ANSWER = 30, 6
TABLE = problems("1 + 1", "2 + 2 * 3", "4 - 4")
ENDING = {"budget": BUDGET, "answer_tokens": ANSWER}
MARK = "<|im_start|>answer"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> TransformersEngine:
    folder = write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=160)
    return TransformersEngine(folder, dtype="float64", batch_size=16, device="cpu")


def pool(search: dict[str, object], **changes: object) -> SearchedPool:
    content: dict[str, object] = {
        "kind": "searched",
        "model": "m",
        "verifier": "v",
        "benchmark": "sums",
        "wording": "plain",
        "search": search,
        "beams": [1, 8],
        "separator": "s",
        "ending": ENDING,
        "sampling": {"max_tokens": 60},
    }
    return SearchedPool.model_validate(content | changes)


def draw(
    spec: SearchedPool, engine: TransformersEngine, verifier: SmallVerifier, journal: Path
) -> Searched:
    searched = Searched("p", spec, TABLE, {"plain": "Q: {problem}"}, engine, verifier, "v")
    search_pool(searched, engine, journal)
    return searched


METHODS = [
    {"method": "beam", "width": 4},
    {"method": "dvts", "width": 2},
    {"method": "rebase"},
    {"method": "lookahead", "width": 4, "steps": 1},
]


@pytest.mark.parametrize("search", METHODS, ids=lambda s: s["method"])
def test_thinking_ends_at_its_budget(
    engine: TransformersEngine, tmp_path: Path, search: dict[str, object]
) -> None:
    verifier = SmallVerifier(engine)
    searched = draw(pool(search), engine, verifier, tmp_path)
    traces, steps, spent = searched.traces(), searched.steps(), searched.spent()
    think, opens = list(engine.spell("<|im_start|>think")), engine.spell(MARK)[0]
    last = engine.tokenizer.eos_token_id
    kinds = set()
    for row in traces.iter_rows(named=True):
        ids = row["token_ids"]
        assert ids[: len(think)] == think
        body = ids[len(think) :]
        thought = body[:BUDGET]
        if opens in thought or (len(body) <= BUDGET and body[-1] == last):
            # Nothing is done about thinking that ends by itself.
            kinds.add(("natural", row["end"], opens in thought))
            assert row["forced_tokens"] == len(think)
            assert row["end"] == ("stop" if body[-1] == last else "length")
        else:
            newline = "" if engine.decode((thought[-1],)).endswith("\n") else "\n"
            closing = list(engine.spell(f"{newline}{MARK}\nFinal Answer:"))
            answer = body[BUDGET + len(closing) :]
            assert body[BUDGET : BUDGET + len(closing)] == closing
            assert 1 <= len(answer) <= ANSWER
            assert row["end"] == ("stop" if answer[-1] == last else "length")
            assert row["end"] == "stop" or len(answer) == ANSWER
            assert row["forced_tokens"] == len(think) + len(closing)
            if engine.spell("</think>")[0] not in thought:  # which ends thinking as well
                assert row["thinking_tokens"] == BUDGET + len(newline)
            kinds.add(("cut", row["end"]))
        assert row["generated_tokens"] == len(ids) - row["forced_tokens"]
        own = steps.filter(problem_id=row["problem_id"], beams=row["beams"], sample=row["sample"])
        # The verifier reads what was appended by force with the step that it belongs to.
        assert own["tokens"].sum() == (len(ids) if row["beams"] > 1 else 0)
    assert {kind[:2] for kind in kinds} >= {("natural", "stop"), ("cut", "length")}
    assert any(kind[0] == "natural" and kind[-1] is True for kind in kinds)
    entries = list(read_entries(tmp_path))
    generated = sum(entry.response.generated_tokens or 0 for entry in entries)
    assert spent["generated_tokens"].sum() == generated
    read = spent.filter(pl.col("beams") > 1)
    assert read["verifier_tokens"].sum() == verifier.tokens
    assert verifier.tokens == read["generated_tokens"].sum() + read["forced_tokens"].sum()
    assert read["verifier_positions"].to_list() == read["generated_positions"].to_list()


def test_a_single_candidate_is_forced_as_by_hand(
    engine: TransformersEngine, tmp_path: Path
) -> None:
    """Step by step: a step that closes its thinking goes on in a request of its own."""
    spec = pool({"method": "beam"}, beams=[1])
    traces = draw(spec, engine, SmallVerifier(engine), tmp_path).traces()
    separators = separator_ids(engine.tokenizer, "s")
    opens, last = engine.spell(MARK)[0], engine.tokenizer.eos_token_id
    for row, problem in zip(traces.iter_rows(named=True), TABLE["problem"], strict=True):
        prompt = list(engine.encode(Request(f"Q: {problem}", 0, 1, 0.0)))
        text = list(engine.spell("<|im_start|>think"))
        sample = Sample("", row["problem_id"], "plain", None, None, 0, beams=1)
        round_number, part, thinking, generated = 1, 0, True, 0
        while True:
            cut = thinking and generated == BUDGET
            if cut:
                newline = "" if engine.decode((text[-1],)).endswith("\n") else "\n"
                text += engine.spell(f"{newline}{MARK}\nFinal Answer:")
            stops = separators + ((opens,) if thinking else ())
            request = Request(
                None,
                step_seed(0, sample, place=0, round_number=round_number, part=part),
                ANSWER if cut else (BUDGET if thinking else 60) - generated,
                1.0,
                context=(*prompt, *text),
                stop_ids=() if cut else stops,
            )
            ((_, response),) = engine.generate([("one", request)])
            new = list(response.token_ids or ())
            text += new
            generated += len(new)
            if cut or new[-1] == last or generated == 60:
                break
            closed = thinking and new[-1] == opens
            thinking = thinking and not closed
            round_number, part = (round_number, 1) if closed else (round_number + 1, 0)
        assert row["token_ids"] == text
        assert row["generated_tokens"] == generated


def test_an_answer_must_fit(engine: TransformersEngine, tmp_path: Path) -> None:
    spec = pool({"method": "beam"}, sampling={"max_tokens": 35})
    with pytest.raises(UserError, match=r"pool p: sampling\.max_tokens: 35 is less than ending"):
        draw(spec, engine, SmallVerifier(engine), tmp_path)
