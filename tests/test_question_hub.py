import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import polars as pl
import pytest

from scripts.lib.config.questions import HubQuestions
from scripts.lib.hub import HubError
from scripts.lib.questions.hub import load_questions
from scripts.lib.questions.rows import QuestionError
from scripts.lib.questions.tables import Collected
from scripts.lib.tableio import check_table
from tests.file_server import serving

ROWS = [
    {
        "question": f"Question {number}?",
        "solution": f"It is \\boxed{{{number}}}.",
        "traces": [f"thought {number}", "other"] if number % 5 else [],
        "attempt": str(number),
        "kind": f"lib/{'math' if number % 2 else 'code'}/{number}",
        "meta": {
            "level": number % 3,
            "lang": "EN" if number != 4 else None,
            "odd": number % 2 == 1,
        },
    }
    for number in range(1, 31)
]
COLUMNS = {
    "question": "question",
    "solution": "solution",
    "answer": "solution",
    "answer_within": True,
    "trace": "traces.0",
    "attempt": "attempt",
}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A data set as it lies on the Hub, in a folder."""
    folder = tmp_path / "repo"
    (folder / "data").mkdir(parents=True)
    pl.DataFrame(ROWS[:20]).write_parquet(folder / "data" / "train-00000-of-00002.parquet")
    pl.DataFrame(ROWS[20:]).write_parquet(folder / "data" / "train-00001-of-00002.parquet")
    return folder


def loaded(repo: Path | str, **changes: object) -> pl.DataFrame:
    settings = {"kind": "hub", "repo": str(repo), "revision": "c0ffee", "columns": COLUMNS}
    spec = HubQuestions.model_validate(settings | changes)
    return check_table(Collected, load_questions(spec, "lib"), Path(repo))


def test_all_rows_in_their_order(repo: Path) -> None:
    table = loaded(repo)
    assert table["question"].to_list() == [row["question"] for row in ROWS]
    assert table["answer"].to_list() == [str(number) for number in range(1, 31)]
    traces = [row["traces"][0] if row["traces"] else None for row in ROWS]
    assert table["trace"].to_list() == traces
    assert set(table["source"]) == {"lib"}
    assert set(table["publish"]) == {"text"}
    assert set(loaded(repo, publish="hash")["publish"]) == {"hash"}


def test_filters_keep_what_they_say(repo: Path) -> None:
    def numbers(**changes: object) -> list[int]:
        return [int(text) for text in loaded(repo, **changes)["attempt"]]

    assert numbers(where={"meta.level": [0]}) == list(range(3, 31, 3))
    assert numbers(where={"meta.level": [0, 1]}, starts={"kind": ["lib/math"]}) == [
        number for number in range(1, 31) if number % 3 < 2 and number % 2
    ]
    assert numbers(starts={"kind": ["lib/math/1", "lib/code/2"]}) == [
        1, 2, 11, 13, 15, 17, 19, 20, 22, 24, 26, 28,
    ]  # fmt: skip
    assert numbers(unless={"meta.lang": [""]}) == [n for n in range(1, 31) if n != 4]
    # Numbers and texts that say the same are the same.
    assert numbers(where={"meta.level": ["0"]}) == list(range(3, 31, 3))
    assert numbers(where={"attempt": [7, " 8"]}) == [7, 8]
    assert numbers(where={"meta.odd": [True]}, unless={"attempt": list(range(8, 31))}) == [
        1,
        3,
        5,
        7,
    ]
    assert numbers(unless={"attempt": list(range(4, 31))}) == [1, 2, 3]
    assert numbers(unless={"traces.0": [""]}) == [n for n in range(1, 31) if n % 5]


def test_a_draw_is_seeded_and_keeps_the_order(repo: Path) -> None:
    drawn = loaded(repo, limit=8)["attempt"].cast(pl.Int64)
    assert len(drawn) == 8
    assert drawn.is_sorted()
    assert drawn.to_list() == loaded(repo, limit=8)["attempt"].cast(pl.Int64).to_list()
    assert drawn.to_list() != loaded(repo, limit=8, seed=1)["attempt"].cast(pl.Int64).to_list()
    assert len(loaded(repo, limit=1000)) == 30


def test_a_collection_splits_into_sources(repo: Path) -> None:
    table = loaded(repo, columns=COLUMNS | {"source": "kind"})
    assert table["source"].to_list() == [row["kind"] for row in ROWS]


def test_single_files_and_other_splits(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("one", "two"):
        rows = [json.dumps({"q": f"{name} {n}?"}) for n in range(3)]
        (tmp_path / "b" / f"{name}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    columns = {"question": "q"}
    table = loaded(tmp_path / "b", files=["two.jsonl"], split="test", columns=columns)
    assert table["question"].to_list() == ["two 0?", "two 1?", "two 2?"]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"split": "dev"}, "Unknown split \"dev\". Should be one of ['train']"),
        ({"subset": "algebra"}, "BuilderConfig 'algebra' not found"),
        ({"files": ["none.jsonl"]}, "none.jsonl"),
    ],
)
def test_what_the_data_set_lacks(repo: Path, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(HubError) as raised:
        loaded(repo, **changes)
    assert complaint in str(raised.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HubError, match="nowhere"):
        loaded(tmp_path / "nowhere")


def test_wrong_fields_and_rows_name_the_data_set(repo: Path) -> None:
    with pytest.raises(QuestionError, match=r"repo \(train\): no field 'prompt'; there is: que"):
        loaded(repo, columns={"question": "prompt"})
    with pytest.raises(QuestionError, match=r"repo \(train\): no field 'year'"):
        loaded(repo, where={"year": [2020]})
    with pytest.raises(QuestionError, match=r"\(train\): row 1: no field 'meta.year'; .*: level"):
        loaded(repo, where={"meta.year": [2020]})
    with pytest.raises(QuestionError, match=r"\(train\): no row passes"):
        loaded(repo, where={"meta.level": [9]})
    with pytest.raises(QuestionError) as raised:
        loaded(repo, where={"meta.level": [2]}, columns=COLUMNS | {"question": "traces.0"})
    assert str(raised.value).splitlines()[1:] == [
        "  - row 5: field 'traces.0' is empty",
        "  - row 20: field 'traces.0' is empty",
    ]


@pytest.fixture
def hub() -> Iterator[str]:
    """A Hub that holds nothing but one gated data set."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            gated = "/secret" in self.path
            self.send_response(403 if gated else 404)
            self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *arguments: object) -> None:
            pass

    with serving(Handler) as url:
        yield url


ASK_TWICE = """
import os
from scripts.lib.config.questions import HubQuestions
from scripts.lib.hub import HubError
from scripts.lib.questions.hub import load_questions
for repo, token in (("Somebody/secret", None), ("Somebody/nothing", "hf_of_a_reader")):
    if token:
        os.environ["HF_TOKEN"] = token
    spec = {"kind": "hub", "repo": repo, "revision": "c0ffee", "columns": {"question": "q"}}
    try:
        load_questions(HubQuestions.model_validate(spec), "s")
    except HubError as error:
        print(error)
"""


def test_the_hub_refuses(hub: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    done = subprocess.run(  # its address is read when the Hub's client is imported
        [sys.executable, "-c", ASK_TWICE],
        env=kept | {"HF_ENDPOINT": hub, "HF_HOME": str(tmp_path / "hub")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    gated, missing = done.stdout.splitlines()
    assert "the data set Somebody/secret is gated" in gated
    assert "environment variable HF_TOKEN, which is not set" in gated
    assert "https://huggingface.co/datasets/Somebody/nothing: " in missing
    assert "environment variable HF_TOKEN does not open it" in missing
    assert "hf_of_a_reader" not in done.stdout + done.stderr


def test_without_a_network(tmp_path: Path) -> None:
    spec = {"kind": "hub", "repo": "A/sums", "revision": "c0ffee", "columns": {"question": "q"}}
    command = ["-m", "scripts.curate.collect_questions", "--spec", json.dumps(spec)]
    command += ["--source", "s", "--output", str(tmp_path / "s.parquet")]
    done = subprocess.run(
        [sys.executable, *command],
        env=os.environ | {"HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "https://huggingface.co/datasets/A/sums: cannot be reached" in done.stderr
    assert "put its files into a folder and name that as repo" in done.stderr
    assert not (tmp_path / "s.parquet").exists()
