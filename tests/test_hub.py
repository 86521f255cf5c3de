import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.file_server import run_fetch, serving

COLUMNS = "name,url,revision,sha256,bytes,licence,publish,citation,holds"
GATED = "hf://datasets/Somebody/secret/quiz.csv,c0ffee,,,CC-BY-4.0,hash,a paper,a quiz"
TOKEN = "hf_of_a_reader"


@dataclass
class Hub:
    """The Hugging Face Hub, as far as its client asks: where a file lies, and the file."""

    url: str = ""
    content: bytes = b"Question,Answer\nWhy?,Because\n"


@pytest.fixture
def gated_hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self.send_response(401)
                self.send_header("X-Error-Code", "GatedRepo")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            assert self.path == "/datasets/Somebody/secret/resolve/c0ffee/quiz.csv"
            self.send_response(200)
            self.send_header("X-Repo-Commit", hashlib.sha1(hub.content).hexdigest())
            self.send_header("ETag", f'"{hashlib.sha1(hub.content).hexdigest()}"')
            self.send_header("Content-Length", str(len(hub.content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(hub.content)

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(Handler) as hub.url:
        yield hub


def fetch_gated(hub: Hub, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    sources = folder / "sources.csv"
    sources.write_text(f"{COLUMNS}\nquiz.csv,{GATED}\n", encoding="utf-8")
    arguments = ["--name", "quiz.csv", "--sources", str(sources), "--output"]
    home = str(folder / "hub")
    return run_fetch(
        *arguments, str(folder / "quiz.csv"), HF_ENDPOINT=hub.url, HF_HOME=home, **environment
    )


def test_a_gated_file_without_a_token(gated_hub: Hub, tmp_path: Path) -> None:
    done = fetch_gated(gated_hub, tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for fact in (
        "the data set Somebody/secret is gated",
        "https://huggingface.co/datasets/Somebody/secret",
        "environment variable HF_TOKEN",
        "https://huggingface.co/settings/tokens",
    ):
        assert fact in done.stderr
    refused = fetch_gated(gated_hub, tmp_path, HF_TOKEN="hf_of_a_stranger")
    assert "the account of the token in HF_TOKEN has not been let in yet" in refused.stderr
    assert "hf_of_a_stranger" not in refused.stderr
    assert not (tmp_path / "quiz.csv").exists()


def test_a_gated_file_is_recorded_and_a_change_refused(gated_hub: Hub, tmp_path: Path) -> None:
    first = gated_hub.content
    done = fetch_gated(gated_hub, tmp_path, HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    target, record = tmp_path / "quiz.csv", tmp_path / "quiz.csv.json"
    assert target.read_bytes() == first
    recorded = json.loads(record.read_text())
    assert recorded["sha256"] == hashlib.sha256(first).hexdigest()
    assert recorded["revision"] == "c0ffee"
    assert TOKEN not in done.stderr + record.read_text()

    target.unlink()
    gated_hub.content = b"Question,Answer\nWhy?,Why not\n"
    done = fetch_gated(gated_hub, tmp_path, HF_TOKEN=TOKEN)
    assert done.returncode == 1
    assert "has changed since it was first fetched" in done.stderr
    assert str(record) in done.stderr
    assert sorted(p.name for p in tmp_path.glob("quiz*")) == ["quiz.csv.json"]

    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / hashlib.sha256(first).hexdigest()).write_bytes(first)
    done = fetch_gated(gated_hub, tmp_path, TTSCALE_MIRROR=str(mirror))
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == first
