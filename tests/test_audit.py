"""Audits of logs: from a real log of lm-evaluation-harness to its study, and what is said of it."""

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from scripts.audit.audit_log import main
from scripts.lib.audit.benchmarks import benchmark_of
from scripts.lib.audit.curves import Part
from scripts.lib.audit.found import AuditError
from scripts.lib.audit.study import tables_of_audit
from scripts.lib.audit.summary import summary
from scripts.lib.claims.tables import Verdict
from scripts.lib.config.load import load_facts, load_study
from scripts.lib.curves.tables import Point
from scripts.lib.tableio import make_table, read_table, write_table
from tests.figure_tables import doublings
from tests.recorded_files import write_lines
from tests.recorded_tools import PROBLEMS, REPEATS
from tests.test_recorded_budgets import forced
from tests.test_recorded_lm_eval import line
from tests.workspace import Workspace


@pytest.fixture
def audit(tmp_path, monkeypatch, capsys):
    """Write the study of logs, without running it; the study, and what was said."""
    (tmp_path / "config").mkdir()
    for name in ("models", "prices"):
        text = Path(f"config/{name}.yaml").read_text(encoding="utf-8")
        (tmp_path / f"config/{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run(*logs, options=("--dry",)):
        command = ["audit_log", "--log", *map(str, logs), "--name", "a log", *options]
        monkeypatch.setattr(sys, "argv", command)
        main()
        return load_study(tmp_path / "results/audit_a_log/study.yaml"), capsys.readouterr().out

    return run


def test_a_log_of_one_setting_gives_votes_and_says_what_it_lacks(harness_log, audit):
    study, said = audit(harness_log)
    (pool,) = study.pools.values()
    assert (pool.format, pool.benchmark, pool.answer_kind, pool.n) == (
        *("lm_eval", "tiny", "integer"),
        REPEATS,
    )
    assert pool.model == "unlisted"
    assert {curve.method for curve in study.curves.values()} == {"vote", "oracle"}
    assert [panel.x for panel in study.figures["tiny"].panels] == ["n"]
    assert f"{len(PROBLEMS)} problems, {REPEATS} samples each, task tiny" in said
    assert "its own score, exact_match: 0" in said
    for told in (
        "benchmark 'tiny' is not one that is known here",
        "is not in config/models.yaml: FLOPs and dollars are unknown",
        "no token counts: curves are drawn against samples alone",
        "one setting is logged: no curve over budgets",
    ):
        assert told in said


def test_logs_at_several_budgets_in_a_folder_give_a_forcing_curve(harness_log, audit, tmp_path):
    for budget in (500, 1000):
        forced(harness_log, tmp_path / "logs", f"f{budget}", max_tokens_thinking=budget)
    options = ("--dry", "--model", "Qwen/Qwen3-4B", "--benchmark", "AIME24")
    study, said = audit(tmp_path / "logs", harness_log, options=options)
    (pool,) = study.pools.values()
    assert len(pool.path) == 3  # of one model, whatever the logs say
    assert (pool.model, pool.benchmark, pool.answer_kind) == ("Qwen3-4B", "aime24", "integer")
    methods = [curve.method for curve in study.curves.values()]
    assert sorted(methods) == ["forcing", *["oracle"] * 3, *["vote"] * 3]
    assert study.figures["tiny"].title == "aime24, 3 problems: Qwen/Qwen3-4B"
    assert study.tables["control"].curves == ["forcing_tiny"]
    votes = [curve.budget for curve in study.curves.values() if curve.method == "vote"]
    assert votes == ["auto", 500, 1000]
    assert "is not in config/models.yaml" not in said
    assert "not one that is known" not in said


def test_broken_lines_are_left_out_and_named(audit, tmp_path):
    cut = json.dumps(line(2))[:60]
    choices = line(3) | {"resps": [["a"], ["b"]]}
    golds = line(4) | {"target": "", "doc": {"problem": "p"}}
    path = write_lines(tmp_path / "samples_x_2026.jsonl", [line(0), line(1), choices, golds, cut])
    study, said = audit(path)
    (pool,) = study.pools.values()
    kept = Path(pool.path).read_text(encoding="utf-8").splitlines()
    assert [json.loads(row)["doc_id"] for row in kept] == [0, 1]
    assert "line 5: no JSON object (cut off, or not UTF-8)" in said
    assert "line 3: doc_id 3 holds 2 requests: likelihoods of choices" in said
    assert "line 4: doc_id 4 has no gold answer to be read" in said
    assert "2 problems" in said


def test_problems_that_one_of_two_logs_lacks_are_left_out_of_both(audit, tmp_path):
    logs = []
    for budget, ids in ((10, (0, 1)), (20, (1, 2))):
        rows = [line(number) for number in ids]
        for row in rows:
            row["arguments"]["gen_args_0"]["arg_1"]["max_tokens_thinking"] = budget
        (tmp_path / str(budget)).mkdir()
        logs.append(write_lines(tmp_path / str(budget) / "samples_x_2026.jsonl", rows))
    study, said = audit(*logs)
    (pool,) = study.pools.values()
    for path in pool.path:
        rows = Path(path).read_text(encoding="utf-8").splitlines()
        assert [json.loads(row)["doc_id"] for row in rows] == [1]
    assert said.count("1 problems are not in all logs of x, and left out") == 2


@pytest.mark.parametrize(("counted", "x"), [(True, "tokens"), (False, "n")])
def test_votes_of_enough_samples_have_a_shape_where_studies_tell_of_shapes(counted, x):
    curves = {"vote_x": {"method": "vote"}, "oracle_x": {"method": "oracle"}}
    part = Part({"n": 4}, curves=curves, counted=counted)
    few = Part({"n": 2}, curves={"vote_y": {"method": "vote"}}, forced=["forcing_y"])
    kinds = ("control", "shape", "vote_limit")
    tables = tables_of_audit([part, few], kinds)
    assert tables["shape"]["curves"] == tables["vote_limit"]["curves"] == ["vote_x"]
    assert tables["shape"]["x"] == x
    assert tables["control"]["curves"] == ["forcing_y"]
    assert list(tables_of_audit([part], ["control", "shape"])) == ["shape"]


def test_one_sample_a_problem_has_no_vote(audit, tmp_path):
    rows = [line(number) | {"resps": [["1"]]} for number in range(2)]
    study, said = audit(write_lines(tmp_path / "samples_x_2026.jsonl", rows))
    (curve,) = study.curves.values()
    assert curve.k == [1]
    assert "one sample a problem: no vote and no pass@k" in said


def test_names_from_a_log_bring_no_markup_into_figures(audit, tmp_path):
    path = write_lines(tmp_path / "samples_x_2026.jsonl", [line(0), line(1)])
    run = {"config": {"model_args": "pretrained=$\\frac{a$<b>", "gen_kwargs": None}}
    (tmp_path / "results_2026.json").write_text(json.dumps(run), encoding="utf-8")
    study, _ = audit(path)
    assert {curve.label for curve in study.curves.values()} == {
        "?frac?a?b?, vote",
        "?frac?a?b?, pass@k",
    }


@pytest.mark.parametrize(
    ("tasks", "models", "names"),
    [
        (("x", "x"), ("a/m", "b/m"), ["x_m", "x_m_2"]),
        (("math_500", "math-500"), ("a/m", "a/m"), ["math_500", "math_500_2"]),
        (("x", "y"), ("a/m", "b/m"), ["x", "y"]),
    ],
)
def test_logs_whose_names_read_alike_are_all_audited(audit, tmp_path, tasks, models, names):
    logs = []
    for place, task, model in zip("12", tasks, models, strict=True):
        (tmp_path / place).mkdir()
        run = {"config": {"model_args": f"pretrained={model}", "gen_kwargs": None}}
        (tmp_path / place / "results_2026.json").write_text(json.dumps(run), encoding="utf-8")
        path = tmp_path / place / f"samples_{task}_2026.jsonl"
        logs.append(write_lines(path, [line(0), line(1)]))
    study, _ = audit(*logs)
    assert list(study.pools) == names
    assert {Path(pool.path).parent.name for pool in study.pools.values()} == {"1", "2"}
    assert {curve.pool for curve in study.curves.values()} == set(names)


def test_unequal_numbers_of_samples_are_cut_to_the_fewest(audit, tmp_path):
    rows = [line(0) | {"resps": [["1", "2", "3"]]}, line(1) | {"resps": [["1", "2"]]}]
    study, said = audit(write_lines(tmp_path / "samples_x_2026.jsonl", rows))
    assert next(iter(study.pools.values())).n == 2
    assert "problems have 2 to 3 samples: the first 2 of each are taken" in said


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("x.jsonl", "{}\n", "x.jsonl: neither a log of lm-evaluation-harness nor of inspect"),
        ("x.txt", "", "x.txt: neither a log of lm-evaluation-harness nor of inspect"),
        ("x.eval", "torn", "x.eval: not an inspect log that can be read"),
    ],
)
def test_what_is_no_log_is_named(audit, tmp_path, name, content, told):
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(AuditError, match=told):
        audit(tmp_path / name)
    with pytest.raises(AuditError, match="no such file or folder"):
        audit(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(AuditError, match="no log in it; lm-evaluation-harness writes"):
        audit(tmp_path / "empty")


@pytest.mark.parametrize(
    ("task", "benchmark"),
    [
        ("aime24_nofigures", "aime24"),
        ("AIME2024", "aime24"),
        ("openai_math_500", "math500"),
        ("hendrycks_math500", "math500"),
        ("gsm8k_cot", "gsm8k"),
        ("gpqa_diamond_cot_zeroshot", "gpqa_diamond"),
        ("aime240", None),
        ("minerva_math", None),
    ],
)
def test_tasks_of_known_benchmarks(task, benchmark):
    known = benchmark_of(task)
    assert (None if known is None else known[0]) == benchmark


def test_only_what_the_study_has_is_told_of(tmp_path):
    points = doublings("vote_x", "vote", "recorded")
    for name in ("vote_x", "vote_old"):
        named = points.with_columns(curve=pl.lit(name))
        write_table(Point, named, tmp_path / f"curves/{name}.csv")
        for place in ("figures/{}.pdf", "export/curves/{}.md", "export/tables/{}.md"):
            path = tmp_path / place.format(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    study = {"curves": {"vote_x": {}}, "figures": {"vote_x": {}}}
    said = summary(tmp_path, study, [], [])
    assert "vote_x, 90 problems" in said
    assert "vote_old" not in said
    assert said.endswith(
        f"Made:\n  {tmp_path}/export/curves/vote_x.md\n  {tmp_path}/figures/vote_x.pdf\n"
    )
    row = {
        **{"claim": "so", "text": "It is so.", "source": "someone", "published": "1"},
        **{"study": "audit_x", "about": "x", "interval": "given", "confirmed_if": "above 0"},
        **{"verdict": "confirmed", "why": "all lies inside", "evidence": "curves/vote_x"},
        **{"basis": "recorded samples"},
    }
    rows = [row | {"quantity": f"a gain, {name}"} for name in ("vote_x", "vote_old")]
    write_table(Verdict, make_table(Verdict, rows), tmp_path / "verdicts.csv")
    said = summary(tmp_path, study, [], [])
    assert (
        "by these samples:\n  It is so.\n    confirmed: a gain, vote_x: all lies inside\n" in said
    )
    assert "vote_old" not in said
    # A study that did not run made nothing.
    assert "vote_x" not in summary(tmp_path, None, [], [])


def test_no_facts_are_made_up_of_unlisted_models():
    facts = load_facts()["unlisted"]
    assert facts.model_dump(exclude={"source"}, exclude_none=True) == {}


@pytest.mark.slow
def test_an_audit_runs_to_curves_figures_and_tables(harness_log, tmp_path, monkeypatch, capsys):
    workspace = Workspace(tmp_path)
    monkeypatch.chdir(workspace.folder)
    monkeypatch.setattr(sys, "argv", ["audit_log", "--log", str(harness_log), "--name", "x"])
    main()
    said = capsys.readouterr().out
    results = tmp_path / "results/audit_x"
    points = read_table(Point, results / "curves/vote_tiny.csv")
    assert set(points["origin"]) == {"recorded"}
    assert points["problems"].to_list() == [len(PROBLEMS)] * points.height
    assert (results / "figures/tiny.pdf").read_bytes().startswith(b"%PDF")
    assert (results / "export/curves/oracle_tiny.tex").is_file()
    assert f"vote_tiny, {len(PROBLEMS)} problems" in said
    verdicts = read_table(Verdict, results / "verdicts.csv")
    assert set(verdicts["claim"]) >= {"votes_gain_first", "gains_are_linear"}
    assert "accuracy of the largest vote less that of one sample, vote_tiny: " in said
    assert "figures/tiny.pdf" in said
