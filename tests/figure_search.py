"""Made-up tables of what verifiers say and choose, and of problems by difficulty."""

from collections.abc import Sequence

import polars as pl

from scripts.lib.curves.tables import Bin, Outcome
from scripts.lib.search.tables import PassedOver, ScoreRow, VerifierRow
from scripts.lib.tableio import make_table

PARTS = 3


def scores(*curves: str, beams: tuple[int | None, ...] = (4, 8)) -> pl.DataFrame:
    """Right solutions whose scores rise along them, and wrong ones whose scores fall."""
    rows = []
    for curve in curves:
        for size in beams:
            for correct in (True, False):
                for part in range(1, PARTS + 1):
                    median = 0.5 + (0.1 if correct else -0.1) * part
                    spread = {"low": -0.2, "quarter": -0.1, "median": 0, "three_quarters": 0.1}
                    rows.append(
                        {name: median + more for name, more in spread.items()}
                        | {"curve": curve, "label": curve, "verifier": "prm", "beams": size}
                        | {"correct": correct, "part": part, "high": min(1.0, median + 0.2)}
                        | {"samples": 100 if correct else 50, "steps": 70 * part}
                    )
    return make_table(ScoreRow, rows)


def verifier(*names: str) -> pl.DataFrame:
    """Two bins of scores and an AUC of each verifier, against labels and truth."""
    rows: list[dict[str, object]] = []
    for name in names or ("prm",):
        for basis in ("rollouts", "truth"):
            shared = {"verifier": name, "judge": "score", "basis": basis, "problems": 20}
            auc = {"metric": "auc", "value": 0.9, "low": 0.85, "high": 0.95, "steps": 400}
            rows.append(shared | auc)
            for low, share, score in ((0.1, 0.2, 0.15), (0.8, 0.7, 0.85)):
                for metric, value in (("share right", share), ("mean score", score)):
                    own = {"metric": f"bin: {metric}", "bin": low, "value": value, "steps": 200}
                    rows.append(shared | own)
    return make_table(VerifierRow, rows)


def passed_over(*curves: str) -> pl.DataFrame:
    """Ever more right answers that are there and passed over."""
    rows = []
    for curve in curves or ("best",):
        for power, n in enumerate((1, 2, 4, 8)):
            found, lost = 0.4 + 0.1 * power, 0.05 * power
            values = {"found": found, "chosen": found - lost, "passed_over": lost}
            values |= {"share": lost / found, "auc": 0.8}
            limits = {
                f"{side}_{name}": max(0.0, min(1.0, value + more))
                for name, value in values.items()
                for side, more in (("low", -0.05), ("high", 0.05))
            }
            key = {"curve": curve, "label": curve, "benchmark": "chains", "setting": f"k={n}"}
            counts = {"n": n, "problems": 20, "auc_problems": 10}
            rows.append({**key, **counts, **values, **limits})
    return make_table(PassedOver, rows)


def bins() -> pl.DataFrame:
    """Four problems in the easier bin, six in the harder one."""
    rows = [
        {"problem_id": f"p{number}", "bin": 1 if number < 4 else 2, "value": 1 - number / 10}
        for number in range(10)
    ]
    return make_table(Bin, rows)


def outcomes(
    curve: str, accuracy: float, settings: Sequence[str] = ("k=1", "k=4", "k=16")
) -> pl.DataFrame:
    """That accuracy for each problem of `bins`, but two that are always right."""
    rows = [
        {"curve": curve, "setting": setting, "problem_id": f"p{number}"}
        | {"accuracy": 1.0 if number < 2 else accuracy}
        for setting in settings
        for number in range(10)
    ]
    return make_table(Outcome, rows)
