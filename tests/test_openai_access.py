"""Keys, secrets, addresses, and models that are not to be had, against a real server."""

import logging
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.models import ApiModel, ModelFacts
from scripts.lib.engines.base import EngineError, request_key
from scripts.lib.engines.openai_engine import OpenAIEngine
from tests.openai_asking import ask, engine_at, many, model_at, only
from tests.servers import OpenAIServer

KEY = "sk-test-0123456789abcdef"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTSCALE_TEST_KEY", KEY)


def keyed_model(server: OpenAIServer, **changes: Any) -> ApiModel:
    return model_at(server, **({"api_key_env": "TTSCALE_TEST_KEY"} | changes))


def keyed_engine(server: OpenAIServer, **changes: Any) -> OpenAIEngine:
    return engine_at(server, **({"api_key_env": "TTSCALE_TEST_KEY"} | changes))


def test_a_refused_key_is_named_before_anything_is_asked() -> None:
    with OpenAIServer(key="sk-another-key") as server:
        with pytest.raises(EngineError, match=r"refuses the key.*TTSCALE_TEST_KEY"):
            only(keyed_engine(server))
        assert not server.requests
    with OpenAIServer(key=KEY) as server:
        assert only(keyed_engine(server)).end == "stop"


def test_a_missing_key_is_named_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with OpenAIServer() as server:
        monkeypatch.setenv("TTSCALE_TEST_KEY", " ")
        with pytest.raises(EngineError, match="TTSCALE_TEST_KEY holds no API key"):
            only(keyed_engine(server))
        monkeypatch.setenv("TTSCALE_TEST_KEY", "sk-a\nb")
        with pytest.raises(EngineError, match="TTSCALE_TEST_KEY holds characters"):
            only(keyed_engine(server))
        monkeypatch.delenv("TTSCALE_TEST_KEY")
        assert list(keyed_engine(server).generate([])) == []  # nothing to ask, no key needed
        with pytest.raises(EngineError, match="TTSCALE_TEST_KEY holds no API key"):
            keyed_engine(server).check_model()
        assert not server.paths
        assert only(keyed_engine(server, api_key_env="")).end == "stop"
        assert server.keyless == 1


@pytest.mark.parametrize("fault", ["echo_key:400", "echo_key:500", "echo_key:200"])
def test_an_echoed_key_is_removed(fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="root")
    with OpenAIServer(choose=lambda body: fault) as server:
        engine = keyed_engine(server, retries=1)
        if fault == "echo_key:200":
            assert only(engine).text == "your key is [removed]"
            told = ""
        else:
            with pytest.raises(EngineError, match=r"Incorrect API key.*removed") as caught:
                only(engine)
            told = str(caught.value)
    told += caplog.text + repr(engine.identity) + repr(engine.tally.counts)
    assert KEY not in told
    assert KEY[:7] not in told


def test_identity_and_secrets_in_the_address() -> None:
    config = ApiModel(
        kind="api", model="m", base_url="https://me:pass-word-1@Host.example:8443/v1/?api_key=hush"
    )
    identity = OpenAIEngine(config).identity
    assert identity == {
        "engine": "openai",
        "client": "3",
        "base_url": "https://host.example:8443/v1",
        "model": "m",
        "parameters": "sampling",
    }
    assert len(request_key(identity, ask(), 0)) == 64
    for wrong in ["localhost:8000", "ftp://host/v1", "http://host:port/v1"]:
        with pytest.raises(EngineError, match="base_url"):
            OpenAIEngine(ApiModel(kind="api", model="m", base_url=wrong))


def test_the_query_of_the_address_is_sent() -> None:
    with OpenAIServer() as server:
        config = ApiModel(
            kind="api", model="tiny-chat", base_url=f"{server.base_url}?version=2", api_key_env=""
        )
        assert only(OpenAIEngine(config)).end == "stop"
        assert server.paths == ["/v1/models/tiny-chat?version=2", "/v1/chat/completions?version=2"]


def test_a_retired_model_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "o1_mini.csv").write_text("paper\n")
    with OpenAIServer(models=["o1-mini"]) as server:
        config = keyed_model(server, model="o1-mini")
        facts = ModelFacts(retired="2025-10-27", source="deprecations page")
        engine = OpenAIEngine(
            config, facts, references=tmp_path, alternatives=["gpt-5", "o4-mini", "o3-mini"]
        )
        with pytest.raises(EngineError) as caught:
            list(engine.generate(many(1)))
        assert not server.paths
        text = str(caught.value)
        assert text.startswith("o1-mini left the API on 2025-10-27 (deprecations page).")
        assert f"published points are in {tmp_path / 'o1_mini.csv'}" in text
        assert "e.g. o4-mini, o3-mini, gpt-5." in text
        with pytest.raises(EngineError, match=r"GET http://127.*/models tells which there are"):
            OpenAIEngine(config, facts, references=tmp_path).check_model()


def test_a_date_of_retirement_to_come_or_without_sense() -> None:
    later = (date.today() + timedelta(days=2)).isoformat()
    with OpenAIServer() as server:
        config = keyed_model(server)
        OpenAIEngine(config, ModelFacts(retired=later, source="x")).check_model()
        with pytest.raises(EngineError, match="retired is 'soon', not a date"):
            OpenAIEngine(config, ModelFacts(retired="soon", source="x")).check_model()


def test_an_unknown_model_is_named_with_its_nearest() -> None:
    with OpenAIServer(models=["tiny-chat", "tiny-base", "huge"]) as server:
        with pytest.raises(EngineError, match=r"tiny-chatt: .*no such model.*Nearest: tiny-chat"):
            list(keyed_engine(server, model="tiny-chatt").generate(many(3)))
        assert not server.requests
        keyed_engine(server).check_model()


def test_a_server_that_only_lists_its_models(caplog: pytest.LogCaptureFixture) -> None:
    with OpenAIServer(models=["org/tiny"]) as server:
        keyed_engine(server, model="org/tiny").check_model()
        server.retrievable = False
        keyed_engine(server, model="org/tiny").check_model()
        assert not caplog.records
        with pytest.raises(EngineError, match=r"org/tinny: .*Nearest: org/tiny"):
            keyed_engine(server, model="org/tinny").check_model()


@pytest.mark.parametrize("status", [404, 405, 501, 403, 500])
def test_a_server_without_lists_gets_a_warning(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with OpenAIServer(models=None) as server:
        server.model_status = status
        assert only(keyed_engine(server)).end == "stop"
    assert "could not ask the service whether it has this model" in caplog.text
