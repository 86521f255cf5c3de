import json
from pathlib import Path

import pytest

from scripts.lib import journal_files
from scripts.lib.engines.base import Request, Response
from scripts.lib.journal import Entry, Journal, Sample, asked_of, read_entries
from scripts.lib.journal_files import JournalError

REQUEST = Request("What is 1 + 1?", seed=5, max_tokens=8, temperature=1.0)


def entry(number: int, text: str = "two") -> Entry:
    response = Response(
        text=text,
        end="stop",
        prompt_tokens=9,
        generated_tokens=3,
        token_ids=(4, 5, number),
        details={"id": f"answer-{number}"},
    )
    return Entry(
        key=f"{number:064x}",
        sample=Sample("sums", "p1", "plain", None, None, number),
        asked=asked_of(REQUEST, 20),
        engine={"engine": "test"},
        response=response,
        started="2026-01-01T00:00:00.000+00:00",
        when="2026-01-01T00:00:01.000+00:00",
    )


def write(folder: Path, *entries: Entry) -> Path:
    journal = Journal(folder)
    for one in entries:
        journal.append(one)
    journal.close()
    (path,) = folder.glob("*.jsonl")
    return path


def test_an_appended_response_comes_back_as_it_was(tmp_path: Path) -> None:
    odd = entry(1, text='half a pair \ud800, a NUL \x00, "quotes" and\nlines')
    write(tmp_path, odd, entry(2))
    journal = Journal(tmp_path)
    assert odd.key in journal
    assert entry(3).key not in journal
    assert journal.response(odd.key) == odd.response
    assert list(read_entries(tmp_path)) == [odd, entry(2)]


def test_the_first_line_with_a_key_counts(tmp_path: Path) -> None:
    seen: list[Entry] = []
    path = write(tmp_path, entry(1, "first"), entry(1, "second"))
    other = path.with_name("zz-0000.jsonl")
    other.write_bytes(path.read_bytes().replace(b"first", b"third"))
    journal = Journal(tmp_path, visit=seen.append)
    assert journal.response(entry(1).key).text == "first"
    assert [one.response.text for one in seen] == ["first", "second", "third", "second"]


def test_a_torn_last_line_is_dropped_and_never_joined_to_the_next(tmp_path: Path) -> None:
    path = write(tmp_path, entry(1), entry(2))
    whole = path.read_bytes()
    for length in range(len(whole) // 2 + 2, len(whole) - 1, 37):
        path.write_bytes(whole[:length])
        journal = Journal(tmp_path)
        assert entry(1).key in journal
        assert entry(2).key not in journal
        journal.append(entry(3))
        journal.close()
        assert [one.key for one in read_entries(tmp_path)] == [entry(1).key, entry(3).key]
        assert path.read_bytes().endswith(b"\n")


def test_a_whole_last_line_counts_without_its_line_end(tmp_path: Path) -> None:
    path = write(tmp_path, entry(1), entry(2))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    write(tmp_path, entry(3))
    assert [one.sample.sample for one in read_entries(tmp_path)] == [1, 2, 3]


@pytest.mark.parametrize(
    "broken",
    [b'{"key": "abc', b"{}", b"[1, 2]", b"null", b"\x00\x00\x00", b"\xff\xfe", b"[" * 100_000, b""],
)
def test_a_broken_line_in_the_middle_is_an_error_with_file_and_line(
    tmp_path: Path, broken: bytes
) -> None:
    path = write(tmp_path, entry(1), entry(2))
    first, second = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, broken, second, b""]))
    before = path.read_bytes()
    with pytest.raises(JournalError, match=rf"{path}: line 2 is broken"):
        Journal(tmp_path)
    assert path.read_bytes() == before


def test_a_line_of_another_program_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, entry(1), entry(2))
    lines = path.read_text().splitlines()
    changed = json.loads(lines[0])
    changed["response"]["reasoning"] = "a field of the future"
    path.write_text("\n".join([json.dumps(changed), lines[1], ""]))
    with pytest.raises(JournalError, match=r"line 1 is broken .*reasoning"):
        Journal(tmp_path)


def test_jobs_side_by_side_write_their_own_files(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    first.append(entry(1))
    second.append(entry(2))
    first.append(entry(3))
    assert len(list(tmp_path.glob("*.jsonl"))) == 2
    first.close()
    second.close()
    assert {one.sample.sample for one in read_entries(tmp_path)} == {1, 2, 3}


def test_machines_of_one_name_write_their_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As nodes that run the same container, whose locks the disk between them does not know."""
    for number, started in enumerate(("one start", "another")):
        (tmp_path / started).write_text(started)
        monkeypatch.setattr(journal_files, "_STARTED", tmp_path / started)
        journal = Journal(tmp_path / "journal")
        journal.append(entry(number))
        journal.close()
    names = [path.name for path in (tmp_path / "journal").glob("*-0000.jsonl")]
    assert len(names) == 2
    assert len(list(read_entries(tmp_path / "journal"))) == 2


def test_a_file_that_grew_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    late = Journal(tmp_path)
    path = write(tmp_path, entry(1))
    late.append(entry(2))
    late.close()
    assert len(path.read_bytes().splitlines()) == 1
    assert len(list(read_entries(tmp_path))) == 2


def test_restarts_go_on_with_the_same_file(tmp_path: Path) -> None:
    for number in range(20):
        write(tmp_path, entry(number))
    assert len(list(tmp_path.glob("*.jsonl"))) == 1
    assert len(list(read_entries(tmp_path))) == 20


def test_a_journal_that_is_only_read_creates_nothing(tmp_path: Path) -> None:
    Journal(tmp_path / "pool").close()
    assert not (tmp_path / "pool").exists()


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this machine has no /dev/full")
    journal = Journal(tmp_path)
    journal.append(entry(1))
    assert journal._files._file is not None
    journal._files._file = full.open("ab", buffering=0)
    with pytest.raises(JournalError, match="/dev/full: cannot be written: No space left"):
        journal.append(entry(2))
