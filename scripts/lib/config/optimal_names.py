"""Whether difficulty bins fit the pools and models that they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.bins import Bins
from scripts.lib.config.pool_settings import settings_drawn
from scripts.lib.config.pools import RecordedPool, SampledPool
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
