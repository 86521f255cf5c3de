"""What a study would still cost before it runs: requests, tokens, dollars, hours of computing."""

from dataclasses import dataclass, field
from pathlib import Path

from scripts.lib.config.curves import Curve, OptimalCurve, OracleCurve, pools_of
from scripts.lib.config.models import ModelFacts, Price, TrainedModel, TunedModel
from scripts.lib.config.pools import ForcedPool, Pool, RecordedPool, RevisedPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.study import Study
from scripts.lib.config.verifiers import RolloutLabels, VerifierModel
from scripts.lib.plan_drawn import DrawnPlan
from scripts.lib.plan_estimates import Estimate, total
from scripts.lib.plan_forced import ForcedPlan
from scripts.lib.plan_labels import plan_labels
from scripts.lib.plan_pool import PoolPlan
from scripts.lib.plan_revised import RevisedPlan
from scripts.lib.plan_searched import SearchedPlan
from scripts.lib.plan_trainings import plan_training


@dataclass(frozen=True)
class Row:
    """One line of the plan: a curve, a pool, step labels, a model to train, or the total."""

    kind: str
    name: str
    model: str
    estimate: Estimate
    notes: list[str] = field(default_factory=list)


def plan_study(
    study: Study, results: Path, facts: dict[str, ModelFacts], prices: dict[str, Price]
) -> list[Row]:
    """The plan of a study: its curves, pools, step labels and trainings, and the total.

    Args:
        study: the study.
        results: the folder above results/{study}; what is missing there is taken as unmade.
        facts: config/models.yaml.
        prices: config/prices.yaml.

    Raises:
        UserError: a table or journal is broken, or a pool cannot be drawn at all.
    """
    folder = results / study.study
    plans = {
        name: _plan(study, name, pool, folder, facts, prices)
        for name, pool in study.pools.items()
        if not isinstance(pool, RecordedPool)
    }
    labels = {name: plan_labels(study, name, folder) for name in study.labels}
    drawn = [plan.estimate() for plan in plans.values()] + [need for need, _ in labels.values()]
    return [
        *(_curve_row(study, name, curve, plans) for name, curve in study.curves.items()),
        *(
            Row("pool", name, study.pools[name].model, plan.estimate(), plan.notes())
            for name, plan in plans.items()
        ),
        *(
            Row("labels", name, _finisher(study, name), *estimate)
            for name, estimate in labels.items()
        ),
        *(
            Row("training", name, name, *plan_training(study, name, folder, facts))
            for name, model in study.models.items()
            if isinstance(model, TrainedModel | TunedModel | VerifierModel)
        ),
        Row("total", "each pool once", "", total(drawn)),
    ]


def _plan(
    study: Study,
    name: str,
    pool: Pool,
    folder: Path,
    facts: dict[str, ModelFacts],
    prices: dict[str, Price],
) -> DrawnPlan:
    """The plan of a pool, by its kind."""
    if isinstance(pool, ForcedPool):
        return ForcedPlan(study, name, pool, folder, facts, prices)
    if isinstance(pool, RevisedPool):
        return RevisedPlan(study, name, pool, folder, facts, prices)
    if isinstance(pool, SearchedPool):
        return SearchedPlan(study, name, pool, folder, facts, prices)
    assert not isinstance(pool, RecordedPool)
    return PoolPlan(study, name, pool, folder, facts, prices)


def _finisher(study: Study, name: str) -> str:
    """The model that finishes the solutions of step labels; none for imported ones."""
    labels = study.labels[name]
    if not isinstance(labels, RolloutLabels):
        return ""
    return labels.model or study.pools[labels.pool].model


def _curve_row(study: Study, name: str, curve: Curve, plans: dict[str, DrawnPlan]) -> Row:
    if curve.published is not None:
        return Row("curve", name, curve.published.model, Estimate(), ["published numbers"])
    if isinstance(curve, OracleCurve) and curve.counts is not None:
        return Row("curve", name, curve.counts.model, Estimate(), ["published counts"])
    if isinstance(curve, OptimalCurve):
        return Row("curve", name, "", Estimate(), ["chosen among points of other curves"])
    names = pools_of(curve)
    models = ", ".join(dict.fromkeys(study.pools[pool].model for pool in names))
    if all(isinstance(study.pools[pool], RecordedPool) for pool in names):
        return Row("curve", name, models, Estimate(), ["recorded samples"])
    need = total(plans[pool].estimate(curve) for pool in names if pool in plans)
    return Row("curve", name, models, need)
