"""Content against its pydantic model: errors name the origin, every key, and what is allowed."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scripts.lib.errors import UserError

M = TypeVar("M", bound=BaseModel)


class ConfigError(UserError):
    """A configuration breaks its model; the text names the file and every key."""


def check(model: type[M], content: Any, origin: str) -> M:
    """`content` as a `model`; `origin` names it in errors.

    Raises:
        ConfigError: with every problem at once.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise ConfigError(explain(error, origin, model)) from None


def explain(error: ValidationError, origin: str, model: type[BaseModel] | None) -> str:
    """Every problem of a failed validation on a line of its own, led by its key."""
    lines = [f"{origin}: {error.error_count()} problem(s)"]
    for problem in error.errors(include_url=False):
        path = [str(part) for part in problem["loc"]]
        key = ".".join(path)
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            text = "unknown key" + _allowed(model, problem["loc"])
        elif problem["type"] in {"literal_error", "missing", "value_error"}:
            pass
        else:
            text += f", not {problem['input']!r}"
        for line in text.splitlines():
            lines.append(f"  - {key}: {line}" if key else f"  - {line}")
    return "\n".join(lines)


def _allowed(model: type[BaseModel] | None, location: tuple[int | str, ...]) -> str:
    """The keys allowed where an unknown one was found, by walking the JSON schema."""
    if model is None:
        return ""
    root = model.model_json_schema()
    here: Any = root
    for part in location[:-1]:
        here = _step(root, here, part)
        if here is None:
            return ""
    keys = list(_resolve(root, here).get("properties", {}))
    return f"; allowed: {', '.join(keys)}" if keys else ""


def _resolve(root: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in here:
        here = root["$defs"][here["$ref"].rsplit("/", 1)[1]]
    return here


def _step(root: dict[str, Any], here: dict[str, Any], part: int | str) -> dict[str, Any] | None:
    here = _resolve(root, here)
    tagged = here.get("discriminator", {}).get("mapping", {})
    if part in tagged:
        return {"$ref": tagged[part]}
    for option in [here, *(_resolve(root, o) for o in here.get("anyOf", []))]:
        if isinstance(part, int) and "items" in option:
            return dict(option["items"])
        if part in option.get("properties", {}):
            return dict(option["properties"][part])
        if isinstance(part, str) and isinstance(option.get("additionalProperties"), dict):
            return dict(option["additionalProperties"])
        if "patternProperties" in option:
            return dict(next(iter(option["patternProperties"].values())))
    return None
