"""Slices of config/ that rules hand to programs as options."""

import json

from pydantic import TypeAdapter

from scripts.lib.config.models import ModelFacts, Price

price_option = TypeAdapter(Price | None).validate_json
"""An argparse type: a price as JSON, or null."""


def facts_option(text: str) -> ModelFacts:
    """An argparse type: an entry of config/models.yaml as JSON; `source` may be left out.

    Rules leave it out, so that a better wording of a source reruns nothing.
    """
    return ModelFacts.model_validate({"source": "config/models.yaml", **json.loads(text)})
