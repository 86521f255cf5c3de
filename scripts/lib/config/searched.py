"""Pools whose samples a search finds: a verifier scores steps, and the best go on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.noise import Sampling, Tokens
from scripts.lib.config.shards import Sharded

Aggregate = Literal["last", "min", "product", "mean"]
"""How the scores of a solution's steps become one."""


class _Search(Strict):
    aggregate: Aggregate = "last"
    """By which score of its steps a candidate is compared with others."""


class BeamSearch(_Search):
    """Beam search (Snell et al. 2024, section 5.2): of N candidates the best N / width go on."""

    method: Literal["beam"]
    width: int = Field(default=4, ge=2)
    """Continuations of each candidate that goes on."""
    duplicates: Literal["keep", "once"] = "keep"
    """once: of candidates with equal tokens only one can go on."""


class LookaheadSearch(_Search):
    """Beam search whose candidates are scored after some more steps, which are then thrown away
    (Snell et al. 2024, section 5.2).
    """  # noqa: D205

    method: Literal["lookahead"]
    width: int = Field(default=4, ge=2)
    """Continuations of each candidate that goes on."""
    duplicates: Literal["keep", "once"] = "keep"
    """once: of candidates with equal tokens only one can go on."""
    steps: int = Field(default=1, ge=1)
    """How many steps further, at temperature 0."""


class DvtsSearch(_Search):
    """Diverse verifier tree search: N / width trees, in each of which the best of `width`
    continuations goes on.
    """  # noqa: D205

    method: Literal["dvts"]
    width: int = Field(default=4, ge=2)
    """Continuations in each tree, of which one goes on."""


class RebaseSearch(_Search):
    """REBASE (Wu et al. 2024, section 3.2): N continuations are shared out among candidates by
    the softmax of their scores.
    """  # noqa: D205

    method: Literal["rebase"]
    balance: float = Field(default=0.2, gt=0)
    """Temperature of that softmax."""


Search = Annotated[
    BeamSearch | LookaheadSearch | DvtsSearch | RebaseSearch, Field(discriminator="method")
]


class Ending(Strict):
    """Budget forcing within a search: where a candidate's thinking reaches a length, it ends."""

    budget: Tokens
    """Most thinking tokens of a candidate."""
    think: str = "<|im_start|>think"
    """Opens the thinking; appended by force."""
    answer: str = "<|im_start|>answer"
    """Ends it and opens the answer."""
    final: str = "\nFinal Answer:"
    """Follows `answer` where thinking was cut."""
    answer_tokens: Tokens
    """Most tokens of an answer that was opened by force."""


class SearchedPool(Sharded):
    """Candidates that a search against a verifier ends with, for each number N of them."""

    kind: Literal["searched"]
    model: Name
    """Who writes the steps; it must run here."""
    verifier: Name
    """A model of kind verifier or hub_verifier."""
    benchmark: Name
    """Problem set."""
    problems: int | None = Field(default=None, ge=1)
    """Only the first so many problems."""
    wording: Name
    """Name of a prompt in the study's `prompts`."""
    search: Search
    """The method and its settings."""
    beams: list[Annotated[int, Field(ge=1)]] = Field(min_length=1)
    """The N: how many candidates a search holds. Each is a search of its own; with 1 there is
    nothing to choose, and the verifier is not asked."""
    repeats: int = Field(default=1, ge=1)
    """Searches of each problem and N, by seeds of their own; the candidates of search r, from 0,
    are the samples from r N on. With several, points have intervals on these problems."""
    separator: str = Field(default="\n\n", min_length=1)
    """What ends a step."""
    most_steps: int = Field(default=40, ge=1)
    """A candidate with so many steps counts as cut off."""
    ending: Ending | None = None
    """Force thinking to end at a budget."""
    sampling: Sampling
    """max_tokens: of a whole candidate."""
    seed: int = 0
    """Searches are drawn with seeds made of this."""
    expected_tokens: float | None = Field(default=None, gt=0)
    """Generated tokens a candidate is expected to take; only for the plan."""

    @model_validator(mode="after")
    def _whole_widths(self) -> "SearchedPool":
        if len(set(self.beams)) < len(self.beams):
            raise ValueError("beams: each number once")
        width = getattr(self.search, "width", 1)
        odd = [n for n in self.beams if n > 1 and n % width]
        if odd:
            raise ValueError(f"beams: {odd} are no multiples of search.width, {width}")
        return self

    @property
    def wordings(self) -> list[str]:
        """The prompts of its samples."""
        return [self.wording]
