"""Features of questions: whether teacher and reference models were right, and the domain.

Each function returns a column as long as the questions. Where a model should have answered and
did not, a second column says so; `with_failures` adds it to what the questions already say.
"""

import re
from typing import NamedTuple

import polars as pl

from scripts.lib.config.questions import Domain
from scripts.lib.errors import UserError
from scripts.lib.grading.attempts import attempted_answer
from scripts.lib.grading.classes import AnswersTo, grade
from scripts.lib.grading.judge import Judge


class FeatureError(UserError):
    """A pool does not belong to these questions."""


class Feature(NamedTuple):
    """A value per question, and why there is none where there should be one."""

    values: pl.Series
    failures: pl.Series


def correct_attempts(questions: pl.DataFrame, judge: Judge) -> pl.Series:
    """Whether the teacher's attempt equals the gold answer; null where either is missing."""
    sheets: dict[int, AnswersTo] = {}
    rows = questions.select("answer_kind", "answer", "attempt").iter_rows()
    for place, (kind, gold, attempt) in enumerate(rows):
        if gold is not None and attempt is not None:
            sheets[place] = AnswersTo(kind, gold, [attempted_answer(attempt, kind)])
    graded = zip(sheets, grade(list(sheets.values()), judge), strict=True)
    right = {place: grades[0].correct for place, grades in graded}
    values = [right.get(place) for place in range(len(questions))]
    return pl.Series("correct_trace", values, dtype=pl.Boolean)


def correct_samples(
    questions: pl.DataFrame, pool: str, answers: pl.DataFrame, ends: pl.DataFrame
) -> Feature:
    """Whether any sample of a reference model is right.

    Args:
        questions: a Question table.
        pool: the pool's name, for failures.
        answers: `problem_id` and `correct` of its Answer table.
        ends: `problem_id` and `end` of its Trace table.

    Returns:
        Null for a question without an answer, with which nothing can be compared, and, with a
        failure, for one that has no sample or whose samples were all refused.

    Raises:
        FeatureError: the pool was asked other questions.
    """
    known = _known(questions, pool, answers, ends)
    right = known.select(
        pl.when(pl.col("answer").is_not_null() & ~pl.col("refused")).then("correct")
    )
    return Feature(right["correct"], _failures(known, pool, known["answer"].is_not_null()))


def domains(questions: pl.DataFrame, spec: Domain, traces: pl.DataFrame | None) -> Feature:
    """The domain of each question, from where the study says; see `Domain`.

    Args:
        questions: a Question table.
        spec: where domains come from.
        traces: `problem_id`, `sample`, `end` and `text` of the classifier's Trace table.

    Returns:
        With a classifier, the domain whose code stands last in the first sample that names one;
        null where none does, which is no failure: the classifier was asked, and replied.
        Failures: questions without a sample and refused ones; not those without an answer where
        none of them was posed.

    Raises:
        FeatureError: the classifier was asked other questions.
    """
    nothing = pl.Series([None] * len(questions), dtype=pl.String)
    if spec.by == "column":
        return Feature(questions["domain"], nothing)
    if spec.by == "source":
        return Feature(questions["source"], nothing)
    assert traces is not None
    assert spec.pool is not None
    named = (
        traces.sort("sample", maintain_order=True)
        .with_columns(
            domain=pl.col("text").map_elements(
                lambda text: last_domain(text, spec.codes), return_dtype=pl.String
            )
        )
        .group_by("problem_id", maintain_order=True)
        .agg(pl.col("domain").drop_nulls().first())
    )
    known = _known(questions, spec.pool, None, traces)
    answered = known["answer"].is_not_null()
    posed = answered | known.filter(~answered)["refused"].is_not_null().any()
    found = known.drop("domain").join(
        named, left_on="question_id", right_on="problem_id", how="left", maintain_order="left"
    )["domain"]
    return Feature(found, _failures(known, spec.pool, posed))


def last_domain(text: str, codes: dict[str, str]) -> str | None:
    """The domain whose code stands last in `text`, as a word of its own; None without one."""
    pattern = "|".join(map(re.escape, sorted(codes, key=len, reverse=True)))
    found = re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", text)
    return codes[found[-1]] if found else None


def with_failures(questions: pl.DataFrame, failures: list[pl.Series]) -> pl.DataFrame:
    """The questions with more failures, each after a semicolon."""
    named = [series.alias(f"failure {place}") for place, series in enumerate(failures)]
    both = questions.with_columns(named).with_columns(
        failure=pl.concat_str(
            "failure", *(series.name for series in named), separator="; ", ignore_nulls=True
        ).replace("", None)
    )
    return both.select(questions.columns)


def _known(
    questions: pl.DataFrame, pool: str, answers: pl.DataFrame | None, ends: pl.DataFrame
) -> pl.DataFrame:
    """The questions, whether any sample is right, and whether all were refused."""
    found = ends.group_by("problem_id").agg(refused=(pl.col("end") == "refusal").all())
    if answers is not None:
        right = answers.group_by("problem_id").agg(pl.col("correct").any())
        found = found.join(right, on="problem_id", how="full", coalesce=True)
    known = questions.select("question_id", "answer", "domain").join(
        found, left_on="question_id", right_on="problem_id", how="left", maintain_order="left"
    )
    if known["refused"].is_null().all():
        raise FeatureError(
            f"pool {pool}: holds samples of none of these questions; its benchmark must be of "
            "kind questions, and its tables made from these"
        )
    return known


def _failures(known: pl.DataFrame, pool: str, wanted: pl.Series) -> pl.Series:
    return known.select(
        failure=pl.when(~wanted)
        .then(None)
        .when(pl.col("refused").is_null())
        .then(pl.lit(f"pool {pool}: no sample"))
        .when("refused")
        .then(pl.lit(f"pool {pool}: refused"))
    )["failure"]
