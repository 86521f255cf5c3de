"""What the OpenAI engine sends, reads and yields, against a real server."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.lib.config.models import ApiModel, Price
from scripts.lib.engines.base import EngineError, Request
from scripts.lib.engines.openai_engine import OpenAIEngine
from scripts.lib.thinking import answer_part
from tests.openai_asking import ask, engine_at, many, only
from tests.servers import OpenAIServer, completion

PRICE = Price(input=1e-6, cached_input=5e-7, output=4e-6, date="2026-01-01", source="test")


def test_a_sound_answer() -> None:
    with OpenAIServer() as server:
        response = only(engine_at(server))
        [body] = server.requests
        expected = completion(body)
    assert response.text == expected["choices"][0]["message"]["content"]
    assert response.end == "stop"
    assert response.prompt_tokens == expected["usage"]["prompt_tokens"] == 12
    assert response.generated_tokens == expected["usage"]["completion_tokens"]
    assert (response.cached_tokens, response.thinking_tokens) == (0, 0)
    assert response.billed_usd is None
    assert response.details == {
        "finish_reason": "stop",
        "id": expected["id"],
        "model": "tiny-chat",
    }


def test_what_is_sent() -> None:
    with OpenAIServer() as server:
        only(engine_at(server), ask(seed=2**64 - 1))
        only(engine_at(server, reasoning=True), ask(effort="low"))
        plain, reasoning = server.requests
    shared = {
        "model": "tiny-chat",
        "messages": [{"role": "user", "content": "What is 6 times 7?"}],
        "n": 1,
    }
    sampling = {"temperature": 0.7, "top_p": 0.9, "seed": 2**63 - 1, "max_tokens": 100}
    assert plain == shared | sampling
    assert reasoning == shared | {"max_completion_tokens": 100, "reasoning_effort": "low"}


def test_max_tokens_gives_way_where_the_server_refuses_it() -> None:
    with OpenAIServer(choose=lambda body: "refuse_max_tokens") as server:
        engine = engine_at(server, retries=0)
        assert len(list(engine.generate([("a", ask(seed=1))]))) == 1
        assert len(list(engine.generate([("b", ask(seed=2))]))) == 1
        limits = [{k for k in body if k.startswith("max")} for body in server.requests]
    assert limits == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}]
    assert not engine.tally.counts


def test_a_missing_usage_is_unknown_not_zero() -> None:
    with OpenAIServer(["no_usage"]) as server:
        engine = engine_at(server, price=PRICE)
        response = only(engine)
    assert response.text
    assert (response.prompt_tokens, response.generated_tokens) == (None, None)
    assert (response.cached_tokens, response.thinking_tokens) == (None, None)
    assert response.billed_usd is None
    assert engine.tally.counts == {"no usage": 1}


def test_wrong_types_in_usage_count_as_missing(caplog: pytest.LogCaptureFixture) -> None:
    with OpenAIServer(["wrong_usage"]) as server:
        response = only(engine_at(server, price=PRICE))
    assert response.end == "stop"
    assert (response.prompt_tokens, response.generated_tokens) == (None, None)
    assert (response.cached_tokens, response.thinking_tokens) == (None, None)
    assert response.billed_usd is None
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert any("prompt_tokens is '12', not a count" in text for text in told)
    assert any("completion_tokens is -5" in text for text in told)
    assert any("reasoning_tokens is 3.5" in text for text in told)
    assert any("total_tokens is None" in text for text in told)
    assert any("billed cost is 'free'" in text for text in told)


def test_tokens_from_the_bill() -> None:
    with OpenAIServer(
        ["only_cost:0.0004", "only_cost:0.0004", "cost:0.5", "only_cost:0"]
    ) as server:
        derived = only(engine_at(server, price=PRICE))
        assert derived.generated_tokens == 100  # 0.0004 / 4e-6
        assert derived.prompt_tokens is None
        assert derived.billed_usd == 0.0004
        assert derived.details["tokens"] == "derived from the bill"
        unpriced = only(engine_at(server))
        assert (unpriced.billed_usd, unpriced.generated_tokens) == (0.0004, None)
        counted = only(engine_at(server, price=PRICE))
        assert counted.billed_usd == 0.5
        assert counted.generated_tokens is not None
        assert counted.generated_tokens < 100
        assert only(engine_at(server, price=PRICE)).generated_tokens is None


@pytest.mark.parametrize(
    ("fault", "text", "end"),
    [
        ("refusal", "I will not.", "refusal"),
        ("filtered", "", "refusal"),
        ("null_content", "", "length"),
        ("parts", "Hm.</think>It is 42", "stop"),
        ("reasoning", "6 times 7.</think>42", "stop"),
    ],
)
def test_kinds_of_answers(fault: str, text: str, end: str) -> None:
    with OpenAIServer([fault]) as server:
        response = only(engine_at(server))
    assert (response.text, response.end) == (text, end)
    assert answer_part(response.text) == text.rpartition("</think>")[2]


def test_an_error_of_the_requests_yields_what_is_under_way() -> None:
    def requests() -> Iterator[tuple[str, Request]]:
        yield from many(3)
        raise RuntimeError("the budget is used up")

    with OpenAIServer(["status:500"], latency_s=0.1) as server:
        got: list[str] = []
        with pytest.raises(RuntimeError, match="used up"):
            got.extend(key for key, _ in engine_at(server).generate(requests()))
    assert sorted(got) == ["k0", "k1", "k2"]


def test_the_concurrency_limit_is_kept_and_used() -> None:
    with OpenAIServer(latency_s=0.03) as server:
        assert len(list(engine_at(server, concurrency=5).generate(many(50)))) == 50
        assert server.most_at_once == 5


def test_requests_are_drawn_only_when_there_is_room() -> None:
    drawn: list[str] = []
    threads = set()

    def requests() -> Iterator[tuple[str, Request]]:
        for key, request in many(20):
            drawn.append(key)
            threads.add(threading.get_ident())
            yield key, request

    with OpenAIServer() as server:
        responses = engine_at(server, concurrency=4).generate(requests())
        assert drawn == []
        for taken in range(1, 11):
            next(responses)
            time.sleep(0.02)  # the others have finished by now: still no room
            assert len(drawn) == taken + 3
        responses.close()
        assert len(drawn) == len(server.requests) == 13
    assert threads == {threading.get_ident()}


def test_a_caller_who_stops_leaves_no_thread_behind() -> None:
    with OpenAIServer(choose=lambda body: "hang" if body["seed"] else None) as server:
        before = threading.active_count()
        responses = engine_at(server).generate(many(8))
        assert next(responses)[0] == "k0"
        began = time.monotonic()
        responses.close()
        assert time.monotonic() - began < 4  # the engine's own time-out is 5
        assert threading.active_count() == before


def test_the_server_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "tests.servers", "--log", str(log), "--model", "other"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            config = ApiModel(
                kind="api",
                model="other",
                base_url=process.stdout.readline().strip(),
                api_key_env="",
            )
            assert only(OpenAIEngine(config)).end == "stop"
        finally:
            process.terminate()
    [line] = log.read_text().splitlines()
    assert json.loads(line)["body"]["model"] == "other"


def test_the_bound_of_prompt_tokens() -> None:
    with OpenAIServer() as server:
        engine = engine_at(server)
        assert engine.prompt_tokens(ask("äß")) == 4 + 256
        with pytest.raises(EngineError, match="cannot continue from token ids"):
            only(engine, ask(text=None, context=(1, 2)))  # type: ignore[arg-type]
        assert not server.requests
