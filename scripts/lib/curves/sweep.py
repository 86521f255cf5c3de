"""Points of a sweep: the same number of attempts as many short chains, or as few long ones."""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from scripts.lib.config.curves import RevisionCurve
from scripts.lib.curves.draw_costs import EACH, draw_costs
from scripts.lib.curves.length import CHAIN, whole_chains
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Floats,
    Labels,
    point_rows,
    together,
)
from scripts.lib.curves.samples import CurveError, refuse_right_without_answer
from scripts.lib.estimators.chain_vote import (
    MOST_SETS,
    ChainTally,
    chain_tally,
    expected_chain_vote,
)
from scripts.lib.estimators.intervals import (
    chance_sizes,
    plausible_chance,
    same_problems_interval,
)

SUMMED = (*EACH, "serial_tokens", "thinking_tokens")
"""Costs of a chain that are the sums of its attempts'."""
CHANCE_SETS = 1_000
"""Sets of chains that tell how much a problem's vote scatters: an interval needs no better."""


def sweep_points(
    samples: pl.DataFrame, curve: RevisionCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per way to make `curve.attempts` attempts: k chains side by side of r attempts each.

    All attempts vote, as Snell et al. (2024, "Scaling LLM Test-Time Compute Optimally can be More
    Effective than Scaling Model Parameters", arXiv:2408.03314, section 6.2) have them within and
    across chains: a revision model may spoil a right answer. The chains are drawn without
    replacement from those of the pool, which begin with the same r attempts however long they
    get. A point costs all its attempts, the prompt of the first ones once; what waits is the
    longest of its chains.

    Args:
        samples: from `join_samples` and `select_samples`; a row an attempt, with its own costs.
        curve: with its number of attempts.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Returns:
        Points from the shortest chains to the longest.

    Raises:
        CurveError: chains lack attempts, an empty answer is marked right, or the chains do not
            reach for any way.
    """
    assert curve.attempts is not None
    refuse_right_without_answer(samples)
    attempts = whole_chains(samples)
    longest = int(attempts["waits"].max()) + 1  # type: ignore[arg-type]
    chains = attempts.filter(pl.col("waits") == 0).group_by("problem_id").len()
    fewest = int(chains["len"].min())  # type: ignore[arg-type]
    ways = curve.ways(fewest, longest)
    if not ways:
        raise CurveError(
            f"attempts: {fewest} chains of {longest} attempts do not hold {curve.attempts} as "
            "whole chains of one length; name another number, or draw more"
        )
    every = curve.ways(curve.attempts, curve.attempts)
    if len(ways) < len(every):
        lost = ", ".join(f"{k} of {r}" for k, r in every if (k, r) not in ways)
        logging.warning("%s: too few or too short chains for %s", labels.curve, lost)
    return together([_point(attempts, k, r, labels, bootstrap) for k, r in ways])


def _point(
    attempts: pl.DataFrame, k: int, r: int, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """The point of k chains of r attempts."""
    first = attempts.filter(pl.col("waits") < r)
    chains = _as_chains(first)
    problems, tallies = _tallies(first)
    n = np.array([len(tally.votes) for tally in tallies])
    (size,) = chance_sizes(n, [k])
    values, errors = _votes(problems, tallies, k)
    if errors.any():
        error = float(np.sqrt((errors**2).sum()) / len(errors))
        logging.info("%s: Monte-Carlo error of %d chains: %.2g", labels.curve, k, error)
    more = ([tally.with_one_more(r, right) for tally in tallies] for right in (True, False))
    seen = [_votes(problems, each, size, CHANCE_SETS)[0] for each in (tallies, *more)]
    chance = plausible_chance(*seen)
    same = same_problems_interval(values.mean(axis=0), chance, n, [k])
    costs = draw_costs(chains, [k])
    (setting,) = costs.settings(chains, bootstrap)
    settings = [replace(setting, name=f"parallel={k},sequential={r}", n=k * r, waits=r - 1)]
    if k * r > 1:
        settings = [replace(settings[0], thinking_tokens=None)]
    points = point_rows(labels, settings, values, same, bootstrap)
    return CurveTables(points, costs.outcomes(labels.curve, settings, values))


def _as_chains(attempts: pl.DataFrame) -> pl.DataFrame:
    """A row per chain, with the costs of its attempts; `prompt_flops` is that of the first.

    Chains share the prompt of their first attempts. Those of revisions are their own.
    """
    own = pl.col("waits") > 0
    costs = attempts.with_columns(
        flops=pl.when(own).then(pl.col("prompt_flops") + pl.col("flops")).otherwise("flops")
    )
    return costs.group_by(CHAIN, maintain_order=True).agg(
        pl.col("prompt_flops").first(),
        *(pl.col(name).first() for name in ("asked", "budget", "waits")),
        *(
            pl.when(pl.col(cost).is_not_null().all()).then(pl.col(cost).sum()).alias(cost)
            for cost in SUMMED
        ),
    )


def _tallies(attempts: pl.DataFrame) -> tuple[list[str], list[ChainTally]]:
    """Each problem with its chains' answers."""
    answers = attempts.group_by(CHAIN, maintain_order=True).agg("answer_class", "correct")
    problems = answers.group_by("problem_id", maintain_order=True).agg("answer_class", "correct")
    return problems["problem_id"].to_list(), [
        chain_tally(classes, correct) for _, classes, correct in problems.rows()
    ]


def _votes(
    problems: Sequence[str], tallies: Sequence[ChainTally], k: int, most: int = MOST_SETS
) -> tuple[Floats, Floats]:
    """Expected votes of k chains and their Monte-Carlo errors, both of shape (problems, 1)."""
    # The seed is the problem's own: other problems do not change its value.
    found = [
        expected_chain_vote(tally, k, zlib.crc32(problem.encode()), most)
        for problem, tally in zip(problems, tallies, strict=True)
    ]
    both = np.array(found)[:, :, None]
    return both[:, 0], both[:, 1]
