"""The answers of the test server, sound ones and every way in which they can be wrong."""

import asyncio
import hashlib
import json
import threading
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from aiohttp import web

Body = dict[str, Any]
RELEASED = web.AppKey("released", threading.Event)
"""Set when requests that hang shall end."""

CHAOS = (
    "rate_limit:0.05",
    "status:500",
    "status:503",
    "cut_off",
    "half_json",
    "html",
    "error_inside",
    "no_choices",
)
"""Faults that a client gets over by asking again."""


def completion(body: Body) -> Body:
    """A sound answer to `body`: a short text with a number in a box, or its cut beginning."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    words = ["Let", "me", "think.", *(f"Step {n}." for n in range(digest[0] % 32))]
    words.append(f"The answer is \\boxed{{{int.from_bytes(digest[1:3]) % 1000}}}.")
    limit = body.get("max_tokens") or body.get("max_completion_tokens") or len(words)
    shown = words[:limit]
    prompt = sum(len(message["content"].split()) for message in body["messages"]) + 7
    return {
        "id": f"chatcmpl-{digest.hex()[:24]}",
        "object": "chat.completion",
        "created": 1700000000,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": " ".join(shown), "refusal": None},
                "finish_reason": "length" if len(shown) < len(words) else "stop",
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": len(shown),
            "total_tokens": prompt + len(shown),
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        },
    }


def error(status: int, message: str, code: str | None, **headers: str) -> web.Response:
    """An error as OpenAI sends it."""
    fields = {"message": message, "type": "error", "param": None, "code": code}
    return web.json_response({"error": fields}, status=status, headers=headers)


Fault = Callable[[web.Request, Body, str], Awaitable[web.StreamResponse]]


def changed(change: Callable[[Body, str], None]) -> Fault:
    """A fault that sends a sound answer changed by `change`."""

    async def send(request: web.Request, body: Body, argument: str) -> web.Response:
        answer = completion(body)
        change(answer, argument)
        return web.json_response(answer)

    return send


def _message(answer: Body, finish_reason: str, **fields: Any) -> None:
    answer["choices"][0]["message"].update(fields)
    answer["choices"][0]["finish_reason"] = finish_reason


def _wrong_usage(answer: Body, _: str) -> None:
    answer["usage"] = {
        "prompt_tokens": "12",
        "completion_tokens": -5,
        "total_tokens": None,
        "prompt_tokens_details": [1, 2],
        "completion_tokens_details": {"reasoning_tokens": 3.5},
        "cost": "free",
    }


def _parts(answer: Body, _: str) -> None:
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]},
        {"type": "text", "text": "It is "},
        {"type": "text", "text": "42"},
    ]
    _message(answer, "stop", content=content)


async def _rate_limit(request: web.Request, body: Body, argument: str) -> web.Response:
    return error(429, "Rate limit reached", "rate_limit_exceeded", **{"Retry-After": argument})


async def _rate_limit_date(request: web.Request, body: Body, argument: str) -> web.Response:
    date = formatdate(time.time() + float(argument), usegmt=True)
    return error(429, "Rate limit reached", "rate_limit_exceeded", **{"Retry-After": date})


async def _status(request: web.Request, body: Body, argument: str) -> web.Response:
    return error(int(argument), f"it went wrong with status {argument}", None)


async def _echo_key(request: web.Request, body: Body, argument: str) -> web.Response:
    """The key in the error's text, or, with status 200, in the answer itself."""
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if argument == "200":
        answer = completion(body)
        _message(answer, "stop", content=f"your key is {key}")
        return web.json_response(answer)
    return error(
        int(argument), f"Incorrect API key provided: {key} and {key[:7]}***{key[-4:]}", key
    )


async def _quota(request: web.Request, body: Body, argument: str) -> web.Response:
    return error(429, "You exceeded your current quota", "insufficient_quota")


async def _hang(request: web.Request, body: Body, argument: str) -> web.Response:
    while not request.app[RELEASED].is_set():
        await asyncio.sleep(0.02)
    return web.json_response(completion(body))


async def _cut_off(request: web.Request, body: Body, argument: str) -> web.StreamResponse:
    text = json.dumps(completion(body)).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.content_length = len(text)
    await response.prepare(request)
    await response.write(text[: len(text) // 2])
    assert request.transport is not None
    request.transport.close()
    return response


async def _trickle(request: web.Request, body: Body, argument: str) -> web.StreamResponse:
    """Blanks without end, so that no single wait for the next byte is long."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while not request.app[RELEASED].is_set():
        await response.write(b" ")
        await asyncio.sleep(0.02)
    return response


async def _half_json(request: web.Request, body: Body, argument: str) -> web.Response:
    text = json.dumps(completion(body))
    return web.Response(text=text[: len(text) // 2], content_type="application/json")


async def _html(request: web.Request, body: Body, argument: str) -> web.Response:
    page = "<html><style>b {}</style><h1>502 Bad\nGateway</h1>\x1b[31m</html>"
    return web.Response(text=page, content_type="text/html")


async def _error_inside(request: web.Request, body: Body, argument: str) -> web.Response:
    return web.json_response({"error": {"code": int(argument or 502), "message": "no provider"}})


async def _refuse_max_tokens(request: web.Request, body: Body, argument: str) -> web.Response:
    if "max_tokens" not in body:
        return web.json_response(completion(body))
    message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    return error(400, message, "unsupported_parameter")


async def _bill_header(request: web.Request, body: Body, argument: str) -> web.Response:
    """No usage, and the bill in a header, as LiteLLM sends it."""
    answer = completion(body)
    del answer["usage"]
    return web.json_response(answer, headers={"x-litellm-response-cost": argument})


FAULTS: dict[str, Fault] = {
    "rate_limit": _rate_limit,
    "rate_limit_date": _rate_limit_date,
    "status": _status,
    "echo_key": _echo_key,
    "quota": _quota,
    "hang": _hang,
    "trickle": _trickle,
    "cut_off": _cut_off,
    "half_json": _half_json,
    "bill_header": _bill_header,
    "html": _html,
    "error_inside": _error_inside,
    "refuse_max_tokens": _refuse_max_tokens,
    "no_choices": changed(lambda answer, _: answer.update(choices=[])),
    "no_message": changed(lambda answer, _: answer.update(choices=[{"index": 0}])),
    "no_usage": changed(lambda answer, _: answer.pop("usage")),
    "wrong_usage": changed(_wrong_usage),
    "refusal": changed(lambda a, _: _message(a, "stop", content=None, refusal="I will not.")),
    "filtered": changed(lambda a, _: _message(a, "content_filter", content="")),
    "null_content": changed(lambda a, _: _message(a, "length", content=None)),
    "parts": changed(_parts),
    "reasoning": changed(
        lambda a, _: _message(a, "stop", content="42", reasoning_content="6 times 7.")
    ),
    "cost": changed(lambda answer, dollars: answer["usage"].update(cost=float(dollars))),
    "only_cost": changed(lambda a, dollars: a.update(usage={"cost": float(dollars)})),
}
