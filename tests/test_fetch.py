import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import time

import pytest

from scripts.lib.download import Patience, retry_after
from scripts.lib.fetch import FetchError, SourceFile, fetch, find_source, mirror_folders, sha256_of

CONTENT = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(tries=3, first_wait_s=0.01, connect_s=2, read_s=2)

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """A real HTTP server that gives the answers of a list, one a request, the last for ever."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def source(self) -> SourceFile:
        return SourceFile(
            "a/file.bin", f"{self.url}/file.bin", "r1", SHA256, len(CONTENT), "MIT", "text", "", ""
        )


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            told.ranges.append(self.headers.get("Range"))
            told.times.append(time())
            answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
            answer(self)

        def log_message(self, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.url = f"http://127.0.0.1:{http.server_address[1]}"
    yield told
    http.shutdown()
    thread.join()
    http.server_close()


def sends(
    content: bytes = CONTENT, cut_after: int | None = None, heeds_range: bool = True
) -> Answer:
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


def says(status: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def only(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_file_arrives_alone(server: Server, tmp_path: Path) -> None:
    server.answers = [sends()]
    target = tmp_path / "deep" / "file.bin"
    fetch(server.source, target, [], QUICK)
    assert target.read_bytes() == CONTENT
    assert only(target.parent) == ["file.bin"]


def test_dropped_lines_are_resumed_where_they_broke(server: Server, tmp_path: Path) -> None:
    cut = 100_000
    server.answers = [sends(cut_after=cut)] * 5 + [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    # Five broken tries are more than `tries`: each brought bytes, so none counts.
    assert server.ranges == [None, *(f"bytes={cut * i}-" for i in range(1, 6))]


def test_a_later_run_goes_on_from_the_part(server: Server, tmp_path: Path) -> None:
    server.answers = [sends(cut_after=300_000), says(503)]
    with pytest.raises(FetchError, match="503 Service Unavailable; 3 tries in a row"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert only(tmp_path) == ["f.part"]
    server.answers, server.ranges = [sends()], []
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == ["bytes=300000-"]
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert only(tmp_path) == ["f"]


def test_a_server_that_ignores_ranges_starts_again(server: Server, tmp_path: Path) -> None:
    whole = sends(heeds_range=False)
    server.answers = [sends(cut_after=300_000), whole]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_server_without_ranges_that_keeps_breaking_off_comes_to_an_end(
    server: Server, tmp_path: Path
) -> None:
    cuts = [200_000, 100_000] * 20
    server.answers = [sends(cut_after=cut, heeds_range=False) for cut in cuts]
    with pytest.raises(FetchError, match="3 tries in a row"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert len(server.ranges) == 4


def test_a_part_of_another_version_is_dropped(server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * 1000)
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == ["bytes=1000-", None]
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("held", [len(CONTENT), len(CONTENT) + 1])
def test_a_full_but_wrong_part_is_dropped(server: Server, tmp_path: Path, held: int) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * held)
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_416_starts_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(CONTENT[:500])
    server.answers = [says(416), sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == ["bytes=500-", None]
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_wrong_content_range_starts_again(server: Server, tmp_path: Path) -> None:
    def shifted(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(206)
        handler.send_header("Content-Range", f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}")
        handler.send_header("Content-Length", str(len(CONTENT) - 7))
        handler.end_headers()
        handler.wfile.write(CONTENT[7:])

    (tmp_path / "f.part").write_bytes(CONTENT[:500])
    server.answers = [shifted, sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_retry_after_is_honoured(server: Server, tmp_path: Path) -> None:
    server.answers = [says(503, Retry_After="1"), says(429, Retry_After="0"), sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.times[1] - server.times[0] >= 1.0
    assert server.times[2] - server.times[1] < 0.5


def test_a_wait_of_hours_is_an_error(server: Server, tmp_path: Path) -> None:
    server.answers = [says(503, Retry_After="7200")]
    with pytest.raises(FetchError, match="asks to wait 7200 s: run it again later"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert len(server.ranges) == 1


def test_retry_after_reads_numbers_dates_and_rubbish() -> None:
    assert retry_after("12") == 12
    assert retry_after(formatdate(time() + 50, usegmt=True)) == pytest.approx(50, abs=2)
    assert retry_after(formatdate(time() - 50, usegmt=True)) == 0
    assert retry_after(None) is None
    assert retry_after("soon") is None


def test_404_is_not_retried(server: Server, tmp_path: Path) -> None:
    server.answers = [says(404)]
    with pytest.raises(FetchError) as error:
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert "a/file.bin" in str(error.value)
    assert f"{server.url}/file.bin: the server answered 404 Not Found" in str(error.value)
    assert len(server.ranges) == 1
    assert only(tmp_path) == []


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    server.answers = [says(302, Location="/elsewhere"), sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_wrong_bytes_are_refused_and_removed(server: Server, tmp_path: Path) -> None:
    wrong = CONTENT[:-1] + b"!"
    server.answers = [sends(wrong)]
    (tmp_path / "f").write_bytes(b"what stood here before")
    with pytest.raises(FetchError) as error:
        fetch(server.source, tmp_path / "f", [], QUICK)
    for fact in (SHA256, hashlib.sha256(wrong).hexdigest(), "a/file.bin", server.url, "mirror"):
        assert fact in str(error.value)
    assert (tmp_path / "f").read_bytes() == b"what stood here before"
    assert only(tmp_path) == ["f"]


def test_too_many_bytes_stop_the_download(server: Server, tmp_path: Path) -> None:
    server.answers = [sends(CONTENT + b"more")]
    with pytest.raises(FetchError, match="sends more than the 1,024,000 bytes"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert only(tmp_path) == []


def test_too_few_bytes_are_an_error(server: Server, tmp_path: Path) -> None:
    server.answers = [sends(CONTENT[:-10])]
    with pytest.raises(FetchError, match="the file there is shorter than it should be"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert only(tmp_path) == []


def test_a_file_by_http_needs_a_hash(server: Server, tmp_path: Path) -> None:
    server.answers = [sends()]
    with pytest.raises(FetchError, match="has no sha256"):
        fetch(replace(server.source, sha256=None, bytes=None), tmp_path / "f", [], QUICK)
    assert server.ranges == []


def test_a_file_that_is_there_is_left_alone(server: Server, tmp_path: Path) -> None:
    server.answers = [says(500)]
    (tmp_path / "f").write_bytes(CONTENT)
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == []


def test_the_mirror_comes_first(server: Server, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / SHA256).write_bytes(CONTENT)
    server.answers = [says(500)]
    fetch(server.source, tmp_path / "f", [tmp_path / "no such folder", mirror], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == []


def test_a_damaged_mirror_file_is_named_and_passed_over(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / SHA256).write_bytes(CONTENT[:-1])
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [mirror], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert f"mirror file {mirror / SHA256}: damaged" in caplog.text
    (tmp_path / "f").unlink()
    server.answers = [says(404)]
    with pytest.raises(FetchError, match=f"{SHA256}: damaged"):
        fetch(server.source, tmp_path / "f", [mirror], QUICK)


def test_no_network_speaks_of_the_mirror(tmp_path: Path) -> None:
    source = SourceFile("n", "http://127.0.0.1:9/f", "r", SHA256, 5, "MIT", "text", "", "")
    with pytest.raises(FetchError) as error:
        fetch(source, tmp_path / "f", [], QUICK)
    assert "Connection refused" in str(error.value)
    assert f"under the name {SHA256}" in str(error.value)
    assert "TTSCALE_MIRROR" in str(error.value)


def test_progress_is_logged(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert "f: 1,024,000 of 1,024,000 bytes (100%)" in caplog.text
    assert 5 < caplog.text.count("bytes (") < 15


def test_the_environment_names_the_first_mirror(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TTSCALE_MIRROR", "one")
    assert mirror_folders(tmp_path) == [Path("one"), tmp_path]
    monkeypatch.delenv("TTSCALE_MIRROR")
    assert mirror_folders(None) == []


def test_an_unknown_name_is_answered_with_near_ones() -> None:
    with pytest.raises(FetchError, match=r"'problems/amc23\.jsonl'; there is: problems/amc23_qwen"):
        find_source(Path("data/sources.csv"), "problems/amc23.jsonl")


def run_program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in {"TTSCALE_MIRROR", "HF_TOKEN"}}
    return subprocess.run(
        [sys.executable, "-m", "scripts.data.fetch_source", *arguments],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_copies_from_the_mirror(mirror: Callable[[str], Path], tmp_path: Path) -> None:
    name = "problems/amc23_qwen.jsonl"
    target = tmp_path / "amc.jsonl"
    done = run_program(
        "--name", name, "--output", str(target), TTSCALE_MIRROR=str(mirror(name).parent)
    )
    assert done.returncode == 0, done.stderr
    assert sha256_of(target) == mirror(name).name


# The Hugging Face Hub, as far as its client asks: where a file lies, and the file.

COLUMNS = "name,url,revision,sha256,bytes,licence,publish,citation,holds"
GATED = "hf://datasets/Somebody/secret/quiz.csv,c0ffee,,,CC-BY-4.0,hash,a paper,a quiz"
TOKEN = "hf_of_a_reader"


@dataclass
class Hub:
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

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.url = f"http://127.0.0.1:{http.server_address[1]}"
    yield hub
    http.shutdown()
    thread.join()
    http.server_close()


def fetch_gated(hub: Hub, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    sources = folder / "sources.csv"
    sources.write_text(f"{COLUMNS}\nquiz.csv,{GATED}\n", encoding="utf-8")
    arguments = ["--name", "quiz.csv", "--sources", str(sources), "--output"]
    home = str(folder / "hub")
    return run_program(
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
