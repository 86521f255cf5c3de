"""The steps of a solution: pieces that each end with a separator, the last one with the solution.

In token ids a step ends with a token that holds the separator: models write an empty line as one
token, often with the full stop before it. A separator that is spelt by several tokens in one place
makes no end there, and the step goes on to the next.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from scripts.lib.engines.base import EngineError


def separator_ids(tokenizer: Any, separator: str) -> tuple[int, ...]:
    """The tokens with which a step may end: all whose own text holds the separator.

    Raises:
        EngineError: there is none.
    """
    texts = tokenizer.batch_decode([[token] for token in range(len(tokenizer))])
    found = tuple(token for token, text in enumerate(texts) if separator in text)
    if not found:
        raise EngineError(
            f"separator: no token of the model holds {separator!r}, so its steps cannot be told "
            "apart; take another one"
        )
    return found


def split_ids(token_ids: Sequence[int], ends: Iterable[int]) -> list[tuple[int, ...]]:
    """Cut token ids into steps, each with the token that ends it; no step is empty.

    Args:
        token_ids: what was generated.
        ends: from `separator_ids`.
    """
    last = frozenset(ends)
    steps, begin = [], 0
    for place, token in enumerate(token_ids, start=1):
        if token in last or place == len(token_ids):
            steps.append(tuple(token_ids[begin:place]))
            begin = place
    return steps


def split_text(text: str, separator: str) -> list[str]:
    """Cut a text into steps, each with its separator; no step is empty.

    For solutions whose token ids are not known. Separators in a row belong to one step.
    """
    steps: list[str] = []
    for piece in text.split(separator):
        if not piece and steps:
            steps[-1] += separator
        else:
            steps.append(piece + separator)
    if not steps:
        return []
    steps[-1] = steps[-1].removesuffix(separator)
    return [step for step in steps if step]
