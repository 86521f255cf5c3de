"""The study's page: how much of its samples it holds."""

from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.config.base import Strict


class Page(Strict):
    """What can be read in results/{study}/index.html. It says itself what it leaves out."""

    samples: Annotated[int, Field(ge=1)] | Literal["all"] = 8
    """Samples of each problem at each setting whose texts it holds, the first ones."""
    problems: Annotated[int, Field(ge=1)] | Literal["all"] = 100
    """Problems of each pool whose samples it holds, the first ones."""
