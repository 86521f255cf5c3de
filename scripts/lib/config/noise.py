"""How tokens are drawn."""

from typing import Annotated

from pydantic import Field

from scripts.lib.config.base import Strict

Tokens = Annotated[int, Field(ge=1)]


class Noise(Strict):
    """How tokens are drawn."""

    temperature: float = Field(default=1.0, ge=0)
    """Divides the logits; 0 takes the likeliest token."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Only the likeliest tokens that make up this share are drawn from."""


class Sampling(Noise):
    """How a model is sampled."""

    max_tokens: int = Field(ge=1)
    """Most generated tokens; a sample that reaches them is cut off."""
