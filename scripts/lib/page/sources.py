"""Which samples the points of curves are drawn from."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from scripts.lib.config.curves import (
    AskCurve,
    ControlCurve,
    ForcingCurve,
    RevisionCurve,
    SearchCurve,
    SftCurve,
    pools_of,
)
from scripts.lib.curves.length import class_setting
from scripts.lib.curves.samples import SETTING, select_samples
from scripts.lib.page.spec import PageSpec
from scripts.lib.plotting.data import Tables
from scripts.lib.tables import SampleKey, schema_of

Data = dict[str, Any]


def sources(spec: PageSpec, points: Tables, pools: Mapping[str, Data]) -> dict[str, Data]:
    """The samples of every curve that has some in the page.

    Args:
        spec: with the curves.
        points: the Point table of each.
        pools: indexes of the pools in the page, by their names.

    Returns:
        For each curve its label, `pools`: which settings of each pool it is drawn from, and
        `points`: for each row of its table the pool and the setting that it opens, None where its
        samples are not in the page. Of several settings, it opens the one with most waits.
    """
    found = {}
    for name, curve in spec.curves.items():
        here = {pool: _settings(curve, pools[pool]) for pool in pools_of(curve) if pool in pools}
        drawn = [_drawn(curve, point, here, pools) for point in points[name].to_dicts()]
        used = {pool: sorted({at for one in drawn for p, at in one if p == pool}) for pool in here}
        if any(drawn):
            found[name] = {
                "label": spec.label(name),
                "pools": {pool: settings for pool, settings in used.items() if settings},
                "points": [next(iter(one), None) for one in drawn],
            }
    return found


def _settings(curve: Any, pool: Data) -> list[Data]:
    """The settings of a pool that a curve selects, each with its place in the pool as `at`."""
    types = schema_of(SampleKey)
    columns = {name: types[name] for name in ("wording", *SETTING)}
    table = pl.DataFrame(pool["settings"], schema=columns).with_row_index("at")
    chosen = select_samples(table, curve)
    return chosen.sort("waits", descending=True, nulls_last=True, maintain_order=True).to_dicts()


def _drawn(
    curve: Any, point: Data, here: Mapping[str, list[Data]], pools: Mapping[str, Data]
) -> list[tuple[str, int]]:
    """Pools and settings that a point is drawn from."""
    names = list(here)
    if isinstance(curve, SftCurve) and curve.groups is not None:
        names = [pool for pool in curve.groups[point["setting"]] if pool in here]
    elif isinstance(curve, SftCurve):
        names = [pool for pool in here if pools[pool]["model"] == point["model"]]
    return [(name, one["at"]) for name in names for one in here[name] if _is_of(curve, point, one)]


def _is_of(curve: Any, point: Data, setting: Data) -> bool:
    """Whether samples of a setting that a curve selects are those of one of its points."""
    same = True
    match curve:
        case AskCurve():
            asked = [f"{n}={setting[n]}" for n in ("asked", "effort") if setting[n] is not None]
            same = ",".join(asked) == point["setting"]
        case ControlCurve(neutral=None):
            same = setting["asked"] == point["asked"]
        case ControlCurve():
            same = class_setting(setting["wording"]) == point["setting"]
        case ForcingCurve():
            waits = [one["waits"] or 0 for one in (setting, point)]
            same = setting["budget"] == point["budget"] and waits[0] == waits[1]
        case RevisionCurve():
            same = setting["waits"] <= point["waits"]
        case SearchCurve():
            same = setting["beams"] == point["n"]
    return same
