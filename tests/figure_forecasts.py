"""Made-up tables of limits and forecasts of votes, for the tests of figures."""

import polars as pl

from scripts.lib.curves.forecast_tables import Forecast, VoteLimit
from scripts.lib.tableio import make_table

CURVES = {f"vote_{letter}": f"a model of some name ({letter})" for letter in "abcdefghijk"}


def vote_limits() -> pl.DataFrame:
    """Curves from bad to good."""
    rows = []
    for place, (name, label) in enumerate(CURVES.items()):
        limit = 0.5 + 0.04 * place
        rows.append(
            {
                **{"curve": name, "label": label, "benchmark": "chains", "origin": "measured"},
                **{"problems": 90, "n": 64, "seen": limit - 0.01, "limit": limit},
                **{"low": limit - 0.1, "high": min(limit + 0.09, 1.0)},
                **{"low_benchmark": limit - 0.03, "high_benchmark": limit + 0.02},
                **{"limit_fixed": limit - 0.005, "decided": 0.9, "decided_right": 0.6},
                "unseen": 0.02,
            }
        )
    return make_table(VoteLimit, rows)


def vote_forecasts() -> pl.DataFrame:
    """Forecasts of the same from 8 and 16 samples, and the row that sums up each."""
    rows: list[dict[str, object]] = []
    for first in (8, 16):
        for row in vote_limits().iter_rows(named=True):
            half = 0.4 / first
            told = {
                c: row[c] for c in ("curve", "label", "benchmark", "origin", "problems", "seen")
            }
            rows.append(
                {
                    **told,
                    **{"from_k": first, "to": "all", "to_k": 64, "seen_from": row["seen"] - 0.05},
                    **{"forecast": row["seen"] - 0.02, "low_forecast": row["seen"] - 0.02 - half},
                    **{"high_forecast": row["seen"] - 0.02 + half, "width": 2 * half},
                    **{"curves": 1, "held": 1},
                }
            )
        total = {"curve": "all", "label": "held in 11 of 11", "from_k": first, "to": "all"}
        rows.append(total | {"width": 0.8 / first, "curves": 11, "held": 11})
    return make_table(Forecast, rows)
