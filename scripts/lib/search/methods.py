"""The methods of search by their settings: how places are split, and who goes on."""

from collections.abc import Callable, Sequence
from functools import partial

from scripts.lib.config.searched import BeamSearch, DvtsSearch, LookaheadSearch, RebaseSearch
from scripts.lib.config.searched import Search as Settings
from scripts.lib.search.beam import beam_continuations
from scripts.lib.search.dvts import dvts_continuations, subtrees
from scripts.lib.search.rebase import rebase_continuations

Texts = Sequence[tuple[int, ...]]
GoOn = Callable[[Sequence[float], Texts, int], list[int]]
"""From scores and token ids of the candidates that can go on, and the number of places, to the
number of continuations of each."""


def trees(settings: Settings, beams: int) -> list[range]:
    """The places of each tree of a search: trees know nothing of each other."""
    if isinstance(settings, DvtsSearch) and beams > 1:
        return subtrees(beams, settings.width)
    return [range(beams)]


def looks_ahead(settings: Settings) -> int:
    """How many steps beyond its own a candidate is scored by."""
    return settings.steps if isinstance(settings, LookaheadSearch) else 0


def go_on(settings: Settings) -> GoOn:
    """The rule by which candidates go on."""
    if isinstance(settings, RebaseSearch):
        return lambda scores, _, places: rebase_continuations(scores, places, settings.balance)
    if isinstance(settings, DvtsSearch):
        return lambda scores, _, places: dvts_continuations(scores, places)
    return partial(_beam, settings)


def _beam(
    settings: BeamSearch | LookaheadSearch, scores: Sequence[float], texts: Texts, places: int
) -> list[int]:
    once = settings.duplicates == "once"
    return beam_continuations(scores, places, settings.width, texts if once else None)
