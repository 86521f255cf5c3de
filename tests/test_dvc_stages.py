"""DVC's stages hold all that the workflow makes and rest on all that it reads."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.lib.config.load import load_study
from scripts.lib.config.names import TARGETS
from scripts.lib.provenance.places import place_of
from tests.workspace import PARTS, Workspace

FILES = ("dvc.yaml", "gpu/dvc.yaml")
STAGES: dict[str, dict[str, Any]] = {
    file: yaml.safe_load(Path(file).read_text(encoding="utf-8"))["stages"] for file in FILES
}
BESIDE = "results/{0}/journal", "results/{0}/provenance"
"""What programs write beside the outputs of their rules."""
STUDIES = sorted({name for stages in STAGES.values() for name in stages})
READ_AT_THE_START = ("Snakefile", "rules", "config/models.yaml", "config/prices.yaml",
                     "slurm/defaults.yaml", "profiles/default/profile.yaml")  # fmt: skip


def outputs(stage: dict[str, Any]) -> list[str]:
    return [name for part in ("outs", "metrics") for out in stage.get(part, []) for name in out]


def lies_in(path: str, folders: list[str]) -> list[str]:
    return [folder for folder in folders if path == folder or path.startswith(f"{folder}/")]


@pytest.mark.parametrize("name", STUDIES)
def test_every_output_lies_in_one_out_and_every_input_under_a_dependency(tmp_path, name):
    workspace = Workspace(tmp_path)
    own = {e.target for part in ("curves", "figures", "tables")
           for e in getattr(load_study(Path(f"config/{name}.yaml")), part).values()}  # fmt: skip
    targets = ["all", "shared", "metrics", *sorted(filter(None, own))]
    run = workspace.snakemake("--detailed-summary", *targets, "--configfile", f"config/{name}.yaml")
    assert run.returncode == 0, run.stderr
    rows = [line.split("\t") for line in run.stdout.splitlines() if "\t" in line]
    header, *rows = rows
    made, read = header.index("output_file"), header.index("input-file(s)")
    stages = [stages[name] for stages in STAGES.values() if name in stages]
    outs = [out for stage in stages for out in outputs(stage)]
    results = [row[made] for row in rows if row[made].startswith("results/")]
    assert results
    assert {path: lies_in(path, outs) for path in results if len(lies_in(path, outs)) != 1} == {}
    inputs = {path for row in rows for path in row[read].split(",")} - {"-", ""}
    given = [path for path in inputs if not path.startswith(("results/", "data/fetched/"))]
    for stage in stages:
        lost = [p for p in (*given, *READ_AT_THE_START) if not lies_in(p, stage["deps"])]
        assert lost == [], stage["desc"]
        assert f"config/{name}.yaml" in stage["deps"]
    assert "config/claims.yaml" in STAGES["dvc.yaml"][name]["deps"]
    made_here = {out for out in outs if any(lies_in(path, [out]) for path in results)}
    beside = {out for out in outs if out.startswith(tuple(b.format(name) for b in BESIDE))}
    assert set(outs) - made_here - beside == set(), "outs that nothing makes"
    recorded = [place_of(Path(path)) for path in results if not path.endswith("metrics.json")]
    assert [str(place) for place in recorded if len(lies_in(str(place), outs)) != 1] == []


def test_every_stage_is_a_target_and_keeps_its_outputs():
    for stages in STAGES.values():
        for name, stage in stages.items():
            folders, snakemake = stage["cmd"]
            words = shlex.split(snakemake)
            assert words[0] == ".venv/bin/snakemake"
            asked = words[1 : next(n for n, word in enumerate(words) if word.startswith("--"))]
            assert set(asked) <= set(TARGETS), name
            assert words[words.index("--configfile") + 1] == f"config/{name}.yaml"
            outs = [out for part in ("outs", "metrics") for out in stage.get(part, [])]
            assert all(settings["persist"] for out in outs for settings in out.values())
            made = {f"results/{word}" for word in shlex.split(folders)[5:]}
            assert made == {out for out in outputs(stage) if not Path(out).suffix}


def test_what_needs_gpus_is_pulled_in_the_root():
    for name, stage in STAGES["gpu/dvc.yaml"].items():
        assert "--config samples=pulled" in STAGES["dvc.yaml"][name]["cmd"][1]
        assert "gpu/dvc.lock" in STAGES["dvc.yaml"][name]["deps"]
        assert not set(outputs(stage)) & set(STAGES["dvc.yaml"][name]["deps"])


def test_no_rule_calls_dvc():
    for path in (Path("Snakefile"), *Path("rules").iterdir()):
        assert not re.search(r"\bdvc (?!pull)|-m dvc", path.read_text(encoding="utf-8")), path


def test_a_bare_checkout_tells_whether_results_belong_to_it(tmp_path):
    workspace = Workspace(tmp_path)
    for file in (
        "dvc.yaml",
        "gpu/dvc.yaml",
        "gpu/dvc.lock",
        ".dvc/config",
        ".dvcignore",
        ".gitignore",
    ):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(file, tmp_path / file)
    run(workspace, "git", "init", "--quiet")
    for out in outputs(STAGES["dvc.yaml"]["paper"]):
        path = tmp_path / out
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}") if path.suffix else path.mkdir()
    dvc = (sys.executable, "-m", "dvc")
    run(workspace, *dvc, "commit", "--force", "paper")
    shutil.rmtree(tmp_path / "results/paper/figures")
    shutil.rmtree(tmp_path / ".dvc/cache")
    gate = (*dvc, "repro", "--dry", "--allow-missing")
    assert "Running stage" not in run(workspace, *gate, "paper")
    workspace.append("scripts/lib/plotting/series.py", "# an edit\n")
    assert "Running stage 'paper'" in run(workspace, *gate, "paper")
    said = run(workspace, *gate)
    assert "Running stage 'paper'" in said
    assert "gpu/dvc.yaml" not in said


def run(workspace: Workspace, *command: str) -> str:
    done = subprocess.run(
        command, cwd=workspace.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_workspaces_hold_what_the_stages_rest_on():
    deps = {dep for stages in STAGES.values() for stage in stages.values() for dep in stage["deps"]}
    assert {dep for dep in deps - {"gpu/dvc.lock"} if not lies_in(dep, list(PARTS))} == set()
