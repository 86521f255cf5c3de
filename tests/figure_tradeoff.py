"""Made-up tables of equal compute and of iso-accuracy, for the tests of figures."""

import polars as pl

from scripts.lib.curves.tradeoff_tables import EqualCompute, IsoAccuracy
from scripts.lib.tableio import make_table


def compared(x: str = "flops") -> pl.DataFrame:
    """Two curves, one of which has a point that cannot be compared."""
    rows = []
    for curve, gains in {"beam": [0.1, 0.2, None], "forcing": [-0.3, -0.4, 0.05]}.items():
        for place, gain in enumerate(gains):
            row = {"curve": curve, "label": curve.upper(), "benchmark": "chains", "model": "m"}
            row |= {"vote_model": "m", "setting": f"k={place}", "x": x, "n": 4.0**place}
            row |= {"compute": 4.0**place * (1 if x == "n" else 1e9), "accuracy": 0.5}
            row |= {"single_accuracy": 0.4, "problems": 9, "origin": "measured"}
            if gain is not None:
                row |= {"gain_over_votes": gain, "low_gain_over_votes": gain - 0.05}
                row |= {"high_gain_over_votes": gain + 0.05, "share": gain * 2}
            rows.append(row)
    return make_table(EqualCompute, rows)


def needs() -> pl.DataFrame:
    """Two models and an accuracy that both reach, one that the second has at once, one that is
    reached by the second alone.
    """
    shared = {"benchmark": "chains", "problems": 9, "origin": "measured"}
    rows = []
    for at, flops in {0.3: (8e9, 2e9), 0.4: (1.6e10, 1e9), 0.6: (None, 4e9)}.items():
        reached = ["between points"] * 2
        reached = ["between points", "first point"] if at == 0.4 else reached
        reached = ["never", "between points"] if at == 0.6 else reached
        for name, spent, where, train in zip("ab", flops, reached, (1e12, 4e12), strict=True):
            own = {"what": "model", "at": at, "curve": name, "label": name, "model": name}
            own |= {"models": 1, "train_flops": train, "reached": where, "flops": spent}
            rows.append(shared | own)
        step = {"what": "step", "at": at, "curve": "b", "label": "B", "model": "b", "models": 2}
        step |= {"against": "a", "against_label": "A", "against_model": "a", "reached": reached[1]}
        if flops[0] is not None:
            saving = flops[0] - flops[1]
            step |= {"saved_flops": saving, "queries": 3e12 / saving, "low_queries": 100.0}
        rows.append(shared | step)
    return make_table(IsoAccuracy, rows)
