"""Whether difficulty bins, and the curves that choose by them, fit what they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.bins import Bins
from scripts.lib.config.curves import FromPool, OptimalCurve, OracleCurve, pools_of
from scripts.lib.config.pool_settings import settings_drawn
from scripts.lib.config.pools import ForcedPool, Pool, RecordedPool, RevisedPool, SampledPool
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifier_names import verifier_problems

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def problems_of_bins(study: Study, at: str, bins: Bins) -> Iterator[str]:
    """What does not fit of bins: a line that leads with its key each."""
    yield from undefined(f"{at}.pool", bins.pool, study.pools)
    pool = study.pools.get(bins.pool)
    if pool is not None and not isinstance(pool, SampledPool | RecordedPool):
        yield f"{at}.pool: bins take plain samples, not those of a pool of kind {pool.kind}"
    elif isinstance(pool, SampledPool) and len(settings_drawn(pool)) > 1:
        yield f"{at}.pool: pool {bins.pool!r} has several settings; take one with a single setting"
    if bins.verifier is not None:
        yield from verifier_problems(study, f"{at}.verifier", bins.verifier)


def problems_of_optimal(study: Study, at: str, curve: OptimalCurve) -> Iterator[str]:
    """What does not fit of a compute-optimal curve: a line that leads with its key each."""
    if curve.bins is None:
        yield f"{at}.bins: name the bins that it chooses by"
    else:
        yield from undefined(f"{at}.bins", curve.bins, study.bins)
    for name in curve.curves or []:
        yield from undefined(f"{at}.curves", name, study.curves)
        candidate = study.curves.get(name)
        if candidate is None:
            continue
        if isinstance(candidate, OracleCurve) or not isinstance(candidate, FromPool):
            kind = candidate.method
            yield f"{at}.curves: {name!r} is of method {kind}, which is no way to answer a problem"
        elif candidate.published is not None:
            yield f"{at}.curves: {name!r} is published; its samples are needed"
        else:
            yield from _apart(study, f"{at}.curves", name, pools_of(candidate), curve.bins)


def _apart(
    study: Study, key: str, name: str, pools: list[str], bins_name: str | None
) -> Iterator[str]:
    """Whether bins rest on other samples of the same problems than a curve does."""
    bins = study.bins.get(bins_name or "")
    seen = study.pools.get(bins.pool) if bins is not None else None
    if bins is None or seen is None:
        return
    for own in pools:
        pool = study.pools.get(own)
        if own == bins.pool:
            yield (
                f"{key}: {name!r} rests on pool {own!r}, from which bins {bins_name!r} are made; "
                "take another pool for one of them"
            )
        elif pool is None:
            continue
        elif pool.benchmark != seen.benchmark:
            yield (
                f"{key}: {name!r} is of benchmark {pool.benchmark}, bins {bins_name!r} are of "
                f"{seen.benchmark}"
            )
        elif _same_samples(pool, seen):
            yield (
                f"{key}: pool {own!r} of {name!r} holds the same samples as pool {bins.pool!r} of "
                f"bins {bins_name!r}; give one of them another seed"
            )


def _same_samples(pool: Pool, other: Pool) -> bool:
    """Whether two pools draw with the same seeds, or are read from the same files."""
    if isinstance(pool, RecordedPool) and isinstance(other, RecordedPool):
        return (pool.sources(), pool.path) == (other.sources(), other.path)
    drawn = SampledPool | ForcedPool | RevisedPool
    if not (isinstance(pool, drawn) and isinstance(other, drawn)):
        return False
    return (pool.model, pool.seed) == (other.model, other.seed)
