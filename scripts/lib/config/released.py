"""A study with the models that others have published, instead of those that it would train."""

import re
from collections.abc import Iterator

from scripts.lib.config.check import ConfigError
from scripts.lib.config.models import HubModel, LocalSettings, Model, TrainedModel, TunedModel
from scripts.lib.config.names import problems_of
from scripts.lib.config.study import Study
from scripts.lib.config.verifiers import VerifierModel

SHOWN = ("curves", "figures", "tables")
"""What a user asks for, and so has to know that it is left out."""


def as_asked(study: Study) -> tuple[Study, list[str]]:
    """The study with the weights that it asks for, and the names of what cannot be made of them.

    With `weights: released` nothing is trained and nothing curated. What rests on a model that is
    not published is left out, whole: a figure that lacks a line would say something else.

    Raises:
        ConfigError: a published model has no revision, or nothing would be left.
    """
    if study.weights == "built":
        return study, []
    _check_revisions(study)
    models = {name: one for name in study.models if (one := _published(study, name)) is not None}
    parts = {"models": models, "released": {}, "questions": None, "selections": {}}
    rest = _without_what_rests_on(study.model_copy(update=parts))
    if not rest.curves:
        raise ConfigError(
            "weights: released: no curve can be drawn, for every one rests on a model that this "
            "study trains and that has no published one (released.{model})"
        )
    return rest, list(_missing(study, rest))


def _published(study: Study, name: str) -> Model | None:
    """What stands for a model; None for one that would have to be trained."""
    model, released = study.models[name], study.released.get(name)
    if released is not None:
        settings = {key: getattr(model, key) for key in LocalSettings.model_fields}
        where = released.model_dump(exclude_none=True)
        return HubModel.model_validate({"kind": "hub", **where, **settings})
    return None if isinstance(model, TunedModel | TrainedModel | VerifierModel) else model


def _check_revisions(study: Study) -> None:
    lacking = {name: r.repo for name, r in study.released.items() if r.revision is None}
    if lacking:
        lines = "".join(
            f"\n  - released.{name}.revision: name a commit of "
            f"https://huggingface.co/{repo}/commits/main"
            for name, repo in lacking.items()
        )
        raise ConfigError(f"weights: released: which weights is not said:{lines}")


def _without_what_rests_on(study: Study) -> Study:
    """Take out what the check of names refuses, until it refuses nothing."""
    while problems := problems_of(study):
        refused = {found.groups() for p in problems if (found := re.match(r"(\w+)\.(\w+)", p))}
        parts: dict[str, dict[str, object]] = {section: {} for section, _ in refused}
        for section in parts:
            entries = getattr(study, section)
            parts[section] = {n: e for n, e in entries.items() if (section, n) not in refused}
        if not parts:
            raise ConfigError("weights: released: " + "\n".join(problems))
        study = study.model_copy(update=parts)
    return study


def _missing(study: Study, rest: Study) -> Iterator[str]:
    for section in SHOWN:
        kept = getattr(rest, section)
        yield from (f"{section}.{name}" for name in getattr(study, section) if name not in kept)
