"""What stands beside a result: records of real runs, and the program that shows them."""

import getpass
import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.atomic import write_text
from scripts.lib.engines.local_weights import weights_hash
from scripts.lib.fetch import sha256_of
from scripts.lib.provenance.files import CHEAP_BYTES, read_file
from scripts.lib.provenance.hiding import hidden
from scripts.lib.provenance.host import driver_version, gpus
from scripts.lib.provenance.places import place_of
from scripts.lib.tableio import make_table, write_table
from scripts.lib.tables import Problem, Source
from tests.planned import trained
from tests.small_model import write_model
from tests.test_pool_requests import problems

PROJECT = Path.cwd()
POOL = "results/t/pools/sums"
TRACES, ANSWERS = f"{POOL}/traces.parquet", f"{POOL}/answers.parquet"
SECRET = "sk-not-to-be-seen"


def run(folder: Path, program: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of this project in another folder."""
    env = {**os.environ, "PYTHONPATH": str(PROJECT), "OPENAI_API_KEY": SECRET}
    command = [sys.executable, "-m", program, *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def sample(folder: Path, n: int) -> None:
    sampling = {"max_tokens": 4, "temperature": 1.0}
    spec = {"model": "base", "benchmark": "sums", "wordings": ["plain"], "seed": 7, "n": n}
    options = {
        "--spec": json.dumps(spec | {"sampling": sampling}),
        "--pool": "sums",
        "--model-spec": json.dumps(trained()),
        "--prompts": json.dumps({"plain": f"{SECRET}: {{problem}}"}),
        "--problems": "results/t/problems/sums.parquet",
        "--weights": "results/t/models/base",
        "--journal": str(folder / "results/t/journal/sums"),
        "--output": TRACES,
    }
    done = run(folder, "scripts.sample.sample_pool", *(p for o in options.items() for p in o))
    assert done.returncode == 0, done.stderr


def grade(folder: Path, output: str = ANSWERS) -> "subprocess.CompletedProcess[str]":
    options = ["--pool", "sums", "--traces", TRACES, "--jobs", "1", "--output", output]
    problems = ["--problems", "results/t/problems/sums.parquet"]
    return run(folder, "scripts.sample.grade_pool", *options, *problems)


def record(folder: Path, file: str) -> dict[str, Any]:
    place = place_of(Path(file))
    assert place is not None
    content: dict[str, Any] = json.loads((folder / place).read_text(encoding="utf-8"))
    return content


def show(folder: Path, *arguments: str) -> str:
    done = run(folder, "scripts.provenance.show_provenance", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which samples were drawn, then more of them, and graded."""
    folder = tmp_path_factory.mktemp("made")
    write_table(Problem, problems("1 + 1", "2 + 2"), folder / "results/t/problems/sums.parquet")
    write_model(folder / "results/t/models/base")
    sample(folder, 2)
    shutil.copytree(folder / "results", folder / "before")
    sample(folder, 4)
    assert grade(folder).returncode == 0
    return folder


def test_a_record_says_who_made_a_result_of_what_and_with_what(done: Path) -> None:
    told = record(done, TRACES)
    traces = done / TRACES
    size = traces.stat().st_size
    assert told["outputs"] == [{"path": TRACES, "bytes": size, "sha256": sha256_of(traces)}]
    assert told["program"] == "scripts.sample.sample_pool"
    assert told["command"][:3] == ["python", "-m", "scripts.sample.sample_pool"]
    assert told["config"]["spec"]["sampling"]["top_p"] == 1.0, "defaults are told"
    assert told["seeds"]["spec.seed"] == 7
    engine = told["facts"]["engine"]
    weights = weights_hash(done / "results/t/models/base")
    assert (engine["engine"], engine["dtype"]) == ("transformers", "float32")
    assert (engine["weights"], engine["batch_size"]) == ({"sha256": weights}, 4)
    problems = done / "results/t/problems/sums.parquet"
    assert sha256_of(problems) in [one.get("sha256") for one in told["inputs"]]
    assert told["python"] == ".".join(map(str, sys.version_info[:3]))
    for name in ("torch", "transformers", "polars", "pydantic"):
        assert told["packages"][name] == importlib.metadata.version(name)
    assert "matplotlib" not in told["packages"]
    assert told["host"]["cores"] == os.cpu_count()
    assert told["started"] <= told["ended"]
    assert told["cpu_s"] > 0
    assert 0 < told["wall_s"] < 600


def test_the_commit_is_that_of_the_code(done: Path) -> None:
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert record(done, TRACES)["git"]["commit"] == head


def test_a_larger_pool_draws_only_what_is_new(done: Path) -> None:
    (journal,) = (done / "results/t/journal/sums").glob("*.jsonl")
    (before,) = (done / "before/t/journal/sums").glob("*.jsonl")
    lines, first = journal.read_bytes(), before.read_bytes()
    assert (first.count(b"\n"), lines.count(b"\n")) == (4, 8)
    assert lines.startswith(first)
    assert record(done, TRACES)["facts"]["responses"] == {"drawn": 4, "from_journal": 4}


def test_a_record_tells_neither_secrets_nor_whose_machine_it_was(done: Path) -> None:
    text = json.dumps(record(done, TRACES))
    assert "results/t/journal/sums" in text
    assert "(hidden): {problem}" in text
    words = {SECRET, str(done), str(PROJECT), str(Path.home()), socket.gethostname()}
    words |= {getpass.getuser()} if getpass.getuser() != "root" else set()
    assert [word for word in words if word in text] == []


def test_what_is_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MY_SERVICE", "another secret")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    outside = tmp_path.parent
    record = {
        "config": {"model_spec": {"api_key_env": "MY_SERVICE", "note": "another secret"}},
        "command": [f"{tmp_path}/logs", f"a={outside}", f'{{"path": "{tmp_path}/logs"}}'],
        "engine": {"base_url": "https://me:password@example.org/v1"},
    }
    assert hidden(record) == {
        "config": {"model_spec": {"api_key_env": "MY_SERVICE", "note": "(hidden)"}},
        "command": ["logs", f"a=(outside)/{outside.name}", '{"path": "logs"}'],
        "engine": {"base_url": "https://(hidden)@example.org/v1"},
    }


OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (a@b)\n"
CLOSED = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 2023\n"


@pytest.mark.parametrize(("text", "version"), [(OPEN, "570.86.15"), (CLOSED, "535.104.05")])
def test_gpus_are_those_that_the_driver_tells_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, version: str
) -> None:
    (tmp_path / "version").write_text(f"{text}GCC version:  gcc 12.2.0\n")
    for number in range(4):
        path = tmp_path / f"gpus/0000:0{number}:00.0/information"
        path.parent.mkdir(parents=True)
        path.write_text("Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 16\nGPU UUID: \t GPU-1\n")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpus(tmp_path) == 4 * ["NVIDIA H100 80GB HBM3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert gpus(tmp_path) == 2 * ["NVIDIA H100 80GB HBM3"]
    assert driver_version(tmp_path) == version
    assert gpus(tmp_path / "none") == []


def test_a_result_is_followed_back_to_what_it_was_made_of(done: Path) -> None:
    told = json.loads(show(done, ANSWERS, "--all", "--json"))
    assert [one["file"] for one in told] == [ANSWERS, TRACES]
    assert {one["state"] for one in told} == {"as it was made"}
    text = show(done, str(done / ANSWERS), "--all")
    assert text.index("scripts.sample.grade_pool") < text.index(f"\n{TRACES}: as it was made")
    assert weights_hash(done / "results/t/models/base") in text


def test_a_file_that_is_not_the_recorded_one_is_told(done: Path) -> None:
    for file in (ANSWERS, TRACES):
        path = done / file
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        text = show(done, ANSWERS)
        path.write_bytes(content)
        where = f"{ANSWERS}: CHANGED since" if file == ANSWERS else f"{TRACES}: CHANGED since"
        assert where in text
    assert "CHANGED" not in show(done, ANSWERS)


def test_what_has_no_record_is_an_error_that_says_so(done: Path) -> None:
    for file in ("results/t/problems/sums.parquet", "README.md"):
        told = run(done, "scripts.provenance.show_provenance", file)
        assert told.returncode != 0
        assert f"error: {file}: no record of it" in told.stderr


def test_a_record_that_cannot_be_written_fails_no_job(done: Path, tmp_path: Path) -> None:
    shutil.copytree(done / "results", tmp_path / "results")
    shutil.rmtree(tmp_path / "results/t/provenance")
    (tmp_path / "results/t/provenance").write_text("in the way")
    told = grade(tmp_path)
    assert told.returncode == 0
    assert "no record of this run could be written" in told.stderr


def test_results_elsewhere_have_no_record(done: Path) -> None:
    before = sorted(done.rglob("*.json"))
    assert grade(done, "elsewhere/answers.parquet").returncode == 0
    assert (done / "elsewhere/answers.parquet").exists()
    assert sorted(done.rglob("*.json")) == before


def test_a_large_input_has_the_hash_of_its_own_record(tmp_path: Path) -> None:
    large, place = tmp_path / "large", tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(CHEAP_BYTES + 1)
    own = {"path": str(large), "bytes": CHEAP_BYTES + 1, "sha256": "of the record"}
    assert read_file(large, place)["sha256"] is None
    write_text(place, json.dumps({"outputs": [own]}))
    assert read_file(large, place)["sha256"] == "of the record"
    os.utime(large, (2**32, 2**32))  # written after its record
    assert read_file(large, place)["sha256"] is None


def test_outside_git_a_record_says_so_and_inside_what_was_changed(tmp_path: Path) -> None:
    shutil.copytree("scripts", tmp_path / "scripts")
    output = "data/fetched/words.txt"
    (tmp_path / "mirror").mkdir()
    (tmp_path / "words.txt").write_text("words\n")
    sha256 = sha256_of(tmp_path / "words.txt")
    (tmp_path / "words.txt").rename(tmp_path / "mirror" / sha256)
    row = dict.fromkeys(["revision", "licence", "citation", "holds"], "of the test")
    row |= {"name": "words.txt", "url": "https://example.org/words", "publish": "text"}
    source = make_table(Source, [row | {"sha256": sha256, "bytes": 6}])
    write_table(Source, source, tmp_path / "data/sources.csv")

    def fetch() -> dict[str, Any]:
        (tmp_path / output).unlink(missing_ok=True)
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        arguments = ["--name", "words.txt", "--mirror", "mirror", "--output", output]
        command = [sys.executable, "-m", "scripts.data.fetch_source", *arguments]
        subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
        git: dict[str, Any] = record(tmp_path, output)["git"]
        return git

    def git(*arguments: str) -> str:
        name = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        command = ["git", *name, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert fetch() == {"unknown": "not a git checkout"}
    git("init", "--quiet")
    (tmp_path / ".gitignore").write_text("data/fetched\n__pycache__\n")
    git("add", ".gitignore", "scripts", "data/sources.csv")
    git("commit", "--quiet", "--message", "all")
    head = git("rev-parse", "HEAD")
    assert fetch() == {"commit": head, "changed": [], "changed_files": 0}
    with (tmp_path / "scripts/lib/fetch.py").open("a") as file:
        file.write("# an edit\n")
    (tmp_path / "scripts/new file.py").touch()
    changed = ["scripts/lib/fetch.py", "scripts/new file.py"]
    assert fetch() == {"commit": head, "changed": changed, "changed_files": 2}
