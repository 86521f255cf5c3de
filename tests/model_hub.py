"""The Hugging Face Hub for tests, as far as its client asks: a repository, served for real."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.file_server import serving

COMMIT = "c0ffee" * 6 + "c0ff"
REVISION = "v1"


@dataclass
class Hub:
    """What the repository holds, and the files that were asked for.

    `gated`: whoever asks is told to accept its terms first.
    """

    folder: Path
    repo: str
    url: str = ""
    gated: bool = False
    asked: list[str] = field(default_factory=list)


@contextmanager
def model_hub(folder: Path, repo: str) -> Iterator[Hub]:
    """Serve a folder as a repository, at the revision v1."""
    hub = Hub(folder, repo)

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if hub.gated:
                self.refuse(401, "GatedRepo")
            elif path == f"/api/models/{repo}/revision/{REVISION}":
                self.answer(json.dumps({"id": repo, "sha": COMMIT}).encode())
            elif path == f"/api/models/{repo}/tree/{COMMIT}":
                files = sorted(p for p in folder.rglob("*") if p.is_file())
                told = [
                    {
                        **{"type": "file", "size": p.stat().st_size, "oid": COMMIT},
                        "path": str(p.relative_to(folder)),
                    }
                    for p in files
                ]
                self.answer(json.dumps(told).encode())
            elif path.startswith(begin := f"/{repo}/resolve/{COMMIT}/"):
                name = path.removeprefix(begin)
                hub.asked.append(name)
                self.answer((folder / name).read_bytes())
            else:
                self.refuse(404, "RepoNotFound")

        def answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(Handler) as hub.url:
        yield hub
