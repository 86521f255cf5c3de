"""A real OpenAI-compatible HTTP server on this machine, which misbehaves on command.

In a test:

    with OpenAIServer(faults=["status:500", None]) as server:
        ...  # ask server.base_url; server.requests holds every body it saw

In a process of its own, which outlives a killed client (its first line of output is its base URL):

    python -m tests.servers --log requests.jsonl --latency 0.1 --chaos 0.2

An answer is a function of the request's body alone, so that runs can be compared.

Faults (`FAULTS` has them all; what follows the colon is an argument):
rate_limit:SECONDS, rate_limit_date:SECONDS, status:CODE, echo_key:CODE, quota, hang, trickle,
cut_off, half_json, html, error_inside:CODE, no_choices, no_message, no_usage, wrong_usage,
refusal, filtered, null_content, parts, reasoning, cost:DOLLARS, only_cost:DOLLARS,
bill_header:DOLLARS, refuse_max_tokens.
"""

import argparse
import asyncio
import contextlib
import json
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from aiohttp import web
from anyio.from_thread import start_blocking_portal

from tests.server_faults import CHAOS, FAULTS, RELEASED, Body, completion, error

Choose = Callable[[Body], str | None]


class OpenAIServer:
    """`with OpenAIServer(...) as server:` serves until the block ends.

    Faults meet completions in the order of their arrival: those given in `faults` first (None:
    none), then what `choose` says of the body, then any of CHAOS with probability `chaos`.
    """

    def __init__(
        self,
        faults: Iterable[str | None] = (),
        *,
        choose: Choose | None = None,
        chaos: float = 0.0,
        seed: int = 0,
        latency_s: float = 0.0,
        models: Iterable[str] | None = ("tiny-chat",),
        key: str | None = None,
        log: Path | None = None,
        port: int = 0,
    ) -> None:
        self.faults = deque(faults)
        self.choose = choose
        self.latency_s = latency_s
        self.models = None if models is None else list(models)
        self.model_status = 404
        """What a server without lists of models (`models=None`) answers there."""
        self.retrievable = True
        """False: models can only be listed, not asked for one by one (as with vLLM)."""
        self.key = key
        self.requests: list[Body] = []
        self.times: list[float] = []
        self.paths: list[str] = []
        self.keyless = 0
        """Completions asked for without an Authorization header."""
        self.most_at_once = 0
        self.released = threading.Event()
        """Set it to end the waiting of all requests that hang."""
        self._at_once = 0
        self._chaos = chaos
        self._random = random.Random(seed)
        self._log = log
        self._port = port
        self._stack = ExitStack()

    def __enter__(self) -> "OpenAIServer":
        portal = self._stack.enter_context(start_blocking_portal())
        runner = portal.call(self._start)
        self._stack.callback(portal.call, runner.cleanup)
        self._stack.callback(self.released.set)
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    async def _start(self) -> web.AppRunner:
        app = web.Application(client_max_size=64 * 2**20)
        app[RELEASED] = self.released
        app.router.add_post("/v1/chat/completions", self._complete)
        app.router.add_get("/v1/models", self._list)
        app.router.add_get("/v1/models/{model:.+}", self._model)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        return runner

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        arrived = time.monotonic()
        body = await request.json()
        self.requests.append(body)
        self.times.append(arrived)
        self.paths.append(request.path_qs)
        self.keyless += "Authorization" not in request.headers
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        fault = self._next_fault(body)
        if self._log:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"body": body, "fault": fault}, sort_keys=True) + "\n")
        try:
            await asyncio.sleep(self.latency_s)
            if not self._welcome(request):
                return error(401, "Incorrect API key provided", "invalid_api_key")
            if fault is None:
                return web.json_response(completion(body))
            name, _, argument = fault.partition(":")
            return await FAULTS[name](request, body, argument)
        finally:
            self._at_once -= 1

    def _next_fault(self, body: Body) -> str | None:
        if self.faults:
            return self.faults.popleft()
        chosen = self.choose(body) if self.choose else None
        if chosen is None and self._random.random() < self._chaos:
            chosen = self._random.choice(CHAOS)
        return chosen

    def _welcome(self, request: web.Request) -> bool:
        return self.key is None or request.headers.get("Authorization") == f"Bearer {self.key}"

    async def _list(self, request: web.Request) -> web.Response:
        self.paths.append(request.path_qs)
        if not self._welcome(request):
            return error(401, "Incorrect API key provided", "invalid_api_key")
        if self.models is None:
            return error(self.model_status, "no such page", None)
        return web.json_response({"object": "list", "data": [_model(m) for m in self.models]})

    async def _model(self, request: web.Request) -> web.Response:
        self.paths.append(request.path_qs)
        if not self._welcome(request):
            return error(401, "Incorrect API key provided", "invalid_api_key")
        if self.models is None:
            return error(self.model_status, "no such page", None)
        if not self.retrievable:
            return error(404, "Not Found", None)
        name = request.match_info["model"]
        if name not in self.models:
            return error(404, f"The model '{name}' does not exist", "model_not_found")
        return web.json_response(_model(name))


def _model(name: str) -> Body:
    return {"id": name, "object": "model", "created": 1700000000, "owned_by": "nobody"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    parser.add_argument("--chaos", type=float, default=0.0, help="share of faulty answers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", action="append", help="model to offer; may be repeated")
    options = parser.parse_args()
    server = OpenAIServer(
        chaos=options.chaos,
        seed=options.seed,
        latency_s=options.latency,
        models=options.model or ["tiny-chat"],
        log=options.log,
        port=options.port,
    )
    with server, contextlib.suppress(KeyboardInterrupt):
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
