"""Traces in pieces: what was appended by force, and the steps that a verifier scored.

A piece is a text that the model wrote, or a pair: ["wait", text] and ["forced", text] were appended
by force, ["about", text] is a wait whose place is near but not certain, and [step, scores] begins a
step with its scores, one for each scorer of the pool.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from scripts.lib.search.steps import split_ids, split_text

Piece = str | list[Any]
Decode = Callable[[list[int]], str]


def forced_pieces(
    text: str,
    waits: Sequence[int],
    token_ids: Sequence[int] | None,
    wait: str,
    ending: tuple[str, str],
    decode: Decode | None,
) -> list[Piece]:
    """A trace under budget forcing, with its waits and what ended its thinking.

    Args:
        text: the trace.
        waits: places in `token_ids` where a wait was appended.
        token_ids: its tokens, if they are known.
        wait: what was appended.
        ending: what ends thinking, and what follows that where it was cut.
        decode: writes tokens; None where the tokenizer is not here.
    """
    places = _wait_places(text, waits, token_ids, wait, decode)
    marks = [(start, len(wait), "wait" if sure else "about") for start, sure in places]
    answer, final = ending
    cut = text.rfind(answer + final) if answer else -1
    length = len(answer + final) if cut >= 0 else len(answer)
    start = cut if cut >= 0 else text.rfind(answer) if answer else -1
    if start >= 0 and start >= max((place + size for place, size, _ in marks), default=0):
        marks.append((start, length, "forced"))
    return _cut(text, marks)


def _wait_places(
    text: str,
    waits: Sequence[int],
    token_ids: Sequence[int] | None,
    wait: str,
    decode: Decode | None,
) -> list[tuple[int, bool]]:
    """Where in the text each wait begins, and whether that is certain."""
    if not waits or not wait:
        return []
    ids = list(token_ids or [])
    if decode is not None and ids:
        begins = [len(decode(ids[:place])) for place in waits]
        if all(text.startswith(wait, begin) for begin in begins):
            return [(begin, True) for begin in begins]
    found = _occurrences(text, wait)
    if len(found) <= len(waits):
        return [(place, len(found) == len(waits)) for place in found]
    share = len(text) / max(len(ids), max(waits) + 1)
    nearest = {min(found, key=lambda place: abs(place - share * wait_at)) for wait_at in waits}
    return [(place, False) for place in sorted(nearest)]


def _occurrences(text: str, part: str) -> list[int]:
    found, start = [], text.find(part)
    while start >= 0:
        found.append(start)
        start = text.find(part, start + len(part))
    return found


def _cut(text: str, marks: list[tuple[int, int, str]]) -> list[Piece]:
    pieces: list[Piece] = []
    end = 0
    for start, length, kind in sorted(marks):
        if start < end:
            continue
        pieces += [text[end:start]] if start > end else []
        pieces.append([kind, text[start : start + length]])
        end = start + length
    return [*pieces, *([text[end:]] if end < len(text) else [])]


def step_pieces(
    text: str,
    token_ids: Sequence[int] | None,
    separator: str,
    ends: Sequence[int],
    decode: Decode | None,
    scores: dict[int, list[float | None]],
) -> list[Piece]:
    """A trace in steps, each led by its number and scores.

    Args:
        text: the trace.
        token_ids: its tokens, if they are known.
        separator: what ends a step.
        ends: tokens that hold it.
        decode: writes tokens; None where the tokenizer is not here.
        scores: of steps by their number, one for each scorer.
    """
    steps = split_text(text, separator)
    if decode is not None and token_ids:
        by_token = _texts(text, split_ids(token_ids, ends), decode)
        steps = by_token or steps
    if not scores or max(scores) >= len(steps):
        return [text]
    pieces: list[Piece] = []
    for number, step in enumerate(steps):
        pieces += [[number, scores[number]]] if number in scores else []
        pieces.append(step)
    return pieces


def _texts(text: str, steps: Sequence[Sequence[int]], decode: Decode) -> list[str]:
    """The texts of steps, cut out of that of the whole; none if the tokens do not write it."""
    ids: list[int] = []
    borders = [0]
    for step in steps:
        ids += step
        borders.append(len(decode(ids)))
    borders[-1] = len(text)  # the tokens may end with one that is not written
    texts = [text[start:end] for start, end in pairwise(borders)]
    return texts if "".join(texts) == text and all(texts) else []
