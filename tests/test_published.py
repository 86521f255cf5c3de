"""Published models: fetched by one program, safe files only, and loaded without a network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.lib.config.models import HubModel
from scripts.lib.engines.open import open_engine
from scripts.lib.finetuning.base_model import BaseModel, BaseModelError
from scripts.lib.hub import HubError
from scripts.lib.tableio import read_table
from scripts.lib.tables import Trace
from scripts.lib.tokens import TokenizerError, load_tokenizer
from tests.model_hub import COMMIT, REVISION, model_hub
from tests.small_model import write_model
from tests.small_published import SMALL
from tests.workspace import Workspace

REPO = "somebody/judge"
LOADED = ["chat_template.jinja", "config.json", "model.safetensors"]
LOADED += ["tokenizer.json", "tokenizer_config.json"]
SCORE = """
import json, sys
from scripts.lib import cli
from scripts.lib.config.verifiers import HubVerifier
from scripts.lib.verifiers.base import NewStep
from scripts.lib.verifiers.open import open_verifier
def main():
    verifier = open_verifier(HubVerifier.model_validate_json(sys.argv[1]), None, None)
    [scored] = verifier.score([(verifier.begin("1 + 1", ""), NewStep("2", None, True))])
    print(json.dumps([verifier.identity["weights"], scored.score]))
cli.run(main)
"""


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    """A repository that holds more than anybody should load."""
    folder = SMALL["skywork"].write(tmp_path / "repository")
    (folder / "original").mkdir()
    for name in ("pytorch_model.bin", "modeling_own.py", "original/a.safetensors", "training.pt"):
        (folder / name).write_bytes(b"not to be fetched")
    return folder


def python(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return subprocess.run(
        [sys.executable, *arguments],
        env=kept | {"HF_HOME": str(home), "OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def fetch(
    home: Path, *more: str, repo: str = REPO, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = ["-m", "scripts.data.fetch_model", "--repo", repo, "--revision", REVISION]
    return python(*command, *more, home=home, **environment)


def score(home: Path, repo: str = REPO) -> subprocess.CompletedProcess[str]:
    entry = {"kind": "hub_verifier", "repo": repo, "revision": REVISION, "layout": "skywork"}
    return python("-c", SCORE, json.dumps(entry | {"dtype": "float64"}), home=home)


def test_safe_files_alone_are_fetched_and_then_no_network_is_needed(
    judge: Path, tmp_path: Path
) -> None:
    home, record = tmp_path / "home", tmp_path / "weights.json"
    with model_hub(judge, REPO) as hub:
        done = fetch(home, "--output", str(record), HF_ENDPOINT=hub.url)
        assert done.returncode == 0, done.stderr
        assert sorted(set(hub.asked)) == LOADED
        told = record.read_text()
        hub.asked.clear()
        fetch(home, "--output", str(record), HF_ENDPOINT=hub.url)
        assert (hub.asked, record.read_text()) == ([], told)
    recorded = json.loads(told)
    assert recorded["commit"] == COMMIT
    assert [file["name"] for file in recorded["files"]] == LOADED
    for file in recorded["files"]:
        assert file["bytes"] == (judge / file["name"]).stat().st_size
        assert file["git_sha1"] or file["sha256"]
    scored = score(home)
    assert scored.returncode == 0, scored.stderr
    weights, value = json.loads(scored.stdout.splitlines()[-1])
    assert weights == {"repo": REPO, "revision": COMMIT}
    assert value == pytest.approx(SMALL["skywork"].read(judge, "1 + 1", ["2"])[1][0], abs=1e-9)


def test_a_tokenizer_is_fetched_alone_and_is_not_taken_for_a_model(
    judge: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with model_hub(judge, REPO) as hub:
        done = fetch(home, "--part", "tokenizer", HF_ENDPOINT=hub.url)
        assert done.returncode == 0, done.stderr
        assert "model.safetensors" not in hub.asked
        assert "tokenizer.json" in hub.asked
    load = f"from scripts.lib.tokens import *; load_tokenizer('{REPO}@{REVISION}')"
    assert python("-c", load, home=home).returncode == 0
    scored = score(home)
    assert scored.returncode == 1
    assert "Traceback" not in scored.stderr
    assert f"{REPO} at {REVISION}: not in the Hub's cache, {home}" in scored.stderr
    command = f"python -m scripts.data.fetch_model --repo {REPO} --revision {REVISION}"
    assert f"{command} --part weights" in scored.stderr


def test_what_the_hub_refuses_is_said(judge: Path, tmp_path: Path) -> None:
    with model_hub(judge, REPO) as hub:
        (judge / "model.safetensors").unlink()
        done = fetch(tmp_path / "a", HF_ENDPOINT=hub.url)
        assert f"holds no *.safetensors at revision '{REVISION}'; weights are read" in done.stderr
        done = fetch(tmp_path / "a", repo="nobody/nothing", HF_ENDPOINT=hub.url)
        assert "https://huggingface.co/nobody/nothing: no such model, or it is" in done.stderr
        hub.gated = True
        done = fetch(tmp_path / "b", HF_ENDPOINT=hub.url)
    assert done.returncode == 1
    assert f"the model {REPO} is gated: its terms must be accepted at" in done.stderr
    assert "Traceback" not in done.stderr
    done = fetch(tmp_path / "b", HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE is set: unset it" in done.stderr


def test_whoever_loads_says_how_to_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    told = r"nobody/nothing at v1: not in the Hub's cache.*\n.* -m scripts.data.fetch_model --repo "
    told += "nobody/nothing --revision v1 --part "
    model = HubModel(kind="hub", repo="nobody/nothing", revision="v1")
    with pytest.raises(HubError, match=told + "weights"):
        open_engine(model, None, None, None)
    with pytest.raises((HubError, BaseModelError), match=told + "weights"):
        BaseModel("nobody/nothing", "v1").tokenizer()
    with pytest.raises((HubError, TokenizerError), match=told + "tokenizer"):
        load_tokenizer("nobody/nothing@v1")


BASE = """
import sys
from pathlib import Path
from scripts.lib.finetuning.base_model import BaseModel
base = BaseModel("somebody/solver", "v1")
base.weights("sdpa")
base.write_tokenizer(base.tokenizer(), Path(sys.argv[1]))
print(base.identity())
"""
STUDY = {
    "study": "published",
    "title": "A published model",
    "benchmarks": {"chains": {"kind": "chains", "seed": 1, "operations": [2], "problems": 2}},
    "models": {"solver": {"kind": "hub", "repo": "somebody/solver", "revision": REVISION}},
    "prompts": {"plain": "{problem}"},
    "pools": {
        "plain": {"kind": "sampled", "model": "solver", "benchmark": "chains", "n": 1}
        | {"wordings": ["plain"], "sampling": {"max_tokens": 8}}
    },
}


def test_a_job_without_a_network_draws_from_what_the_rule_fetched(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    file = workspace.folder / "config/published.yaml"
    file.write_text(yaml.safe_dump(STUDY), encoding="utf-8")
    results = "results/published"
    record, traces = f"{results}/published/solver/weights.json", f"{results}/pools/plain/traces"
    study = ("--configfile", "config/published.yaml")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    kept |= {"HF_HOME": str(tmp_path / "home")}
    with model_hub(write_model(tmp_path / "model", layers=1, width=32), "somebody/solver") as hub:
        # As a job on a cluster's node, which Snakemake runs in this mode, it would find nothing.
        remote = workspace.snakemake(
            record, "--mode", "remote", *study, env=kept | {"HF_ENDPOINT": hub.url}
        )
        assert remote.returncode != 0
        assert "HF_HUB_OFFLINE is set" in remote.stdout + remote.stderr
        assert hub.asked == []
        done = workspace.snakemake(record, *study, env=kept | {"HF_ENDPOINT": hub.url})
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((workspace.folder / record).read_text())["commit"] == COMMIT
    drawn = workspace.snakemake(f"{traces}.parquet", *study, env=kept | {"HF_HUB_OFFLINE": "1"})
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    assert "rule fetch_model" not in drawn.stdout + drawn.stderr
    assert len(read_table(Trace, workspace.folder / f"{traces}.parquet")) == 2
    (journal,) = (workspace.folder / results / "journal/plain").glob("*.jsonl")
    engine = json.loads(journal.read_text().splitlines()[0])["engine"]
    assert engine["weights"] == {"repo": "somebody/solver", "revision": COMMIT}
    # A training begins with it in the same way.
    based = python("-c", BASE, str(tmp_path), home=tmp_path / "home", HF_HUB_OFFLINE="1")
    assert based.stdout.splitlines()[-1:] == [f"somebody/solver {COMMIT}"], based.stderr
