"""From a pool's settings to its samples: which requests, with which seeds, in which order."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

import polars as pl

from scripts.lib.config.pools import DrawnPool, SampledPool
from scripts.lib.engines.base import Request, Response, request_key
from scripts.lib.errors import UserError
from scripts.lib.journal import Sample
from scripts.lib.sampling import Wanted


class PoolError(UserError):
    """A pool asks for what its problems or prompts do not give."""


@dataclass(frozen=True)
class Setting:
    """One way in which a pool asks, and how many samples it draws of each problem."""

    wording: str
    asked: int | None
    effort: str | None
    n: int


def settings_of(pool: SampledPool) -> list[Setting]:
    """All settings of a pool in the order of its table: wording, asked, effort."""
    budgets: list[int | None] = list(pool.asked) if pool.asked else [None]
    efforts: list[str | None] = list(pool.efforts) if pool.efforts else [None]
    return [
        Setting(wording, asked, effort, pool.n if asked is None else pool.n_at.get(asked, pool.n))
        for wording in pool.wordings
        for asked in budgets
        for effort in efforts
    ]


def sample_seed(
    pool_seed: int,
    problem_id: str,
    wording: str,
    asked: int | None,
    effort: str | None,
    sample: int,
    attempt: int = 0,
) -> int:
    """The seed of one sample, in [0, 2^31); `attempt` counts the revisions before it.

    It depends on nothing but these, so that the first 64 samples of 256 are those of 64, and a
    setting that is added to a pool changes no other.
    """
    identity: list[object] = [pool_seed, problem_id, wording, asked, effort, sample]
    if attempt:  # a first attempt is seeded as any other sample
        identity.append(attempt)
    return int.from_bytes(hashlib.sha256(json.dumps(identity).encode()).digest()[:4]) % 2**31


def pool_requests(
    pool: SampledPool, problems: pl.DataFrame, prompts: dict[str, str]
) -> list[tuple[Sample, Request]]:
    """Every sample of a pool with its request: problem by problem, then setting, then sample.

    Args:
        pool: the pool's settings.
        problems: a Problem table; its first `pool.problems` rows are used.
        prompts: prompt texts by name, with {problem}, and {asked} where a budget is asked for.

    Raises:
        PoolError: a prompt is missing, or there are too few problems, or one without a text.
    """
    rows = problem_rows(pool, problems)
    check_prompts(pool.wordings, prompts)
    settings = settings_of(pool)
    return [
        (
            Sample(row["benchmark"], row["problem_id"], at.wording, at.asked, at.effort, sample),
            _request(pool, row, at, sample, prompts[at.wording]),
        )
        for row in rows
        for at in settings
        for sample in range(at.n)
    ]


def wanted_of(requests: list[tuple[Sample, Request]], identity: dict[str, Any]) -> list[Wanted]:
    """The samples with their request keys, which only an opened engine can tell."""
    return [
        Wanted(request_key(identity, request, sample.sample), sample, request)
        for sample, request in requests
    ]


def prompt_text(
    template: str, problem: str, asked: int | None = None, attempt: str | None = None
) -> str:
    """A prompt with its fields filled in, all at once: braces in what goes in stay as they are."""
    fields = {"{problem}": problem, "{asked}": asked, "{attempt}": attempt}
    texts = {field: str(value) for field, value in fields.items() if value is not None}
    return re.sub("|".join(map(re.escape, texts)), lambda found: texts[found[0]], template)


def trace_row(pool: str, wanted: Wanted, response: Response) -> dict[str, object]:
    """One row of the Trace table."""
    text = response.text
    return {
        "pool": pool,
        **vars(wanted.sample),
        "seed": wanted.request.seed,
        "request_key": wanted.key,
        "prompt_tokens": response.prompt_tokens,
        "cached_tokens": response.cached_tokens,
        "generated_tokens": response.generated_tokens,
        "thinking_tokens": response.thinking_tokens,
        "token_ids": None if response.token_ids is None else list(response.token_ids),
        # half a surrogate pair, which JSON can carry, has no place in UTF-8
        "text": None if text is None else text.encode("utf-8", "replace").decode("utf-8"),
        "answer": None,
        "end": response.end,
        "forced_tokens": 0,
        "wait_positions": [],
        "usd": response.billed_usd,
    }


def check_prompts(names: list[str], prompts: dict[str, str]) -> None:
    """Refuse a pool some of whose prompts are not there.

    Raises:
        PoolError: with their names.
    """
    absent = [name for name in names if name not in prompts]
    if absent:
        raise PoolError(f"prompts {absent} are not defined; there is: {', '.join(prompts)}")


def problem_rows(pool: DrawnPool, problems: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of a Problem table that a pool asks, all with a text.

    Raises:
        PoolError: there are too few, or one has no text.
    """
    few = pool.problems is not None and len(problems) < pool.problems
    if few or problems.is_empty():
        raise PoolError(
            f"benchmark {pool.benchmark} has {len(problems)} problems, the pool asks for "
            f"{pool.problems or 'at least one'}"
        )
    rows = problems.head(pool.problems or len(problems)).to_dicts()
    silent = [row["problem_id"] for row in rows if row["problem"] is None]
    if silent:
        shown = ", ".join(silent[:5]) + (" ..." if len(silent) > 5 else "")
        raise PoolError(
            f"benchmark {pool.benchmark}: {len(silent)} problems have no text ({shown}), so "
            "nothing can be asked; take a benchmark with its problem texts"
        )
    return rows


def _request(
    pool: SampledPool, row: dict[str, Any], at: Setting, sample: int, template: str
) -> Request:
    return Request(
        prompt=prompt_text(template, row["problem"], at.asked),
        seed=sample_seed(pool.seed, row["problem_id"], at.wording, at.asked, at.effort, sample),
        max_tokens=pool.sampling.max_tokens,
        temperature=pool.sampling.temperature,
        top_p=pool.sampling.top_p,
        effort=at.effort,
    )
