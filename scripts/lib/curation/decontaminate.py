"""Which questions share words with a test, or with a question kept from an earlier source."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curation.dropping import CurationError, Split, split
from scripts.lib.curation.runs import Repeats, repeats, words_of

TEST = "shares words with a test"
EARLIER = "shares words with an earlier source"
DUPLICATE = "duplicate"
NOBODY = -1
WITHHELD = "(not shown: shares words with a test whose texts may not be published)"


class Hit(NamedTuple):
    """Why a question goes: text `other` has the run that begins at word `word` of the question."""

    reason: str
    other: int
    word: int


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
    texts = pl.concat([tests["problem"], whole["question"]])
    ends = np.cumsum([len(source) for source in sources]) + len(tests)
    ids = whole["question_id"].to_list()
    hits = find_hits(texts, private, len(tests), ends.tolist(), ids, words)
    reasons = pl.Series([hit and hit.reason for hit in hits], dtype=pl.String)
    gone = [hit for hit in hits if hit]
    names = [
        *("/".join(row) for row in tests.select("benchmark", "problem_id").iter_rows()),
        *("/".join(row) for row in whole.select("source", "question_id").iter_rows()),
    ]
    said = words_of(whole["question"].filter(reasons.is_not_null())).to_list()
    details = pl.Series([None] * len(whole), dtype=pl.String).scatter(
        reasons.is_not_null().arg_true(),
        [
            _detail(hit, names[hit.other], of_hit[hit.word : hit.word + words], private)
            for hit, of_hit in zip(gone, said, strict=True)
        ],
    )
    kept, dropped = split("decontaminate", whole, reasons, details)
    withheld = pl.Series([hit.other < private for hit in gone], dtype=pl.Boolean)
    shown = pl.when(withheld).then(pl.lit(WITHHELD)).otherwise("question")
    return Split(kept, dropped.with_columns(question=shown))


def find_hits(
    texts: pl.Series,
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
    runs = repeats(texts, words)
    owner = np.full(runs.distinct, NOBODY)
    _own(owner, runs, runs.span(0, tests))
    hits: list[Hit | None] = []
    kept: dict[str, int] = {}
    begin = tests
    for end in ends:
        span = runs.span(begin, end)
        shared = _shared(owner, runs, span, (private, tests))
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
        _own(owner, runs, span, stays[runs.text[span] - begin])
        begin = end
    return hits


def _shared(
    owner: NDArray[np.int64], runs: Repeats, span: slice, tests: tuple[int, int]
) -> dict[int, Hit]:
    """Texts within `span` with a run that has an owner, and the first such run.

    Runs of private tests, of which there are `tests[0]`, go before those of other tests, of which
    there are `tests[1]` with them, and these before runs of questions.
    """
    owners, texts, words = owner[runs.number[span]], runs.text[span], runs.word[span]
    found: dict[int, Hit] = {}
    owned = owners != NOBODY
    reasons = [(EARLIER, owned), *((TEST, owned & (owners < limit)) for limit in reversed(tests))]
    for reason, hit in reasons:
        rows, firsts = np.unique(texts[hit], return_index=True)
        others, at = owners[hit][firsts], words[hit][firsts]
        for row, other, word in zip(rows.tolist(), others.tolist(), at.tolist(), strict=True):
            found[row] = Hit(reason, other, word)
    return found


def _own(
    owner: NDArray[np.int64], runs: Repeats, span: slice, stays: NDArray[np.bool_] | None = None
) -> None:
    """Give runs within `span`, where they stay, to their texts: to the first of several."""
    numbers, texts = runs.number[span], runs.text[span]
    if stays is not None:
        numbers, texts = numbers[stays], texts[stays]
    # Of repeated indices the last assignment counts.
    owner[numbers[::-1]] = texts[::-1]


def _check_texts(tests: pl.DataFrame) -> None:
    bare = tests.filter(pl.col("problem").is_null())
    if len(bare):
        benchmark, problem = bare.select("benchmark", "problem_id").row(0)
        raise CurationError(
            f"benchmark {benchmark}: problem {problem} has no text, so no question can be "
            f"compared with it ({len(bare)} such problems); name other benchmarks in "
            "questions.against"
        )


def _detail(hit: Hit, name: str, shared: list[str], private: int) -> str:
    """What the question collides with, and the words both have where they may be shown."""
    return name if hit.reason == DUPLICATE or hit.other < private else f"{name}: {' '.join(shared)}"
