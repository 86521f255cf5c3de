"""Whether a curve fits the pools and models that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.curves import (
    AskCurve,
    BestOfNCurve,
    ControlCurve,
    Curve,
    FromPool,
    OneSettingCurve,
    OptimalCurve,
    OracleCurve,
    RevisionCurve,
    SearchCurve,
    SftCurve,
    made_from,
    pools_of,
)
from scripts.lib.config.models import TrainedModel, TunedModel
from scripts.lib.config.optimal_names import problems_of_optimal
from scripts.lib.config.pool_settings import Drawn, settings_drawn
from scripts.lib.config.pools import (
    DrawnPool,
    ForcedPool,
    Pool,
    RecordedPool,
    RevisedPool,
    SampledPool,
)
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifier_names import verifier_problems

if TYPE_CHECKING:
    from scripts.lib.config.study import Study

KIND_OF_POOL: dict[str, type[Pool]] = {"forcing": ForcedPool, "revision": RevisedPool}
"""Methods whose curves need a pool of their own kind; recorded pools serve too."""
SETTING = ["asked", "effort", "budget", "waits", "beams"]


def problems_of_curve(study: Study, at: str, curve: Curve) -> Iterator[str]:
    """What does not fit: a line that leads with its key each."""
    name = at.removeprefix("curves.")
    if not name.startswith(f"{curve.method}_"):
        yield f"{at}: a {curve.method} curve is named {curve.method}_..."
    keys = _sources(curve)
    if sum(getattr(curve, key) is not None for key in keys) != 1:
        yield f"{at}: name exactly one of {', '.join(keys)}"
    elif curve.published is not None:
        if curve.method == "finished":
            yield f"{at}.published: {curve.method} needs samples, so a pool"
    elif isinstance(curve, SftCurve):
        yield from _sft(study, at, curve)
    elif isinstance(curve, OptimalCurve):
        yield from problems_of_optimal(study, at, curve)
    elif made_from(curve) == "samples":
        unknown = undefined(f"{at}.pool", curve.pool or "", study.pools)
        yield from unknown or _curve_of_pool(study, at, curve)
        if isinstance(curve, BestOfNCurve):
            yield from _verifier(study, at, curve)


def _sources(curve: Curve) -> list[str]:
    """The keys of which a curve names one: what it is made from."""
    if isinstance(curve, SftCurve):
        return ["pools", "groups", "published"]
    if isinstance(curve, OptimalCurve):
        return ["curves", "published"]
    return (
        ["pool", "counts", "published"] if isinstance(curve, OracleCurve) else ["pool", "published"]
    )


def _verifier(study: Study, at: str, curve: BestOfNCurve) -> Iterator[str]:
    if curve.verifier is None:
        yield f"{at}.verifier: name the model whose scores choose"
    else:
        yield from verifier_problems(study, f"{at}.verifier", curve.verifier)


def problems_of_chosen(study: Study, at: str, curves: list[str]) -> Iterator[str]:
    """Why curves of a table are not over samples of this study among which a verifier chooses."""
    for name in curves:
        yield from undefined(f"{at}.curves", name, study.curves)
        curve = study.curves.get(name)
        if isinstance(curve, BestOfNCurve | SearchCurve):
            if curve.published is not None:
                yield f"{at}.curves: {name!r} is published; its samples are needed"
        elif curve is not None:
            yield f"{at}.curves: {name!r} is of method {curve.method}: no verifier chooses in it"


def _sft(study: Study, at: str, curve: SftCurve) -> Iterator[str]:
    key = f"{at}.{'pools' if curve.groups is None else 'groups'}"
    unknown = [line for pool in pools_of(curve) for line in undefined(key, pool, study.pools)]
    if unknown:
        yield from unknown
        return
    pools = [study.pools[name] for name in pools_of(curve)]
    benchmarks = sorted({pool.benchmark for pool in pools})
    if len(benchmarks) > 1:
        yield f"{key}: pools of one benchmark are needed, not of {', '.join(benchmarks)}"
    recorded = [name for name in pools_of(curve) if isinstance(study.pools[name], RecordedPool)]
    if 0 < len(recorded) < len(pools):
        yield f"{key}: of these {', '.join(recorded)} are recorded; make two curves"
    for name in dict.fromkeys(pools_of(curve)):
        pool = study.pools[name]
        if not isinstance(pool, RecordedPool):
            yield from _one_wording(at, curve, pool)
            yield from _one_setting(at, curve, name, pool)
    models = [pool.model for pool in pools]
    twice = sorted({model for model in models if models.count(model) > 1})
    if twice:
        yield f"{key}: one pool a model; there are several of {', '.join(twice)}"
    for group, members in (curve.groups or {}).items():
        if not _differ_in_seed(study, [study.pools[name].model for name in members]):
            yield f"{key}.{group}: its models must be trained here and differ in training.seed only"


def _differ_in_seed(study: Study, models: list[str]) -> bool:
    entries = [study.models.get(name) for name in models]
    seeds, rest = set(), []
    for entry in entries:
        if not isinstance(entry, TrainedModel | TunedModel):
            return False
        seeds.add(entry.training.seed)
        rest.append(entry.model_dump(exclude={"training": {"seed"}}))
    return len(seeds) == len(entries) and all(other == rest[0] for other in rest)


def _curve_of_pool(study: Study, at: str, curve: FromPool) -> Iterator[str]:
    pool = study.pools[curve.pool or ""]
    if isinstance(curve, SearchCurve):
        yield from _searched(at, curve, pool)
        return
    if isinstance(pool, RecordedPool):
        return
    kind = KIND_OF_POOL.get(curve.method)
    if kind is not None and not isinstance(pool, kind):
        yield f"{at}.pool: a {curve.method} curve needs a pool of another kind than {pool.kind}"
        return
    yield from _one_wording(at, curve, pool)
    if isinstance(curve, ControlCurve):
        yield from _control(at, curve, pool)
    elif isinstance(curve, AskCurve):
        if not isinstance(pool, SampledPool) or not (pool.asked or pool.efforts):
            yield f"{at}.pool: pool {curve.pool!r} asks for nothing"
    elif isinstance(curve, OneSettingCurve):
        yield from _one_setting(at, curve, curve.pool or "", pool)
    elif isinstance(curve, RevisionCurve) and curve.attempts is not None:
        assert isinstance(pool, RevisedPool)
        if not curve.ways(pool.n, pool.revisions + 1):
            held = f"{pool.n} chains of {pool.revisions + 1} attempts"
            yield f"{at}.attempts: pool {curve.pool!r} has {held}, which do not hold that many"


def _searched(at: str, curve: SearchCurve, pool: Pool) -> Iterator[str]:
    """The curve is of the pool's own search, and over numbers of candidates that it holds."""
    if not isinstance(pool, SearchedPool):
        yield f"{at}.pool: a {curve.method} curve needs a pool of kind searched, not {pool.kind}"
        return
    if pool.search.method != curve.method:
        found = pool.search.method
        yield f"{at}.pool: pool {curve.pool!r} holds what a {found} search found; name it {found}_"
    unknown = sorted(set(curve.beams or []) - set(pool.beams))
    if unknown:
        yield f"{at}.beams: {unknown} not among the pool's {pool.beams}"
    yield from _one_wording(at, curve, pool)


def _wordings(pool: DrawnPool) -> list[str]:
    return [pool.wording] if isinstance(pool, RevisedPool) else pool.wordings


def _one_wording(at: str, curve: FromPool | SftCurve, pool: DrawnPool) -> Iterator[str]:
    if curve.wording is not None and curve.wording not in _wordings(pool):
        yield f"{at}.wording: {curve.wording!r} not among {_wordings(pool)}"


def _control(at: str, curve: ControlCurve, pool: DrawnPool) -> Iterator[str]:
    """Its points are asked lengths, or wordings: nothing else may differ."""
    points: dict[int | None, int] = {}
    for setting in settings_drawn(pool):
        points[setting.asked] = points.get(setting.asked, 0) + 1
    for wording in [*curve.classes, curve.neutral] if curve.neutral else []:
        yield from undefined(f"{at}.classes", wording or "", _wordings(pool))
    if curve.neutral is None and None in points:
        yield f"{at}.pool: pool {curve.pool!r} asks for no length, and the curve has no classes"
    elif max(points.values()) > 1 or (curve.neutral and len(points) > 1):
        yield f"{at}.pool: a point is one setting; pool {curve.pool!r} has several of each"


def _one_setting(
    at: str, curve: OneSettingCurve | SftCurve, name: str, pool: DrawnPool
) -> Iterator[str]:
    """The curve is over one setting of the pool, as `select_samples` would find it."""
    if isinstance(pool, SearchedPool) and pool.repeats > 1:
        yield f"{at}.pool: pool {name!r} repeats each search; take one of a single search"
    settings = settings_drawn(pool)
    for key in SETTING:
        value = getattr(curve, key, None)
        if value is None:
            continue
        wanted = None if value == "auto" else value
        kept = [setting for setting in settings if getattr(setting, key) == wanted]
        if not kept:
            yield f"{at}.{key}: {value!r} not among the pool's {_values(settings, key)}"
            return
        settings = kept
    for key in SETTING:
        values = _values(settings, key)
        if len(values) > 1:
            mend = "name one of" if key in type(curve).model_fields else "take a pool with one of"
            yield f"{at}.{key}: pool {name!r} has several; {mend} {values}"


def _values(settings: list[Drawn], key: str) -> list[int | str]:
    """What a pool has of a part of the setting, as a curve names it."""
    found = dict.fromkeys(getattr(setting, key) for setting in settings)
    known = [value for value in found if value is not None]
    return [*known, "auto"] if key == "budget" and None in found else known
