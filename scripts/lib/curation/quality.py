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

import re
from dataclasses import dataclass

import polars as pl

from scripts.lib.config.questions import Quality
from scripts.lib.curation.dropping import CurationError, Split, split

FIELDS = ["question", "solution", "trace"]
_MOST_SHOWN = 60


@dataclass(frozen=True)
class Pattern:
    """A regular expression of the study.

    polars searches with Rust's engine, in time linear in the text. What that cannot do (a
    look-around, a reference back) is left to Python's `re`.
    """

    text: str
    python: re.Pattern[str] | None

    def found_in(self, texts: pl.Series) -> pl.Series:
        """[texts] whether the pattern is in each; null is searched as an empty text."""
        if self.python is None:
            return texts.fill_null("").str.contains(self.text)
        search = self.python.search
        return pl.Series([search(text or "") is not None for text in texts], dtype=pl.Boolean)

    def matches_in(self, texts: pl.Series) -> list[str]:
        """[texts] the first place in each text that matches, "" for none."""
        if self.python is None:
            return texts.str.extract(self.text, 0).fill_null("").to_list()
        found = (self.python.search(text or "") for text in texts)
        return [match.group() if match else "" for match in found]


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
        return Pattern(text, None)
    try:
        return Pattern(text, re.compile(text))
    except re.error as error:
        raise CurationError(f"{key}: {text!r} is no regular expression: {error}") from None


def drop_broken(questions: pl.DataFrame, quality: Quality) -> Split:
    """Drop questions with one of the patterns in question, solution or trace.

    A question that several patterns find goes for the first of them, in the order of the study.

    Raises:
        CurationError: a pattern is no regular expression; the text names its key.
    """
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
