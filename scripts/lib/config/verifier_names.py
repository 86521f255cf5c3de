"""Whether verifiers, labels and searched pools fit what they name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.benchmarks import SourceBenchmark, trains
from scripts.lib.config.models import AskedModel, Model
from scripts.lib.config.pools import SampledPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifiers import HubVerifier, Labels, RolloutLabels, VerifierModel

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def generator_problems(study: Study, key: str, name: str) -> Iterator[str]:
    """Why `name` is no model that can be sampled or tuned, if it is none."""
    yield from undefined(key, name, study.models)
    if isinstance(study.models.get(name), VerifierModel | HubVerifier):
        yield f"{key}: {name!r} is a verifier, which scores steps and writes nothing"


def problems_of_verifier(study: Study, at: str, model: Model) -> Iterator[str]:
    """What does not fit of a model that is a verifier: a line that leads with its key each."""
    if not isinstance(model, VerifierModel):
        return
    yield from generator_problems(study, f"{at}.base", model.base)
    if isinstance(study.models.get(model.base), AskedModel):
        yield f"{at}.base: {model.base!r} is behind an API; only weights can be trained"
    yield from undefined(f"{at}.wording", model.wording, study.prompts)
    yield from undefined(f"{at}.labels", model.labels, study.labels)
    labels = study.labels.get(model.labels)
    if isinstance(labels, RolloutLabels) and labels.search == "bisect" and model.target == "soft":
        yield f"{at}.target: bisection tries few steps, so few have a share; take hard or outcome"
    if model.target == "truth" and not _checkable(study, labels):
        yield f"{at}.target: nothing can check the steps of labels {model.labels!r}; take another"


def _checkable(study: Study, labels: Labels | None) -> bool:
    """Whether each step may have a truth of its own: not so if others made problems or labels."""
    if not isinstance(labels, RolloutLabels):
        return labels is None
    pool = study.pools.get(labels.pool)
    return pool is None or not isinstance(study.benchmarks.get(pool.benchmark), SourceBenchmark)


def problems_of_labels(study: Study, at: str, labels: Labels) -> Iterator[str]:
    """What does not fit of step labels."""
    if not isinstance(labels, RolloutLabels):
        return
    yield from one_prompt_problems(study, f"{at}.pool", labels.pool)
    pool = study.pools.get(labels.pool)
    if not isinstance(pool, SampledPool) or pool.asked or pool.efforts:
        return
    yield from tested_on(study, f"{at}.pool", pool.benchmark)
    model = labels.model or pool.model
    yield from generator_problems(study, f"{at}.model", model)
    if isinstance(study.models.get(model), AskedModel):
        yield f"{at}.model: {model!r} is behind an API, which cannot go on from token ids"


def one_prompt_problems(study: Study, key: str, name: str) -> Iterator[str]:
    """Why `name` is no pool of samples of one prompt that asks for no length, if it is none."""
    yield from undefined(key, name, study.pools)
    pool = study.pools.get(name)
    if pool is None:
        return
    if not isinstance(pool, SampledPool) or pool.asked or pool.efforts:
        yield f"{key}: a pool of kind sampled that asks for no length is needed"
    elif len(pool.wordings) > 1:
        yield f"{key}: pool {name!r} has several wordings; take one with a single prompt"


def tested_on(study: Study, key: str, benchmark: str) -> Iterator[str]:
    """A line if a benchmark's problems are there to test models, not to train them."""
    if benchmark in study.benchmarks and not trains(study.benchmarks[benchmark]):
        yield (
            f"{key}: the pool asks {benchmark!r}, and what a model is tested on must not train it; "
            "take a benchmark of kind questions, or one with training: true"
        )


def problems_of_search(study: Study, at: str, pool: SearchedPool) -> Iterator[str]:
    """What does not fit of a searched pool, besides its prompt."""
    if isinstance(study.models.get(pool.model), AskedModel):
        yield f"{at}.model: {pool.model!r} is behind an API, which cannot go on from token ids"
    yield from verifier_problems(study, f"{at}.verifier", pool.verifier)


def trained_verifier_problems(study: Study, key: str, name: str) -> Iterator[str]:
    """Why `name` is no verifier that the study trains, if it is none."""
    there = [n for n, m in study.models.items() if isinstance(m, VerifierModel)]
    yield from undefined(key, name, there)


def verifier_problems(study: Study, key: str, name: str) -> Iterator[str]:
    """Why `name` is no verifier, if it is none."""
    there = [n for n, m in study.models.items() if isinstance(m, VerifierModel | HubVerifier)]
    yield from undefined(key, name, there)
