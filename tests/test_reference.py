from pathlib import Path

import polars as pl
import pytest

from scripts.lib.curves.tables import Reference
from scripts.lib.tableio import read_table

FOLDER = Path("data/reference")
ROWS = {
    "o1_mini": 40,
    "openai_o1": 7,
    "s1": 493,
    "search_and_learn": 20,
    "compute_optimal_tts": 58,
    "llama1b_math500_counts": 2500,
}

# results_log_majority_vote.json of the o1-mini reconstruction: asked, samples, tokens, accuracy.
LOGGED = [
    (16, 1, 363.467, 0.2),
    (32, 1, 420.4, 0.266667),
    (64, 1, 470.6, 0.2),
    (128, 1, 1106.3, 0.433333),
    (256, 1, 2193.733, 0.366667),
    (512, 1, 5355.2, 0.4),
    (1024, 1, 8668.3, 0.6),
    (2048, 1, 11103.567, 0.533333),
    (2048, 2, 22034.333, 0.533333),
    (2048, 4, 42867.667, 0.675),
    (2048, 8, 88448.433, 0.7),
]


def reference(name: str) -> pl.DataFrame:
    return read_table(Reference, FOLDER / f"{name}.csv")


def value(frame: pl.DataFrame, **key: str) -> float:
    rows = frame.filter(**key)
    assert rows.height == 1, f"{key}: {rows.height} rows"
    return float(rows["y"][0])


def test_no_file_is_left_out() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_each_file_is_a_sound_table(name: str) -> None:
    frame = reference(name)
    assert frame.height == ROWS[name]
    assert set(frame["paper"]) == {name}, "a study finds the file by the name of the paper"
    shares = frame.filter(y_unit="accuracy")["y"]
    assert shares.is_between(0, 1).all(), "accuracies are fractions"
    one_unit = frame.group_by("figure", "series").agg(pl.col("y_unit", "x_unit").n_unique())
    assert (one_unit["y_unit"] == 1).all()
    assert (one_unit["x_unit"] == 1).all()
    assert frame["source"].str.contains(r"https://|github\.com/").all()
    assert (frame["x"].is_null() == frame["x_unit"].is_null()).all()
    bounded = frame.filter(pl.col("spread").is_not_null())
    assert (bounded["low"] <= bounded["high"]).all()
    key = frame.select("figure", "series", "benchmark", "setting", "x")
    assert not key.is_duplicated().any()


def test_the_logged_o1_mini_points_are_exact() -> None:
    logged = reference("o1_mini").filter(figure="accuracy", origin="log")
    wanted = [(f"asked={asked}, n={n}", n, x, y) for asked, n, x, y in LOGGED]
    assert logged.select("setting", "n", "x", "y").rows() == wanted
    assert logged["series"].to_list() == ["ask"] * 8 + ["vote"] * 3


def test_o1_mini_tells_logged_points_from_digitised_ones() -> None:
    frame = reference("o1_mini")
    votes = frame.filter(figure="accuracy", series="vote")
    assert votes["n"].to_list() == [2, 4, 8, 16, 32, 64, 128]
    assert votes["origin"].to_list() == ["log"] * 3 + ["digitised"] * 4
    used = frame.filter(figure="asked_vs_used", series="used")
    assert used["x"].to_list() == [2.0**i for i in range(20)]
    assert used.filter(origin="log")["x"].to_list() == [2.0**i for i in range(4, 12)]
    assert used.filter(origin="log")["y"].to_list() == [x for _, n, x, _ in LOGGED if n == 1]


def test_openai_o1() -> None:
    frame = reference("openai_o1").filter(figure="test_time_compute", series="o1")
    assert frame.select("x", "y").rows()[0] == (2.35, 0.206)
    assert frame.select("x", "y").rows()[-1] == (99.87, 0.749)


def test_s1_tables() -> None:
    s1 = reference("s1")
    assert value(s1, figure="Table 1", series="s1-32B", benchmark="aime24") == 0.567
    assert value(s1, figure="Table 1", series="o1-mini", benchmark="gpqa_diamond") == 0.6
    # Table 1 has 14 models on 3 benchmarks and two empty cells.
    assert s1.filter(figure="Table 1").height == 14 * 3 - 2
    assert value(s1, figure="Table 3", series="rejection sampling: scaling") == -35
    assert value(s1, figure="Table 4", series="2x Wait", benchmark="aime24") == 0.533
    assert value(s1, figure="Issue 134", series="s1.1 Wait2", benchmark="aime25") == 0.5
    difference = s1.filter(figure="Table 2", series="59K-full minus s1K", benchmark="aime24")
    assert difference.select("y", "low", "high").rows() == [(0.033, -0.133, 0.2)]


def test_s1_figures_and_counts() -> None:
    s1 = reference("s1")
    figure = s1.filter(figure="Figure 1", benchmark="aime24")
    assert figure.select("x", "y").rows()[3] == (3933.2, 0.4333)
    assert s1.filter(figure="Figure 1")["origin"].unique().to_list() == ["vector"]
    assert s1.filter(figure="Table 6", series="questions")["y"].sum() == 59_029
    assert s1.filter(figure="Table 5", series="questions")["y"].sum() == 1000
    traces = s1.filter(figure="Trace lengths").group_by("series").agg(pl.col("y").sum(), pl.len())
    assert sorted(traces.rows()) == [("Gemini", 1000.0, 50), ("r1", 1000.0, 50)]
    assert value(s1, figure="Funnel", series="notebook", setting="pre-selected") == 393


def test_search_and_learn() -> None:
    frame = reference("search_and_learn")
    row = frame.filter(series="dvts weighted", n=256).row(0, named=True)
    assert row["y"] == 0.5436
    assert (row["high"] - row["low"]) / 2 == pytest.approx(0.0052, abs=1e-12)
    assert value(frame.filter(n=16), series="beam any correct") == 0.536


def test_counts_of_correct_samples() -> None:
    frame = reference("llama1b_math500_counts")
    first = frame.filter(series="seed=0")
    assert first["x"].to_list() == [float(i) for i in range(500)]
    assert first["y"].head(3).to_list() == [222, 159, 138]
    assert frame["y"].sum() == 152_725
    assert frame["y"].is_between(0, 256).all()
    # The paper's own mean over all samples and seeds.
    assert frame["y"].mean() / 256 == pytest.approx(0.2386328125, abs=1e-12)
