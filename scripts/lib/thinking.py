"""Where thinking begins and ends, and the answer begins, in the formats of reasoning models.

Thinking is counted without the delimiters around it, whoever wrote them: a model, its chat
template, or budget forcing.
"""

from collections.abc import Sequence

THINK_DELIMITERS = ("<|im_start|>think", "<think>")
ANSWER_DELIMITERS = ("<|im_start|>answer", "</think>")
"""Those of s1, and those of R1, QwQ and Qwen3."""

THINK, ANSWER = (f"{marks[0]}\n" for marks in (THINK_DELIMITERS, ANSWER_DELIMITERS))
"""s1's delimiters as a trained model writes them, on lines of their own."""
OWN_OPENING = "Answer:"
"""How an answer opens that is not opened by force."""

Mark = tuple[int, ...]
"""A delimiter as token ids."""

NEAR_END = 4
"""A prompt that opens the thinking holds at most so many tokens after the delimiter."""


def answer_part(text: str) -> str:
    """What follows the last answer delimiter; all of `text` where there is none."""
    ends = [text.rfind(mark) + len(mark) for mark in ANSWER_DELIMITERS if mark in text]
    return text[max(ends) :] if ends else text


def thinking_part(text: str) -> str | None:
    """What stands before the last answer delimiter, without the delimiter that opens it.

    Thinking that is opened and never closed goes to the end of `text`. None where there is
    neither: nobody can tell then whether it is thinking or answer.
    """
    opening = next((m for m in THINK_DELIMITERS if text.lstrip().startswith(m)), "")
    start = text.find(opening) + len(opening)
    ends = [text.rfind(mark) for mark in ANSWER_DELIMITERS if mark in text]
    if not ends:
        return text[start:] if opening else None
    return text[start : max(ends)]


def opens_thinking(prompt: Sequence[int], openings: list[Mark], delimiters: list[Mark]) -> bool:
    """Whether a prompt, as token ids, ends in thinking that its chat template has opened."""
    for mark in openings:
        tail = tuple(prompt[-(len(mark) + NEAR_END) :])
        for start in range(len(tail) - len(mark), -1, -1):
            if tail[start : start + len(mark)] == mark:
                return _find(tail[start + len(mark) :], delimiters) is None
    return False


def thinking_length(
    token_ids: Sequence[int], openings: list[Mark], delimiters: list[Mark], *, opened: bool
) -> int | None:
    """Tokens of thinking in what a model generated, without the delimiters around it.

    Args:
        token_ids: all that was generated, without the token that ended it.
        openings: the think delimiters.
        delimiters: the answer delimiters.
        opened: whether the prompt opened the thinking.

    Returns:
        Those before the first answer delimiter; all of them where thinking was opened and not
        closed; None where it was neither opened nor closed.
    """
    spoken = tuple(token_ids)
    start = next((len(mark) for mark in openings if spoken[: len(mark)] == mark), 0)
    end = _find(spoken[start:], delimiters)
    if end is None and (start or opened):
        return len(spoken) - start
    return end


def _find(token_ids: Mark, marks: list[Mark]) -> int | None:
    """Where the first of some marks begins."""
    starts = [
        start
        for mark in marks
        for start in range(len(token_ids) - len(mark) + 1)
        if token_ids[start : start + len(mark)] == mark
    ]
    return min(starts, default=None)
