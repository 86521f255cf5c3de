"""The OpenAI engine against a real server that fails: what is asked again, and when it stops."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.lib.engines.base import EngineError, Request
from scripts.lib.engines.openai_failures import retry_after
from tests.openai_asking import engine_at, many, only
from tests.server_faults import CHAOS
from tests.servers import OpenAIServer


@pytest.mark.parametrize("fault", ["rate_limit:1", "rate_limit_date:2"])
def test_retry_after_is_honoured(fault: str) -> None:
    with OpenAIServer([fault, None]) as server:
        assert only(engine_at(server)).end == "stop"
        first, second = server.times
    # A date has whole seconds, so that up to one of the two is lost in writing it.
    assert 1 <= second - first < 6


def test_retry_after_is_read_in_all_its_forms() -> None:
    when = {"date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after-ms": "250"}) == 0.25
    assert retry_after(when | {"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}) == 30
    assert retry_after(when | {"retry-after": "Wed, 21 Oct 2026 07:00:00 GMT"}) == 0
    for nonsense in ["", "soon", "-5", "nan", "inf", "Wed, 99 Foo 2026"]:
        assert retry_after({"retry-after": nonsense}) is None
    assert retry_after({}) is None


def test_a_server_that_wants_more_than_patience_is_an_error() -> None:
    with OpenAIServer(["rate_limit:90000"]) as server:
        with pytest.raises(EngineError, match=r"status 429: Rate limit.*asks to wait 90000 s"):
            only(engine_at(server))
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status:500", "status 500"),
        ("status:408", "status 408"),
        ("status:409", "status 409"),
        ("status:529", "status 529"),
        ("cut_off", "answer cut off"),
        ("half_json", "answer is not JSON"),
        ("html", "answer is not JSON"),
        ("error_inside", "error inside an answer"),
        ("no_choices", "no choice in the answer"),
        ("no_message", "no message in the answer"),
    ],
)
def test_failures_that_pass_are_asked_again(fault: str, kind: str) -> None:
    with OpenAIServer([fault, fault]) as server:
        engine = engine_at(server)
        assert only(engine).end == "stop"
        assert len(server.requests) == 3
        assert server.requests[0] == server.requests[2]
    assert engine.tally.counts == {kind: 2}


@pytest.mark.parametrize("fault", ["hang", "trickle"])
def test_a_time_out_is_asked_again(fault: str) -> None:
    with OpenAIServer([fault]) as server:
        engine = engine_at(server, timeout_s=0.3)
        assert only(engine).end == "stop"
        assert len(server.requests) == 2
    assert engine.tally.counts == {"time-out": 1}


def test_a_server_that_is_gone_is_named() -> None:
    with OpenAIServer() as server:
        pass
    engine = engine_at(server, retries=2)
    with pytest.raises(EngineError, match=r"after 3 tries: no connection.*0 responses"):
        only(engine)


def test_chaos_gives_the_rows_of_an_undisturbed_run() -> None:
    with OpenAIServer() as server:
        calm = dict(engine_at(server).generate(many(60)))
    with OpenAIServer(CHAOS, chaos=0.3, seed=5) as server:
        engine = engine_at(server, retries=30)
        wild = dict(engine.generate(many(60)))
        assert len(server.requests) == 60 + sum(engine.tally.counts.values())
    assert wild == calm
    assert len({response.text for response in calm.values()}) > 30


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_other_statuses_are_not_asked_again(status: int) -> None:
    with OpenAIServer([f"status:{status}"]) as server:
        with pytest.raises(EngineError, match=rf"tiny-chat: .*: status {status}: it went wrong"):
            only(engine_at(server))
        assert len(server.requests) == 1


def test_no_credit_is_not_asked_again() -> None:
    with OpenAIServer(["quota"]) as server:
        with pytest.raises(EngineError, match=r"no credit left: You exceeded.*Add credit"):
            only(engine_at(server))
        assert len(server.requests) == 1


def test_a_failure_for_good_yields_what_is_under_way() -> None:
    def choose(body: dict[str, Any]) -> str | None:
        return {0: "status:400", 5: "status:500", 6: "hang"}.get(body["seed"])

    drawn = []

    def requests() -> Iterator[tuple[str, Request]]:
        for key, request in many(100):
            drawn.append(key)
            yield key, request

    with OpenAIServer(choose=choose, latency_s=0.2) as server:
        threading.Timer(1, server.released.set).start()
        engine = engine_at(server, concurrency=8, retries=50)
        got: list[str] = []
        with pytest.raises(EngineError, match=r"status 400: it went wrong.*6 responses.*safe"):
            got.extend(key for key, _ in engine.generate(requests()))
    assert sorted(got) == ["k1", "k2", "k3", "k4", "k6", "k7"]
    assert drawn == [f"k{n}" for n in range(8)]
