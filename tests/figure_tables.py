"""Made-up tables of all that a figure draws, and the points and fits of curves among them."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from scripts.lib.config.figures import Figure
from scripts.lib.config.panels import kinds_of_tables
from scripts.lib.config.search_panels import ByBinPanel, ScoresPanel
from scripts.lib.config.shape_panels import ShapePanel
from scripts.lib.config.study import Study
from scripts.lib.config.study_tables import ShapeTable
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.shape import shape_table
from scripts.lib.curves.tables import Fit, Point, Reference
from scripts.lib.plotting.data import FigureData
from scripts.lib.tableio import make_table, read_table
from tests.figure_anatomy import search
from tests.figure_forecasts import vote_forecasts, vote_limits
from tests.figure_rows import PROBLEMS, comparison, control
from tests.figure_search import bins, outcomes, passed_over, scores, verifier
from tests.figure_sets import funnel, questions, training
from tests.figure_tradeoff import compared
from tests.figure_tradeoff import needs as iso_accuracy


def figure_data(figure: Figure, study: Study, origin: str = "measured") -> FigureData:
    """Tables for everything that a figure of a study draws."""
    needs = figure.needs()
    kinds = {t: kind for p in figure.panels for t, kind in kinds_of_tables(p).items()}
    made = {"comparison": comparison, "control": control, "funnel": funnel}
    made |= {"verifier": verifier, "passed_over": passed_over}
    made |= {"vote_limit": vote_limits, "forecast": vote_forecasts}
    made |= {"equal_compute": compared, "iso_accuracy": iso_accuracy}
    scored = [panel for panel in figure.panels if isinstance(panel, ScoresPanel)]
    shown = {p.table: [other.curve for other in scored if other.table == p.table] for p in scored}
    tables = {t: made[kind]() for t, kind in kinds.items() if kind in made and t not in shown}
    tables |= {table: scores(*curves) for table, curves in shown.items()}
    for panel in figure.panels:
        entry = study.tables.get(getattr(panel, "table", ""))
        if isinstance(panel, ShapePanel) and isinstance(entry, ShapeTable):
            tables[panel.table] = shapes(entry, study, origin)
    settings = {s: None for p in figure.panels if isinstance(p, ByBinPanel) for s in p.settings}
    references = [
        read_table(Reference, path) for path in sorted(Path("data/reference").glob("*.csv"))
    ]
    return FigureData(
        points={n: doublings(n, study.curves[n].method, origin) for n in needs.curves},
        fits={n: obedience_fit(n) for n in needs.fits},
        labels={n: study.curves[n].label or n for n in needs.curves},
        references=pl.concat(references),
        tables=tables,
        questions={n: questions(60 + 40 * i, i) for i, n in enumerate(needs.selections)},
        outcomes={n: outcomes(n, 0.5, [*settings]) for n in needs.outcomes},
        bins={n: bins() for n in needs.bins},
        training={n: training(60, i) for i, n in enumerate(needs.models)},
        anatomies={n: search() for n in needs.anatomies},
    )


def shapes(entry: ShapeTable, study: Study, origin: str) -> pl.DataFrame:
    """The shape table of such points, each curve on its own benchmark."""
    points = {n: doublings(n, study.curves[n].method, origin) for n in entry.curves}
    labels = {n: study.curves[n].label or n for n in entry.curves}
    table = shape_table(entry, points, {}, labels, Bootstrap(200, 0))
    taken = {n: curve.published for n, curve in study.curves.items() if curve.published}
    benchmarks = [taken[n].benchmark if n in taken else "chains" for n in entry.curves]
    return table.with_columns(benchmark=pl.Series(benchmarks))


def doublings(curve: str, method: str, origin: str) -> pl.DataFrame:
    """A point at every doubling, with a value on every axis."""
    rows = [
        point(
            curve,
            0.3 + 0.05 * i,
            method=method,
            setting=f"{k}",
            asked=k,
            n=k,
            thinking_tokens=90.0 * k,
            tokens=100.0 * k,
            low_tokens=80.0 * k,
            high_tokens=125.0 * k,
            serial_tokens=100.0 * k,
            flops=1e9 * k,
            train_flops=1e12 * k,
            train_examples=10 * k,
            usd=1e-3 * k,
            low_benchmark=None,
            high_benchmark=None,
            origin=origin,
        )
        for i, k in enumerate([1, 2, 4, 8, 16, 32, 64, 128])
    ]
    return make_table(Point, rows)


def point(curve: str, accuracy: float, **values: object) -> dict[str, object]:
    """A row of a Point table with intervals of a plausible width."""
    wide, narrow = 0.09, 0.03
    row: dict[str, object] = {
        "curve": curve,
        "method": curve.split("_", maxsplit=1)[0],
        "benchmark": "chains",
        "model": "small",
        "n": 1,
        "accuracy": accuracy,
        "low": max(accuracy - wide, 0.0),
        "high": min(accuracy + wide, 1.0),
        "low_benchmark": max(accuracy - narrow, 0.0),
        "high_benchmark": min(accuracy + narrow, 1.0),
        "problems": PROBLEMS,
        "origin": "measured",
    }
    return row | values


def forcing(curve: str, waits: Sequence[int] = (1, 2, 4, 6), budgets: bool = True) -> pl.DataFrame:
    """Budgets that saturate, then waits that help twice and hurt from then on."""
    budget = [8, 16, 32, 64, 128, None]
    used = [8.0, 16.0, 31.0, 58.0, 84.0, 91.0]
    right = [0.02, 0.08, 0.25, 0.48, 0.62, 0.64]
    rows = [
        point(
            curve,
            accuracy,
            setting="auto" if most is None else f"budget={most}",
            budget=most,
            thinking_tokens=tokens,
            tokens=tokens + 5,
            serial_tokens=tokens + 5,
        )
        for most, tokens, accuracy in zip(budget, used, right, strict=True)
    ]
    rows = rows if budgets else rows[-1:]
    for count in waits:
        tokens = 91.0 + 30 * count - count**2
        accuracy = 0.64 + 0.05 * count - 0.012 * count**2
        rows.append(
            point(
                curve,
                accuracy,
                setting=f"waits={count}",
                waits=count,
                thinking_tokens=tokens,
                tokens=tokens + 5,
                serial_tokens=tokens + 5,
            )
        )
    return make_table(Point, rows)


def vote(curve: str) -> pl.DataFrame:
    """Votes of 1 to 32 samples."""
    rows = [
        point(
            curve,
            0.62 + 0.035 * turn - 0.002 * turn**2,
            setting=f"k={2**turn}",
            n=2**turn,
            tokens=96.0 * 2**turn,
            serial_tokens=96.0 + 9 * turn,
        )
        for turn in range(6)
    ]
    return make_table(Point, rows)


def rejection(curve: str) -> pl.DataFrame:
    """Tight budgets: short and right when accepted, but dear."""
    kept, spent = [40.0, 55.0, 70.0, 85.0, 91.0], [9000.0, 1900.0, 420.0, 150.0, 96.0]
    rows = [
        point(
            curve,
            0.72 - 0.02 * place,
            setting=f"budget={int(k) + 8}",
            budget=int(k) + 8,
            thinking_tokens=k,
            tokens=t,
            serial_tokens=t,
        )
        for place, (k, t) in enumerate(zip(kept, spent, strict=True))
    ]
    return make_table(Point, rows)


def sft(curve: str, models: dict[str, tuple[int, float]]) -> pl.DataFrame:
    """A point a model: its training examples and accuracy; the base model has been trained too."""
    rows = [
        point(
            curve,
            accuracy,
            setting=name,
            model=name,
            thinking_tokens=90.0,
            tokens=95.0,
            train_examples=examples,
            train_flops=3.1e12 + 1.1e9 * examples,
        )
        for name, (examples, accuracy) in models.items()
    ]
    return make_table(Point, rows)


def obedience_fit(curve: str) -> pl.DataFrame:
    """The fit of an asked curve."""
    values = {"slope": 0.8, "intercept": 3.0, "ratio_geometric": 9.7}
    rows = [
        {
            "curve": curve,
            "fit": "obedience",
            "region": "all",
            "first_x": 1.0,
            "last_x": 128.0,
            "parameter": parameter,
            "value": value,
            "low": value - 0.1,
            "high": value + 0.1,
            "points": 8,
            "interval": "test",
        }
        for parameter, value in values.items()
    ]
    return make_table(Fit, rows)
