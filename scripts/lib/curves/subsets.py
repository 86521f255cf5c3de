"""Points of k samples drawn from a pool: majority vote and oracle (pass@k)."""

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scripts.lib.config.curves import Counts
from scripts.lib.curves.rows import (
    Bootstrap,
    CurveTables,
    Labels,
    Setting,
    outcome_rows,
    point_rows,
    token_limits,
)
from scripts.lib.curves.samples import CurveError, known_mean
from scripts.lib.estimators.best_of import expected_maximum
from scripts.lib.estimators.intervals import (
    chance_sizes,
    plausible_chance,
    same_problems_interval,
)
from scripts.lib.estimators.passk import pass_at_k
from scripts.lib.estimators.vote import expected_votes, tally

Floats = NDArray[np.float64]
Evaluate = Callable[[Sequence[int]], Floats]
"""From sizes of the draw to the value of each problem, shape (problems, sizes)."""


def sizes_of_draws(counts: Counts, n: int) -> list[int]:
    """The k of a curve, in rising order, as far as a pool of `n` samples per problem goes.

    Raises:
        CurveError: none of them fits.
    """
    if counts == "all":
        return list(range(1, n + 1))
    if counts == "doubling":
        return [2**power for power in range(n.bit_length())]
    sizes = sorted({k for k in counts if k <= n})
    if not sizes:
        raise CurveError(f"k: every size is above the {n} samples of a problem: {counts}")
    return sizes


def fewest_samples(samples: pl.DataFrame) -> int:
    """The smallest number of samples of a problem."""
    return int(samples.group_by("problem_id").len()["len"].min())  # type: ignore[arg-type]


def vote_points(
    samples: pl.DataFrame, ks: Sequence[int], labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per k: the expected majority vote of k samples, drawn without replacement.

    Args:
        samples: from `join_samples` and `select_samples`.
        ks: sizes of the draw, from `sizes_of_draws`.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: an empty answer is marked right.
    """
    empty_right = samples.filter(pl.col("correct") & pl.col("answer_class").is_null())
    if empty_right.height:
        names = ", ".join(sorted(set(empty_right["problem_id"]))[:3])
        raise CurveError(f"answers without a class are marked right, in problems: {names}")
    problems = samples.group_by("problem_id", maintain_order=True).agg("answer_class", "correct")
    tallies = [tally(classes, correct) for _, classes, correct in problems.rows()]
    return _points(
        samples,
        ks,
        seen=lambda sizes: expected_votes(tallies, sizes),
        one_right=lambda sizes: expected_votes([t.with_one_more(True) for t in tallies], sizes),
        one_wrong=lambda sizes: expected_votes([t.with_one_more(False) for t in tallies], sizes),
        labels=labels,
        bootstrap=bootstrap,
    )


def oracle_points(
    samples: pl.DataFrame, ks: Sequence[int], labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per k: pass@k, what a perfect verifier would reach with k samples.

    Arguments are those of `vote_points`.
    """
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        pl.len().alias("n"), pl.col("correct").sum()
    )
    n, correct = problems["n"].to_numpy(), problems["correct"].to_numpy()
    return _points(
        samples,
        ks,
        seen=lambda sizes: pass_at_k(n, correct, sizes),
        one_right=lambda sizes: pass_at_k(n + 1, correct + 1, sizes),
        one_wrong=lambda sizes: pass_at_k(n + 1, correct, sizes),
        labels=labels,
        bootstrap=bootstrap,
    )


def _points(
    samples: pl.DataFrame,
    ks: Sequence[int],
    seen: Evaluate,
    one_right: Evaluate,
    one_wrong: Evaluate,
    labels: Labels,
    bootstrap: Bootstrap,
) -> CurveTables:
    """Points from the value of the pool, and of the pool with one sample more."""
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        pl.len(), known_mean("generated_tokens"), known_mean("thinking_tokens")
    )
    n = problems["len"].to_numpy()
    sizes = chance_sizes(n, ks)
    both = sorted({*ks, *sizes})
    table = seen(both)
    values = table[:, [both.index(k) for k in ks]]
    scatter = table[:, [both.index(size) for size in sizes]]
    chance = plausible_chance(scatter, one_right(sizes), one_wrong(sizes))
    same = same_problems_interval(values.mean(axis=0), chance, n, ks)
    settings = _settings(samples, ks, bootstrap)
    outcomes = [
        outcome_rows(
            labels.curve,
            setting.name,
            problems["problem_id"],
            values[:, place],
            thinking_tokens=problems["thinking_tokens"] if setting.n == 1 else None,
            tokens=problems["generated_tokens"] * setting.n,
        )
        for place, setting in enumerate(settings)
    ]
    points = point_rows(labels, settings, values, same, bootstrap)
    return CurveTables(points, pl.concat(outcomes))


def _settings(samples: pl.DataFrame, ks: Sequence[int], bootstrap: Bootstrap) -> list[Setting]:
    """Costs of k samples of a problem, averaged over problems."""
    costs = ("generated_tokens", "thinking_tokens", "flops", "usd")
    per_problem = samples.group_by("problem_id", maintain_order=True).agg(
        *(known_mean(cost) for cost in costs)
    )
    tokens, thinking, flops, usd = per_problem.select(known_mean(cost) for cost in costs).row(0)
    limits = token_limits(per_problem["generated_tokens"], bootstrap)
    prompts = _prompt_flops(samples, ks)
    serial = _serial_tokens(samples, ks)
    asked, budget, waits = samples.select("asked", "budget", "waits").row(0)
    return [
        Setting(
            name=f"k={k}",
            n=k,
            asked=asked,
            budget=budget,
            waits=waits,
            thinking_tokens=thinking if k == 1 else None,
            tokens=_times(k, tokens),
            token_limits=None if limits is None else (k * limits[0], k * limits[1]),
            serial_tokens=None if serial is None else float(serial[position]),
            flops=None
            if prompts is None or flops is None
            else float(prompts[position] + k * flops),
            usd=_times(k, usd),
        )
        for position, k in enumerate(ks)
    ]


def _times(k: int, mean: float | None) -> float | None:
    return None if mean is None else k * mean


def _prompt_flops(samples: pl.DataFrame, ks: Sequence[int]) -> Floats | None:
    """Expected FLOPs of the prompts of a draw of k, mean over problems, shape (ks,).

    A prompt is paid for once if any of its samples is drawn, which is pass@k of "belongs to
    this wording".
    """
    if samples["prompt_flops"].has_nulls():
        return None
    n = pl.len().over("problem_id").alias("n")
    wordings = samples.with_columns(n).group_by("problem_id", "wording", maintain_order=True)
    table = wordings.agg(pl.len().alias("own"), pl.col("n").first(), pl.col("prompt_flops").mean())
    drawn = pass_at_k(table["n"].to_numpy(), table["own"].to_numpy(), ks)
    total = table["prompt_flops"].to_numpy() @ drawn
    return np.asarray(total / samples["problem_id"].n_unique())


def _serial_tokens(samples: pl.DataFrame, ks: Sequence[int]) -> Floats | None:
    """Expected longest of k samples drawn together, mean over problems, shape (ks,)."""
    if samples["serial_tokens"].has_nulls():
        return None
    lengths = samples.group_by("problem_id", maintain_order=True).agg("serial_tokens")
    longest = [expected_maximum(own.to_numpy(), ks) for own in lengths["serial_tokens"]]
    return np.asarray(np.mean(longest, axis=0))
