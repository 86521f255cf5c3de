"""docs/adding.md, followed to the letter in a copy of the project."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.config.load import load_study
from scripts.lib.config.verifiers import HubVerifier
from scripts.lib.verifiers.layouts import LAYOUTS
from tests.doc_steps import Section, sections
from tests.workspace import Workspace

PAGE = Path("docs/adding.md")
BASE = "config/workstation.yaml"
RESULTS = "results/workstation"
ENTRIES = ["A model", "A benchmark", "A verifier (PRM)", "An engine"]
"""Sections whose files add to the workstation study."""
RECORDED = ["curve", "figure", "claim"]
"""Those that rest on recorded samples."""


@pytest.fixture(scope="module")
def page() -> dict[str, Section]:
    return sections(PAGE)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, page: dict[str, Section]) -> Workspace:
    """A copy of the project in which all that the page says is written, and nothing run."""
    workspace = Workspace(tmp_path_factory.mktemp("adding"))
    shutil.copy("Makefile", workspace.folder)
    # The project's own claims rest on all curves of their studies.
    (workspace.folder / "config/claims.yaml").write_text("", encoding="utf-8")
    for section in page.values():
        section.write(workspace.folder)
    return workspace


def run(workspace: Workspace, command: str) -> str:
    """Run a command of the page as its reader would."""
    program, *arguments = shlex.split(command)
    if program == "snakemake":
        done = workspace.snakemake(*arguments)
    else:
        if program == "make":  # with this Python, and nothing to install
            arguments += ["-o", ".venv/ready", f"BIN={Path(sys.executable).parent}"]
        done = subprocess.run(
            [program, *arguments], cwd=workspace.folder, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_page_is_read_whole(page):
    assert set(ENTRIES) < set(page)
    blocks = PAGE.read_text(encoding="utf-8").count("\n```") / 2
    told = [len(s.files) + len(s.appended) + bool(s.commands) for s in page.values()]
    assert sum(told) == blocks - 1, "an engine has two blocks of commands"


@pytest.mark.parametrize("heading", ["A model", "A benchmark", "A verifier (PRM)"])
def test_each_section_adds_to_the_study_by_itself(workspace, page, heading, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    before = load_study(Path(BASE))
    after = load_study(Path(BASE), *map(Path, page[heading].studies))
    for part in ("benchmarks", "models", "labels", "pools", "curves", "figures", "tables"):
        was, now = getattr(before, part), getattr(after, part)
        assert was.items() <= now.items(), "nothing of the study changes"
    assert len(after.curves) > len(before.curves)


def test_a_layout_that_is_declared_says_what_the_named_one_does(workspace, page, monkeypatch):
    monkeypatch.chdir(workspace.folder)
    files = map(Path, page["A verifier (PRM)"].studies)
    shepherd = load_study(Path(BASE), *files).models["shepherd_7b"]
    assert isinstance(shepherd, HubVerifier)
    assert shepherd.layout == LAYOUTS["math_shepherd"]


@pytest.fixture(scope="module")
def patched(workspace: Workspace, page: dict[str, Section]) -> Workspace:
    """The same with the engine in its code."""
    apply, schema, _ = page["An engine"].commands
    for command in (apply, schema):
        run(workspace, command)
    return workspace


def test_an_engine_keeps_the_contract_of_all(patched, page):
    assert "### models, kind: ollama" in (patched.folder / "config/KEYS.md").read_text("utf-8")
    command = [sys.executable, "-m", "tests.ask_ollama", *page["An engine"].studies]
    env = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        command, cwd=patched.folder, capture_output=True, text=True, check=False, env=env
    )
    assert done.stdout == "kept\n", done.stdout + done.stderr
    (module,) = [name for name in page["An engine"].files if name.endswith(".py")]
    ruff = [str(Path(sys.executable).parent / "ruff"), "check", "--config", "pyproject.toml"]
    subprocess.run([*ruff, patched.folder / module], check=True)


def test_what_is_new_is_made_and_nothing_again(patched, page):
    summary = patched.snakemake("--summary", "all", "--configfile", BASE)
    assert summary.returncode == 0, summary.stderr
    for line in summary.stdout.splitlines()[1:]:
        path = patched.folder / line.split("\t")[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    run(patched, page["An engine"].commands[-1])
    mine = [name for heading in ENTRIES for name in page[heading].studies]
    jobs = patched.plan("all", "--configfile", BASE, *mine)
    pools = ["mine_1b", "samples_3b", "samples_ollama", "samples_served"]
    scored = ["prm_bisected", "qwen_prm_7b", "shepherd_7b"]
    curves = [
        *("best_of_n_1b_bisected", "best_of_n_1b_qwen_prm", "best_of_n_1b_shepherd"),
        *("vote_3b", "vote_mine_1b", "vote_ollama", "vote_served"),
    ]
    published = ["llama_3b", "qwen_prm_7b", "shepherd_7b"]
    assert jobs == {
        "fetch_model": [f"{RESULTS}/published/{name}/weights.json" for name in published],
        "import_problems": [f"{RESULTS}/problems/mine.parquet"],
        "sample_pool": [f"{RESULTS}/pools/{n}/traces.parquet" for n in ("mine_1b", "samples_3b")],
        "ask_pool": [
            f"{RESULTS}/pools/{name}/traces.parquet"
            for name in ("samples_ollama", "samples_served")
        ],
        "grade_pool": [f"{RESULTS}/pools/{name}/answers.parquet" for name in pools],
        "account_pool": [f"{RESULTS}/pools/{name}/costs.parquet" for name in pools],
        "label_steps": [f"{RESULTS}/labels/bisected_1b.parquet"],
        "train_verifier": [f"{RESULTS}/models/prm_bisected/model.safetensors"],
        "score_pool": [f"{RESULTS}/scores/samples_1b/{name}.parquet" for name in scored],
        "tabulate_curve": [f"{RESULTS}/curves/{name}.csv" for name in curves],
        "tabulate_verifier": [f"{RESULTS}/tables/bisected.csv"],
        "format_table": [f"{RESULTS}/export/tables/bisected.md"],
    }


@pytest.fixture(scope="module")
def recorded(workspace: Workspace, page: dict[str, Section], mirror: Callable[[str], Path]) -> Path:
    """Results of the curve, the figure and the claim, made at once: a start takes seconds."""
    assert mirror("boinf/analysis_aime2024_Qwen3-4B.jsonl").exists()
    (curve,), (figure,), (claim,) = (page[f"A {name}"].commands for name in RECORDED)
    (target,) = [part for part in curve.split() if part.endswith(".csv")]
    told = run(workspace, f"{claim} --dry-run")
    assert "snakemake --cores all verdicts --configfile config/recorded.yaml" in told
    run(workspace, figure.replace("results/", f"verdicts {target} results/", 1))
    return workspace.folder / "results/recorded"


def test_a_curve_and_a_figure_are_drawn_from_recorded_samples(recorded):
    made = sorted(str(path.relative_to(recorded)) for path in recorded.glob("[cf]*/*"))
    curves = ("oracle_odd_qwen3_4b", "vote_odd_qwen3_4b", "vote_qwen3_4b_aime24")
    figures = [f"figures/odd_votes.{form}" for form in ("csv", "pdf", "png", "svg", "txt")]
    assert made == sorted([*(f"curves/{name}.csv" for name in curves), *figures])
    votes = pl.read_csv(recorded / "curves/vote_odd_qwen3_4b.csv")
    assert votes["n"].to_list() == [1, 3, 5, 9, 17, 33, 65]
    assert votes["accuracy"].is_between(0.5, 1).all()


def test_a_claim_is_judged(recorded):
    (verdict,) = pl.read_csv(recorded / "verdicts.csv").rows(named=True)
    assert verdict["claim"] == "votes_help_qwen3_4b"
    assert 0 < verdict["low"] <= verdict["value"] <= verdict["high"]
    assert verdict["verdict"] == "confirmed"
