"""Whether a model fits the prompts, models and pools that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.config.models import AskedModel, Model, Revisions, TrainedModel, TunedModel
from scripts.lib.config.pools import SampledPool
from scripts.lib.config.prompt_names import prompt_problems
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifier_names import (
    generator_problems,
    one_prompt_problems,
    problems_of_verifier,
    tested_on,
)

if TYPE_CHECKING:
    from scripts.lib.config.study import Study


def problems_of_model(study: Study, at: str, model: Model) -> Iterator[str]:
    """What does not fit: a line that leads with its key each."""
    if isinstance(model, TrainedModel):
        for wording in model.corpus.wordings:
            yield from undefined(f"{at}.corpus.wordings", wording, study.prompts)
        if model.corpus.counted:
            wording = model.corpus.counted.wording
            yield from prompt_problems(study, f"{at}.corpus.counted.wording", wording, asks=True)
    yield from problems_of_verifier(study, at, model)
    if not isinstance(model, TunedModel):
        return
    yield from generator_problems(study, f"{at}.base", model.base)
    if isinstance(study.models.get(model.base), AskedModel):
        yield f"{at}.base: {model.base!r} is behind an API; only weights can be tuned"
    if _rests_on_itself(study, at.removeprefix("models.")):
        key = f"{at}.base" if model.revisions is None else f"{at}.base, {at}.revisions.pool"
        yield f"{key}: the model rests on itself"
    if model.revisions is not None:
        yield from _revisions(study, f"{at}.revisions", model.revisions)
    else:
        yield from undefined(f"{at}.selection", model.selection or "", study.selections)
        asks = model.control is not None
        yield from prompt_problems(study, f"{at}.wording", model.prompt, asks=asks)


def _revisions(study: Study, at: str, revisions: Revisions) -> Iterator[str]:
    """A revision model learns from training questions, never from problems that grade a model."""
    yield from prompt_problems(
        study, f"{at}.wording", revisions.wording, asks=False, also="{attempt}"
    )
    yield from one_prompt_problems(study, f"{at}.pool", revisions.pool)
    pool = study.pools.get(revisions.pool)
    if isinstance(pool, SampledPool) and pool.n < 2:
        yield f"{at}.pool: pool {revisions.pool!r} has one sample of a question; a pair takes two"
    benchmark = None if pool is None else study.benchmarks.get(pool.benchmark)
    if pool is None or benchmark is None:
        return
    yield from tested_on(study, f"{at}.pool", pool.benchmark)
    if isinstance(benchmark, QuestionsBenchmark) and not benchmark.answered_only:
        yield f"{at}.pool: some questions of {pool.benchmark!r} have no answer to grade by"


def _rests_on_itself(study: Study, name: str) -> bool:
    """Whether a model is made, in some steps, from what itself has made."""
    seen: set[str] = set()
    waiting = _made_from(study, name)
    while waiting:
        one = waiting.pop()
        if one == name:
            return True
        if one not in seen:
            seen.add(one)
            waiting += _made_from(study, one)
    return False


def _made_from(study: Study, name: str) -> list[str]:
    """The models whose weights or samples a model is tuned from."""
    model = study.models.get(name)
    if not isinstance(model, TunedModel):
        return []
    pool = study.pools.get(model.revisions.pool) if model.revisions else None
    return [model.base, *([pool.model] if pool is not None else [])]
