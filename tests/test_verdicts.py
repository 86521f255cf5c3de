"""Verdicts of the recorded study, and that they follow from the published values."""

import shutil
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.curves.tables import Reference
from scripts.lib.tableio import read_table, write_table
from tests.claim_files import judged

S1_AIME = "accuracy of s1-32B less that of o1-preview, AIME 2024"


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory) -> pl.DataFrame:
    return judged(tmp_path_factory.mktemp("judged"))


def verdict(table: pl.DataFrame, claim: str, quantity: str) -> dict:
    return table.row(
        by_predicate=(pl.col("claim") == claim) & (pl.col("quantity") == quantity), named=True
    )


def test_one_verdict_for_each_benchmark(verdicts):
    rows = verdicts.filter(claim="s1_reaches_o1_preview")
    told = dict(zip(rows["quantity"].str.split(", ").list.last(), rows["verdict"], strict=True))
    assert told == {"AIME 2024": "undecided", "GPQA-Diamond": "refuted", "MATH-500": "confirmed"}
    assert rows["value"].to_list() == pytest.approx([0.567 - 0.446, 0.596 - 0.733, 0.93 - 0.855])


def test_what_30_problems_cannot_tell_says_what_would(verdicts):
    row = verdict(
        verdicts, "forcing_lifts_s1", "accuracy with budget forcing less that without, AIME 2024"
    )
    assert row["verdict"] == "undecided"
    # (0.067 + 0.1757)^2 / 0.067^2 * 30 is 394.
    assert "about 400 problems would decide instead of 30" in row["why"]
    assert "2 of 30, -0.01939 to 0.1498 would not decide it" in row["why"]


def test_sums_are_exact(verdicts):
    row = verdict(
        verdicts, "useful_run_costs_50_dollars", "dollars of 2^17 tokens for each problem"
    )
    assert (row["verdict"], row["interval"]) == ("confirmed", "none: of the numbers as they stand")
    assert (row["value"], row["low"], row["high"]) == pytest.approx((2**17 * 30 * 12e-6,) * 3)
    hours = verdict(verdicts, "s1_takes_seven_gpu_hours", "minutes times GPUs, in hours")
    assert hours["value"] == pytest.approx(26 * 16 / 60)


def test_the_verifier_decides_what_a_small_model_costs(verdicts):
    rows = verdicts.filter(claim="small_model_takes_less_compute").filter(
        pl.col("about").str.contains("405B")
    )
    assert rows["verdict"].to_list() == ["confirmed", "refuted"]
    assert rows["quantity"].str.contains("not counted").to_list() == [True, False]


def test_the_printed_formula_does_not_give_the_printed_numbers(verdicts):
    rows = verdicts.filter(pl.col("claim").str.starts_with("scaling_"))
    assert dict(zip(rows["claim"], rows["verdict"], strict=True)) == {
        "scaling_follows_its_formula": "refuted",
        "scaling_is_per_doubling": "confirmed",
    }
    assert rows["value"].to_list() == [pytest.approx(3.51, abs=0.01), 6]


def test_without_its_tables_a_claim_has_no_data(verdicts):
    row = verdicts.filter(claim="votes_gain_first", about="Qwen3-14B").row(0, named=True)
    assert row["verdict"] == "no data"
    assert row["why"] == (
        "curves/vote_qwen3_14b_aime24, outcomes/vote_qwen3_14b_aime24 not there: "
        "`make recorded` makes it"
    )
    assert (row["value"], row["low"], row["high"]) == (None, None, None)


def test_every_row_tells_what_it_rests_on(verdicts):
    assert set(verdicts["study"]) == {"recorded"}
    assert not verdicts["about"].str.contains("tiny").any()
    assert verdicts["evidence"].str.contains("/").all()
    rows = {row["claim"]: row["basis"] for row in verdicts.iter_rows(named=True)}
    assert rows["forcing_lifts_s1"] == "published points"
    mixed = verdicts.filter(pl.col("about").str.contains("Llama-3.2-1B-Instruct and"))
    assert mixed["basis"].to_list() == ["recorded samples and published points"]


def test_another_published_value_is_another_verdict(verdicts, tmp_path):
    reference = tmp_path / "reference"
    shutil.copytree("data/reference", reference)
    path = reference / "s1.csv"
    there = (pl.col("figure") == "Table 1") & (pl.col("series") == "s1-32B")
    there &= pl.col("benchmark") == "aime24"
    changed = read_table(Reference, path).with_columns(y=pl.when(there).then(0.9).otherwise("y"))
    write_table(Reference, changed, path)
    again = judged(tmp_path, Path(reference))
    key = ["claim", "about", "quantity"]
    both = verdicts.join(again, on=key, suffix="_again").filter(
        pl.col("verdict") != pl.col("verdict_again")
    )
    told = both.select("quantity", "verdict", "verdict_again").rows()
    assert told == [
        (S1_AIME, "undecided", "confirmed"),
        ("accuracy with budget forcing less that without, AIME 2024", "undecided", "confirmed"),
    ]
