"""Whether a model is still to be had, asked before anything is spent."""

import json
import logging
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import openai
from openai import AsyncOpenAI

from scripts.lib.config.models import ApiModel, ModelFacts
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.openai_access import Address, Scrubber
from scripts.lib.engines.openai_failures import ServerError, clean_excerpt, from_exception

CHECK_S = 30.0
"""Seconds to wait for an answer about a model."""


def refuse_retired(
    config: ApiModel,
    facts: ModelFacts | None,
    references: Path,
    alternatives: Sequence[str] = (),
    today: date | None = None,
) -> None:
    """Refuse a model whose date of retirement (`facts.retired`, YYYY-MM-DD) has come.

    Args:
        config: the model.
        facts: its entry of config/models.yaml.
        references: folder with published points; a file named like the model is pointed to.
        alternatives: models that could be used instead.
        today: the day to compare with; the real one if left out.

    Raises:
        EngineError: it is retired, or the date cannot be read.
    """
    if facts is None or facts.retired is None:
        return
    try:
        retired = date.fromisoformat(facts.retired)
    except ValueError:
        raise EngineError(
            f"config/models.yaml: {config.model}: retired is {facts.retired!r}, "
            "not a date such as 2025-10-27"
        ) from None
    if retired > (today or date.today()):
        logging.warning("%s leaves the API on %s", config.model, retired)
        return
    text = f"{config.model} left the API on {retired} ({facts.source}). Nothing was sent."
    points = references / f"{_file_stem(config.model)}.csv"
    if points.exists():
        text += f" Its published points are in {points}."
    near = get_close_matches(config.model, alternatives, n=3, cutoff=0)
    listed = f"{Address.of(config.base_url).public}/models"
    hint = f", e.g. {', '.join(near)}" if near else f"; GET {listed} tells which there are"
    raise EngineError(f"{text} Choose another model in the study's models{hint}.")


async def refuse_unknown(client: AsyncOpenAI, config: ApiModel, scrub: Scrubber) -> None:
    """Refuse a model that the service says it does not have; costs nothing.

    A service without these endpoints, or one that does not answer them, gets a warning: the
    requests themselves will tell.

    Raises:
        EngineError: the service lists its models and this is not one, or it refuses the key.
    """
    try:
        await client.models.with_raw_response.retrieve(config.model, timeout=CHECK_S)
        return
    except openai.APIError as error:
        failure = from_exception(error, scrub)
    _refuse_key(config, failure)
    try:
        listed = await client.models.with_raw_response.list(timeout=CHECK_S)
        names = _names(listed.text)
    except openai.APIError as error:
        failure = from_exception(error, scrub)
        _refuse_key(config, failure)
        names = []
    if config.model in names:
        return
    if not names or failure.status != 404:
        logging.warning(
            "%s: could not ask the service whether it has this model (%s); going on",
            config.model,
            failure,
        )
        return
    near = get_close_matches(config.model, names, n=3, cutoff=0)
    shown = ", ".join(clean_excerpt(name, scrub) for name in near)
    raise EngineError(
        f"{config.model}: {Address.of(config.base_url).public} has no such model among its "
        f"{len(names)}. Nearest: {shown}. Set `model` in the study's models. Nothing was spent."
    )


def _refuse_key(config: ApiModel, failure: ServerError) -> None:
    # A key may be restricted to completions and still be good: such refusals name a scope.
    if failure.status == 401 and "scope" not in str(failure).lower():
        raise EngineError(
            f"{config.model}: {Address.of(config.base_url).public} refuses the key "
            f"({failure}). {key_hint(config)} Nothing was spent."
        )


def key_hint(config: ApiModel) -> str:
    """What to do about a refused key."""
    if not config.api_key_env:
        return "The study says that no key is needed: name its variable in api_key_env."
    return f"Check the environment variable {config.api_key_env}."


def _names(text: str) -> list[str]:
    """The model names in a list of models; empty where it cannot be read."""
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError):
        return []
    rows = body.get("data") if isinstance(body, dict) else None
    rows = rows if isinstance(rows, list) else []
    return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]


def _file_stem(model: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in model.rsplit("/", 1)[-1].lower())
