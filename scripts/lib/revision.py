"""Sequential revision: which requests each round of attempts makes."""

import re
from typing import Any

import polars as pl

from scripts.lib.config.pools import RevisedPool
from scripts.lib.engines.base import End, Request
from scripts.lib.journal import Sample
from scripts.lib.pool_requests import prompt_text, sample_seed
from scripts.lib.thinking import ANSWER_DELIMITERS, answer_part

NO_ATTEMPT = "(none)"
"""Shown to the model where the attempt before has no answer."""
LONGEST_SHOWN = 2_000
"""Characters of an attempt that are shown, its last ones: what it comes to stands at its end."""

_SPECIAL = re.compile(r"<\|[^|<>\n]{1,40}\|>")


def attempt_requests(
    pool: RevisedPool,
    rows: list[dict[str, Any]],
    prompts: dict[str, str],
    attempt: int,
    before: list[tuple[str | None, End]],
) -> list[tuple[Sample, Request]]:
    """All requests of one round: problem by problem, then sample.

    Args:
        pool: the pool's settings.
        rows: rows of a Problem table.
        prompts: prompt texts by name.
        attempt: how many attempts went before.
        before: texts of the attempts that are to be revised, and how they ended, in the same
            order; none of them counts in the first round.
    """
    template = prompts[pool.revision if attempt else pool.wording]
    chains = [(row, sample) for row in rows for sample in range(pool.n)]
    shown = [shown_attempt(*one) for one in before] if attempt else [None] * len(chains)
    return [
        (
            Sample(
                row["benchmark"], row["problem_id"], pool.wording, None, None, sample,
                waits=attempt,
            ),
            Request(
                prompt=prompt_text(template, row["problem"], attempt=text),
                seed=sample_seed(
                    pool.seed, row["problem_id"], pool.wording, None, None, sample, attempt
                ),
                max_tokens=pool.sampling.max_tokens,
                temperature=pool.sampling.temperature,
                top_p=pool.sampling.top_p,
            ),
        )
        for (row, sample), text in zip(chains, shown, strict=True)
    ]  # fmt: skip


def shown_attempt(text: str | None, end: End) -> str:
    """What the next prompt shows of an attempt: its answer, without special tokens.

    An attempt that was cut before it came to an answer has none to show.
    """
    cut_in_thought = end != "stop" and not any(mark in (text or "") for mark in ANSWER_DELIMITERS)
    answer = "" if cut_in_thought else _SPECIAL.sub("", answer_part(text or "")).strip()
    return answer[-LONGEST_SHOWN:] or NO_ATTEMPT


def in_chains(rounds: list[pl.DataFrame]) -> pl.DataFrame:
    """Rounds with one row a chain each, as one table: chain by chain, each in its order."""
    chains = len(rounds[0])
    order = [turn * chains + chain for chain in range(chains) for turn in range(len(rounds))]
    return pl.concat(rounds)[order]
