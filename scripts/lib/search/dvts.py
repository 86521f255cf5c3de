"""Diverse verifier tree search (Beeching, Tunstall, Rush 2024, "Scaling test-time compute with
open models"): the places of a search are split into subtrees that never mix.

In a subtree the best candidate goes on, with all continuations. The published code returns the
last candidates of each subtree as they are, ended or not, when the best of them has ended. Here
a candidate that has ended keeps its place, and the best of the others goes on with the places
that are left, until all have ended: every place is completed.
"""  # noqa: D205

from collections.abc import Sequence

from scripts.lib.search.ranking import ranked, shared_out


def subtrees(places: int, width: int) -> list[range]:
    """The places of each subtree, `width` apiece.

    Raises:
        ValueError: places are no multiple of width.
    """
    if places % width:
        raise ValueError(f"{places} places do not divide into subtrees of {width}")
    return [range(start, start + width) for start in range(0, places, width)]


def dvts_continuations(scores: Sequence[float], places: int) -> list[int]:
    """How many continuations each candidate of one subtree gets: the best gets all `places`.

    Raises:
        ValueError: a score is not a number.
    """
    return shared_out(places, ranked(scores)[:1], len(scores))
