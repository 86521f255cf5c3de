from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from time import time

import pytest

from scripts.lib.download import retry_after
from scripts.lib.fetch import FetchError, fetch
from tests.file_server import CONTENT, QUICK, FileServer, names_in, says, sends


def test_a_whole_file_arrives_alone(server: FileServer, tmp_path: Path) -> None:
    server.answers = [sends()]
    target = tmp_path / "deep" / "file.bin"
    fetch(server.source, target, [], QUICK)
    assert target.read_bytes() == CONTENT
    assert names_in(target.parent) == ["file.bin"]


def test_dropped_lines_are_resumed_where_they_broke(server: FileServer, tmp_path: Path) -> None:
    cut = 100_000
    server.answers = [sends(cut_after=cut)] * 5 + [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    # Five broken tries are more than `tries`: each brought bytes, so none counts.
    assert server.ranges == [None, *(f"bytes={cut * i}-" for i in range(1, 6))]


def test_a_later_run_goes_on_from_the_part(server: FileServer, tmp_path: Path) -> None:
    server.answers = [sends(cut_after=300_000), says(503)]
    with pytest.raises(FetchError, match="503 Service Unavailable; 3 tries in a row"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert names_in(tmp_path) == ["f.part"]
    server.answers, server.ranges = [sends()], []
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == ["bytes=300000-"]
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert names_in(tmp_path) == ["f"]


def test_a_server_that_ignores_ranges_starts_again(server: FileServer, tmp_path: Path) -> None:
    whole = sends(heeds_range=False)
    server.answers = [sends(cut_after=300_000), whole]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_server_without_ranges_that_keeps_breaking_off_comes_to_an_end(
    server: FileServer, tmp_path: Path
) -> None:
    cuts = [200_000, 100_000] * 20
    server.answers = [sends(cut_after=cut, heeds_range=False) for cut in cuts]
    with pytest.raises(FetchError, match="3 tries in a row"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert len(server.ranges) == 4


def test_a_part_of_another_version_is_dropped(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * 1000)
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == ["bytes=1000-", None]
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize("held", [len(CONTENT), len(CONTENT) + 1])
def test_a_full_but_wrong_part_is_dropped(server: FileServer, tmp_path: Path, held: int) -> None:
    (tmp_path / "f.part").write_bytes(b"x" * held)
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_416_starts_again(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "f.part").write_bytes(CONTENT[:500])
    server.answers = [says(416), sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert server.ranges == ["bytes=500-", None]
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_a_wrong_content_range_starts_again(server: FileServer, tmp_path: Path) -> None:
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


def test_retry_after_is_honoured(server: FileServer, tmp_path: Path) -> None:
    server.answers = [says(503, Retry_After="1"), says(429, Retry_After="0"), sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT
    assert server.times[1] - server.times[0] >= 1.0
    assert server.times[2] - server.times[1] < 0.5


def test_a_wait_of_hours_is_an_error(server: FileServer, tmp_path: Path) -> None:
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


def test_404_is_not_retried(server: FileServer, tmp_path: Path) -> None:
    server.answers = [says(404)]
    with pytest.raises(FetchError) as error:
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert "a/file.bin" in str(error.value)
    assert f"{server.url}/file.bin: the server answered 404 Not Found" in str(error.value)
    assert len(server.ranges) == 1
    assert names_in(tmp_path) == []


def test_redirects_are_followed(server: FileServer, tmp_path: Path) -> None:
    server.answers = [says(302, Location="/elsewhere"), sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert (tmp_path / "f").read_bytes() == CONTENT


def test_too_many_bytes_stop_the_download(server: FileServer, tmp_path: Path) -> None:
    server.answers = [sends(CONTENT + b"more")]
    with pytest.raises(FetchError, match="sends more than the 1,024,000 bytes"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert names_in(tmp_path) == []


def test_too_few_bytes_are_an_error(server: FileServer, tmp_path: Path) -> None:
    server.answers = [sends(CONTENT[:-10])]
    with pytest.raises(FetchError, match="the file there is shorter than it should be"):
        fetch(server.source, tmp_path / "f", [], QUICK)
    assert names_in(tmp_path) == []


def test_progress_is_logged(
    server: FileServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server.answers = [sends()]
    fetch(server.source, tmp_path / "f", [], QUICK)
    assert "f: 1,024,000 of 1,024,000 bytes (100%)" in caplog.text
    assert 5 < caplog.text.count("bytes (") < 15
