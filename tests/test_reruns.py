"""What would run, and what would not, after an edit."""

import signal
import time
from pathlib import Path

import pytest
import yaml

from tests.workspace import Workspace

STUDY = ("--configfile", "config/recorded.yaml")
LIMO_CURVE = "results/recorded/curves/vote_limo_v2_aime24.csv"


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Workspace:
    """The recorded study, as if it had run to its end."""
    workspace = Workspace(tmp_path_factory.mktemp("plan"))
    workspace.pretend_done("all", *STUDY)
    return workspace


@pytest.fixture
def workspace(done):
    """The same, with every edit undone afterwards."""
    parts = (done.folder / part for part in ("config", "scripts"))
    before = {p: p.read_bytes() for part in parts for p in part.rglob("*") if p.is_file()}
    yield done
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


def test_unchanged_there_is_nothing_to_do(workspace):
    assert workspace.told_plan("all", *STUDY)[0] == {}


def test_what_the_page_alone_shows_writes_it_anew_and_nothing_else(workspace):
    workspace.edit("config/recorded.yaml", "title: ", "title: A new name, ")
    workspace.append("scripts/lib/page/page.css", "/* an edit */\n")
    page = {"write_page": ["results/recorded/index.html"]}
    assert workspace.told_plan("all", *STUDY)[0] == page


def test_touching_code_reruns_nothing(workspace):
    for path in (workspace.folder / "scripts").rglob("*.py"):
        path.touch()
    assert workspace.plan("all", *STUDY) == {}


def test_editing_a_curve_reruns_it_and_its_figures_only(workspace):
    entry = "pool: limo_v2_aime24\n    k: "
    workspace.edit("config/recorded.yaml", entry + "all", entry + "doubling")
    plan = workspace.plan("all", *STUDY)
    tables = ["results/recorded/tables/limits_aime24.csv"]
    assert plan["tabulate_curve"] == [LIMO_CURVE]
    assert plan["tabulate_vote_limit"] == tables
    figures = [f"results/recorded/figures/aime24_{name}.png" for name in ("limits", "votes")]
    assert plan["plot_figure"] == figures
    printed = {"tabulate_forecast", "format_table"}
    assert set(plan) == {"tabulate_curve", "tabulate_vote_limit", "plot_figure"} | printed


def test_a_label_changes_figures_and_tables_that_show_it(workspace):
    workspace.edit("config/recorded.yaml", "label: LIMO-v2 (32B)", "label: LIMO")
    shown = {"tabulate_vote_limit", "tabulate_forecast", "format_table"}
    assert set(workspace.plan("all", *STUDY)) == {"plot_figure"} | shown


def test_a_title_changes_its_figure_only(workspace):
    workspace.edit("config/recorded.yaml", "title: Three regions", "title: 3 regions")
    assert workspace.plan("all", *STUDY) == {
        "plot_figure": ["results/recorded/figures/o1_regions.png"]
    }


def test_the_style_changes_all_figures_and_nothing_else(workspace):
    workspace.edit("config/figures.mplstyle", "font.size: 9", "font.size: 10")
    assert set(workspace.plan("all", *STUDY)) == {"plot_figure"}


def test_code_two_imports_away_reruns_what_uses_it(workspace):
    workspace.append("scripts/lib/plotting/series.py", "# an edit\n")
    assert set(workspace.plan("all", *STUDY)) == {"plot_figure"}


def test_grading_code_reruns_grading_and_what_follows(workspace):
    workspace.append("scripts/lib/grading/extract.py", "# an edit\n")
    plan = workspace.plan("all", *STUDY)
    assert len(plan["grade_pool"]) == 13
    said = {"tabulate_shape", "tabulate_vote_limit", "tabulate_forecast", "tabulate_coverage"}
    drawn = {"plot_figure", "format_table", "judge_claims"}
    assert set(plan) == {"grade_pool", "tabulate_curve"} | said | drawn


def test_a_fact_reruns_only_the_accounting_of_its_model(workspace):
    path = workspace.folder / "config/models.yaml"
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    facts["LIMO-v2"]["layers"] += 1
    path.write_text(yaml.safe_dump(facts), encoding="utf-8")
    plan = workspace.plan("all", *STUDY)
    assert plan["account_pool"] == ["results/recorded/pools/limo_v2_aime24/costs.parquet"]
    said = {"tabulate_coverage", "format_table"}
    assert set(plan) == {"account_pool", "tabulate_curve", "plot_figure"} | said
    assert all("limo_v2" in name for name in plan["tabulate_curve"])


def test_one_curve_can_be_made_alone(tmp_path):
    plan = Workspace(tmp_path).plan(LIMO_CURVE, *STUDY)
    assert plan == {
        "fetch_source": ["data/fetched/boinf/analysis_aime2024_LIMO-v2.jsonl"],
        "import_samples": ["results/recorded/pools/limo_v2_aime24/traces.parquet"],
        "grade_pool": ["results/recorded/pools/limo_v2_aime24/answers.parquet"],
        "account_pool": ["results/recorded/pools/limo_v2_aime24/costs.parquet"],
        "tabulate_curve": [LIMO_CURVE],
    }


def test_how_a_model_is_run_does_not_train_it_again(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.pretend_done("all", "--configfile", "config/micro.yaml")
    workspace.edit("config/micro.yaml", "    batch_size: ", "    batch_size: 1")
    plan = workspace.plan("all", "--configfile", "config/micro.yaml")
    assert "train_base" not in plan
    assert plan["sample_pool"]


def test_sources_in_another_order_are_compared_again(tmp_path):
    workspace = Workspace(tmp_path)
    given = ("results/micro/questions/decontaminated.parquet", "--configfile", "config/micro.yaml")
    workspace.pretend_done(*given)
    assert workspace.plan(*given) == {}
    path = workspace.folder / "config/micro.yaml"
    study = yaml.safe_load(path.read_text(encoding="utf-8"))
    sources = study["questions"]["sources"]
    study["questions"]["sources"] = dict(reversed(sources.items()))
    path.write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    assert workspace.plan(*given) == {"decontaminate_questions": [given[0]]}


@pytest.mark.parametrize("study", ["tiny", "micro", "recorded", "paper", "workstation"])
def test_every_study_resolves_from_nothing(tmp_path, study):
    plan = Workspace(tmp_path).plan("all", "--configfile", f"config/{study}.yaml")
    assert plan["plot_figure"]


def test_without_a_study_named_the_tiny_one_is_planned_and_studies_never_mix(tmp_path):
    fresh = Workspace(tmp_path)
    plan = fresh.plan("all")
    assert plan == fresh.plan("all", "--configfile", "config/tiny.yaml")
    outputs = [name for names in plan.values() for name in names]
    assert not [name for name in outputs if not name.startswith("results/tiny/")]


def test_a_broken_study_is_refused_before_any_job(tmp_path):
    fresh = Workspace(tmp_path)
    study = yaml.safe_load(Path("config/recorded.yaml").read_text(encoding="utf-8"))
    study["curves"]["vote_limo_v2_aime24"]["pol"] = "x"
    (fresh.folder / "config/broken.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    run = fresh.snakemake("all", "--configfile", "config/broken.yaml")
    assert run.returncode != 0
    said = run.stdout + run.stderr
    assert "config/broken.yaml" in said
    assert "curves.vote_limo_v2_aime24.vote.pol: unknown key; allowed: " in said
    assert "Traceback" not in said
    assert not (fresh.folder / "results").exists()


def test_two_runs_never_work_in_one_folder(tmp_path):
    fresh = Workspace(tmp_path)
    target = "results/recorded/curves/ask_o1_mini.csv"
    first = fresh.start(target, *STUDY, "--forceall")
    lock = fresh.folder / ".snakemake/ttscale.lock"
    while not (lock.exists() and lock.read_text()) and first.poll() is None:
        time.sleep(0.01)
    first.send_signal(signal.SIGSTOP)  # however slow the machine is, it is still at work
    second = fresh.snakemake("results/recorded/curves/vote_o1_mini.csv", *STUDY)
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 0
    assert second.returncode != 0
    assert (
        f"another run (process {first.pid}) works in this folder" in second.stdout + second.stderr
    )
    assert fresh.snakemake("results/recorded/curves/vote_o1_mini.csv", *STUDY).returncode == 0


def test_a_target_of_its_own_is_left_out_of_all_and_made_by_its_name(workspace):
    entry = "method: vote\n    label: LIMO-v2 (32B)"
    workspace.edit("config/recorded.yaml", entry, f"target: later\n    {entry}")
    for name in ("aime24_votes",):
        workspace.edit(
            "config/recorded.yaml", f"\n  {name}:\n", f"\n  {name}:\n    target: later\n"
        )
    (workspace.folder / LIMO_CURVE).unlink()
    assert LIMO_CURVE not in workspace.plan("all", *STUDY).get("tabulate_curve", [])
    assert workspace.plan("later", *STUDY)["tabulate_curve"] == [LIMO_CURVE]
