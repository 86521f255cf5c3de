"""What a key of a study may hold, in words."""

import json
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scripts.lib.config.base import Name

PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
NAME = get_args(Name)[1].metadata[0].pattern
SIGNS = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}


def words(model: type[BaseModel]) -> str:
    """What the page calls a model: its name in words, such as "Score format"."""
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in model.__name__)
    return spaced.strip().capitalize()


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    kept = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return kept.replace(" ", "-")


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names, however deep, in its order."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        if get_origin(annotation) is not Literal:
            yield from models_in(part)


def is_discriminator(name: str, field: FieldInfo) -> bool:
    """Whether a key only says which kind of entry stands here."""
    return name in ("kind", "method") and get_origin(field.annotation) is Literal


def kinds_in(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation names, if there are several and a key says which it is."""
    models = list(models_in(annotation))
    told = [any(is_discriminator(*key) for key in model.model_fields.items()) for model in models]
    return models if len(models) > 1 and all(told) else []


def type_of(name: str, field: FieldInfo) -> str:
    """What a key may hold; models are links to their part of the page."""
    if kinds_in(field.annotation):
        prefixes: dict[Any, str] = {list: "list of ", dict: "by name: "}
        return f"{prefixes.get(get_origin(field.annotation), '')}[kinds](#{slug(name)})"
    told = _type(field.annotation, field.metadata)
    nullable = type(None) in get_args(field.annotation) and field.default is not None
    return f"{told}, or null" if nullable and not field.is_required() else told


def default_of(field: FieldInfo) -> str:
    """What a key is if left out: "needed", a value, or nothing."""
    if field.is_required():
        return "**needed**"
    value = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel) or value in ([], {}):
        return ""
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _type(annotation: Any, limits: list[Any]) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner, *more = parts
        found = [limit for one in more for limit in getattr(one, "metadata", [one])]
        return _type(inner, [*limits, *found])
    if origin is not None:
        return _composed(origin, parts, limits)
    if issubclass(annotation, BaseModel):
        return f"[{words(annotation)}](#{slug(words(annotation))})"
    if annotation is str and any(getattr(limit, "pattern", None) == NAME for limit in limits):
        return "name"
    return " ".join([PLAIN[annotation], *_limits(annotation, limits)])


def _composed(origin: Any, parts: tuple[Any, ...], limits: list[Any]) -> str:
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is list:
        return "list: " + _type(parts[0], [])
    if origin is tuple:
        return f"list of {len(parts)}: " + _type(parts[0], [])
    if origin is dict:
        key = _type(parts[0], [])
        return f"by {key}: " + _type(parts[1], [])
    assert origin in (typing.Union, types.UnionType), origin
    options = [_type(part, limits) for part in parts if part is not type(None)]
    return " or ".join(dict.fromkeys(options))


def _limits(annotation: Any, limits: list[Any]) -> Iterator[str]:
    signs = [
        f"{sign} {getattr(limit, name)}"
        for limit in limits
        for kind, (sign, name) in SIGNS.items()
        if isinstance(limit, kind)
    ]
    if signs:
        yield " and ".join(signs)
    if annotation is str and any(isinstance(limit, MinLen) for limit in limits):
        yield "(not empty)"
