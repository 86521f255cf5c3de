"""Pairs of attempts at one question, a wrong one and the right one that is to follow it."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import polars as pl
from rapidfuzz.distance import Levenshtein

from scripts.lib.config.models import Revisions
from scripts.lib.errors import UserError
from scripts.lib.revision import NO_ATTEMPT, shown_attempt
from scripts.lib.tableio import make_table
from scripts.lib.tables import SAMPLE_KEY
from scripts.lib.training_tables import RevisionPair

KNOWN_WRONG = ("different", "none")
"""How answers are graded that are wrong beyond doubt: a grader that gave up may have met a right
one."""


class PairError(UserError):
    """The samples of a pool make no pairs; the text says why."""


@dataclass(frozen=True)
class _Attempt:
    """A sample of a question: its number, all its text, what is shown of it, and its tokens."""

    sample: int
    text: str
    shown: str
    tokens: int | None


def pair_revisions(
    problems: pl.DataFrame, traces: pl.DataFrame, answers: pl.DataFrame, spec: Revisions
) -> pl.DataFrame:
    """Right attempts at each question, each after the wrong one whose text is closest to its own.

    After Snell et al. (2024), "Scaling LLM Test-Time Compute Optimally can be More Effective than
    Scaling Model Parameters" (arXiv:2408.03314), section 6.1: the attempts are drawn side by side,
    and put together afterwards, a wrong one by its edit distance to the right one, so that the
    second has to do with the first. Texts are compared as a revision's prompt shows them.

    A right attempt must have ended by itself. A wrong one must show something, and nothing that a
    right one shows too. Equal attempts count once.

    Args:
        problems: a Problem table.
        traces: Trace table of a pool with a single prompt.
        answers: Answer table of the same pool.
        spec: how many pairs, and the seed of which.

    Returns:
        A RevisionPair table, in the order of the problems; the first pairs of a problem are those
        that there would be of fewer.

    Raises:
        PairError: no question has both right and wrong attempts, or samples lack an answer or a
            problem.
    """
    graded = answers.select(*SAMPLE_KEY, "correct", "graded")
    samples = traces.join(
        graded, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left"
    ).sort("sample", maintain_order=True)
    texts = dict(problems.select("problem_id", "problem").rows())
    _check(samples, texts)
    rows: list[dict[str, object]] = []
    one_sided = {"right": 0, "wrong": 0}
    grouped = samples.partition_by("problem_id", as_dict=True, maintain_order=True)
    for problem, text in texts.items():
        if (problem,) not in grouped:
            continue
        own = grouped[problem,].rows(named=True)
        right, wrong = _right(own), _wrong(own)
        if right and wrong:
            rows += _pairs(problem, text, right, wrong, spec)
        one_sided["right"] += bool(right and not wrong)
        one_sided["wrong"] += bool(wrong and not right)
    if not rows:
        raise PairError(
            f"no question has both right and wrong attempts to pair: {one_sided['right']} have "
            f"only right ones, {one_sided['wrong']} only wrong ones, of {len(grouped)}; draw more "
            "samples of each (n), of more questions, or at another temperature"
        )
    return make_table(RevisionPair, rows)


def _check(samples: pl.DataFrame, texts: dict[str, str | None]) -> None:
    bare = samples.filter(pl.col("correct").is_null())
    if bare.height:
        shown = bare.select("problem_id", "sample").row(0)
        raise PairError(
            f"{bare.height} samples have no graded answer, the first being {shown}; "
            "grade the pool again"
        )
    lost = sorted({p for p in samples["problem_id"] if texts.get(p) is None})
    if lost:
        raise PairError(
            f"{len(lost)} problems of the samples have no text among the problems, the first "
            f"being {lost[0]}; take the problems that the pool asked"
        )


def _pairs(
    problem: str, text: str | None, right: list[_Attempt], wrong: list[_Attempt], spec: Revisions
) -> list[dict[str, object]]:
    """The pairs of one problem: `spec.most` of its right attempts, or all."""
    drawn = sorted(right, key=lambda one: _draw(spec.seed, problem, one.sample))
    pairs: list[dict[str, object]] = []
    for one in drawn[: spec.most]:
        apart = [Levenshtein.distance(one.shown, other.shown) for other in wrong]
        distance = min(apart)
        # Of several that are as close, one by chance.
        nearest = min(
            (other for other, far in zip(wrong, apart, strict=True) if far == distance),
            key=lambda other: _draw(spec.seed, problem, one.sample, other.sample),
        )
        pairs.append(
            {
                "pool": spec.pool,
                "problem_id": problem,
                "problem": text,
                "wrong": nearest.sample,
                "right": one.sample,
                "attempt": nearest.shown,
                "completion": one.text,
                "tokens": one.tokens,
                "distance": distance,
            }
        )
    return pairs


def _right(rows: list[dict[str, Any]]) -> list[_Attempt]:
    """The right attempts of a problem that ended by themselves, each text once."""
    found: dict[str, _Attempt] = {}
    for row in rows:
        if row["correct"] and row["end"] == "stop" and row["text"]:
            found.setdefault(row["text"], _attempt(row))
    return list(found.values())


def _wrong(rows: list[dict[str, Any]]) -> list[_Attempt]:
    """The wrong attempts of a problem, each that shows something of its own."""
    taken = {_attempt(row).shown for row in rows if row["correct"]} | {NO_ATTEMPT}
    found = []
    for row in rows:
        one = _attempt(row)
        if row["correct"] or row["graded"] not in KNOWN_WRONG or one.shown in taken:
            continue
        taken.add(one.shown)
        found.append(one)
    return found


def _attempt(row: dict[str, Any]) -> _Attempt:
    shown = shown_attempt(row["text"], row["end"])
    return _Attempt(row["sample"], row["text"] or "", shown, row["generated_tokens"])


def _draw(*identity: object) -> bytes:
    """A number by chance that depends on nothing but `identity`."""
    return hashlib.sha256(json.dumps(identity).encode()).digest()
