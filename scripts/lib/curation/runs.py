"""Runs of words that stand in more than one place of some texts, found by their hashes."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import polars as pl
from numpy.typing import NDArray

# White space as Python's str.split has it: Rust's, and four separators of old.
_WORD = r"[^\s\x1c-\x1f]+"
_FIRST_BITS = 22
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def words_of(texts: pl.Series) -> pl.Series:
    """[texts] the words of each text: lower case, split at white space, as s1 compares them."""
    return texts.str.to_lowercase().str.extract_all(_WORD)


@dataclass(frozen=True)
class Repeats:
    """Runs of `length` words that stand in two places or more, text after text.

    Attributes:
        number: [places] equal for equal runs, 0 to `distinct` - 1.
        text: [places] index of the text.
        word: [places] at which of its words the run begins.
        distinct: how many different runs there are.
    """

    number: NDArray[np.int64]
    text: NDArray[np.int64]
    word: NDArray[np.int64]
    distinct: int

    def span(self, begin: int, end: int) -> slice:
        """The places in texts `begin` to `end` - 1."""
        first, last = np.searchsorted(self.text, [begin, end])
        return slice(int(first), int(last))


def repeats(texts: pl.Series, length: int) -> Repeats:
    """The runs of `length` words that these texts, given as lists of words, repeat.

    A text of fewer words is one run, equal only to the same text; one of no words has none.
    Runs with equal hashes are compared word by word; should two of them differ, all are hashed
    again with another seed.
    """
    words, sizes = _padded_words(texts, length)
    counts = np.maximum(sizes - length + 1, 0)
    firsts = np.cumsum(counts) - counts
    begins = np.cumsum(sizes) - sizes
    of_text = np.repeat(np.arange(len(sizes)), counts)
    place = np.arange(len(of_text)) + np.repeat(begins - firsts, counts)
    for seed in _seeds():
        hashes = _hashes(words, length, seed)[place]
        again = _repeated(hashes)
        order = again[np.argsort(hashes[again], kind="stable")]
        same = hashes[order[1:]] == hashes[order[:-1]]
        if _equal(words, length, place[order[:-1][same]], place[order[1:][same]]):
            break
    number = np.zeros(len(again), dtype=np.int64)
    number[np.searchsorted(again, order[1:])] = np.cumsum(~same)
    text = of_text[again]
    distinct = int(number.max()) + 1 if len(number) else 0
    return Repeats(number, text, place[again] - begins[text], distinct)


def whole_runs(short: pl.Series, texts: pl.Series) -> Iterator[tuple[int, int, int]]:
    """Where short texts stand whole in other texts; both are given as lists of words.

    Yields:
        Which of `short` (the first of equal ones), which of `texts`, and at which of its words.
        Short texts of the same length come together, in the order of the places.
    """
    wanted: dict[int, dict[tuple[str, ...], int]] = {}
    for number, words in enumerate(short.to_list()):
        if words:
            wanted.setdefault(len(words), {}).setdefault(tuple(words), number)
    flat = texts.explode().drop_nulls()
    of_text = np.repeat(np.arange(len(texts)), texts.list.len().to_numpy())
    begins = np.searchsorted(of_text, np.arange(len(texts)))
    for length, parts in sorted(wanted.items()):
        hashes = _hashes(flat, length, 0)
        looked_for = _hashes(pl.Series([word for part in parts for word in part]), length, 0)
        for place in np.flatnonzero(np.isin(hashes, looked_for[::length])).tolist():
            found = parts.get(tuple(flat[place : place + length]))
            text = int(of_text[place])
            if found is not None and of_text[place + length - 1] == text:
                yield found, text, place - int(begins[text])


def _seeds() -> Iterator[int]:
    return count()


def _padded_words(texts: pl.Series, length: int) -> tuple[pl.Series, NDArray[np.int64]]:
    """All words of all texts, and how many each has; short texts are padded with nulls."""
    table = pl.DataFrame({"words": texts}).with_columns(size=pl.col("words").list.len())
    padded = table.filter(pl.col("size") > 0).select(
        pl.when(pl.col("size") < length)
        .then(pl.col("words").list.gather(list(range(length)), null_on_oob=True))
        .otherwise("words")
    )
    sizes = table["size"].to_numpy().astype(np.int64)
    return padded["words"].explode(), np.where(sizes > 0, np.maximum(sizes, length), 0)


def _hashes(words: pl.Series, length: int, seed: int) -> NDArray[np.uint64]:
    """[places] the run at each place: a polynomial in the hashes of its words, modulo 2^64."""
    of_words = words.hash(seed).to_numpy()
    places = max(len(words) - length + 1, 0)
    hashes = np.zeros(places, dtype=np.uint64)
    for offset in range(length):
        hashes *= _MULTIPLIER
        hashes += of_words[offset : offset + places]
    return hashes


def _repeated(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Indices of the hashes that occur twice or more, in their order."""
    in_order = np.sort(hashes)
    twice = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
    # Most hashes are sorted out by their first bits, the others looked up.
    first_bits = np.zeros(2**_FIRST_BITS, dtype=np.bool_)
    first_bits[twice >> (64 - _FIRST_BITS)] = True
    likely = np.flatnonzero(first_bits[hashes >> (64 - _FIRST_BITS)])
    return likely[np.isin(hashes[likely], twice)]


def _equal(
    words: pl.Series, length: int, left: NDArray[np.int64], right: NDArray[np.int64]
) -> bool:
    """Whether the runs at all `left` places equal those at the `right` ones, word for word."""
    return all(
        words.gather(left + offset).eq_missing(words.gather(right + offset)).all()
        for offset in range(length)
    )
