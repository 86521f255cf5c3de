"""What can go wrong at an OpenAI-compatible service, whether to ask again, and how long to wait."""

import json
import logging
import math
import random
import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from tenacity import RetryCallState, wait_random_exponential

from scripts.lib.engines.openai_access import Scrubber

RETRIED = frozenset({408, 409, 425, 429})
"""Statuses below 500 that a later try may mend; all from 500 are retried too."""

LONGEST_BACKOFF_S = 60.0
LONGEST_RETRY_AFTER_S = 3600.0
"""A server that asks for more patience than this is an error, not a silent stall."""

EXCERPT = 200
"""Characters of a server's own words that an error quotes."""

NO_CREDIT = "no credit left"
OUT_OF_CREDIT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})


class ServerError(Exception):
    """One attempt failed. `kind` is counted, `told` is what the server said, clean and short."""

    def __init__(
        self,
        kind: str,
        told: str = "",
        *,
        status: int | None = None,
        again: bool = True,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{kind}: {told}" if told else kind)
        self.kind = kind
        self.status = status
        self.again = again
        self.retry_after_s = retry_after_s


def from_exception(error: openai.APIError | TimeoutError, scrub: Scrubber) -> ServerError:
    """What the client raised, as a ServerError without secrets."""
    if isinstance(error, openai.APIStatusError):
        return _from_status(error.response, error.body, scrub)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return ServerError("time-out")
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, httpx2.RemoteProtocolError | httpx2.ReadError | httpx2.DecodingError):
            return ServerError("answer cut off", clean_excerpt(str(cause), scrub))
        return ServerError("no connection", clean_excerpt(str(cause or error), scrub))
    return ServerError(type(error).__name__, clean_excerpt(str(error), scrub), again=False)


def from_error_object(error: Any, scrub: Scrubber) -> ServerError:
    """An error that a gateway sent with status 200 (OpenRouter does), as a ServerError."""
    code = error.get("code") if isinstance(error, dict) else None
    status = code if isinstance(code, int) and 400 <= code < 600 else None
    again = status is None or _retried(status)
    told = clean_excerpt(_message(error), scrub)
    return ServerError("error inside an answer", told, status=status, again=again)


def _from_status(response: httpx2.Response, body: object, scrub: Scrubber) -> ServerError:
    status = response.status_code
    told = clean_excerpt(_message(body if body is not None else response.text), scrub)
    fields = body if isinstance(body, dict) else {}
    if OUT_OF_CREDIT & {str(fields.get("code")), str(fields.get("type"))}:
        return ServerError(NO_CREDIT, told, status=status, again=False)
    wait = retry_after(response.headers)
    if wait is not None and wait > LONGEST_RETRY_AFTER_S:
        told += f" (it asks to wait {wait:.0f} s)"
        return ServerError(f"status {status}", told, status=status, again=False)
    return ServerError(
        f"status {status}", told, status=status, again=_retried(status), retry_after_s=wait
    )


def _retried(status: int) -> bool:
    return status in RETRIED or status >= 500


def _message(body: object) -> str:
    """The words of an error body: its message where it is an object, else all of it."""
    if isinstance(body, dict):
        for key in ("message", "error", "detail"):
            if body.get(key):
                return _message(body[key])
    return body if isinstance(body, str) else json.dumps(body, default=str)


def clean_excerpt(text: str, scrub: Scrubber) -> str:
    """A short line of a server's words: no secrets, no markup, no control characters."""
    text = scrub.thoroughly(scrub(text)[: 20 * EXCERPT])
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^<>]*>", " ", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait: Retry-After as seconds or as an HTTP date (RFC 9110,
    section 10.2.3), or retry-after-ms; None where it does not say so in a form that can be read.

    A date is compared with the server's own Date header, so that clocks need not agree.
    """  # noqa: D205
    seconds = _number(headers.get("retry-after"))
    if seconds is None:
        milliseconds = _number(headers.get("retry-after-ms"))
        seconds = None if milliseconds is None else milliseconds / 1000
    if seconds is None:
        until = _date(headers.get("retry-after"))
        if until is not None:
            now = _date(headers.get("date")) or datetime.now(UTC)
            seconds = max(0.0, (until - now).total_seconds())
    return seconds


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


class Backoff:
    """How long to wait before the next try: exponential with full jitter, from about `first_s`
    doubling to LONGEST_BACKOFF_S, but never shorter than the server asked for.
    """  # noqa: D205

    def __init__(self, first_s: float) -> None:
        self._exponential = wait_random_exponential(
            multiplier=first_s, min=first_s / 2, max=LONGEST_BACKOFF_S
        )

    def __call__(self, state: RetryCallState) -> float:
        """Seconds to wait after the failure in `state`."""
        seconds = self._exponential(state)
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ServerError) and error.retry_after_s is not None:
            # Up to a tenth more, so that many waiting requests do not all come back at once.
            seconds = max(seconds, error.retry_after_s * random.uniform(1, 1.1))
        return seconds


class Tally:
    """Counts what went wrong, by kind; logs the 1st, 10th, 100th ... of each kind."""

    def __init__(self, model: str) -> None:
        self._model = model
        self.counts: Counter[str] = Counter()

    def add(self, kind: str, told: str) -> None:
        """Count one more of `kind`; `told` must hold no secrets."""
        self.counts[kind] += 1
        count = self.counts[kind]
        if count == 10 ** (len(str(count)) - 1):
            logging.warning("%s: %s (%d so far)", self._model, told, count)

    def __str__(self) -> str:
        if not self.counts:
            return "nothing went wrong"
        return ", ".join(f"{kind} {count} times" for kind, count in sorted(self.counts.items()))
