"""From the rounds of one trace to the thinking of any setting, on token ids.

A round is thinking from where it may begin to where the model would end it. A setting is a
budget and a number of waits: how often such an end is suppressed, and a wait appended instead.
What a smaller setting generates is the beginning of what a larger one generates, so that the
rounds of the largest setting hold all others.
"""

from dataclasses import dataclass
from typing import Literal

from scripts.lib.engines.base import Response

Rule = Literal["remaining", "s1"]


@dataclass(frozen=True)
class Round:
    """One round: its tokens without the one that ended it; `ended`: by itself, not at a length."""

    token_ids: tuple[int, ...]
    ended: bool

    @classmethod
    def of(cls, response: Response) -> "Round":
        """The round that an engine generated."""
        token_ids = response.token_ids or ()
        ended = response.end == "stop"
        return cls(token_ids[:-1] if ended else token_ids, ended)


@dataclass(frozen=True)
class Thinking:
    """The thinking of one setting.

    `token_ids` are what stands in the context, waits included, ends and delimiters not.
    `cut`: its last round hit its length. `waits`: where in `token_ids` waits begin. `forced`:
    how many of `token_ids` are waits. `generated`: tokens that a run of this setting alone
    generates for it, ends included.
    """

    token_ids: tuple[int, ...]
    cut: bool
    waits: tuple[int, ...]
    forced: int
    generated: int


@dataclass(frozen=True)
class More:
    """The rounds are too few: the next one may take so many tokens, its end included."""

    tokens: int


def think(
    rule: Rule, rounds: list[Round], wait: tuple[int, ...], budget: int, waits: int
) -> Thinking | More:
    """The thinking of one setting, or what its next round may take.

    A round of k tokens and the token that ends it ends by itself within R tokens if k + 1 <= R;
    else it is cut after R. A round that was cut is the last.

    `remaining`: all rounds share the budget, which counts generated tokens, ends included,
    appended waits not. With nothing left, no wait is appended: the thinking ended by itself.

    `s1`: each round has the whole budget; the sum, waits included, is trimmed to the budget
    afterwards. It counts as cut if its last round was, however much was trimmed.

    Args:
        rule: how the budget is shared.
        rounds: the rounds of the trace so far, generated to at least this setting.
        wait: token ids of the wait.
        budget: most thinking tokens, at least 1.
        waits: how often an end of thinking is suppressed.
    """
    token_ids: list[int] = []
    places: list[int] = []
    generated, cut = 0, False
    for number in range(waits + 1):
        limit = budget if rule == "s1" else budget - generated
        if number:
            if cut or not limit:
                break
            places.append(len(token_ids))
            token_ids.extend(wait)
        if number == len(rounds):
            return More(limit)
        one = rounds[number]
        cut = not one.ended or len(one.token_ids) >= limit
        kept = one.token_ids[:limit]
        token_ids.extend(kept)
        generated += len(kept) + (not cut)
    if rule == "s1":
        del token_ids[budget:]
        places = [place for place in places if place < budget]
    return Thinking(
        token_ids=tuple(token_ids),
        cut=cut,
        waits=tuple(places),
        forced=sum(min(len(wait), len(token_ids) - place) for place in places),
        generated=generated,
    )


def trace(rounds: list[Round], wait: tuple[int, ...]) -> tuple[int, ...]:
    """What stands in the context before the next round: all rounds, a wait after each."""
    return tuple(token for one in rounds for token in (*one.token_ids, *wait))
