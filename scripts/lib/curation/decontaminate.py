"""Which questions share words with a test, or with a question kept from an earlier source."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.curation.dropping import CurationError, Split, split
from scripts.lib.curation.runs import Repeats, repeats, whole_runs, words_of

TEST = "shares words with a test"
EARLIER = "shares words with an earlier source"
DUPLICATE = "duplicate"
NOBODY = -1
FEWEST = 5
"""A test of fewer words is no more than a phrase: many questions hold it that are not the test."""


class Hit(NamedTuple):
    """Why a question goes: text `other` has the `words` words from `word` on of the question."""

    reason: str
    other: int
    word: int
    words: int


def decontaminate(sources: Sequence[pl.DataFrame], tests: pl.DataFrame, words: int) -> Split:
    """Drop questions that share `words` words in a row with a test or with an earlier source.

    Only what was kept of the earlier sources counts. The same question again is dropped too,
    also within its source. A test of fewer words, but at least FEWEST, is shared by a question in
    which it stands whole (s1's code compares no such tests); any other text of fewer words only by
    the same text.

    A question that shares words with a text that may not be published, be it a test or any other
    question, may not be published either, whether it stays or goes.

    Args:
        sources: Question tables (question_id may repeat), in the order of comparison.
        tests: a Problem table.
        words: length of the run.

    Raises:
        CurationError: a test has no text to compare with.
    """
    _check_texts(tests)
    whole = pl.concat(sources)
    texts = words_of(pl.concat([tests["problem"], whole["question"]]))
    runs = repeats(texts, words)
    short = _short_tests(texts[: len(tests)], texts[len(tests) :], words)
    secret = (pl.concat([tests["publish"], whole["publish"]]) == "hash").to_numpy()
    touched = _touched(runs, secret)[len(tests) :]
    touched[[row for row, hits in short.items() if any(secret[hit.other] for hit in hits)]] = True
    whole = whole.with_columns(
        publish=pl.when(pl.Series(touched)).then(pl.lit("hash")).otherwise("publish")
    )
    ends = np.cumsum([len(source) for source in sources]) + len(tests)
    ids = whole["question_id"].to_list()
    first_short = {row: hits[0] for row, hits in short.items()}
    hits = find_hits(runs, len(tests), ends.tolist(), ids, words, first_short)
    reasons = pl.Series([hit and hit.reason for hit in hits], dtype=pl.String)
    gone = [hit for hit in hits if hit]
    names = [
        *("/".join(row) for row in tests.select("benchmark", "problem_id").iter_rows()),
        *("/".join(row) for row in whole.select("source", "question_id").iter_rows()),
    ]
    said = texts[len(tests) :].filter(reasons.is_not_null()).to_list()
    others = [names[hit.other] for hit in gone]
    details = [
        other
        if hit.reason == DUPLICATE
        else f"{other}: {' '.join(of_hit[hit.word :][: hit.words])}"
        for hit, other, of_hit in zip(gone, others, said, strict=True)
    ]
    rows = reasons.is_not_null().arg_true()
    nothing = pl.Series([None] * len(whole), dtype=pl.String)
    return split(
        "decontaminate",
        whole,
        reasons,
        nothing.clone().scatter(rows, details),
        nothing.clone().scatter(rows, others),
    )


def _short_tests(tests: pl.Series, questions: pl.Series, words: int) -> dict[int, list[Hit]]:
    """Questions in which tests of FEWEST to `words` - 1 words stand whole: by row, in order."""
    size = pl.col("words").list.len()
    few = pl.DataFrame({"words": tests}).with_row_index()
    few = few.filter(size >= FEWEST, size < words)
    found: dict[int, list[Hit]] = {}
    for number, row, word in whole_runs(few["words"], questions):
        hit = Hit(TEST, few["index"][number], word, len(few["words"][number]))
        found.setdefault(row, []).append(hit)
    return found


def find_hits(
    runs: Repeats,
    tests: int,
    ends: Sequence[int],
    ids: Sequence[str],
    words: int,
    short: Mapping[int, Hit],
) -> list[Hit | None]:
    """For each text after the first `tests` the reason why it goes, None if it stays.

    Args:
        runs: of the texts: the tests, then the questions of one source after the other.
        tests: how many tests there are.
        ends: where each source ends among the texts.
        ids: ids of the questions.
        words: length of the runs.
        short: questions, by row, that hold a test of fewer words.
    """
    owner = np.full(runs.distinct, NOBODY)
    _own(owner, runs, runs.span(0, tests))
    hits: list[Hit | None] = []
    kept: dict[str, int] = {}
    begin = tests
    for end in ends:
        span = runs.span(begin, end)
        shared = _shared(owner, runs, span, tests, words)
        stays = np.zeros(end - begin, dtype=np.bool_)
        for index in range(begin, end):
            hit = shared.get(index)
            if hit is None or hit.reason != TEST:
                hit = short.get(index - tests, hit)
            same = kept.get(ids[index - tests])
            if same is not None and (hit is None or hit.reason != TEST):
                hit = Hit(DUPLICATE, same, 0, 0)
            if hit is None:
                kept[ids[index - tests]] = index
                stays[index - begin] = True
            hits.append(hit)
        _own(owner, runs, span, stays[runs.text[span] - begin])
        begin = end
    return hits


def _touched(runs: Repeats, secret: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """[texts] whether a text is secret or shares a run with one that is."""
    secret_runs = np.zeros(runs.distinct, dtype=np.bool_)
    secret_runs[runs.number[secret[runs.text]]] = True
    touched = secret.copy()
    touched[runs.text[secret_runs[runs.number]]] = True
    return touched


def _shared(
    owner: NDArray[np.int64], runs: Repeats, span: slice, tests: int, length: int
) -> dict[int, Hit]:
    """Texts within `span` with a run that has an owner, and the first such run.

    Runs of tests, of which there are `tests`, go before those of questions.
    """
    owners, texts, words = owner[runs.number[span]], runs.text[span], runs.word[span]
    found: dict[int, Hit] = {}
    owned = owners != NOBODY
    for reason, hit in ((EARLIER, owned), (TEST, owned & (owners < tests))):
        rows, firsts = np.unique(texts[hit], return_index=True)
        others, at = owners[hit][firsts], words[hit][firsts]
        for row, other, word in zip(rows.tolist(), others.tolist(), at.tolist(), strict=True):
            found[row] = Hit(reason, other, word, length)
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
