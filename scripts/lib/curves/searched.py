"""Points of a search against a verifier: one for each number of candidates that it held."""

import numpy as np
import polars as pl

from scripts.lib.config.curves import SearchCurve
from scripts.lib.curves.draw_costs import draw_costs, mean_costs
from scripts.lib.curves.rows import Bootstrap, CurveTables, Floats, Labels, point_rows, together
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.selection import selected
from scripts.lib.estimators.intervals import plausible_chance, same_problems_interval


def search_points(
    samples: pl.DataFrame, curve: SearchCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per number N of candidates: what is chosen among all that the search ended with.

    Searches do not nest: each N is a search of its own, and nothing smaller can be drawn from it.
    Repeats of a search are averaged, and tell how often another one would be right; of problems
    that were searched once nobody knows, and points have no interval on these problems. Points are
    called k=N, as draws of so many samples are, so that a table can put both side by side. A
    point costs all that was done in the places of its candidates, with each prompt once.

    Args:
        samples: from `join_samples`, `with_scores`, `with_read_prompt` and `select_samples`.
        curve: how one of the candidates is chosen.
        labels: of the curve.
        bootstrap: for the interval on new problems.

    Raises:
        CurveError: candidates are missing or have no scores, or an empty answer is marked right.
    """
    points = []
    everywhere = set(samples["problem_id"])
    for beams, repeats in searches_of(samples):
        lost = sorted(everywhere - set(repeats[0]["problem_id"]))
        if lost:
            raise CurveError(f"beams={beams}: no candidates for problems {', '.join(lost[:3])}")
        each = np.stack([selected(one, curve.select, [beams]).values for one in repeats])
        values = each.mean(axis=0)
        costs = mean_costs([draw_costs(one, [beams]) for one in repeats])
        settings = costs.settings(repeats[0], bootstrap)
        same = _same_problems(values, len(repeats))
        rows = point_rows(labels, settings, values, same, bootstrap)
        points.append(CurveTables(rows, costs.outcomes(labels.curve, settings, values)))
    return together(points)


def searches_of(samples: pl.DataFrame) -> list[tuple[int, list[pl.DataFrame]]]:
    """Each N of a searched pool, in rising order, with the candidates of each of its repeats.

    Raises:
        CurveError: a problem has fewer or more of them, or samples are of no search.
    """
    if samples["beams"].has_nulls():
        raise CurveError("the samples are not of a search: they name no number of candidates")
    repeat = (pl.col("sample") // pl.col("beams")).alias("repeat")
    numbered = samples.sort("beams", maintain_order=True).with_columns(repeat)
    counts = numbered.group_by("beams", "problem_id", "repeat", maintain_order=True).len()
    odd = counts.filter(pl.col("len") != pl.col("beams"))
    if odd.height:
        beams, problem, _, found = odd.row(0)
        raise CurveError(f"beams={beams}, problem {problem}: there are {found} candidates")
    most = pl.col("repeat").n_unique()
    searched = counts.group_by("beams", "problem_id", maintain_order=True).agg(most)
    odd = searched.filter(pl.col("repeat") != pl.col("repeat").max().over("beams"))
    if odd.height:
        beams, problem, found = odd.row(0)
        raise CurveError(f"beams={beams}, problem {problem}: there are {found} repeats of it only")
    return [
        (
            int(beams),
            [
                one.drop("repeat")
                for _, one in group.sort("repeat", maintain_order=True).group_by(
                    "repeat", maintain_order=True
                )
            ],
        )
        for (beams,), group in numbered.group_by("beams", maintain_order=True)
    ]


def _same_problems(values: Floats, repeats: int) -> Floats | None:
    """The interval on these problems that repeats tell; None of a single search."""
    one_right, one_wrong = ((values * repeats + more) / (repeats + 1) for more in (1.0, 0.0))
    chance = plausible_chance(values, one_right, one_wrong)
    return same_problems_interval(values.mean(axis=0), chance, [repeats] * len(values), [1])
