"""Reading the bodies of chat completions, however odd."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.config.models import Price
from scripts.lib.engines.base import Response
from scripts.lib.engines.openai_access import Scrubber
from scripts.lib.engines.openai_failures import ServerError
from scripts.lib.engines.openai_reply import Usage, read_reply

PRICE = Price(input=1e-6, cached_input=5e-7, output=4e-6, date="2026-01-01", source="test")

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["text", "type", "thinking", "refusal", "code", "cost", "error"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def read(body: Any, **headers: str) -> Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return read_reply(text, headers, PRICE, Scrubber([]), lambda kind, told: None)


def answer(content: Any = "42", finish: Any = "stop", **usage: Any) -> dict[str, Any]:
    choice = {"message": {"content": content}, "finish_reason": finish}
    return {"choices": [choice], "usage": usage}


TEXTS = ("content", "reasoning", "reasoning_content", "refusal")
COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens", "cost")
DETAILS = ("prompt_tokens_details", "completion_tokens_details")


@given(
    message=st.dictionaries(st.sampled_from(TEXTS), JSON),
    finish=JSON | st.sampled_from(["stop", "length", "content_filter", "error"]),
    usage=JSON | st.dictionaries(st.sampled_from(COUNTS + DETAILS), JSON),
    name=JSON,
)
def test_any_body_is_a_sound_response_or_a_server_error(
    message: Any, finish: Any, usage: Any, name: Any
) -> None:
    body = {"choices": [{"message": message, "finish_reason": finish}], "usage": usage, "id": name}
    try:
        response = read(body)
    except ServerError:
        return
    assert isinstance(response.text, str)
    response.text.encode()
    assert response.end in {"stop", "length", "refusal"}
    for count in (
        response.prompt_tokens,
        response.generated_tokens,
        response.cached_tokens,
        response.thinking_tokens,
    ):
        assert count is None or (type(count) is int and count >= 0)
    assert response.billed_usd is None or 0 <= response.billed_usd < float("inf")
    json.dumps(response.details).encode()


@given(JSON)
def test_any_json_at_all_is_read_or_refused(body: Any) -> None:
    with pytest.raises(ServerError):
        read(body)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "9" * 5000, '{"choices": []}', '{"choices": [7]}', "null", "\ufeff{}"],
)
def test_what_cannot_be_read_is_a_server_error(text: str) -> None:
    with pytest.raises(ServerError):
        read(text)


def test_half_a_surrogate_pair_becomes_a_mark_that_files_can_hold() -> None:
    assert read(answer("a\ud800b")).text == "a\ufffdb"
    assert read(answer("\U0001f600")).text == "\U0001f600"


def test_reasoning_counted_beside_the_completion_is_added() -> None:
    details = {"reasoning_tokens": 300}
    beside = answer(
        prompt_tokens=10, completion_tokens=5, total_tokens=315, completion_tokens_details=details
    )
    assert (read(beside).generated_tokens, read(beside).thinking_tokens) == (305, 300)
    within = answer(
        prompt_tokens=10, completion_tokens=305, total_tokens=315, completion_tokens_details=details
    )
    assert (read(within).generated_tokens, read(within).thinking_tokens) == (305, 300)
    nonsense = answer(
        prompt_tokens=10, completion_tokens=5, total_tokens=15, completion_tokens_details=details
    )
    assert (read(nonsense).generated_tokens, read(nonsense).thinking_tokens) == (5, None)


def test_more_cached_than_prompt_tokens_is_nonsense() -> None:
    odd = answer(prompt_tokens=10, completion_tokens=5, prompt_tokens_details={"cached_tokens": 11})
    assert (read(odd).prompt_tokens, read(odd).cached_tokens) == (10, None)


def test_a_known_prompt_is_taken_off_the_bill() -> None:
    bill = 60 * 1e-6 + 40 * 5e-7 + 50 * 4e-6
    assert Usage(100, 40, None, None, bill).completed(PRICE).generated == 50
    assert Usage(100, None, None, None, 100 * 1e-6 + 50 * 4e-6).completed(PRICE).generated == 50
    assert Usage(100, 40, None, None, 50e-6).completed(PRICE).generated is None
    assert Usage(100, 40, 7, None, bill).completed(PRICE).generated == 7
    free = PRICE.model_copy(update={"output": 0.0})
    assert Usage(100, 40, None, None, bill).completed(free).generated is None


def test_an_error_inside_an_answer_tells_whether_to_ask_again() -> None:
    for code, again in [(502, True), (429, True), (None, True), (402, False), (400, False)]:
        with pytest.raises(ServerError) as caught:
            read({"error": {"code": code, "message": "no"}})
        assert caught.value.again is again
