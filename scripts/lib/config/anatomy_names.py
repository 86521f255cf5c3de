"""Whether an anatomy fits the pools and verifiers that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scripts.lib.config.anatomies import (
    Anatomy,
    BestOfNAnatomy,
    ForcingAnatomy,
    RejectionAnatomy,
    RevisionAnatomy,
    SearchAnatomy,
    VoteAnatomy,
)
from scripts.lib.config.models import AskedModel
from scripts.lib.config.pool_settings import settings_drawn, settings_of
from scripts.lib.config.pools import ForcedPool, RevisedPool, SampledPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifier_names import verifier_problems

if TYPE_CHECKING:
    from scripts.lib.config.study import Study

KINDS = {
    "vote": SampledPool | ForcedPool,
    "rejection": SampledPool | ForcedPool,
    "best_of_n": SampledPool,
    "forcing": ForcedPool,
    "revision": RevisedPool,
    "search": SearchedPool,
}

KIND_NAMES = {"forcing": "forced", "revision": "revised", "search": "searched"} | dict.fromkeys(
    ("vote", "rejection", "best_of_n"), "sampled"
)


def problems_of_anatomy(study: Study, at: str, anatomy: Anatomy) -> Iterator[str]:
    """What does not fit: a line that leads with its key each."""
    yield from undefined(f"{at}.pool", anatomy.pool, study.pools)
    if anatomy.judged_in is not None:
        yield from undefined(f"{at}.judged_in", anatomy.judged_in, study.pools)
        yield from _other_benchmark(study, at, anatomy)
    if isinstance(anatomy, BestOfNAnatomy):
        yield from verifier_problems(study, f"{at}.verifier", anatomy.verifier)
    pool = study.pools.get(anatomy.pool)
    if pool is None:
        return
    if not isinstance(pool, KINDS[anatomy.method]):
        yield (
            f"{at}.pool: {anatomy.pool!r} is of kind {pool.kind}; {anatomy.method} is shown of a "
            f"pool of kind {KIND_NAMES[anatomy.method]}"
        )
    elif isinstance(anatomy, VoteAnatomy | RejectionAnatomy | BestOfNAnatomy):
        assert isinstance(pool, SampledPool | ForcedPool)
        yield from _of_samples(study, at, anatomy, pool)
    elif isinstance(anatomy, SearchAnatomy):
        assert isinstance(pool, SearchedPool)
        if anatomy.beams not in pool.beams:
            yield f"{at}.beams: {anatomy.beams} is not among the pool's: {pool.beams}"
    elif isinstance(anatomy, ForcingAnatomy):
        assert isinstance(pool, ForcedPool)
        yield from _of_forcing(at, anatomy, pool)
    elif isinstance(anatomy, RevisionAnatomy):
        assert isinstance(pool, RevisedPool)
        yield from _has_sample(at, anatomy.sample, pool.n)


def _other_benchmark(study: Study, at: str, anatomy: Anatomy) -> Iterator[str]:
    pool, judge = (study.pools.get(name or "") for name in (anatomy.pool, anatomy.judged_in))
    if pool is not None and judge is not None and pool.benchmark != judge.benchmark:
        yield (
            f"{at}.judged_in: {anatomy.judged_in!r} is on {judge.benchmark!r}, the pool on "
            f"{pool.benchmark!r}; take a pool on the same problems"
        )


def _of_samples(
    study: Study,
    at: str,
    anatomy: VoteAnatomy | RejectionAnatomy | BestOfNAnatomy,
    pool: SampledPool | ForcedPool,
) -> Iterator[str]:
    """A setting that the pool has, with enough samples."""
    efforts = pool.efforts if isinstance(pool, SampledPool) else None
    allowed = {"wording": pool.wordings, "asked": pool.asked, "effort": efforts}
    for key, values in allowed.items():
        value = getattr(anatomy, key)
        if value is not None and value not in (values or []):
            yield f"{at}.{key}: {value!r} is not among the pool's: {values or 'none'}"
        elif value is None and key != "wording" and values:
            yield f"{at}.{key}: the pool has several; name one of {values}"
    if isinstance(pool, ForcedPool):
        asked = anatomy.asked or (pool.asked[0] if pool.asked else None)
        if [one.waits for one in settings_of(pool.forcing, asked)] != [0]:
            yield f"{at}.pool: a forced pool with one setting, without waits, is needed"
    n = pool.n_at.get(anatomy.asked or 0, pool.n) if isinstance(pool, SampledPool) else pool.n
    most = anatomy.tries if isinstance(anatomy, RejectionAnatomy) else anatomy.k
    if most is not None and most > n:
        key = "tries" if isinstance(anatomy, RejectionAnatomy) else "k"
        yield f"{at}.{key}: {most} samples of a problem are needed, and the pool draws {n}"
    if isinstance(anatomy, BestOfNAnatomy) and isinstance(study.models.get(pool.model), AskedModel):
        yield f"{at}.pool: {pool.model!r} is behind an API: its tokens are not known step by step"


def _of_forcing(at: str, anatomy: ForcingAnatomy, pool: ForcedPool) -> Iterator[str]:
    if pool.asked or len(pool.wordings) > 1:
        yield f"{at}.pool: a pool of one wording that asks for no length is needed"
        return
    drawn = settings_drawn(pool)
    known: dict[str, set[Any]] = {
        "budgets": {"auto" if one.budget is None else one.budget for one in drawn},
        "waits": {one.waits for one in drawn},
    }
    for key, values in known.items():
        lost = [value for value in getattr(anatomy, key) or [] if value not in values]
        if lost:
            there = sorted(values, key=lambda value: (isinstance(value, str), value))
            yield f"{at}.{key}: {lost} not among the pool's: {there}"
    yield from _has_sample(at, anatomy.sample, pool.n)


def _has_sample(at: str, sample: int, n: int) -> Iterator[str]:
    if sample >= n:
        yield f"{at}.sample: {sample} is not there; the pool draws {n}, numbered from 0"
