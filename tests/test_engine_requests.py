"""Requests that end early, that must not end early, and that depend on responses."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch

from scripts.lib.engines.base import EngineError, Keyed, Request, Response, request_key
from scripts.lib.engines.transformers_engine import TransformersEngine
from tests.openai_asking import ask as ask_api
from tests.openai_asking import engine_at, only
from tests.servers import OpenAIServer
from tests.small_model import write_model

Drawing = Iterator[Keyed | None]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TransformersEngine]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    folder = write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=96)
    yield TransformersEngine(folder, dtype="float64", batch_size=4, device="cpu")
    torch.set_num_threads(threads)


def ask(seed: int, **settings: object) -> Request:
    values: dict[str, object] = {"max_tokens": 50, "temperature": 1.0, "prompt": "1+1?"}
    return Request(seed=seed, **(values | settings))  # type: ignore[arg-type]


def run(engine: TransformersEngine, requests: list[Request]) -> list[Response]:
    found = dict(engine.generate((str(i), request) for i, request in enumerate(requests)))
    return [found[str(i)] for i in range(len(requests))]


def test_keys_are_those_of_earlier_versions() -> None:
    # A change here would make every journal worthless.
    request = Request("What is 1 + 1?", seed=5, max_tokens=8, temperature=1.0)
    assert request_key({"engine": "test", "dtype": "float64"}, request, 3) == (
        "8c9fba5a0226c554bd699902458327900e0c888719827dba6cd3b4a5e493a4f7"
    )
    context = Request(None, 5, 8, 0.0, top_p=0.9, context=(1, 2, 3))
    assert request_key({"engine": "test"}, context, 0) == (
        "8ebd87d65c9d5edceeb2a5f33948416ae574df7db0e2d5bc1cadafb3fddf6780"
    )


def test_stops_and_least_lengths_enter_the_key() -> None:
    changes: list[dict[str, object]] = [{}, {"stop_ids": (1,)}, {"stop_ids": (2,)}]
    changes += [{"min_tokens": 1}, {"stop_ids": (1,), "min_tokens": 1}]
    assert len({request_key({}, ask(0, **change), 0) for change in changes}) == len(changes)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_stop_token_ends_what_it_would_have_ended(
    engine: TransformersEngine, temperature: float
) -> None:
    """With rows of other stops, and without, beside it."""
    requests = [ask(seed, temperature=temperature, prompt=f"{seed}?") for seed in range(24)]
    free = run(engine, requests)
    stops = [((), (20, 21, 30, 31, 33), (40, 41, 42, 43, 45, 46))[i % 3] for i in range(24)]
    stopped = run(
        engine, [replace(one, stop_ids=ids) for one, ids in zip(requests, stops, strict=True)]
    )
    shorter = 0
    for before, after, ids in zip(free, stopped, stops, strict=True):
        tokens = list(before.token_ids or ())
        places = [place for place, token in enumerate(tokens) if token in ids]
        if not places:
            assert after == before
            continue
        shorter += 1
        assert after.token_ids == tuple(tokens[: places[0] + 1])
        assert (after.end, after.generated_tokens) == ("stop", places[0] + 1)
        assert after.text == engine.decode(tuple(tokens[: places[0]]))
    assert shorter > 5


def test_nothing_ends_before_its_least_length(engine: TransformersEngine) -> None:
    ends = (2, 20, 21, 22, 23, 24, 25, 26, 30, 31, 32, 33, 34, 35)
    requests = [ask(seed, stop_ids=ends[1:]) for seed in range(30)]
    free = run(engine, requests)
    short = [i for i, one in enumerate(free) if (one.generated_tokens or 0) <= 4]
    assert short
    held = run(engine, [replace(one, min_tokens=4) for one in requests])
    for i, (before, after) in enumerate(zip(free, held, strict=True)):
        tokens = after.token_ids or ()
        assert not set(ends) & set(tokens[:4])
        assert len(tokens) > 4
        if i not in short:
            assert after == before
    greedy = ask(0, temperature=0.0, stop_ids=tuple(range(3, 60)), min_tokens=6)
    assert not set(run(engine, [greedy])[0].token_ids[:6] or ()) & {2, *range(3, 60)}  # type: ignore[index]


def test_stops_outside_the_vocabulary_are_named(engine: TransformersEngine) -> None:
    with pytest.raises(EngineError, match=r"request 0: stop_ids \[5, 1000\]"):
        run(engine, [ask(0, stop_ids=(5, 1000))])


def chains(taken: list[str], length: int, count: int, make: Callable[[int], Request]) -> Drawing:
    """`count` chains of `length` requests, each ready when the one before has been taken."""
    step = [0] * count
    while min(step) < length:
        ready = [i for i in range(count) if step[i] < length and len_of(taken, i) == step[i]]
        for i in ready:
            step[i] += 1
            yield f"{i}.{step[i]}", make(i)
        if not ready:
            yield None


def len_of(taken: list[str], chain: int) -> int:
    return sum(key.startswith(f"{chain}.") for key in taken)


def test_requests_wait_for_responses_and_not_for_each_other(engine: TransformersEngine) -> None:
    taken: list[str] = []
    requests = [ask(i, max_tokens=3 + 20 * (i == 0)) for i in range(6)]
    for key, response in engine.generate(chains(taken, 4, 6, lambda i: requests[i])):
        chain, number = key.split(".")
        assert len_of(taken, int(chain)) == int(number) - 1
        assert response == run(engine, [requests[int(chain)]])[0]
        taken.append(key)
    assert len(taken) == 24
    # The long chain was left behind by the others: no barrier stood between them.
    assert taken.index("5.4") < taken.index("0.3")


def test_an_endless_wait_is_an_error(engine: TransformersEngine) -> None:
    def source() -> Drawing:
        yield "a", ask(1, max_tokens=2)
        while True:
            yield None

    responses = engine.generate(source())
    assert next(responses)[0] == "a"
    with pytest.raises(EngineError, match="none is in flight"):
        next(responses)


def test_a_full_context_ends_one_request_and_not_the_batch(engine: TransformersEngine) -> None:
    taken: list[str] = []
    full = Request(None, 1, 9, 1.0, context=(10,) * 96)
    for key, response in engine.generate(chains(taken, 2, 3, lambda i: full if i == 1 else ask(i))):
        taken.append(key)
        if key.startswith("1."):
            assert (response.end, response.token_ids) == ("length", ())
    assert len(taken) == 6


def test_an_api_waits_for_responses_too() -> None:
    taken: list[str] = []
    with OpenAIServer() as server:
        for key, _ in engine_at(server).generate(chains(taken, 2, 3, lambda i: ask_api(seed=i))):
            taken.append(key)
        assert sorted(taken) == ["0.1", "0.2", "1.1", "1.2", "2.1", "2.2"]
        with pytest.raises(EngineError, match="none is in flight"):
            list(engine_at(server).generate(iter([None])))


@pytest.mark.parametrize("change", [{"stop_ids": (1,)}, {"min_tokens": 1}])
def test_an_api_refuses_token_ids(change: dict[str, object]) -> None:
    with OpenAIServer() as server:
        with pytest.raises(EngineError, match="stop_ids and min_tokens need a local model"):
            only(engine_at(server), ask_api(**change))
        assert server.requests == []
