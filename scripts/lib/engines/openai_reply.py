"""Reading the body of a chat completion: text, how it ended, tokens and the bill.

Bodies come from many kinds of servers and are not trusted: what cannot be used at all is a
ServerError and asked for again; a count that makes no sense is missing, with a warning.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.lib.config.models import Price
from scripts.lib.engines.base import End, Response
from scripts.lib.engines.openai_access import Scrubber
from scripts.lib.engines.openai_failures import ServerError, clean_excerpt, from_error_object
from scripts.lib.thinking import ANSWER_DELIMITERS

END_OF_THINKING = ANSWER_DELIMITERS[1]
CUT_AT_LIMIT = frozenset({"length", "max_tokens", "model_length"})
FILTERED = "content_filter"
NATURAL_ENDS = frozenset({"stop", "eos", "eos_token", "stop_sequence", "end_turn"})
LARGEST_COUNT = 2**53
"""Counts beyond this are not exact in JSON."""

LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Warn = Callable[[str, str], None]
"""Takes the kind of a warning and its text."""


def read_reply(
    text: str, headers: Mapping[str, str], price: Price | None, scrub: Scrubber, warn: Warn
) -> Response:
    """The Response in the body `text` of a chat completion.

    Visible reasoning (reasoning_content, or reasoning) stands in the response's text before
    "</think>". A refusal, or an answer that a content filter withheld, ends as "refusal".

    Raises:
        ServerError: the body is not JSON, holds an error, or holds no choice.
    """
    body = _parse(scrub(text), scrub)
    choice = _first_choice(body, scrub)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise ServerError("no message in the answer", clean_excerpt(json.dumps(choice), scrub))
    parts = _Parts.of(message)
    reason = str(choice.get("finish_reason"))
    if reason not in CUT_AT_LIMIT | NATURAL_ENDS | {FILTERED} and not parts.refusal:
        told = f"finish_reason {clean_excerpt(reason, scrub)!r} is read as a natural end"
        warn("unknown finish_reason", told)
    details = {
        "finish_reason": reason,
        "id": body.get("id"),
        "model": body.get("model"),
        "provider": body.get("provider"),
        "system_fingerprint": body.get("system_fingerprint"),
    }
    usage = _read_usage(body, headers, warn)
    counted = usage.completed(price)
    if counted != usage:
        details["tokens"] = "derived from the bill"
    return Response(
        text=_encodable(parts.text()),
        end=_end(reason, parts.refusal),
        prompt_tokens=counted.prompt,
        generated_tokens=counted.generated,
        cached_tokens=counted.cached,
        thinking_tokens=counted.thinking,
        billed_usd=counted.billed_usd,
        details={k: _encodable(v)[:200] for k, v in details.items() if isinstance(v, str)},
    )


def _parse(text: str, scrub: Scrubber) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise ServerError("answer is not JSON", clean_excerpt(text, scrub)) from None
    if not isinstance(body, dict):
        raise ServerError("answer is not a JSON object", clean_excerpt(text, scrub))
    return body


def _first_choice(body: dict[str, Any], scrub: Scrubber) -> dict[str, Any]:
    choices = body.get("choices")
    if not choices and body.get("error"):
        raise from_error_object(body["error"], scrub)
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        told = clean_excerpt(f"choices: {json.dumps(choices)}", scrub)
        raise ServerError("no choice in the answer", told)
    choice: dict[str, Any] = choices[0]
    if choice.get("finish_reason") == "error":
        raise from_error_object(choice.get("error"), scrub)
    return choice


def _end(reason: str, refusal: str) -> End:
    if refusal or reason == FILTERED:
        return "refusal"
    return "length" if reason in CUT_AT_LIMIT else "stop"


def _encodable(text: str) -> str:
    """`text` with halves of surrogate pairs replaced, which no UTF-8 file can hold."""
    return LONE_SURROGATE.sub("\ufffd", text)


@dataclass(frozen=True)
class _Parts:
    """The texts of a message."""

    content: str
    reasoning: str
    refusal: str

    @classmethod
    def of(cls, message: dict[str, Any]) -> "_Parts":
        content = message.get("content")
        reasoning = _joined(message.get("reasoning_content")) or _joined(message.get("reasoning"))
        refusal = _joined(message.get("refusal"))
        if isinstance(content, list):
            thinking = [part for part in content if _kind(part) in {"thinking", "reasoning"}]
            refused = [part for part in content if _kind(part) == "refusal"]
            content = [part for part in content if part not in thinking + refused]
            reasoning = reasoning or _joined(thinking)
            refusal = refusal or _joined(refused)
        elif content is not None and not isinstance(content, str):
            raise ServerError("content of an unknown type", type(content).__name__)
        return cls(_joined(content), reasoning, refusal)

    def text(self) -> str:
        """What the trace shall hold."""
        if self.refusal:
            return self.refusal
        return (
            f"{self.reasoning}{END_OF_THINKING}{self.content}" if self.reasoning else self.content
        )


def _kind(part: object) -> object:
    return part.get("type") if isinstance(part, dict) else None


def _joined(content: object) -> str:
    """The text of a content part, or of a list of them."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_joined(part) for part in content)
    if isinstance(content, dict):
        return next(
            (_joined(content[k]) for k in ("text", "thinking", "refusal") if content.get(k)), ""
        )
    return ""


@dataclass(frozen=True)
class Usage:
    """Tokens and dollars of one response; None is unknown. `generated` holds `thinking`."""

    prompt: int | None
    cached: int | None
    generated: int | None
    thinking: int | None
    billed_usd: float | None

    def completed(self, price: Price | None) -> "Usage":
        """With missing tokens derived from the bill and the price, where both are known.

        Where the prompt is unknown too, its share of the bill is counted as generated: an upper
        bound, and close where the prompt is short beside the answer.
        """
        if price is None or self.billed_usd is None or self.generated is not None:
            return self
        if price.output == 0:
            return self
        cached = self.cached or 0
        cached_price = price.input if price.cached_input is None else price.cached_input
        prompt_usd = ((self.prompt or cached) - cached) * price.input + cached * cached_price
        tokens = round((self.billed_usd - prompt_usd) / price.output)
        if tokens < 1:
            return self
        return Usage(self.prompt, self.cached, tokens, self.thinking, self.billed_usd)


def _read_usage(body: dict[str, Any], headers: Mapping[str, str], warn: Warn) -> Usage:
    usage = _object(body, "usage", warn)
    if not usage:
        warn("no usage", "an answer came without usage: its tokens are unknown")
    prompt_details = _object(usage, "prompt_tokens_details", warn)
    details = _object(usage, "completion_tokens_details", warn)
    prompt = _count(usage, "prompt_tokens", warn)
    generated = _count(usage, "completion_tokens", warn)
    cached = _count(prompt_details, "cached_tokens", warn)
    thinking = _count(details, "reasoning_tokens", warn)
    total = _count(usage, "total_tokens", warn)
    if prompt is not None and cached is not None and cached > prompt:
        warn("usage contradicts itself", f"{cached} cached tokens of {prompt} prompt tokens")
        cached = None
    if generated is not None and thinking:
        if prompt is not None and total == prompt + generated + thinking:
            generated += thinking  # some services count reasoning beside the completion
        elif thinking > generated:
            warn("usage contradicts itself", f"{thinking} reasoning of {generated} tokens")
            thinking = None
    return Usage(prompt, cached, generated, thinking, _bill(usage, headers, warn))


def _object(parent: dict[str, Any], name: str, warn: Warn) -> dict[str, Any]:
    value = parent.get(name)
    if value is not None and not isinstance(value, dict):
        warn(f"wrong {name}", f"{name} is {_shown(value)}, not an object: it counts as missing")
    return value if isinstance(value, dict) else {}


def _count(parent: dict[str, Any], name: str, warn: Warn) -> int | None:
    if name not in parent:
        return None
    value = parent[name]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT:
        return value
    warn(f"wrong {name}", f"{name} is {_shown(value)}, not a count: it counts as missing")
    return None


def _bill(usage: dict[str, Any], headers: Mapping[str, str], warn: Warn) -> float | None:
    """Dollars charged: usage.cost as OpenRouter sends it, or LiteLLM's response header."""
    value: Any = usage.get("cost")
    if value is None:
        try:
            value = float(headers["x-litellm-response-cost"])
        except (KeyError, ValueError):
            return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and math.isfinite(value) and value >= 0:
        return float(value)
    warn("wrong cost", f"the billed cost is {_shown(value)}, not dollars: it counts as missing")
    return None


def _shown(value: object) -> str:
    return repr(value)[:40]
