"""The expected majority vote of all answers of k chains, drawn without replacement.

Answers of one chain belong together, so that there is no closed form as for single answers
(estimators.vote), unless chains have one answer each: every set of k chains is tried, or many
random ones where there are too many.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scripts.lib.estimators.vote import Tally, expected_vote
from scripts.lib.estimators.weighted_vote import worth_of_modes

Floats = NDArray[np.float64]
Chain = Sequence[int | None]
"""Classes of the answers of one chain; None is an empty one."""

MOST_SETS = 20_000
"""So many sets of chains, at most, are all tried; of more, so many are drawn: the standard error
of one problem's vote is then at most 0.0036."""
AT_ONCE = 4_096
"""Sets that are counted at once, to bound the memory."""


@dataclass(frozen=True)
class ChainTally:
    """The answers of one problem: how often each chain gave each class, and what a class is worth.

    `votes` has the shape (chains, classes), `worths` (classes,): the share of the class that was
    graded right. Empty answers are of no class.
    """

    votes: Floats
    worths: Floats

    def with_one_more(self, attempts: int, right: bool) -> "ChainTally":
        """The same chains and one more: all its answers of the largest right class, or empty."""
        votes, worths = self.votes, self.worths
        if right and not (worths == 1).any():
            votes = np.hstack([votes, np.zeros((len(votes), 1))])
            worths = np.append(worths, 1.0)
        more = np.zeros((1, votes.shape[1]))
        if right:
            more[0, np.argmax(np.where(worths == 1, votes.sum(axis=0), -1.0))] = attempts
        return ChainTally(np.vstack([votes, more]), worths)


def chain_tally(chains: Sequence[Chain], correct: Sequence[Sequence[bool]]) -> ChainTally:
    """Count the answers of one problem's chains.

    Args:
        chains: classes of their answers.
        correct: whether each answer is right.
    """
    numbers: dict[int, int] = {}
    for chain in chains:
        for one in chain:
            if one is not None:
                numbers.setdefault(one, len(numbers))
    votes = np.zeros((len(chains), len(numbers)))
    right = np.zeros(len(numbers))
    for place, (chain, graded) in enumerate(zip(chains, correct, strict=True)):
        for one, is_right in zip(chain, graded, strict=True):
            if one is not None:
                votes[place, numbers[one]] += 1
                right[numbers[one]] += is_right
    return ChainTally(votes, right / votes.sum(axis=0))


def expected_chain_vote(
    tally: ChainTally, k: int, seed: int, most: int = MOST_SETS
) -> tuple[float, float]:
    """Expected vote of all answers of k chains of one problem, and its Monte-Carlo error.

    The class with the most answers wins; a tie of m classes gives 1/m if one of them is right;
    empty answers do not vote. The error is 0 where all sets of k chains are tried, or the chains
    have one answer each.

    Args:
        tally: the problem's answers.
        k: chains of a draw.
        seed: of the random sets.
        most: sets that are tried, or drawn where there are more.

    Raises:
        ValueError: k is below 1 or above the number of chains.
    """
    chains = len(tally.votes)
    if not 1 <= k <= chains:
        raise ValueError(f"k must lie within 1 to {chains}, the number of chains: {k}")
    if tally.votes.sum(axis=1).max() <= 1:
        counts = tally.votes.sum(axis=0).astype(int)
        classes = tuple(zip(counts.tolist(), tally.worths.tolist(), strict=True))
        single = Tally(classes, empty=chains - int(counts.sum()))
        return float(expected_vote(single, [k])[0]), 0.0
    values = np.concatenate([_votes(tally, sets) for sets in _sets(chains, k, seed, most)])
    every = math.comb(chains, k) <= most
    error = 0.0 if every else float(values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()), error


def _votes(tally: ChainTally, sets: Floats) -> Floats:
    """The vote of each set of chains; a row of `sets` has 1 for the chains that are in it."""
    sums = sets @ tally.votes
    return worth_of_modes((sums, sums), tally.worths)


def _sets(chains: int, k: int, seed: int, most: int) -> Iterator[Floats]:
    """All sets of k of the chains, or random ones, as blocks of rows of 0 and 1."""
    if math.comb(chains, k) <= most:
        yield from _all_sets(chains, k)
        return
    generator = np.random.default_rng(seed)
    for begin in range(0, most, AT_ONCE):
        rows = min(AT_ONCE, most - begin)
        orders = generator.permuted(np.tile(np.arange(chains), (rows, 1)), axis=1)
        yield np.asarray(orders < k, dtype=np.float64)


@lru_cache(maxsize=16)
def _all_sets(chains: int, k: int) -> list[Floats]:
    """All sets of k of the chains: the same for every problem."""
    members = np.array(list(combinations(range(chains), k)), dtype=np.int64)
    rows = np.zeros((len(members), chains))
    np.put_along_axis(rows, members, 1.0, axis=1)
    return [rows[begin : begin + AT_ONCE] for begin in range(0, len(rows), AT_ONCE)]
