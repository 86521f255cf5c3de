"""Do forecasts of votes hold, on recorded samples? Disjoint blocks of them, and random orders.

Run: TTSCALE_MIRROR=... python -m tests.benchmarks.bench_forecasts [orders [m ...]]. Of every AIME
2024 recording the vote of all samples is forecast from each disjoint block of m, and from the first
m of random orders. An interval at 95 % should hold 0.95; width is in points. Beside the fitted laws
stands the one law that no data chose.
"""

import csv
import os
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.lib.curves import forecasts
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.voted import votes_of_all
from scripts.lib.estimators.answer_prior import fixed_prior
from scripts.lib.estimators.vote import tally
from tests.pool_tables import recorded_samples

Problems = list[tuple[NDArray[np.object_], NDArray[np.bool_]]]
DRAWS = 1000


def recordings() -> dict[str, Problems]:
    """Classes of answers (None: empty) and which are right, by model, as they were recorded."""
    folder = Path(os.environ["TTSCALE_MIRROR"])
    found: dict[str, Problems] = {}
    with Path("data/sources.csv").open(newline="", encoding="utf-8") as file:
        files = {
            row["name"]: row["sha256"]
            for row in csv.DictReader(file)
            if row["name"].startswith("boinf/analysis_aime2024_")
        }
    for name, digest in files.items():
        answers: dict[str, list[str | None]] = {}
        golds: dict[str, str] = {}
        for sample in recorded_samples(folder / digest):
            answer = sample["answer"]
            plain = str(answer).lstrip("0") or "0" if str(answer).isdigit() else None
            answers.setdefault(sample["problem"], []).append(plain)
            golds[sample["problem"]] = str(sample["gold"]).lstrip("0") or "0"
        model = name.removeprefix("boinf/analysis_aime2024_").removesuffix(".jsonl")
        found[model] = [
            (np.array(given, dtype=object), np.array([one == golds[problem] for one in given]))
            for problem, given in answers.items()
        ]
    return found


def numbered(given: NDArray[np.object_]) -> list[int | None]:
    """Answers as numbers of their classes."""
    names = {name: place for place, name in enumerate(dict.fromkeys(given))}
    return [None if name is None else names[name] for name in given]


def forecast_of(
    problems: Problems, order: list[NDArray[np.int64]], m: int, seed: int
) -> tuple[float, float, float, float]:
    """Mean, low, high of the forecast from the first m in this order, and what is seen."""
    classes = [numbered(given) for given, _ in problems]
    begun = [
        tally([one[i] for i in places[:m]], right[places[:m]].tolist())
        for one, (_, right), places in zip(classes, problems, order, strict=True)
    ]
    whole = [tally(one, right.tolist()) for one, (_, right) in zip(classes, problems, strict=True)]
    more = [len(places) - m for places in order]
    mean, low, high = forecasts.forecast(begun, more, Bootstrap(DRAWS, seed))
    return mean, low, high, float(votes_of_all(whole).mean())


def report(name: str, found: list[tuple[float, float, float, float]]) -> None:
    """One line: share held, width, bias and error of the mean."""
    mean, low, high, seen = np.array(found).T
    held = (low - 1e-8 <= seen) & (seen <= high + 1e-8)
    points = 100 * np.array([(high - low).mean(), (mean - seen).mean(), np.abs(mean - seen).mean()])
    print(
        f"{name}: held {held.sum()} of {len(held)} ({held.mean():.3f}), width {points[0]:.1f}, "
        f"bias {points[1]:+.2f}, error {points[2]:.2f} points",
        flush=True,
    )


def main(orders: int, sizes: list[int]) -> None:
    """Print all three checks, for both priors."""
    found = recordings()
    fitted = forecasts.fitted_prior
    for prior in ("fitted", "fixed"):
        if prior == "fixed":
            forecasts.fitted_prior = lambda problems, *_: fixed_prior(len(problems))  # type: ignore[assignment]
            forecasts.LAWS = 1
        for m in sizes:
            first, blocks, shuffled = [], [], []
            for place, problems in enumerate(found.values()):
                n = min(len(given) for given, _ in problems)
                same = [np.arange(len(given)) for given, _ in problems]
                for start in range(0, n - m + 1, m):
                    turned = [np.roll(one, -start) for one in same]
                    blocks.append(forecast_of(problems, turned, m, start))
                first.append(forecast_of(problems, same, m, 0))
                generator = np.random.default_rng(place)
                for order in range(orders):
                    mixed = [generator.permutation(one) for one in same]
                    shuffled.append(forecast_of(problems, mixed, m, order))
            report(f"{prior}, first {m}", first)
            report(f"{prior}, disjoint blocks of {m}", blocks)
            report(f"{prior}, random orders, {m}", shuffled)
    forecasts.fitted_prior = fitted


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    main(numbers[0] if numbers else 5, numbers[1:] or [8, 16, 32])
