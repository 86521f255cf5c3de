"""Points of a search against a verifier: one for each number of candidates that it held."""

import polars as pl

from scripts.lib.config.curves import SearchCurve
from scripts.lib.curves.draw_costs import draw_costs
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels, point_rows, together
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.selection import selected


def search_points(
    samples: pl.DataFrame, curve: SearchCurve, labels: Labels, bootstrap: Bootstrap
) -> CurveTables:
    """A point per number N of candidates: what is chosen among all that the search ended with.

    Searches do not nest: each N is a search of its own, and nothing smaller can be drawn from it.
    A problem is searched once for each N, which tells nothing of how often another search of it
    would be right: the points have no interval on these problems. They are called k=N, as draws of
    so many samples are, so that a table can put both side by side. A point costs all that was done
    in the places of its candidates, with each prompt once.

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
    for beams, group in candidates_of(samples):
        lost = sorted(everywhere - set(group["problem_id"]))
        if lost:
            raise CurveError(f"beams={beams}: no candidates for problems {', '.join(lost[:3])}")
        values = selected(group, curve.select, [beams]).values
        costs = draw_costs(group, [beams])
        settings = costs.settings(group, bootstrap)
        rows = point_rows(labels, settings, values, None, bootstrap)
        points.append(CurveTables(rows, costs.outcomes(labels.curve, settings, values)))
    return together(points)


def candidates_of(samples: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    """Each N of a searched pool, in rising order, with its candidates.

    Raises:
        CurveError: a problem has fewer or more of them, or samples are of no search.
    """
    if samples["beams"].has_nulls():
        raise CurveError("the samples are not of a search: they name no number of candidates")
    counts = samples.group_by("beams", "problem_id", maintain_order=True).len()
    odd = counts.filter(pl.col("len") != pl.col("beams"))
    if odd.height:
        beams, problem, found = odd.row(0)
        raise CurveError(f"beams={beams}, problem {problem}: there are {found} candidates")
    groups = samples.sort("beams", maintain_order=True).partition_by(
        "beams", maintain_order=True, as_dict=True
    )
    return [(int(beams), group) for (beams,), group in groups.items()]
