"""A published verifier comes from the Hub: safe weights at a revision, and nothing else."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.file_server import serving
from tests.small_published import SMALL

COMMIT = "c0ffee" * 6 + "c0ff"
REPO = "somebody/judge"
SCORE = """
import json, sys
from scripts.lib.config.verifiers import HubVerifier
from scripts.lib.verifiers.base import NewStep
from scripts.lib.verifiers.open import open_verifier
verifier = open_verifier(HubVerifier.model_validate_json(sys.argv[1]), None, None)
[scored] = verifier.score([(verifier.begin("1 + 1", ""), NewStep("2", None, True))])
print(json.dumps([verifier.identity["weights"], scored.score]))
"""


@dataclass
class Hub:
    """The Hugging Face Hub, as far as its client asks: what a repository holds, and its files."""

    folder: Path
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    hub = Hub(SMALL["skywork"].write(tmp_path / "repository"))
    (hub.folder / "original").mkdir()
    for name in ("pytorch_model.bin", "modeling_own.py", "original/a.safetensors", "training.pt"):
        (hub.folder / name).write_bytes(b"not to be fetched")

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == f"/api/models/{REPO}/revision/v1":
                self.answer(json.dumps({"id": REPO, "sha": COMMIT}).encode())
                return
            if path == f"/api/models/{REPO}/tree/{COMMIT}":
                files = sorted(p for p in hub.folder.rglob("*") if p.is_file())
                told = [
                    {
                        **{"type": "file", "size": p.stat().st_size, "oid": COMMIT},
                        "path": str(p.relative_to(hub.folder)),
                    }
                    for p in files
                ]
                self.answer(json.dumps(told).encode())
                return
            begin = f"/{REPO}/resolve/{COMMIT}/"
            assert path.startswith(begin), path
            name = path.removeprefix(begin)
            hub.asked.append(name)
            self.answer((hub.folder / name).read_bytes())

        def answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(Handler) as hub.url:
        yield hub


def score(repo: str, tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    entry = {"kind": "hub_verifier", "repo": repo, "revision": "v1", "layout": "skywork"}
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-c", SCORE, json.dumps(entry | {"dtype": "float64"})],
        env=kept | {"HF_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_safe_files_are_fetched_and_only_once(hub: Hub, tmp_path: Path) -> None:
    done = score(REPO, tmp_path, HF_ENDPOINT=hub.url)
    assert done.returncode == 0, done.stderr
    weights, value = json.loads(done.stdout.splitlines()[-1])
    assert weights == {"repo": REPO, "revision": COMMIT}
    assert value == pytest.approx(SMALL["skywork"].read(hub.folder, "1 + 1", ["2"])[1][0], abs=1e-9)
    assert set(hub.asked) == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
    }
    again = score(REPO, tmp_path, HF_HUB_OFFLINE="1")
    assert json.loads(again.stdout.splitlines()[-1]) == [weights, value], again.stderr


def test_a_repository_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    done = score("nobody/nothing", tmp_path, HF_HUB_OFFLINE="1")
    assert done.returncode == 1
    assert "nobody/nothing at v1: the verifier cannot be fetched" in done.stderr
