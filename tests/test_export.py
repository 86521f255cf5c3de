"""Tables as papers print them."""

import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from scripts.export.format_table import MODELS, main
from scripts.lib.compare.tables import Difference
from scripts.lib.config.load import load_study, read_yaml
from scripts.lib.config.panels import FUNNEL
from scripts.lib.config.study_tables import StudyTable
from scripts.lib.curves.tables import Comparison, Point
from scripts.lib.export.columns import columns_of
from scripts.lib.export.headers import NAMES
from scripts.lib.export.latex import latex
from scripts.lib.export.layout import printed
from scripts.lib.export.markdown import markdown
from scripts.lib.export.numbers import NONE, TIMES, written
from scripts.lib.table_kinds import KINDS
from scripts.lib.tableio import write_table
from scripts.lib.tables import schema_of
from scripts.lib.workflow import StudyFiles
from tests.figure_rows import comparison
from tests.figure_tables import doublings


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.54167, "percent", "54.2"),
        (-0.0417, "points", "-4.2"),
        (0.0831, "points", "+8.3"),
        (-1e-9, "points", "0.0"),
        (12345.678, "tokens", "12,346"),
        (28.458, "tokens", "28.5"),
        (2.006456e12, "flops", "2.01" + TIMES + "12"),
        (0.0123456, "usd", "0.0123"),
        (0.00001234, "usd", "1.23" + TIMES + "-5"),
        (0.71, "number", "0.710"),
        (3.0, "number", "3"),
        (0, "number", "0"),
        (1234567, "count", "1,234,567"),
        (None, "percent", NONE),
        (float("nan"), "number", NONE),
        (True, "text", "yes"),
    ],
)
def test_numbers_are_rounded_by_their_unit(value, unit, text):
    assert written(value, unit) == text


def test_every_kind_of_table_has_a_model_and_every_column_a_place():
    kinds = {model.model_fields["kind"].annotation.__args__[0]
             for model in StudyTable.__origin__.__args__}  # fmt: skip
    assert kinds | {FUNNEL} == set(KINDS)
    for model in (*KINDS.values(), Point):
        names = list(schema_of(model))
        shown = columns_of(names, frozenset())
        placed = [name for c in shown for name in (c.value, c.low, c.high) if name]
        assert sorted(placed) == sorted(names), model.__name__


PLAIN = {"auc", "bin", "median", "p_family", "quarter", "three_quarters"}
"""Chances and scores, which are read as fractions."""


def test_every_column_of_floats_has_a_unit_and_shares_have_one_unit():
    unnamed, fractions = [], []
    for model in (*MODELS.values(), Difference):
        columns = model.to_schema().columns
        floats = [name for name, column in columns.items() if column.dtype.type == pl.Float64]
        for shown in columns_of(floats, frozenset()):
            name = shown.value
            if name is None:
                continue
            if name not in NAMES and name.partition("_")[2] not in NAMES:
                unnamed.append(f"{model.__name__}.{name}")
            ends = {}
            for check in columns[name].checks:
                ends |= check.statistics
            bounded = ends.get("max_value") == 1 and ends.get("min_value") in (0, -1)
            if bounded and shown.unit not in ("percent", "points") and name not in PLAIN:
                fractions.append(f"{model.__name__}.{name}")
    assert not unnamed, f"give these a name and a unit in scripts/lib/export/headers.py: {unnamed}"
    assert not fractions, f"these are shares: percent or points there, or PLAIN: {fractions}"


@pytest.mark.parametrize(
    ("names", "headers"),
    [
        (["high_remaining_gain"], {"gain that remains (points), upper limit": "points"}),
        (["flops", "low_flops"], {"FLOPs": "flops", "FLOPs, lower limit": "flops"}),
        (["low_flops", "flops", "high_flops"], {"FLOPs": "flops"}),
        (["low_tide"], {"low tide": "number"}),
    ],
)
def test_a_limit_that_stands_alone_says_of_what(names, headers):
    assert {c.header: c.unit for c in columns_of(names, frozenset())} == headers


def test_an_interval_may_have_one_end():
    frame = pl.DataFrame({"flops": [2.0, 3.0], "low_flops": [1.0, 1.5], "high_flops": [None, 4.0]})
    assert [row[0] for row in printed(frame).rows] == [f"2.00 [1.00, {NONE}]", "3.00 [1.50, 4.00]"]


def test_a_value_stands_with_its_limits_and_what_all_share_is_said_once():
    table = printed(comparison().filter(origin="measured"))
    assert table.headers == ["curve", "accuracy (%)", "difference (points)"]
    assert table.rows[0] == ["s1", "64.0 [55.0, 73.0]", NONE]
    assert table.rows[1] == ["random", "55.0 [46.0, 64.0]", "-9.0 [-16.0, -2.0]"]
    assert "benchmark: chains" in table.notes
    assert "origin: measured here" in table.notes
    assert "problems: 90" in table.notes
    assert "brackets: 95 % interval" in table.notes


def test_a_name_that_holds_texts_here_and_shares_there():
    assert columns_of(["chosen"], frozenset())[0].header == "right answer chosen (%)"
    (column,) = columns_of(["chosen"], frozenset(["chosen"]))
    assert (column.header, column.unit) == ("chosen", "text")


def test_origins_that_differ_have_a_column():
    table = printed(comparison())
    place = table.headers.index("origin")
    assert {row[place] for row in table.rows} == {"measured here", "published number"}


def test_curves_of_one_label_keep_their_names():
    twice = comparison().with_columns(label=pl.lit("same"))
    assert printed(twice).headers[:1] == ["curve"]
    assert printed(twice).rows[0][0] == "sft_s1"


def test_a_curve_has_both_intervals():
    inner = {
        "low_benchmark": pl.col("accuracy") - 0.01,
        "high_benchmark": pl.col("accuracy") + 0.01,
    }
    points = doublings("vote_x", "vote", "measured").with_columns(**inner)
    table = printed(points)
    assert "verifier" not in " ".join([*table.headers, *table.notes])
    accuracy, same = (table.headers.index(name)
                      for name in ("accuracy (%)", "accuracy, same problems (%)"))  # fmt: skip
    row = points.row(1, named=True)
    ends = [f"{100 * row[name]:.1f}" for name in ("accuracy", "low", "high")]
    assert table.rows[1][accuracy] == "{} [{}, {}]".format(*ends)
    inner = [f"{100 * row[name]:.1f}" for name in ("low_benchmark", "high_benchmark")]
    assert table.rows[1][same] == "[{}, {}]".format(*inner)


HOSTILE = r"\input{/etc/passwd} 5% & $x_1$ #~^<b>|`[a](b)`" + "\n"


def test_texts_are_escaped():
    frame = pl.DataFrame({"text": [HOSTILE, "b"], "value": [1.5, -2e12]})
    table = printed(frame)
    tex = latex(table, "A & B", "x")
    body = tex.split(r"\midrule")[1]
    assert r"\textbackslash{}input\{/etc/passwd\} 5\% \& \$x\_\allowbreak{}1\$ \#" in body
    assert body.count(r"\\") == 2
    assert r"$-$2.00$\times10^{12}$" in body
    assert r"\caption{A \& B" in tex
    md = markdown(table, "A | B")
    (row,) = [line for line in md.splitlines() if "passwd" in line]
    assert "<b>" not in row.replace(r"\<b\>", "")
    assert row.replace(r"\|", "").count("|") == 3
    assert "-2.00\N{MULTIPLICATION SIGN}10<sup>12</sup>" in md


def test_the_program_writes_both_files(tmp_path, monkeypatch):
    path = tmp_path / "t.csv"
    write_table(Comparison, comparison(), path)
    command = ["format_table", "--table", str(path), "--kind", "comparison", "--title", "T"]
    command += ["--label", "t", "--markdown", str(tmp_path / "t.md")]
    monkeypatch.setattr(sys, "argv", [*command, "--latex", str(tmp_path / "t.tex")])
    main()
    assert (tmp_path / "t.md").read_text(encoding="utf-8").startswith("**T**\n\n| curve ")
    assert r"\caption{T. " in (tmp_path / "t.tex").read_text(encoding="utf-8")


def test_what_the_rule_asks_of_a_study():
    path = Path("config/micro.yaml")
    files, study = StudyFiles(read_yaml(path), [str(path)]), load_study(path)
    made = files.printed()
    assert set(made) == {
        f"results/micro/export/tables/{name}.{kind}"
        for name in [*study.tables, "funnel"]
        for kind in ("md", "tex")
    }
    assert "results/micro/export/curves/vote_base.tex" in files.printed(curves=True)
    assert "results/micro/export/fits/ask_base.md" in files.printed(curves=True)

    def asked(folder, name):
        one = SimpleNamespace(folder=folder, printed=name)
        return files.printed_kind(one), files.printed_title(one)

    assert asked("tables", "ledger") == ("ledger", "What the fine-tuned model cost")
    assert asked("tables", "funnel")[0] == "funnel"
    assert asked("fits", "ask_base")[0] == "fit"
    kind, title = asked("curves", "vote_base")
    assert kind == "curve"
    assert study.curves["vote_base"].label in title
