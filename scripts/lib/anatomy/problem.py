"""Which problem an anatomy shows, and what it takes of the tables of samples."""

from collections.abc import Iterable
from typing import Literal

import polars as pl

from scripts.lib.errors import UserError

Rule = Literal["half", "varied"]


class AnatomyError(UserError):
    """An anatomy cannot be made from what is there; the text says what it lacks."""


def chosen_problem(answers: pl.DataFrame, problems: Iterable[str], rule: Rule) -> str:
    """The problem that a rule chooses, the first of several.

    half: the one whose share of right answers is nearest to one half. varied: the one with most
    different answers, of several such the one that is nearest to one half.

    Args:
        answers: an Answer table, of which all samples of a problem count.
        problems: those to choose among, in their order.
        rule: which.

    Raises:
        AnatomyError: none of them has answers.
    """
    ids = {"problem_id": list(dict.fromkeys(problems))}
    away = (pl.col("correct").mean() - 0.5).abs().alias("away")
    different = pl.col("answer_class").drop_nulls().n_unique().alias("different")
    told = answers.group_by("problem_id").agg(away, different)
    found = pl.DataFrame(ids, schema={"problem_id": pl.String}).join(
        told, on="problem_id", how="inner", maintain_order="left"
    )
    if found.is_empty():
        pools = ", ".join(answers["pool"].unique().sort()) or "the pool"
        raise AnatomyError(
            f"judged_in: {pools} has answers to none of the {len(ids['problem_id'])} problems; "
            "take a pool on the same problems"
        )
    if rule == "varied":
        found = found.filter(pl.col("different") == pl.col("different").max())
    return str(found.sort("away", maintain_order=True)["problem_id"][0])


def of_problem(table: pl.DataFrame, problem: str, name: str) -> pl.DataFrame:
    """The rows of one problem.

    Args:
        table: with the column problem_id.
        problem: its id.
        name: of the table, for errors.

    Raises:
        AnatomyError: there are none.
    """
    rows = table.filter(problem_id=problem)
    if rows.is_empty():
        there = table["problem_id"].unique(maintain_order=True).to_list()
        raise AnatomyError(
            f"problem: {problem!r} is not in {name}, which has {len(there)} problems: "
            f"{', '.join(there[:5])}{', ...' if len(there) > 5 else ''}"
        )
    return rows
