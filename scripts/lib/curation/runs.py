"""Runs of words, numbered: two texts share a run exactly if they hold the same number."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

PAD = 0
_ODD = 0x9E3779B97F4A7C15


def words_of(text: str) -> list[str]:
    """The words of a text: lower case, split at white space, as s1 compares them."""
    return text.lower().split()


@dataclass(frozen=True)
class Runs:
    """All runs of `length` words in some texts, text after text.

    Attributes:
        number: [runs] equal for equal runs, 0 to `distinct` - 1.
        text: [runs] index of the text that the run stands in.
        first: [texts + 1] index of the first run of each text, and the number of runs.
        distinct: how many different runs there are.
    """

    number: NDArray[np.int32]
    text: NDArray[np.int32]
    first: NDArray[np.int64]
    distinct: int


class _Vocabulary(dict[str, int]):
    """Numbers words as they come, from 1."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self) + 1
        return number


def number_runs(
    texts: Iterable[str], length: int, multipliers: Iterable[int] | None = None
) -> Runs:
    """Number the runs of `length` words of each text.

    A text of fewer words is one run, equal only to the same text; one of no words has none.
    Runs are found by a hash and compared word by word; should two different ones have the same
    hash, all are hashed again with the next of `multipliers` (odd numbers).
    """
    words, sizes = _numbered_words(texts, length)
    counts = np.where(sizes > 0, sizes - length + 1, 0)
    first = np.concatenate([[0], np.cumsum(counts)])
    begins = np.cumsum(sizes) - sizes
    place = np.arange(first[-1]) + np.repeat(begins - first[:-1], counts)
    text = np.repeat(np.arange(len(sizes), dtype=np.int32), counts)
    for multiplier in _multipliers() if multipliers is None else multipliers:
        hashes = _hashes(words, length, multiplier)[place]
        order = np.argsort(hashes)
        hashes = hashes[order]
        again = hashes[1:] == hashes[:-1]
        if _equal(words, length, place[order[:-1][again]], place[order[1:][again]]):
            break
    else:
        raise ValueError("every multiplier gave two different runs the same hash")
    number = np.zeros(len(order), dtype=np.int32)
    number[order[1:]] = np.cumsum(~again, dtype=np.int32)
    return Runs(number, text, first, int(len(order) and len(order) - again.sum()))


def _numbered_words(
    texts: Iterable[str], length: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """All words as numbers, and how many each text has; short texts are padded to `length`."""
    number = _Vocabulary().__getitem__
    words, sizes = array("I"), array("q")
    for text in texts:
        before = len(words)
        words.extend(map(number, words_of(text)))
        size = len(words) - before
        if 0 < size < length:
            words.extend([PAD] * (length - size))
            size = length
        sizes.append(size)
    return np.array(words, dtype=np.uint32), np.array(sizes, dtype=np.int64)


def _multipliers() -> Iterator[int]:
    return ((_ODD * (2 * number + 1)) % 2**64 for number in count())


def _hashes(words: NDArray[np.uint32], length: int, multiplier: int) -> NDArray[np.uint64]:
    """[places] the run at each place as a polynomial in `multiplier`, modulo 2^64."""
    places = max(len(words) - length + 1, 0)
    hashes = np.zeros(places, dtype=np.uint64)
    for offset in range(length):
        hashes *= np.uint64(multiplier)
        hashes += words[offset : offset + places]
    return hashes


def _equal(
    words: NDArray[np.uint32], length: int, left: NDArray[np.int64], right: NDArray[np.int64]
) -> bool:
    """Whether the runs at all `left` places equal those at the `right` ones, word for word."""
    return all(
        np.array_equal(words[left + offset], words[right + offset]) for offset in range(length)
    )
