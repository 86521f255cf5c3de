"""What a study would still cost before it runs: requests, tokens, dollars, hours of computing."""

from dataclasses import dataclass, field
from pathlib import Path

from scripts.lib.config.curves import Curve, OneSettingCurve, pools_of
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.pools import RecordedPool, SampledPool
from scripts.lib.config.study import Study
from scripts.lib.plan_estimates import Estimate, total
from scripts.lib.plan_pool import PoolPlan
from scripts.lib.pool_requests import Setting


@dataclass(frozen=True)
class Row:
    """One line of the plan: a curve, a pool, or the total."""

    kind: str
    name: str
    model: str
    estimate: Estimate
    notes: list[str] = field(default_factory=list)


def plan_study(
    study: Study, results: Path, facts: dict[str, ModelFacts], prices: dict[str, Price]
) -> list[Row]:
    """The plan of a study: its curves, its pools, and the total over pools.

    Args:
        study: the study.
        results: the folder above results/{study}; what is missing there is taken as unmade.
        facts: config/models.yaml.
        prices: config/prices.yaml.

    Raises:
        UserError: a table or journal is broken, or a pool cannot be drawn at all.
    """
    plans = {
        name: PoolPlan(study, name, pool, results / study.study, facts, prices)
        for name, pool in study.pools.items()
        if isinstance(pool, SampledPool)
    }
    return [
        *(_curve_row(study, name, curve, plans) for name, curve in study.curves.items()),
        *(
            Row("pool", name, plan.pool.model, plan.total(), plan.notes())
            for name, plan in plans.items()
        ),
        Row("total", "each pool once", "", total(plan.total() for plan in plans.values())),
    ]


def _curve_row(study: Study, name: str, curve: Curve, plans: dict[str, PoolPlan]) -> Row:
    if curve.published is not None:
        return Row("curve", name, curve.published.model, Estimate(), ["published numbers"])
    names = pools_of(curve)
    models = ", ".join(dict.fromkeys(study.pools[pool].model for pool in names))
    if all(isinstance(study.pools[pool], RecordedPool) for pool in names):
        return Row("curve", name, models, Estimate(), ["recorded samples"])
    drawn = [plans[pool] for pool in names if pool in plans]
    parts = [plan.estimate(at) for plan in drawn for at in plan.settings if _draws_on(curve, at)]
    return Row("curve", name, models, total(parts))


def _draws_on(curve: Curve, at: Setting) -> bool:
    if curve.wording is not None and at.wording != curve.wording:
        return False
    if not isinstance(curve, OneSettingCurve):
        return True
    return at.asked == curve.asked and curve.effort in (None, at.effort)
