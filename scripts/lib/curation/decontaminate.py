"""Which questions share words with a test, or with a question kept from an earlier source."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curation.dropping import CurationError, Split, split
from scripts.lib.curation.runs import Runs, number_runs, words_of

TEST = "shares words with a test"
EARLIER = "shares words with an earlier source"
DUPLICATE = "duplicate"
WITHHELD = "(not shown: shares words with a test whose texts may not be published)"


class Hit(NamedTuple):
    """Why a question goes: text `other` has the run of words that begins at word `place`."""

    reason: str
    other: int
    place: int


def decontaminate(sources: Sequence[pl.DataFrame], tests: pl.DataFrame, words: int) -> Split:
    """Drop questions that share `words` words in a row with a test or with an earlier source.

    Only what was kept of the earlier sources counts. The same question again is dropped too,
    also within its source. A text of fewer words shares them with the same text only.

    Args:
        sources: Question tables (question_id may repeat), in the order of comparison.
        tests: a Problem table.
        words: length of the run.

    Raises:
        CurationError: a test has no text to compare with.
    """
    _check_texts(tests)
    tests = tests.sort(pl.col("publish") != "hash", maintain_order=True)
    private = int((tests["publish"] == "hash").sum())
    whole = pl.concat(sources)
    texts = [*tests["problem"], *whole["question"]]
    ends = np.cumsum([len(source) for source in sources]) + len(tests)
    ids = whole["question_id"].to_list()
    hits = find_hits(texts, private, len(tests), ends.tolist(), ids, words)
    names = [
        f"{place}/{name}"
        for place, name in [
            *tests.select("benchmark", "problem_id").iter_rows(),
            *whole.select("source", "question_id").iter_rows(),
        ]
    ]
    details = [
        hit and _detail(hit, names[hit.other], text, words, shown=hit.other >= private)
        for hit, text in zip(hits, texts[len(tests) :], strict=True)
    ]
    reasons = pl.Series([hit and hit.reason for hit in hits], dtype=pl.String)
    kept, dropped = split("decontaminate", whole, reasons, pl.Series(details, dtype=pl.String))
    withheld = pl.Series([hit.other < private for hit in hits if hit], dtype=pl.Boolean)
    shown = pl.when(withheld).then(pl.lit(WITHHELD)).otherwise("question")
    return Split(kept, dropped.with_columns(question=shown))


def find_hits(
    texts: Sequence[str],
    private: int,
    tests: int,
    ends: Sequence[int],
    ids: Sequence[str],
    words: int,
) -> list[Hit | None]:
    """For each text after the first `tests` the reason why it goes, None if it stays.

    Args:
        texts: the tests, then the questions of one source after the other.
        private: how many of the tests, at their begin, go before all others as a reason.
        tests: how many tests there are.
        ends: where each source ends in `texts`.
        ids: ids of the questions.
        words: length of a run.
    """
    runs = number_runs(texts, words)
    owner = np.full(runs.distinct, -1, dtype=np.int32)
    _own(owner, runs, 0, np.ones(tests, dtype=np.bool_))
    hits: list[Hit | None] = []
    kept: dict[str, int] = {}
    begin = tests
    for end in ends:
        shared = _shared(owner, runs, slice(begin, end), (private, tests))
        stays = np.zeros(end - begin, dtype=np.bool_)
        for index in range(begin, end):
            hit = shared.get(index)
            same = kept.get(ids[index - tests])
            if same is not None and (hit is None or hit.reason != TEST):
                hit = Hit(DUPLICATE, same, 0)
            if hit is None:
                kept[ids[index - tests]] = index
                stays[index - begin] = True
            hits.append(hit)
        _own(owner, runs, begin, stays)
        begin = end
    return hits


def _shared(
    owner: NDArray[np.int32], runs: Runs, texts: slice, tests: tuple[int, int]
) -> dict[int, Hit]:
    """Those of `texts` with a run that has an owner: the first run of a private test, else of
    any test, else of any text.
    """  # noqa: D205
    first = int(runs.first[texts.start])
    owners = owner[runs.number[first : runs.first[texts.stop]]]
    found: dict[int, Hit] = {}
    owned = owners >= 0
    reasons = [(EARLIER, owned), *((TEST, owned & (owners < limit)) for limit in reversed(tests))]
    for reason, hit in reasons:
        places = np.flatnonzero(hit)
        rows, firsts = np.unique(runs.text[places + first], return_index=True)
        for text, place in zip(rows.tolist(), places[firsts].tolist(), strict=True):
            word = place + first - int(runs.first[text])
            found[text] = Hit(reason, int(owners[place]), word)
    return found


def _own(owner: NDArray[np.int32], runs: Runs, begin: int, stays: NDArray[np.bool_]) -> None:
    """Let the texts from `begin` on that stay own their runs; of several the first owns."""
    span = slice(runs.first[begin], runs.first[begin + len(stays)])
    text = runs.text[span]
    mine = stays[text - begin]
    # Of repeated indices the last assignment counts.
    owner[runs.number[span][mine][::-1]] = text[mine][::-1]


def _check_texts(tests: pl.DataFrame) -> None:
    bare = tests.filter(pl.col("problem").is_null())
    if len(bare):
        benchmark, problem = bare.select("benchmark", "problem_id").row(0)
        raise CurationError(
            f"benchmark {benchmark}: problem {problem} has no text, so no question can be "
            f"compared with it ({len(bare)} such problems); name other benchmarks in "
            "questions.against"
        )


def _detail(hit: Hit, name: str, text: str, words: int, *, shown: bool) -> str:
    """What the question collides with, and the words both have where they may be shown."""
    if hit.reason == DUPLICATE or not shown:
        return name
    return f"{name}: " + " ".join(words_of(text)[hit.place : hit.place + words])
