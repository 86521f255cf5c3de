"""Faults of question pools, planted one to a row so that curation can be seen to find them."""

import numpy as np

Row = dict[str, object]

FAILURES = ("teacher: timeout", "teacher: 429 too many requests", "teacher: 503 overloaded")
BREAKS = ("![Image](figure.png)\n{}", "{} ![Image]", "\\[ {}", "{} $ a")
"""A picture that did not come along, and formulas that never end."""
BEFORE = ("Please work this out. {}", "Here is a task for you: {}", "Now try this one. {}")
AFTER = ("{} . Show your steps", "{} . Take your time", "{} . Be careful")


def without_answer(row: Row) -> Row:
    """A question that its source never answered."""
    return row | {"solution": None, "answer": None}


def failed_call(row: Row, noise: np.random.Generator) -> Row:
    """A question whose teacher did not reply."""
    failure = FAILURES[noise.integers(len(FAILURES))]
    return row | {"trace": None, "attempt": None, "failure": failure}


def broken_format(row: Row, noise: np.random.Generator) -> Row:
    """A question whose text was damaged on the way."""
    return row | {"question": BREAKS[noise.integers(len(BREAKS))].format(row["question"])}


def near_copy(problem: str, noise: np.random.Generator) -> str:
    """A problem with a few words more before or after it."""
    frames = BEFORE + AFTER
    return frames[noise.integers(len(frames))].format(problem)
