import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.lib.fetch import FetchError, SourceFile, fetch, find_source, mirror_folders, sha256_of
from tests.file_server import (
    CONTENT,
    QUICK,
    SHA256,
    FileServer,
    names_in,
    run_fetch,
    says,
    sends,
)


def test_wrong_bytes_are_refused_and_removed(server: FileServer, tmp_path: Path) -> None:
    wrong = CONTENT[:-1] + b"!"
    server.answers = [sends(wrong)]
    (tmp_path / "f").write_bytes(b"what stood here before")
    with pytest.raises(FetchError) as error:
        fetch(server.source, tmp_path / "f", [], QUICK)
    for fact in (SHA256, hashlib.sha256(wrong).hexdigest(), "a/file.bin", server.url, "mirror"):
        assert fact in str(error.value)
    assert (tmp_path / "f").read_bytes() == b"what stood here before"
    assert names_in(tmp_path) == ["f"]


def test_a_file_by_http_needs_a_hash(server: FileServer, tmp_path: Path) -> None:
    server.answers = [sends()]
    with pytest.raises(FetchError, match="has no sha256"):
        fetch(replace(server.source, sha256=None, bytes=None), tmp_path / "f", [], QUICK)
    assert server.ranges == []


def test_a_file_that_is_there_is_left_alone(server: FileServer, tmp_path: Path) -> None:
    server.answers = [says(500)]
    (tmp_path / "f").write_bytes(CONTENT)
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == []


def test_the_mirror_comes_first(server: FileServer, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / SHA256).write_bytes(CONTENT)
    server.answers = [says(500)]
    fetch(server.source, tmp_path / "f", [tmp_path / "no such folder", mirror], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.ranges == []


def test_a_damaged_mirror_file_is_named_and_passed_over(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
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


def test_the_program_copies_from_the_mirror(mirror: Callable[[str], Path], tmp_path: Path) -> None:
    name = "problems/amc23_qwen.jsonl"
    target = tmp_path / "amc.jsonl"
    done = run_fetch(
        "--name", name, "--output", str(target), TTSCALE_MIRROR=str(mirror(name).parent)
    )
    assert done.returncode == 0, done.stderr
    assert sha256_of(target) == mirror(name).name
