"""Where thinking begins and ends: in texts, and in token ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.thinking import (
    ANSWER_DELIMITERS,
    THINK_DELIMITERS,
    answer_part,
    opens_thinking,
    thinking_length,
    thinking_part,
)

OPENINGS, ENDS = [(90, 91)], [(90, 92), (93,)]

pieces = st.lists(st.sampled_from([*ANSWER_DELIMITERS, "Wait", " 7 ", "<|im_start|>"]), max_size=6)


@given(st.sampled_from(["", *THINK_DELIMITERS]), pieces.map("".join))
def test_thinking_and_answer_make_up_the_text(opening: str, rest: str) -> None:
    thinking, answer = thinking_part(opening + rest), answer_part(opening + rest)
    if any(mark in rest for mark in ANSWER_DELIMITERS):
        assert rest in [f"{thinking}{mark}{answer}" for mark in ANSWER_DELIMITERS]
    else:
        assert (thinking, answer) == (rest if opening else None, opening + rest)


@pytest.mark.parametrize(
    ("token_ids", "opened", "expected"),
    [
        ([90, 91, 1, 2, 3, 90, 92, 7], False, 3),
        ([1, 2, 3, 93, 7], False, 3),
        ([1, 2, 3, 93, 7], True, 3),
        ([90, 91, 93, 7], False, 0),
        ([90, 91, 1, 2, 3], False, 3),  # cut before it came to its answer
        ([1, 2, 3], True, 3),
        ([1, 2, 3], False, None),  # thinking or answer? nobody knows
        ([], True, 0),
        ([1, 2, 93, 7, 93], False, 2),
    ],
)
def test_thinking_is_counted_without_its_delimiters(token_ids, opened, expected):
    assert thinking_length(token_ids, OPENINGS, ENDS, opened=opened) == expected


@pytest.mark.parametrize(
    ("prompt", "opened"),
    [
        ([5, 6, 90, 91], True),
        ([5, 6, 90, 91, 10], True),  # R1's template: "<think>" and a new line
        ([5, 6, 90, 91, 10, 93, 10], False),  # Qwen3's without thinking
        ([5, 90, 91, 6, 6, 6, 6, 6, 6], False),  # a user who writes the delimiter
        ([5, 6], False),
        ([], False),
    ],
)
def test_a_chat_template_may_open_the_thinking(prompt, opened):
    assert opens_thinking(prompt, OPENINGS, ENDS) is opened
