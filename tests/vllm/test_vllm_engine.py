"""vLLM against transformers, token for token, and what every engine must do."""

from collections import Counter
from collections.abc import Iterator

import pytest
import torch

from scripts.lib.engines.base import EngineError, Keyed, Request, Response
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.engines.vllm_engine import VllmEngine
from tests.vllm.conftest import CONTEXT

NEAR = 1e-3
"""Logits closer than this may change places when sums are taken in another order."""


def ask(prompt: str, seed: int = 0, **settings: object) -> Request:
    known: dict[str, object] = {"max_tokens": 48, "temperature": 0.0}
    return Request(prompt, seed, **(known | settings))  # type: ignore[arg-type]


def test_greedy_tokens_are_those_of_transformers(
    engine: VllmEngine, reference: TransformersEngine
) -> None:
    """Random weights, which are never sure of a token: the hardest case."""
    requests = {f"{i}": ask(f"{i} + {7 * i} * {i % 13}?") for i in range(1000)}
    mine, theirs = (
        dict(engine.generate(requests.items())),
        dict(reference.generate(requests.items())),
    )
    assert mine.keys() == theirs.keys() == requests.keys()
    others = [key for key in requests if mine[key].token_ids != theirs[key].token_ids]
    assert len(others) <= 10
    for key in others:
        prompt = reference.encode(requests[key])
        gap = gap_of(reference, prompt, mine[key].token_ids or (), theirs[key].token_ids or ())
        assert gap < NEAR, f"request {key}: the two first tokens that differ are {gap} apart"
    same = [key for key in requests if key not in others]
    for key in same:
        assert mine[key] == theirs[key]


def gap_of(
    reference: TransformersEngine,
    prompt: tuple[int, ...],
    one: tuple[int, ...],
    other: tuple[int, ...],
) -> float:
    """How far apart the logits are of the first two tokens that differ."""
    place = next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    with torch.inference_mode():
        context = torch.tensor([[*prompt, *one[:place]]])
        logits = reference._local.model(input_ids=context).logits[0, -1]
    return float(abs(logits[one[place]] - logits[other[place]]))


def test_a_sample_is_its_seed_s_whatever_else_is_asked(engine: VllmEngine) -> None:
    requests = {f"{i}": ask("1 + 1?", seed=i, temperature=1.0, max_tokens=16) for i in range(200)}
    together = dict(engine.generate(requests.items()))
    backwards = dict(engine.generate(list(reversed(requests.items()))[:100]))
    same = [backwards[key].token_ids == together[key].token_ids for key in backwards]
    assert sum(same) >= 99
    assert len({response.token_ids for response in together.values()}) > 190


def test_samples_are_drawn_from_the_model_s_probabilities(
    engine: VllmEngine, reference: TransformersEngine
) -> None:
    draws = 4000
    asked = [
        (str(seed), ask("2 * 3?", seed=seed, temperature=0.7, max_tokens=1))
        for seed in range(draws)
    ]
    seen = Counter(response.token_ids for _, response in engine.generate(asked))
    with torch.inference_mode():
        context = torch.tensor([reference.encode(asked[0][1])])
        chances = (reference._local.model(input_ids=context).logits[0, -1] / 0.7).softmax(-1)
    expected = {(token,): float(chance) * draws for token, chance in enumerate(chances)}
    large = [token for token, count in expected.items() if count >= 20]
    assert len(large) > 5
    # Four standard deviations of a count, for each of some twenty tokens.
    assert all(abs(seen[token] - expected[token]) < 4 * expected[token] ** 0.5 for token in large)


def test_token_ids_are_continued(engine: VllmEngine) -> None:
    whole = ask("3 + 4?", max_tokens=30, min_tokens=30)
    ((_, first),) = engine.generate([("whole", whole)])
    assert first.token_ids is not None
    context = (*engine.encode(whole), *first.token_ids[:10])
    cut = Request(None, 0, max_tokens=20, temperature=0.0, context=context, min_tokens=20)
    ((_, rest),) = engine.generate([("rest", cut)])
    assert rest.token_ids == first.token_ids[10:]
    assert rest.prompt_tokens == len(context)


def test_stops_and_least_lengths_are_kept_to(engine: VllmEngine) -> None:
    free = ask("5?", max_tokens=40, min_tokens=40)
    ((_, response),) = engine.generate([("free", free)])
    assert response.token_ids is not None
    assert (response.end, response.generated_tokens) == ("length", 40)
    stop = response.token_ids[5]
    first = response.token_ids.index(stop)
    ((_, stopped),) = engine.generate([("s", ask("5?", max_tokens=40, stop_ids=(stop,)))])
    assert (stopped.end, stopped.token_ids) == ("stop", response.token_ids[: first + 1])


def test_requests_may_wait_for_responses(engine: VllmEngine) -> None:
    told: list[Response] = []

    def requests() -> Iterator[Keyed | None]:
        yield "first", ask("1?")
        while not told:
            yield None
        yield "second", ask(told[0].text or "")

    keys = []
    for key, response in engine.generate(requests()):
        told.append(response)
        keys.append(key)
    assert keys == ["first", "second"]


def test_who_has_enough_leaves_nothing_behind(engine: VllmEngine) -> None:
    many = [(str(i), ask(f"{i}?", max_tokens=100, min_tokens=100)) for i in range(100)]
    for _ in engine.generate(many):
        break
    assert engine._llm.llm_engine.get_num_unfinished_requests() == 0
    assert len(list(engine.generate(many[:3]))) == 3


def test_what_does_not_fit_is_named_and_the_rest_is_kept(engine: VllmEngine) -> None:
    long = Request(None, 0, max_tokens=4, temperature=0.0, context=(9,) * (CONTEXT + 1))
    full = Request(None, 0, max_tokens=4, temperature=0.0, context=(9,) * CONTEXT)
    kept: dict[str, Response] = {}
    some = [("a", ask("1?")), ("full", full), ("long", long)]
    with pytest.raises(EngineError, match=rf"context is {CONTEXT} tokens(.|\n)*request long"):
        kept.update(engine.generate(some))
    assert set(kept) == {"a", "full"}
    assert (kept["full"].end, kept["full"].generated_tokens) == ("length", 0)
    with pytest.raises(EngineError, match="request bad: a prompt is one or more token ids"):
        list(engine.generate([("bad", Request(None, 0, 4, 0.0, context=(10**6,)))]))


def test_its_identity_is_not_that_of_transformers(
    engine: VllmEngine, reference: TransformersEngine
) -> None:
    mine, theirs = engine.identity, reference.identity
    assert (mine["engine"], theirs["engine"]) == ("vllm", "transformers")
    shared = ("weights", "config", "tokenizer", "chat_template", "end_tokens", "dtype")
    assert {name: mine[name] for name in shared} == {name: theirs[name] for name in shared}


def test_what_a_record_says_of_how_it_is_run(engine: VllmEngine) -> None:
    assert engine.settings == {"batch_size": 64, "tensor_parallel": 1}
