"""Two sets of results beside each other: from tables of made-up samples to the printed report."""

import shutil
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from scripts.analyse.compare_results import default_output, main
from scripts.lib.compare.places import CompareError, read_results
from scripts.lib.compare.tables import Difference
from scripts.lib.curves.tables import Outcome, Point
from scripts.lib.estimators.family import family_p_values
from scripts.lib.tableio import read_table, write_table
from tests.curve_tables import tables_of
from tests.pool_tables import samples_of

PROBLEMS = 12


def results(folder, right, tokens=100, name="vote_x", problems=range(PROBLEMS)):
    """A curve of four samples a problem, of which `right(problem)` are right."""
    samples = []
    for number in problems:
        answers = ["1"] * right(number) + ["2"] * (4 - right(number))
        samples += samples_of(f"p{number:02d}", answers, tokens=tokens + number)
    made = tables_of(folder.parent, samples, method="vote", k=[1, 4])
    named = pl.lit(name).alias("curve")
    write_table(Point, made.points.with_columns(named), folder / f"curves/{name}.csv")
    write_table(Outcome, made.outcomes.with_columns(named), folder / f"outcomes/{name}.parquet")
    return folder


@pytest.fixture
def a(tmp_path):
    return results(tmp_path / "a", lambda number: number % 4)


def run(monkeypatch, capsys, a, b, *options):
    output = a.parent / "compared.csv" if hasattr(a, "parent") else None
    command = ["compare_results", "--a", str(a), "--b", str(b), "--bootstrap", "500", *options]
    monkeypatch.setattr(sys, "argv", [*command, *(["--output", str(output)] if output else [])])
    main()
    return read_table(Difference, output), capsys.readouterr().out


def test_changed_outcomes_are_paired_by_problem(a, tmp_path, monkeypatch, capsys):
    b = results(tmp_path / "b", lambda number: min(4, number % 4 + (number < 6)), tokens=150)
    table, said = run(monkeypatch, capsys, a, b)
    assert table["setting"].to_list() == ["k=1", "k=4"]
    one = table.row(0, named=True)
    assert one["basis"] == "paired"
    assert one["problems"] == PROBLEMS
    # Six problems of twelve have one right sample of four more.
    assert one["difference"] == pytest.approx(6 / 12 / 4)
    assert one["low_difference"] > 0
    assert one["high_difference"] < 0.25
    assert one["accuracy_b"] - one["accuracy_a"] == pytest.approx(one["difference"])
    # Every problem costs 50 tokens more: nothing varies.
    assert one["tokens_difference"] == one["low_tokens_difference"] == pytest.approx(50)
    assert one["p_family"] == pytest.approx(2 / 2**6, abs=0.03)
    # Votes of four turn at fewer than six problems: too few to tell.
    assert "1 of the other 2 intervals exclude 0; at most about 0.1 would" in said
    assert "curves: 0 of 1 tables are the same byte for byte; not vote_x.csv." in said


def test_the_same_bytes_are_said_and_differ_from_nothing(a, tmp_path, monkeypatch, capsys):
    b = shutil.copytree(a, tmp_path / "b")
    table, said = run(monkeypatch, capsys, a, b, "--fail-on-difference")
    assert set(table["difference"]) == {0.0}
    assert table["p_family"].null_count() == table.height
    assert "A and B are the same, byte for byte: all 2 tables." in said
    assert "2 settings are the same in A and in B, and not shown." in said
    assert "2 paired differences, 2 of them 0 at every problem." in said


def test_the_last_bits_of_a_sum_are_no_difference(a, tmp_path, monkeypatch, capsys):
    b = shutil.copytree(a, tmp_path / "b")
    outcomes = read_table(Outcome, b / "outcomes/vote_x.parquet")
    moved = outcomes.with_columns((pl.col("accuracy") * (1 - 1e-15)).alias("accuracy"))
    write_table(Outcome, moved, b / "outcomes/vote_x.parquet")
    table, said = run(monkeypatch, capsys, a, b)
    assert table["low_difference"].null_count() == table["p_family"].null_count() == table.height
    assert "2 of them 0 at every problem" in said
    assert "outcomes: 0 of 1 tables are the same byte for byte" in said


def changed(model, path, **values):
    write_table(model, read_table(model, path).with_columns(**values), path)


def test_dollars_differ_by_more_than_rounding(a, tmp_path, monkeypatch, capsys):
    b = shutil.copytree(a, tmp_path / "b")
    changed(Point, b / "curves/vote_x.csv", usd=pl.col("usd") * (1 + 1e-15))
    table, said = run(monkeypatch, capsys, a, b)
    assert set(table["usd_difference"]) == {0.0}
    assert "2 settings are the same" in said
    changed(Point, b / "curves/vote_x.csv", usd=pl.col("usd") * 1.5)
    table, said = run(monkeypatch, capsys, a, b)
    assert table["usd_difference"].to_list() == pytest.approx([0.25, 1])
    assert "are the same in A and in B" not in said


def test_a_cost_that_only_one_side_knows_is_a_difference(a, tmp_path, monkeypatch, capsys):
    b = shutil.copytree(a, tmp_path / "b")
    changed(Point, b / "curves/vote_x.csv", usd=pl.lit(None, pl.Float64))
    table, said = run(monkeypatch, capsys, a, b)
    assert set(table["difference"]) == set(table["tokens_difference"]) == {0.0}
    assert "are the same in A and in B" not in said
    assert "US dollars A" in said
    changed(Point, b / "curves/vote_x.csv", usd=pl.Series([0.5, 2.0]))
    changed(Outcome, b / "outcomes/vote_x.parquet", tokens=pl.lit(None, pl.Float64))
    table, said = run(monkeypatch, capsys, a, b)
    assert table["tokens_a"].null_count() == 0
    assert table["tokens_b"].null_count() == table["tokens_difference"].null_count() == table.height
    assert "are the same in A and in B" not in said


def test_few_problems_apart_have_limits_that_say_so(a, tmp_path, monkeypatch, capsys):
    # Of twelve problems one turns from half right to all right: a bootstrap would say that no
    # other way was possible.
    b = results(tmp_path / "b", lambda number: 4 if number == 2 else number % 4)
    row = run(monkeypatch, capsys, a, b)[0].row(0, named=True)
    assert row["difference"] == pytest.approx(0.5 / PROBLEMS)
    assert row["low_difference"] < 0 < row["high_difference"]


def test_a_difference_fails_only_where_asked(a, tmp_path, monkeypatch, capsys):
    b = results(tmp_path / "b", lambda number: number % 4, tokens=101)
    run(monkeypatch, capsys, a, b)
    with pytest.raises(SystemExit) as exited:
        run(monkeypatch, capsys, a, b, "--fail-on-difference")
    assert exited.value.code == 1


def test_problems_and_settings_that_one_lacks_are_named(a, tmp_path, monkeypatch, capsys):
    b = results(tmp_path / "b", lambda number: number % 4, problems=range(2, PROBLEMS))
    points = read_table(Point, b / "curves/vote_x.csv")
    write_table(Point, points.filter(setting="k=1"), b / "curves/vote_x.csv")
    results(b, lambda number: 1, name="vote_y")
    table, said = run(monkeypatch, capsys, a, b)
    (row,) = table.iter_rows(named=True)
    assert (row["problems"], row["left_out_a"], row["left_out_b"]) == (10, 2, 0)
    assert row["difference"] == row["tokens_difference"] == 0
    # The points' dollars are those of other problems in A than in B.
    assert row["usd_a"] is row["usd_b"] is row["usd_difference"] is None
    assert "are the same in A and in B" not in said
    assert "problems only in A" in said
    assert "only in A: of vote_x the problems p00, p01" in said
    assert "only in A: of vote_x the settings k=4" in said
    assert "only in B: curves vote_y" in said


def test_without_outcomes_points_are_compared_and_labelled(a, tmp_path, monkeypatch, capsys):
    b = results(tmp_path / "b", lambda number: 3)
    shutil.rmtree(b / "outcomes")
    table, said = run(monkeypatch, capsys, a, b)
    assert set(table["basis"]) == {"unpaired"}
    points = [read_table(Point, one / "curves/vote_x.csv").row(0, named=True) for one in (a, b)]
    row = table.row(0, named=True)
    assert row["difference"] == pytest.approx(points[1]["accuracy"] - points[0]["accuracy"])
    assert row["low_difference"] <= points[1]["low"] - points[0]["accuracy"]
    assert (row["usd_a"], row["usd_b"], row["usd_difference"]) == (0.5, 0.5, 0)
    assert "2 differences are unpaired" in said


def test_curves_of_other_names_are_matched(a, tmp_path, monkeypatch, capsys):
    b = results(tmp_path / "b", lambda number: 2, name="vote_new")
    with pytest.raises(CompareError, match=r"no curve is in both; .* MATCH=old=new"):
        run(monkeypatch, capsys, a, b)
    table, _ = run(monkeypatch, capsys, a, b, "--match", "vote_x=vote_new")
    assert set(table["curve_b"]) == {"vote_new"}
    with pytest.raises(CompareError, match=r"B, .*: no curve 'vote_z'; there is: vote_new"):
        run(monkeypatch, capsys, a, b, "--match", "vote_x=vote_z")


def test_tables_come_out_of_git_at_a_commit(a, tmp_path, monkeypatch):
    repository = tmp_path / "repository"
    shutil.copytree(a, repository / "results/x")
    for command in ("init --quiet", "add results/x/curves",
                    "-c user.name=n -c user.email=e@x commit --quiet --message m"):  # fmt: skip
        subprocess.run(["git", *command.split()], cwd=repository, check=True)
    monkeypatch.chdir(repository)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    found = read_results("HEAD:results/x", scratch)
    assert list(found.points) == ["vote_x"]
    assert found.outcomes == {}
    for named in ("HEAD:results/y", "nothing:results/x"):
        with pytest.raises(CompareError, match="Git has no such folder"):
            read_results(named, scratch)
    with pytest.raises(CompareError, match="no such folder; name one that holds curves/"):
        read_results("results/nowhere", scratch)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CompareError, match="holds no curves"):
        read_results(str(tmp_path / "empty"), scratch)


def test_the_table_is_named_by_what_it_compares():
    assert str(default_output("results/tiny", "HEAD~2:results/tiny/")) == (
        "results/compared/results-tiny_HEAD-2-results-tiny.csv"
    )


def test_family_wise_p_values_are_those_of_all_flips():
    # Three of eight problems differ, all one way: 2 of the 8 flips are as far out.
    alone = family_p_values(np.array([[1.0]] * 3 + [[0.0]] * 5), 20_000, 0)
    assert alone[0] == pytest.approx(2 / 8, abs=0.02)
    # The same difference seen twice is no second chance.
    twice = family_p_values(np.array([[1.0, 1.0]] * 3 + [[0.0, 0.0]] * 5), 20_000, 0)
    assert twice == pytest.approx([alone[0]] * 2, abs=0.02)
    # Two that rest on other problems are.
    apart = np.zeros((16, 3))
    apart[:6, 0], apart[8:14, 1] = 1, 1
    found = family_p_values(apart, 20_000, 0)
    assert found[:2] == pytest.approx([1 - (1 - 2 / 64) ** 2] * 2, abs=0.01)
    assert np.isnan(found[2])


def test_of_families_without_a_difference_one_in_twenty_is_found():
    generator = np.random.default_rng(1)
    shared = generator.normal(size=(200, 30, 1))
    families = shared + generator.normal(size=(200, 30, 8))
    wrong = [(family_p_values(one, 400, 0) < 0.05).any() for one in families]
    assert np.mean(wrong) < 0.1
