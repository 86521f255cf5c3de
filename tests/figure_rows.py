"""Made-up Comparison and ControlRow tables, measured beside published."""

import polars as pl

from scripts.lib.curves.tables import Comparison, ControlRow
from scripts.lib.tableio import make_table

PROBLEMS = 90

ABLATIONS = {
    "sft_s1": ("s1", 0.64, None, 0.500, None),
    "sft_random": ("random", 0.55, (-0.16, -0.02), 0.367, (-0.267, -0.033)),
    "sft_diverse": ("diverse", 0.58, (-0.13, 0.01), 0.267, (-0.4, -0.1)),
    "sft_longest": ("longest", 0.61, (-0.10, 0.04), 0.333, (-0.367, 0.0)),
    "sft_full": ("all that passed", 0.69, (-0.01, 0.12), 0.533, (-0.133, 0.2)),
}


def comparison() -> pl.DataFrame:
    """Ablations, measured and as published; the published rows stand between the others."""
    rows = []
    for curve, (label, accuracy, limits, paper, paper_limits) in ABLATIONS.items():
        own = {"difference": None if limits is None else accuracy - 0.64}
        said = {"difference": None if paper_limits is None else paper - 0.5}
        for row, bounds in ((own, limits), (said, paper_limits)):
            if bounds is not None:
                row |= {"low_difference": bounds[0], "high_difference": bounds[1]}
        shared = {"curve": curve, "label": label, "setting": "auto"}
        rows.append(
            shared
            | own
            | {
                "benchmark": "chains",
                "accuracy": accuracy,
                "low": accuracy - 0.09,
                "high": accuracy + 0.09,
                "problems": PROBLEMS,
                "origin": "measured",
            }
        )
        published = {"benchmark": "aime24", "accuracy": paper, "problems": 30, "origin": "table"}
        rows.append(shared | said | published)
    return make_table(Comparison, rows)


CONTROL = {
    "forcing_s1": ("budget forcing", 1.0, 0.99, 0.11, 0.66, 1.0, 0.15, 0.567),
    "control_tokens": ("token-conditional", 0.4, 0.55, -0.08, 0.58, 0.4, -0.24, 0.4),
    "control_tokens_forced": ("token-conditional + forcing", 1.0, 1.0, 0.1, 0.6, 1.0, 0.13, 0.4),
    "control_steps": ("step-conditional", 0.6, 0.62, 0.02, 0.6, 0.6, 0.03, 0.367),
    "rejection_s1": ("rejection sampling", 1.0, 1.0, -0.06, 0.72, 1.0, -0.35, 0.4),
}


def control() -> pl.DataFrame:
    """Ways to control length, measured and as published."""
    rows = []
    for curve, row in CONTROL.items():
        label, runs, responses, scaling, best, said_runs, said_scaling, said_best = row
        shared = {"curve": curve, "label": label, "points": 5}
        rows.append(
            shared
            | {
                "benchmark": "chains",
                "origin": "measured",
                "basis": "samples",
                "control_runs": runs,
                "control_responses": responses,
                "scaling_per_1000_tokens": 10 * scaling,
                "scaling_per_doubling": scaling,
                "low_scaling": scaling - 0.03,
                "high_scaling": scaling + 0.03,
                "performance": best,
                "low_performance": best - 0.1,
                "high_performance": best + 0.08,
            }
        )
        rows.append(
            shared
            | {
                "benchmark": "aime24",
                "origin": "table",
                "basis": "published table",
                "control_runs": said_runs,
                "scaling_per_doubling": said_scaling,
                "performance": said_best,
            }
        )
    rows.append(
        {
            "curve": "forcing_paper",
            "label": "budget forcing, s1-32B",
            "benchmark": "aime24",
            "origin": "vector",
            "basis": "published points",
            "points": 5,
            "scaling_per_doubling": 0.148,
            "performance": 0.567,
        }
    )
    return make_table(ControlRow, rows)
