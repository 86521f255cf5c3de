"""Engines for a test server, and requests to give them."""

from typing import Any

from scripts.lib.config.models import ApiModel, Price
from scripts.lib.engines.base import Request, Response
from scripts.lib.engines.openai_engine import OpenAIEngine
from tests.servers import OpenAIServer


def model_at(server: OpenAIServer, **changes: Any) -> ApiModel:
    settings = {"model": "tiny-chat", "api_key_env": "", "timeout_s": 5}
    return ApiModel(kind="api", base_url=server.base_url, **(settings | changes))


def engine_at(server: OpenAIServer, price: Price | None = None, **changes: Any) -> OpenAIEngine:
    return OpenAIEngine(model_at(server, **changes), price=price, first_wait_s=0.02)


def ask(text: str = "What is 6 times 7?", seed: int = 1, **changes: Any) -> Request:
    settings = {"prompt": text, "seed": seed, "max_tokens": 100, "temperature": 0.7, "top_p": 0.9}
    return Request(**(settings | changes))


def many(count: int) -> list[tuple[str, Request]]:
    return [(f"k{n}", ask(seed=n)) for n in range(count)]


def only(engine: OpenAIEngine, request: Request | None = None) -> Response:
    [(key, response)] = engine.generate([("k", request or ask())])
    assert key == "k"
    return response
