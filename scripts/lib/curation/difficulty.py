"""Which questions are too easy to learn from."""

import polars as pl

from scripts.lib.curation.dropping import Split, split

BOTH = "solved by both"
SMALL = "solved by the small model"
LARGE = "solved by the large model"


def drop_solved(questions: pl.DataFrame) -> Split:
    """Drop what the small or the large reference model solved; no verdict is no solution."""
    small = pl.col("correct_small").fill_null(value=False)
    large = pl.col("correct_large").fill_null(value=False)
    found = questions.select(
        reason=pl.when(small & large)
        .then(pl.lit(BOTH))
        .when(small)
        .then(pl.lit(SMALL))
        .when(large)
        .then(pl.lit(LARGE)),
        detail=pl.lit("answer: ") + pl.col("answer").fill_null("unknown"),
    )
    return split("difficulty", questions, found["reason"], found["detail"])
