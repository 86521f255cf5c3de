"""Sampling a model behind an OpenAI-compatible API (chat completions) with the official client."""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import openai
from anyio.from_thread import BlockingPortal, start_blocking_portal
from openai import AsyncOpenAI
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

from scripts.lib.config.models import ApiModel, ModelFacts, Price
from scripts.lib.engines.base import NOTHING_IN_FLIGHT, EngineError, Keyed, Request, Response
from scripts.lib.engines.openai_access import Address, Scrubber, connect, read_key
from scripts.lib.engines.openai_check import key_hint, refuse_retired, refuse_unknown
from scripts.lib.engines.openai_failures import (
    NO_CREDIT,
    Backoff,
    ServerError,
    Tally,
    from_exception,
)
from scripts.lib.engines.openai_reply import read_reply
from scripts.lib.engines.openai_run import Run

CHAT_OVERHEAD = 256
"""Tokens that a chat format may add to a prompt: role marks, and the system messages that some
services put in front."""

LARGEST_SEED = 2**63 - 1


class OpenAIEngine:
    """A model behind an OpenAI-compatible API.

    Every request is one chat completion of one choice. Reasoning models are sent
    max_completion_tokens, but no temperature, top_p or seed; others are sent all of these with
    max_tokens. A reasoning effort is sent where a request has one.

    A failed request is asked again up to `config.retries` times. A time-out or a cut-off answer
    may have been charged by the service although nothing came of it.

    `tally` counts what went wrong, by kind.
    """

    def __init__(
        self,
        config: ApiModel,
        facts: ModelFacts | None = None,
        *,
        price: Price | None = None,
        references: Path = Path("data/reference"),
        alternatives: Sequence[str] = (),
        first_wait_s: float = 1.0,
    ) -> None:
        """Prepare the engine; nothing is sent and no key is read yet.

        Args:
            config: the model's entry in the study.
            facts: its entry in config/models.yaml, for the date of its retirement.
            price: to derive tokens from the bill where a service sends no usage.
            references: folder of published points, to point to for a retired model.
            alternatives: models to name in place of a retired one.
            first_wait_s: scale of the wait before the first retry; it doubles with each.
        """
        self._config = config
        self._facts = facts
        self._price = price
        self._references = references
        self._alternatives = alternatives
        self._backoff = Backoff(first_wait_s)
        self._address = Address.of(config.base_url)
        self._scrub = Scrubber(self._address.secrets)
        self._limit = "max_completion_tokens" if config.reasoning else "max_tokens"
        self._checked = False
        self.tally = Tally(config.model)
        self.identity: dict[str, Any] = {
            "engine": "openai",
            "client": openai.__version__.split(".")[0],
            "base_url": self._address.public,
            "model": config.model,
            "parameters": "reasoning" if config.reasoning else "sampling",
        }

    def check_model(self) -> None:
        """Name a retired or unknown model, or a bad key, before anything is spent.

        `generate` does this too, before its first request.

        Raises:
            EngineError: the model is retired or unknown to the service, or the key is missing
                or refused.
        """
        with self._connected() as (portal, client):
            self._check(portal, client)

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as responses finish, in any order.

        At most `config.concurrency` requests are drawn and not yet yielded. They are drawn in
        the caller's thread, between two responses. After a failure for good (or an error raised
        by `requests`) no more are drawn, answers under way are still yielded, and then it is
        raised. A caller who stops early cancels what is under way.

        Raises:
            EngineError: the model cannot be used, or a request failed for good.
        """
        source = iter(requests)
        first = list(islice(source, 1))
        if not first:
            return  # nothing to ask for: no key is needed
        source = chain(first, source)
        run = Run()
        safe = 0
        with self._connected() as (portal, client):
            if not self._checked:
                self._check(portal, client)
            try:
                while self._fill(run, source, portal, client):
                    finished = run.finished.get()
                    run.under_way -= 1
                    if finished.exception() is None:
                        yield finished.result()
                        safe += 1
            finally:
                portal.call(run.cancel)
        logging.info("%s: %d responses; %s", self._config.model, safe, self.tally)
        if isinstance(run.failure, ServerError):
            raise EngineError(self._explain(run.failure, safe)) from None
        if run.failure is not None:
            raise run.failure

    def prompt_tokens(self, request: Request) -> int:
        """An upper bound of the tokens of the request's prompt, without any tokenizer.

        No token is shorter than a byte, so the prompt has at most as many as its UTF-8 bytes;
        CHAT_OVERHEAD is added for the chat format. For English text this is about four times
        the real number.
        """
        return len(_prompt(request).encode()) + CHAT_OVERHEAD

    @contextmanager
    def _connected(self) -> Iterator[tuple[BlockingPortal, AsyncOpenAI]]:
        """An event loop in a thread of its own, and a client for it."""
        refuse_retired(self._config, self._facts, self._references, self._alternatives)
        key = read_key(self._config)
        self._scrub = Scrubber([*self._address.secrets, *([key] if key else [])])
        client = connect(self._config, self._address, key)
        with start_blocking_portal() as portal:
            try:
                yield portal, client
            finally:
                portal.call(client.close)

    def _check(self, portal: BlockingPortal, client: AsyncOpenAI) -> None:
        portal.call(refuse_unknown, client, self._config, self._scrub)
        self._checked = True

    def _fill(
        self, run: Run, source: Iterator[Keyed | None], portal: BlockingPortal, client: AsyncOpenAI
    ) -> bool:
        """Draw and start requests while there is room; False when none is under way any more."""
        while run.open and run.failure is None and run.under_way < self._config.concurrency:
            try:
                drawn = next(source)
            except StopIteration:
                run.open = False
            except Exception as error:
                run.failure = error  # raised again when the answers under way are in
            else:
                if drawn is None:  # nothing is ready before the next response
                    if not run.under_way:
                        run.failure = EngineError(f"{self._config.model}: {NOTHING_IN_FLIGHT}")
                    break
                future = portal.start_task_soon(self._ask, client, run, *drawn)
                future.add_done_callback(run.finished.put)
                run.under_way += 1
        return run.under_way > 0

    async def _ask(
        self, client: AsyncOpenAI, run: Run, key: str, request: Request
    ) -> tuple[str, Response]:
        """One request with its retries."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: _worth_retrying(error, run)),
            stop=stop_after_attempt(self._config.retries + 1),
            wait=self._backoff,
            sleep=run.pause,
            reraise=True,
        )
        with run.task():
            return key, await retrying(self._attempt, client, request)

    async def _attempt(self, client: AsyncOpenAI, request: Request) -> Response:
        try:
            text, headers = await self._send(client, request)
            return read_reply(text, headers, self._price, self._scrub, self.tally.add)
        except ServerError as error:
            self.tally.add(error.kind, str(error))
            raise

    async def _send(self, client: AsyncOpenAI, request: Request) -> tuple[str, Mapping[str, str]]:
        """Body and headers of the answer to `request`."""
        limit = self._limit
        try:
            # The client's own time-out starts anew with every byte that arrives.
            async with asyncio.timeout(self._config.timeout_s):
                raw = await client.chat.completions.with_raw_response.create(
                    **self._body(request, limit)
                )
            return raw.text, raw.headers
        except (openai.APIError, TimeoutError) as error:
            if not (limit == "max_tokens" and _wants_max_completion_tokens(error)):
                raise from_exception(error, self._scrub) from None
        self._limit = "max_completion_tokens"
        return await self._send(client, request)

    def _body(self, request: Request, limit: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._config.model,
            "messages": [{"role": "user", "content": _prompt(request)}],
            "n": 1,
            limit: request.max_tokens,
        }
        if not self._config.reasoning:
            body["temperature"] = request.temperature
            body["top_p"] = request.top_p
            body["seed"] = request.seed & LARGEST_SEED
        if request.effort is not None:
            body["reasoning_effort"] = request.effort
        return body

    def _explain(self, failure: ServerError, safe: int) -> str:
        tries = f", after {self._config.retries + 1} tries" if failure.again else ""
        text = (
            f"{self._config.model}: {self._address.public} gave no answer{tries}: {failure}. "
            f"{safe} responses of this run are safe. "
        )
        if failure.kind == NO_CREDIT or failure.status == 402:
            return text + "Add credit to the account, then run the same command again."
        if failure.status == 401:
            return text + key_hint(self._config)
        if failure.again:
            return text + "Run the same command again when the service is well."
        return text + "Mend the model's entry in the study, or the request, then run it again."


def _worth_retrying(error: BaseException, run: Run) -> bool:
    return isinstance(error, ServerError) and error.again and not run.stopping.is_set()


def _wants_max_completion_tokens(error: Exception) -> bool:
    return isinstance(error, openai.BadRequestError) and "max_completion_tokens" in str(error.body)


def _prompt(request: Request) -> str:
    if request.prompt is None:
        raise EngineError("chat completions cannot continue from token ids: give a prompt")
    if request.stop_ids or request.min_tokens:
        raise EngineError(
            "chat completions know no token ids: stop_ids and min_tokens need a local model"
        )
    return request.prompt
