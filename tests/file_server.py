"""A real HTTP server for downloads: what it sends, breaks off or refuses is told test by test."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time

from scripts.lib.download import Patience
from scripts.lib.fetch import SourceFile

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(tries=3, first_wait_s=0.01, connect_s=2, read_s=2)

Reaction = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class FileServer:
    """A real HTTP server that gives the answers of a list, one a request, the last for ever."""

    url: str = ""
    answers: list[Reaction] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def source(self) -> SourceFile:
        return SourceFile(
            "a/file.bin", f"{self.url}/file.bin", "r1", SHA256, len(CONTENT), "MIT", "text", "", ""
        )


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server for the requests of `handler`, by its address."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@contextmanager
def file_server() -> Iterator[FileServer]:
    """A server that answers as the test tells it to."""
    told = FileServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told.ranges.append(self.headers.get("Range"))
            told.times.append(time())
            answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            answer(self)

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(Handler) as told.url:
        yield told


def sends(
    content: bytes = CONTENT, cut_after: int | None = None, heeds_range: bool = True
) -> Reaction:
    """Sends `content`, or what its range asks for; drops the line after `cut_after` bytes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range") if heeds_range else None
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(content):
            says(416)(handler)
            return
        body = content[start:]
        handler.send_response(206 if asked else 200)
        if asked:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:cut_after])
        handler.wfile.flush()
        handler.close_connection = cut_after is not None

    return answer


def says(status: int, **headers: str) -> Reaction:
    """Sends a status and headers, and no content."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run_fetch(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`fetch_source` as a user runs it, without mirror or token but those given."""
    kept = {k: v for k, v in os.environ.items() if k not in {"TTSCALE_MIRROR", "HF_TOKEN"}}
    return subprocess.run(
        [sys.executable, "-m", "scripts.data.fetch_source", *arguments],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
