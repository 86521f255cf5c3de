"""Beam search against a verifier (Snell et al. 2024, arXiv:2408.03314, section 5.2).

N candidates take a step each; the best N / width go on, with `width` continuations each. A
candidate that has ended keeps its place, and the search goes on with the places that are left.
"""

from collections.abc import Hashable, Sequence

from scripts.lib.search.ranking import ranked, shared_out


def beam_continuations(
    scores: Sequence[float],
    places: int,
    width: int,
    texts: Sequence[Hashable] | None = None,
) -> list[int]:
    """How many continuations each candidate gets; their sum is `places`.

    places / width candidates go on, rounded up: 10 places and a width of 4 give 4, 3 and 3.

    Args:
        scores: of the candidates that can go on, in the order of their places.
        places: how many continuations there are in all.
        width: of each candidate that goes on.
        texts: of the same candidates: of those with equal texts only the best goes on, and its
            equals get nothing. Where too few are left, each gets more than `width`.

    Raises:
        ValueError: a score is not a number.
    """
    best = ranked(scores)
    if texts is not None:
        first: dict[Hashable, int] = {}
        for place in best:
            first.setdefault(texts[place], place)
        best = list(first.values())
    return shared_out(places, best[: -(-places // width)], len(scores))
