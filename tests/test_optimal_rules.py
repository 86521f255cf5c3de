"""The rules of bins, compute-optimal curves and tables at equal compute: plan, and end to end."""

import csv
from pathlib import Path

import numpy as np
import pytest
import yaml

from scripts.lib.curves.tables import Bin, Choice, Crossing, Outcome, Point, Ratio
from scripts.lib.tableio import read_table
from tests.workspace import Workspace

FILE = "config/small.yaml"
POOL = {"kind": "recorded", "format": "samples", "benchmark": "numbers", "answer_kind": "integer"}
TABLES = {
    "crossed": {
        **{"kind": "crossings", "title": "t", "curves": ["vote_drawn", "optimal_drawn"]},
        "against": ["vote_large"],
    },
    "ratios": {
        **{"kind": "ratios", "title": "t"},
        "runs": [{"model": "Qwen3-4B", "n": 8, "larger": "Qwen3-14B"}],
    },
}
STUDY = {
    **{"study": "small", "title": "t", "bootstrap": 200, "tables": TABLES},
    "pools": {
        "binned": POOL | {"path": "binned.csv", "model": "Qwen3-4B"},
        "drawn": POOL | {"path": "drawn.csv", "model": "Qwen3-4B"},
        "large": POOL | {"path": "large.csv", "model": "Qwen3-14B"},
    },
    "bins": {"oracle": {"pool": "binned", "by": "pass1", "bins": 2}},
    "curves": {
        "vote_drawn": {"method": "vote", "pool": "drawn"},
        "vote_large": {"method": "vote", "pool": "large", "k": [1]},
        "optimal_drawn": {"method": "optimal", "curves": ["vote_drawn"], "bins": "oracle"},
    },
}


def record(path: Path, seed: int, samples: int, right: float) -> None:
    generator = np.random.default_rng(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["problem_id", "sample", "answer", "tokens", "prompt_tokens", "gold"])
        for problem in range(12):
            chance = right * (1.4 if problem % 2 else 0.6)
            for sample in range(samples):
                answer = 1 if generator.random() < chance else generator.integers(2, 9)
                tokens = generator.integers(50, 150)
                rows.writerow([f"p{problem}", sample, answer, tokens, 20, 1])


@pytest.fixture
def space(tmp_path) -> Workspace:
    space = Workspace(tmp_path)
    (space.folder / FILE).write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    for name, seed, samples, right in (
        *(("binned", 1, 4, 0.5), ("drawn", 2, 8, 0.5)),
        ("large", 3, 2, 0.6),
    ):
        record(space.folder / f"{name}.csv", seed, samples, right)
    return space


def test_bins_and_choices_have_their_jobs(space):
    jobs = space.plan("all", "--configfile", FILE)
    results = "results/small"
    assert jobs["tabulate_bins"] == [f"{results}/bins/oracle.parquet"]
    assert jobs["tabulate_optimal"] == [f"{results}/curves/optimal_drawn.csv"]
    assert jobs["tabulate_crossings"] == [f"{results}/tables/crossed.csv"]
    assert jobs["tabulate_ratios"] == [f"{results}/tables/ratios.csv"]
    assert len(jobs["tabulate_curve"]) == 2


@pytest.mark.slow
def test_bins_choices_and_tables_of_a_recorded_study(space):
    run = space.snakemake("all", "--configfile", FILE)
    assert run.returncode == 0, run.stdout + run.stderr
    folder = space.folder / "results/small"
    bins = read_table(Bin, folder / "bins/oracle.parquet")
    assert set(bins["bin"]) == {1, 2}
    assert bins["flops"].null_count() == 0
    points = read_table(Point, folder / "curves/optimal_drawn.csv")
    plain = read_table(Point, folder / "curves/vote_drawn.csv")
    assert points["setting"].str.starts_with("flops=2^").all()
    # What the bins took is part of what every point costs.
    both = plain["flops"] + bins["flops"].mean()
    assert points["flops"].is_between(both[0] * (1 - 1e-9), both[-1] * (1 + 1e-9)).all()
    outcomes = read_table(Outcome, folder / "outcomes/optimal_drawn.parquet")
    assert outcomes.height == 12 * points.height
    choices = read_table(Choice, folder / "choices/optimal_drawn.csv")
    assert set(choices["chosen"]) == {"vote_drawn"}
    assert read_table(Crossing, folder / "tables/crossed.csv").height == 2
    assert read_table(Ratio, folder / "tables/ratios.csv")["value"][0] == pytest.approx(
        2.3, abs=0.1
    )
    again = space.snakemake("all", "--configfile", FILE, "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
