"""A training set from the questions: s1's rule and those it was compared with."""

import logging
from collections.abc import Sequence

import numpy as np
import polars as pl

from scripts.lib.config.questions import First, Selection
from scripts.lib.curation.domains import Domains, domain_weights
from scripts.lib.curation.dropping import CurationError

COLUMNS = ["question_id", "source", "domain", "trace_tokens", "correct_trace"]
"""Of a Question table, what the rules go by."""


def select(questions: pl.DataFrame, spec: Selection, name: str) -> pl.DataFrame:
    """The questions of selection `name`, in the order in which the rule takes them.

    They depend on `spec` and on which questions there are, not on the order of the rows. Only
    COLUMNS are read.

    Raises:
        CurationError: there are too few questions; the text names the key and how many there are.
    """
    ordered = questions.sort("question_id")
    _check(ordered, spec, name)
    generator = np.random.default_rng(spec.seed)
    size = len(ordered) if spec.size is None else spec.size
    rows: list[int]
    match spec.rule:
        case "full":
            return ordered
        case "random":
            rows = [int(row) for row in generator.permutation(len(ordered))[:size]]
        case "longest":
            return ordered.sort("trace_tokens", descending=True, maintain_order=True).head(size)
        case "diverse":
            domains = Domains(ordered, generator)
            rows = [domains.draw(favour_long=False) for _ in range(size)]
        case "s1":
            rows = _as_s1(ordered, spec, size, generator, name)
    return ordered.select(pl.all().gather(rows))


def _as_s1(
    questions: pl.DataFrame, spec: Selection, size: int, generator: np.random.Generator, name: str
) -> list[int]:
    """Algorithm 1 of s1: benchmark-like questions, then one of a domain at a time.

    With a `benchmark_share` the last draws follow the domains of benchmarks, as in the original
    code; unlike there, a question taken first cannot be drawn again, and a domain that is used up
    is not drawn.
    """
    rows = first_rows(questions, spec.first, name)
    if len(rows) > size:
        raise CurationError(
            f"selections.{name}.first: takes {len(rows):,} questions, more than the {size:,} of "
            "`size`; raise size or longer_than"
        )
    rest = np.setdiff1d(np.arange(len(questions)), rows)
    domains = Domains(questions[rest], generator)
    evenly = size - round(spec.benchmark_share * size)
    weights = domain_weights(questions, spec.benchmark_domains)
    while len(rows) < size:
        try:
            drawn = domains.draw(weights if len(rows) >= evenly else None, favour_long=True)
        except CurationError:
            raise CurationError(
                f"selections.{name}.benchmark_domains: after {len(rows):,} of {size:,} questions "
                f"none is left in the domains of {', '.join(spec.benchmark_domains)}; lower size "
                "or benchmark_share"
            ) from None
        rows.append(int(rest[drawn]))
    return rows


def first_rows(questions: pl.DataFrame, first: Sequence[First], name: str) -> list[int]:
    """Rows that some rule of `first` takes: rule by rule, within one in the order of the rows."""
    rows: dict[int, None] = {}
    for number, rule in enumerate(first):
        fits = questions["source"].is_in(rule.sources) & questions["correct_trace"]
        if rule.longer_than is not None:
            fits &= questions["trace_tokens"] > rule.longer_than
        found = fits.arg_true().to_list()
        if not found:
            logging.warning("selections.%s.first.%d: no question fits", name, number)
        rows.update(dict.fromkeys(found))
    return list(rows)


def _check(questions: pl.DataFrame, spec: Selection, name: str) -> None:
    """Stop where there are not enough questions, or they lack what the rule goes by."""
    if spec.size is not None and spec.size > len(questions):
        raise CurationError(
            f"selections.{name}.size: {spec.size:,} questions are wanted, and after step "
            f"{spec.start!r} there are {len(questions):,}"
        )
    if not len(questions):
        raise CurationError(f"selections.{name}: no question is left after step {spec.start!r}")
    needed = {"s1": ["domain", "trace_tokens", "correct_trace"], "diverse": ["domain"]}
    for column in needed.get(spec.rule, ["trace_tokens"] if spec.rule == "longest" else []):
        empty = questions.filter(pl.col(column).is_null())
        if len(empty):
            raise CurationError(
                f"selections.{name}: question {empty['question_id'][0]} has no {column}, and "
                f"{len(empty) - 1:,} more; rule {spec.rule!r} goes by it"
            )
    for source in spec.benchmark_domains:
        if source not in questions["source"]:
            raise CurationError(
                f"selections.{name}.benchmark_domains: no question of {source!r} is left after "
                f"step {spec.start!r}; there are questions of: "
                + ", ".join(sorted(questions["source"].unique()))
            )
