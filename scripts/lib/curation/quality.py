r"""Which questions have a format that betrays a broken or incomplete text.

The formats that s1 looked for, as a study names them: drawing code, of which it spared that of
AIME, pictures that are not there, parts of a longer question, and numbers in bold.

    quality:
      patterns:
        drawing: '\[asy\]'
        image: '!\[Image\]'
        part: 'p[1-9]\d{0,2}\.'
        bold_number: '\*\*[^\s\]]*\d[^\s\]]*\*\*|\*\*[^\s\]]*\*\*.*\d'
      spared: {drawing: [aime]}

The last one is s1's `\*\*(?=.*\d)[^\s\]]*\*\*` without its look-ahead; both find the same.
"""

import contextlib
import logging
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

import polars as pl

from scripts.lib.config.questions import Quality
from scripts.lib.curation.dropping import CurationError, Split, split

FIELDS = ["question", "solution", "trace"]
MOST_SECONDS = 10.0
"""Processor time that Python's `re` may take to search one text."""
_MOST_SHOWN = 60


class _TooSlowError(Exception):
    """A search took longer than it may."""


@dataclass(frozen=True)
class Pattern:
    """A regular expression of the study.

    polars searches with Rust's engine, in time linear in the text. What that cannot do (a
    look-around, a reference back) is left to Python's `re`, which tries one way after another
    and may not come to an end; a search that takes too long is an error.
    """

    key: str
    text: str
    python: re.Pattern[str] | None

    def found_in(self, texts: pl.Series) -> pl.Series:
        """[texts] whether the pattern is in each; null is searched as an empty text.

        Raises:
            CurationError: Python's `re` takes too long; the text names key and row.
        """
        if self.python is None:
            return texts.fill_null("").str.contains(self.text)
        found = [match is not None for match in self._searched(self.python, texts)]
        return pl.Series(found, dtype=pl.Boolean)

    def matches_in(self, texts: pl.Series) -> list[str]:
        """[texts] the first place in each text that matches, "" for none.

        Raises:
            CurationError: as `found_in`.
        """
        if self.python is None:
            return texts.str.extract(self.text, 0).fill_null("").to_list()
        return [match.group() if match else "" for match in self._searched(self.python, texts)]

    def _searched(
        self, python: re.Pattern[str], texts: pl.Series
    ) -> Iterator[re.Match[str] | None]:
        for row, text in enumerate(texts, start=1):
            try:
                with _processor_seconds(MOST_SECONDS):
                    found = python.search(text or "")
            except _TooSlowError:
                raise CurationError(
                    f"{self.key}: {self.text!r} takes longer than {MOST_SECONDS:g} s to search "
                    f"the {len(text):,} letters of {texts.name} in row {row} of the questions: "
                    "write it without look-around and references back, so that Rust's engine "
                    "can search in linear time"
                ) from None
            yield found


@contextlib.contextmanager
def _processor_seconds(limit: float) -> Iterator[None]:
    """Stop what runs inside after so much processor time; for the main thread only.

    Raises:
        _TooSlowError: it took longer.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _TooSlowError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def compile_pattern(key: str, text: str) -> Pattern:
    """A pattern ready to search.

    Raises:
        CurationError: it is no regular expression; the text names `key`.
    """
    try:
        pl.Series([""]).str.contains(text)
    except pl.exceptions.PolarsError:
        pass
    else:
        return Pattern(key, text, None)
    try:
        return Pattern(key, text, re.compile(text))
    except re.error as error:
        raise CurationError(f"{key}: {text!r} is no regular expression: {error}") from None


def drop_broken(questions: pl.DataFrame, quality: Quality) -> Split:
    """Drop questions with one of the patterns in question, solution or trace.

    A question that several patterns find goes for the first of them, in the order of the study.

    A source that is spared and has no question is warned of: its name may be misspelt.

    Raises:
        CurationError: a pattern is no regular expression, or takes too long to search; the text
            names its key.
    """
    _warn_of_absent(questions, quality)
    patterns = {
        name: compile_pattern(f"questions.quality.patterns.{name}", text)
        for name, text in quality.patterns.items()
    }
    reasons: list[str | None] = [None] * len(questions)
    details: list[str | None] = [None] * len(questions)
    fields: list[str | None] = [None] * len(questions)
    for name, pattern in patterns.items():
        held = ~questions["source"].is_in(quality.spared.get(name, []))
        for field in FIELDS:
            rows = (pattern.found_in(questions[field]) & held).arg_true()
            matches = pattern.matches_in(questions[field].gather(rows))
            for row, match in zip(rows.to_list(), matches, strict=True):
                if reasons[row] is None:
                    reasons[row], fields[row] = name, field
                    details[row] = f"{field}: {match[:_MOST_SHOWN]}"
    return split(
        "quality",
        questions,
        pl.Series(reasons, dtype=pl.String),
        pl.Series(details, dtype=pl.String),
        pl.Series(fields, dtype=pl.String),
    )


def _warn_of_absent(questions: pl.DataFrame, quality: Quality) -> None:
    there = questions["source"].unique().sort().to_list()
    for name, spared in quality.spared.items():
        for source in spared:
            if source not in there:
                logging.warning(
                    "questions.quality.spared.%s: no question is of source %r; there is: %s",
                    name,
                    source,
                    ", ".join(there) or "nothing",
                )
