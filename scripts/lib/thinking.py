"""Where thinking ends and the answer begins, in the formats that reasoning models use."""

ANSWER_DELIMITERS = ("<|im_start|>answer", "</think>")
"""s1's delimiter, and that of R1, QwQ and Qwen3."""


def answer_part(text: str) -> str:
    """What follows the last answer delimiter; all of `text` where there is none."""
    ends = [text.rfind(mark) + len(mark) for mark in ANSWER_DELIMITERS if mark in text]
    return text[max(ends) :] if ends else text


def thinking_part(text: str) -> str | None:
    """What stands before the last answer delimiter; None where there is none."""
    starts = [text.rfind(mark) for mark in ANSWER_DELIMITERS if mark in text]
    return text[: max(starts)] if starts else None


def thinking_length(token_ids: list[int], delimiters: list[list[int]]) -> int | None:
    """Tokens before the first answer delimiter, given as token ids; None where there is none."""
    starts = [
        start
        for mark in delimiters
        for start in range(len(token_ids) - len(mark) + 1)
        if token_ids[start : start + len(mark)] == mark
    ]
    return min(starts, default=None)
