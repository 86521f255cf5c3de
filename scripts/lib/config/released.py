"""A study with the models and training sets that others have published, instead of its own."""

import re
from collections.abc import Iterator
from typing import Any

from scripts.lib.config.check import ConfigError
from scripts.lib.config.models import HubModel, LocalSettings, Model, TrainedModel, TunedModel
from scripts.lib.config.names import problems_of
from scripts.lib.config.study import Released, Study
from scripts.lib.config.verifiers import VerifierModel

SHOWN = ("curves", "figures", "tables")
"""What a user asks for, and so has to know that it is left out."""


def as_asked(study: Study) -> tuple[Study, list[str]]:
    """The study with the weights and data that it asks for, and names of what is left out for that.

    What rests on a model or a selection that is not published is left out, whole: a figure that
    lacks a line would say something else.

    Raises:
        ConfigError: what is published has no revision, or nothing would be left.
    """
    if study.weights == "built" and study.data == "curated":
        return study, []
    published = _used(study)
    _check_revisions(published)
    parts: dict[str, Any] = {"questions": None}
    parts["selections"] = {n: s for n, s in study.selections.items() if n in published.selections}
    if study.weights == "released":
        found = {name: _published(study, name) for name in study.models}
        parts["models"] = {name: model for name, model in found.items() if model is not None}
    parts["released"] = published.model_copy(update={"models": {}})
    rest = _without_what_rests_on(study.model_copy(update=parts))
    if not rest.curves:
        raise ConfigError(
            f"weights: {study.weights}, data: {study.data}: no curve can be drawn, for each rests "
            "on a model or a selection of this study that is not among those published (released)"
        )
    return rest, list(_missing(study, rest))


def _used(study: Study) -> Released:
    """What is taken of what is published."""
    return Released(
        models=study.released.models if study.weights == "released" else {},
        selections=study.released.selections if study.data == "released" else {},
    )


def _published(study: Study, name: str) -> Model | None:
    """What stands for a model; None for one that would have to be trained."""
    model, released = study.models[name], study.released.models.get(name)
    if released is not None:
        settings = {key: getattr(model, key) for key in LocalSettings.model_fields}
        where = released.model_dump(exclude_none=True)
        return HubModel.model_validate({"kind": "hub", **where, **settings})
    return None if isinstance(model, TunedModel | TrainedModel | VerifierModel) else model


def _check_revisions(published: Released) -> None:
    pages = {f"models.{n}": m.repo for n, m in published.models.items() if m.revision is None}
    pages |= {
        f"selections.{name}": f"datasets/{selection.repo}"
        for name, selection in published.selections.items()
        if selection.revision is None
    }
    if pages:
        lines = "".join(
            f"\n  - released.{key}.revision: name a commit of https://huggingface.co/{page}/commits/main"
            for key, page in pages.items()
        )
        raise ConfigError(f"released: which version is not said:{lines}")


def _without_what_rests_on(study: Study) -> Study:
    """Take out what the check of names refuses, until it refuses nothing."""
    while problems := problems_of(study):
        refused = {found.groups() for p in problems if (found := re.match(r"(\w+)\.(\w+)", p))}
        parts: dict[str, dict[str, object]] = {}
        for section in {section for section, _ in refused} - {"released"}:
            entries = getattr(study, section)
            parts[section] = {n: e for n, e in entries.items() if (section, n) not in refused}
        if not parts:
            raise ConfigError("released:\n" + "\n".join(problems))
        study = study.model_copy(update=parts)
    return study


def _missing(study: Study, rest: Study) -> Iterator[str]:
    for section in SHOWN:
        kept = getattr(rest, section)
        yield from (f"{section}.{name}" for name in getattr(study, section) if name not in kept)
