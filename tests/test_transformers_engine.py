import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chisquare
from transformers import AutoModelForCausalLM

from scripts.lib.engines import prompt_reader, row_batch
from scripts.lib.engines.base import EngineError, Request, Response
from scripts.lib.engines.local_engine import WINDOW_BATCHES
from scripts.lib.engines.transformers_engine import TransformersEngine
from tests.small_model import write_model

pytestmark = pytest.mark.usefixtures("one_thread")

CONTEXT = 128


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=2, width=32, context=CONTEXT)


@pytest.fixture(scope="module")
def engine(folder: Path) -> TransformersEngine:
    return TransformersEngine(folder, dtype="float64", batch_size=4, device="cpu")


def ask(prompt: str, seed: int = 0, **settings: float) -> Request:
    values = {"max_tokens": 60, "temperature": 1.0, **settings}
    return Request(prompt=prompt, seed=seed, **values)  # type: ignore[arg-type]


def go_on(context: tuple[int, ...], seed: int = 0, **settings: float) -> Request:
    values = {"max_tokens": 60, "temperature": 1.0, **settings}
    return Request(prompt=None, context=context, seed=seed, **values)  # type: ignore[arg-type]


def run(engine: TransformersEngine, requests: list[Request]) -> list[Response]:
    responses = dict(engine.generate((str(i), request) for i, request in enumerate(requests)))
    return [responses[str(i)] for i in range(len(requests))]


def some_requests(count: int) -> list[Request]:
    """Prompts of many lengths, samples that share one, greedy rows and top_p among them."""
    return [
        ask(
            "1+2*3" * (i // 2 % 5) + "?",
            seed=i,
            temperature=(1.0, 0.7, 0.0)[i % 3],
            top_p=(1.0, 0.8)[i % 2],
            max_tokens=10 + 7 * (i % 6),
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_sample_is_the_same_alone_and_in_every_batch(folder: Path, dtype: str) -> None:
    requests = some_requests(20)
    reference = run(TransformersEngine(folder, dtype=dtype, batch_size=5), requests)
    assert len({response.token_ids for response in reference}) > 10
    for batch_size in (1, 3, 32):
        assert run(TransformersEngine(folder, dtype=dtype, batch_size=batch_size), requests) == (
            reference
        )
    few = TransformersEngine(folder, dtype=dtype, batch_size=5)
    for i in (0, 7, 13):
        assert run(few, [requests[i]]) == [reference[i]]
    assert run(few, requests[::-1])[::-1] == reference


def test_neighbours_do_not_change_a_bit_of_the_logits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In float32, the last bits included: the shape of the batch never changes, and what contexts
    share is read in the same pieces by each of them.
    """
    seen: dict[tuple[int, int], list[np.ndarray]] = {}

    class Watching(row_batch.RowSampler):
        def choose(self, logits: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
            for row, position in enumerate(positions.tolist()):
                key = (int(self._seeds[row, 0]), position)
                seen.setdefault(key, []).append(logits[row].numpy().copy())
            return super().choose(logits, positions)

    monkeypatch.setattr(row_batch, "RowSampler", Watching)
    monkeypatch.setattr(prompt_reader, "PIECE", 16)
    engine = TransformersEngine(folder, dtype="float32", batch_size=8)
    requests = [ask("7*8-1" * (i % 4) + "?", seed=100 + i, max_tokens=90) for i in range(16)]
    text = engine.encode(ask("1+2*3" * 9))
    requests += [go_on(text[:length], seed=100 + length) for length in (41, 33, 30, 24, 47, 20)]
    # Steps of a search: each goes on from where one before it ended.
    requests += [
        replace(go_on(text[:length], seed=200 + length), cuts=tuple(range(21, length + 1, 6)))
        for length in (27, 33, 45, 39)
    ]
    run(engine, requests)
    together = {key: logits[0] for key, logits in seen.items() if key[0] >= 100}
    seen.clear()
    compared = 0
    for request in (*requests[:16:5], *requests[16:]):
        tokens = len(run(engine, [request])[0].token_ids or ())
        start = engine.prompt_tokens(request)
        for position in range(start, start + tokens):
            key = (request.seed, position)
            assert np.array_equal(seen[key][0], together[key]), key
            compared += 1
    assert compared > 50


def test_greedy_is_what_generate_gives(folder: Path, engine: TransformersEngine) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64)
    prompts = ["1+1?", "what is 12*7-3?", "?"]
    responses = run(engine, [ask(prompt, temperature=0.0) for prompt in prompts])
    for prompt, response in zip(prompts, responses, strict=True):
        ids = engine.tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt"
        )["input_ids"]
        expected = model.generate(ids, max_new_tokens=60, do_sample=False)[0, ids.shape[1] :]
        assert response.token_ids == tuple(expected.tolist())
        assert response.prompt_tokens == ids.shape[1]
        assert response.generated_tokens == len(expected)


@pytest.mark.parametrize(("temperature", "top_p"), [(1.0, 1.0), (0.6, 1.0), (1.0, 0.5)])
def test_frequencies_are_those_of_the_softmax(
    folder: Path, temperature: float, top_p: float
) -> None:
    draws = 2000
    engine = TransformersEngine(folder, dtype="float32", batch_size=200, device="cpu")
    request = ask("3+4?")
    model = AutoModelForCausalLM.from_pretrained(folder)
    ids = torch.tensor([engine.encode(request)])
    with torch.inference_mode():
        wanted = (model(ids).logits[0, -1].double() / temperature).softmax(dim=-1).numpy()
    order = np.argsort(-wanted)
    kept = order[: int(np.searchsorted(wanted[order].cumsum(), top_p)) + 1]
    if top_p < 1:
        wanted = np.where(np.isin(np.arange(len(wanted)), kept), wanted, 0)
        wanted /= wanted.sum()
    responses = run(
        engine,
        [
            ask("3+4?", seed=i, temperature=temperature, top_p=top_p, max_tokens=1)
            for i in range(draws)
        ],
    )
    counts = np.bincount([(r.token_ids or ())[0] for r in responses], minlength=len(wanted))
    assert counts[wanted == 0].sum() == 0
    # Tokens that are expected less than five times are counted as one.
    common = wanted * draws >= 5
    observed = np.append(counts[common], counts[~common].sum())
    expected = np.append(wanted[common], wanted[~common].sum()) * draws
    used = expected > 0
    assert chisquare(observed[used], expected[used]).pvalue > 1e-4


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_continued_text_is_the_uninterrupted_one(
    engine: TransformersEngine, temperature: float
) -> None:
    requests = [ask("5-2?" * (i % 3), seed=i, temperature=temperature) for i in range(9)]
    whole = run(engine, requests)
    for cut in (1, 4, 17):
        chosen = [i for i, r in enumerate(whole) if (r.generated_tokens or 0) > cut]
        assert chosen
        contexts = [engine.encode(requests[i]) + (whole[i].token_ids or ())[:cut] for i in chosen]
        rest = run(
            engine,
            [
                go_on(context, seed=i, temperature=temperature, max_tokens=60 - cut)
                for i, context in zip(chosen, contexts, strict=True)
            ],
        )
        for i, context, response in zip(chosen, contexts, rest, strict=True):
            assert response.token_ids == (whole[i].token_ids or ())[cut:]
            assert response.end == whole[i].end
            assert response.prompt_tokens == len(context)


def test_where_texts_end(folder: Path) -> None:
    engine = TransformersEngine(folder, dtype="float32", batch_size=8)
    end = engine.tokenizer.eos_token_id
    responses = run(engine, [ask("9?", seed=i, max_tokens=40) for i in range(40)])
    assert {r.end for r in responses} == {"stop", "length"}
    for response in responses:
        ids = response.token_ids or ()
        assert response.generated_tokens == len(ids)
        if response.end == "stop":
            assert ids.index(end) == len(ids) - 1
            assert engine.tokenizer.decode(ids[:-1], skip_special_tokens=False) == response.text
        else:
            assert len(ids) == 40
            assert end not in ids
    texts = "".join(response.text or "" for response in responses)
    assert "<|im_end|>" not in texts
    assert "<|im_start|>" in texts  # other special tokens stay


def test_each_of_several_end_tokens_ends(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "m")
    model.generation_config.eos_token_id = [2, 20, 21, 22]
    model.generation_config.save_pretrained(tmp_path / "m")
    engine = TransformersEngine(tmp_path / "m", dtype="float32", batch_size=8)
    assert engine.identity["end_tokens"] == [2, 20, 21, 22]
    responses = run(engine, [ask("9?", seed=i) for i in range(40)])
    lasts = {(r.token_ids or ())[-1] for r in responses if r.end == "stop"}
    assert lasts == {2, 20, 21, 22}


def test_the_context_window_ends_a_text(engine: TransformersEngine) -> None:
    context = tuple([10] * (CONTEXT - 3))
    full = go_on(tuple([10] * CONTEXT))
    responses = run(engine, [go_on(context, seed=i, max_tokens=50) for i in range(8)] + [full])
    assert responses[-1] == Response("", "length", CONTEXT, 0, token_ids=())
    assert {(r.end, r.generated_tokens) for r in responses[:-1]} >= {("length", 3)}
    assert all((r.generated_tokens or 0) <= 3 for r in responses)


def test_a_prompt_longer_than_the_context_is_named_and_nothing_is_lost(
    engine: TransformersEngine,
) -> None:
    requests = {"good": ask("1?"), "long": ask("1" * CONTEXT), "longer": ask("1" * 2 * CONTEXT)}
    done = {}
    responses = engine.generate(requests.items())
    done.update([next(responses)])
    with pytest.raises(EngineError, match=r"128 tokens(.|\n)*request long: \d+(.|\n)*longer: "):
        next(responses)
    assert done["good"] == run(engine, [requests["good"]])[0]


@pytest.mark.parametrize("context", [(), (3, 10**6), (3, -1)])
def test_a_context_that_is_no_text_is_named(
    engine: TransformersEngine, context: tuple[int, ...]
) -> None:
    with pytest.raises(EngineError, match="request odd: "):
        list(engine.generate([("odd", go_on(context))]))


def test_thinking_ends_at_the_first_delimiter(folder: Path) -> None:
    engine = TransformersEngine(folder, dtype="float32", batch_size=16)
    number = engine.tokenizer.convert_tokens_to_ids
    delimiter, opening = number("</think>"), (number("<|im_start|>"), number("think"))
    responses = run(engine, [ask("9?", seed=i) for i in range(60)])
    with_one = [r for r in responses if delimiter in (r.token_ids or ())]
    assert 5 < len(with_one) < 60
    for response in responses:
        ids = response.token_ids or ()
        assert ids[:2] != opening, "the small model does not open its thinking"
        assert response.thinking_tokens == (ids.index(delimiter) if delimiter in ids else None)


def test_requests_are_drawn_only_when_there_is_room(folder: Path) -> None:
    rows = 2
    engine = TransformersEngine(folder, dtype="float32", batch_size=rows)
    drawn = 0

    def source() -> Iterator[tuple[str, Request]]:
        nonlocal drawn
        for i in range(100):
            drawn += 1
            yield str(i), ask("1?", seed=i, max_tokens=5)

    for given, _ in enumerate(engine.generate(source()), start=1):
        assert drawn - given < (WINDOW_BATCHES + 1) * rows
    assert drawn == given == 100
