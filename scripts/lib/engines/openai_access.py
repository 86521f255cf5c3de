"""Reaching an OpenAI-compatible service: address, key, client; and keeping its secrets."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

import httpx2
import openai
from openai import AsyncOpenAI

from scripts.lib.config.models import ApiModel
from scripts.lib.engines.base import EngineError

CONNECT_S = 30.0
"""Seconds after which an address that does not answer counts as unreachable."""

REMOVED = "[removed]"
SHORTEST_KEY = 8
NEVER = r"(?!)"
SECRET_NAME = re.compile(r"key|token|secret|sig|auth|pass|code", re.IGNORECASE)
"""Names of query parameters that hold secrets."""

MASKED_KEYS = re.compile(r"\S{0,80}\*{3,}\S*|\bsk-[\w-]{4,}")
"""Services quote keys in part: sk-abc***xyz. Without its bound the first part would take time
that grows with the square of the length."""


@dataclass(frozen=True)
class Address:
    """A base URL taken apart: `public` may be shown, `full` may hold credentials."""

    public: str
    full: str
    query: dict[str, str]
    secrets: tuple[str, ...]

    @classmethod
    def of(cls, base_url: str) -> "Address":
        """Split `base_url`; its password and query values that are named like keys are secrets.

        Raises:
            EngineError: it is not an http or https URL.
        """
        try:
            parts = urlsplit(base_url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError as error:
            raise EngineError(f"base_url is not a URL: {error}") from None
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise EngineError("base_url must begin with http:// or https:// and name a host")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        path = parts.path.rstrip("/")
        query = dict(parse_qsl(parts.query))
        secrets = [parts.password, *(v for k, v in query.items() if SECRET_NAME.search(k))]
        return cls(
            public=urlunsplit((parts.scheme, host + port, path, "", "")),
            full=urlunsplit((parts.scheme, parts.netloc, path, "", "")),
            query=query,
            secrets=tuple(unquote(secret) for secret in secrets if secret),
        )


class Scrubber:
    """Removes secrets from text that a server sent."""

    def __init__(self, secrets: Iterable[str]) -> None:
        # A server may quote a secret plainly or inside JSON, where some characters are escaped.
        spellings = {spelling for s in secrets for spelling in (s, json.dumps(s)[1:-1])}
        longest_first = sorted(spellings, key=lambda s: (-len(s), s))
        self._long = _any_of([re.escape(s) for s in longest_first if len(s) >= SHORTEST_KEY])
        self._all = _any_of([rf"(?<!\w){re.escape(s)}(?!\w)" for s in longest_first])

    def __call__(self, text: str) -> str:
        """`text` without any real secret; a made-up key such as "x" may stand in any answer."""
        return self._long.sub(REMOVED, text)

    def thoroughly(self, text: str) -> str:
        """As `__call__`, and without short secrets or what looks like a key or a part of one."""
        return MASKED_KEYS.sub(REMOVED, self._all.sub(REMOVED, self(text)))


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns) or NEVER)


def read_key(config: ApiModel) -> str | None:
    """The API key from the environment; None for a service that needs none.

    Raises:
        EngineError: the variable is unset, empty, or holds what no HTTP header can carry.
    """
    variable = config.api_key_env
    if not variable:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EngineError(
            f"{config.model}: the environment variable {variable} holds no API key: set it to "
            f'the key of {Address.of(config.base_url).public}, or set api_key_env: "" in the '
            "study if the service needs none. Nothing was sent."
        )
    if not (key.isascii() and key.isprintable() and " " not in key):
        raise EngineError(
            f"{config.model}: the environment variable {variable} holds characters that no key "
            "has (spaces, line breaks or letters beyond ASCII): set it again. Nothing was sent."
        )
    return key


def connect(config: ApiModel, address: Address, key: str | None) -> AsyncOpenAI:
    """The official client. Its own retries are off: ours count and log every failure."""
    limits = httpx2.Limits(
        max_connections=config.concurrency, max_keepalive_connections=config.concurrency
    )
    timeout = httpx2.Timeout(config.timeout_s, connect=min(CONNECT_S, config.timeout_s))
    return AsyncOpenAI(
        api_key=key or "none",  # the client insists on one
        base_url=address.full,
        default_query=dict(address.query) or None,
        timeout=timeout,
        max_retries=0,
        http_client=openai.DefaultAsyncHttpxClient(
            limits=limits,
            timeout=timeout,
            event_hooks={} if key else {"request": [_without_key]},
        ),
    )


async def _without_key(request: httpx2.Request) -> None:
    request.headers.pop("Authorization", None)
