"""Token counts for recordings that hold texts only."""

from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from scripts.data.import_samples import import_samples, summary
from scripts.lib.config.check import ConfigError
from scripts.lib.grading.judge import Judge
from scripts.lib.recorded.counts import with_counts
from scripts.lib.recorded.faults import RecordingError
from scripts.lib.tableio import check_table
from scripts.lib.tables import Trace
from scripts.lib.workflow import StudyFiles
from scripts.sample.grade_pool import grade_traces
from tests.recorded_files import pool, write_lines
from tests.small_model import make_tokenizer
from tests.studies import QUESTION_COLUMNS, untuned_micro
from tests.test_recorded_lm_eval import line

TOKENIZER = make_tokenizer()
CUT = "<|im_start|>think\nhm, 3+4 is 7<|im_start|>answer\nFinal Answer: 1"
WAITED = "<|im_start|>think\nhm, 3+4 is 7\nWait, it is\nWait, 1<|im_start|>answer\nFinal Answer: 1"
ENDLESS = "<|im_start|>think\nhm, and so on"


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tokenizer: no weights beside it."""
    folder = tmp_path_factory.mktemp("model")
    TOKENIZER.save_pretrained(folder)
    return str(folder)


def length(text: str) -> int:
    return len(TOKENIZER(text, add_special_tokens=False)["input_ids"])


def thinking(text: str) -> str:
    return text.split("<|im_start|>answer", maxsplit=1)[0].removeprefix("<|im_start|>think")


def log(folder: Path, texts: list[str], **arguments: object) -> Path:
    """A log of one problem a text, run with some generation arguments."""
    folder.mkdir()
    rows = [line(number, resps=[[text]]) for number, text in enumerate(texts)]
    for row in rows:
        row["arguments"]["gen_args_0"]["arg_1"] |= arguments
    return write_lines(folder / "samples_task.jsonl", rows)


def test_the_texts_of_logs_with_budgets_and_waits_are_counted(
    tmp_path: Path, tokenizer: str
) -> None:
    budget = log(tmp_path / "a", [CUT, ENDLESS], max_tokens_thinking=16)
    waits = log(tmp_path / "b", [WAITED, WAITED], thinking_n_ignore=2)
    settings = pool("lm_eval", tokenizer="s1", most_tokens=length(WAITED))
    traces, problems = import_samples(settings, "s1", [budget, waits], None, tokenizer)
    columns = ["problem_id", "budget", "waits", "generated_tokens", "thinking_tokens", "end"]
    thought = {text: length(thinking(text)) for text in (CUT, WAITED, ENDLESS)}
    waited = (None, 2, length(WAITED), thought[WAITED], "length")
    assert traces.select(columns).rows() == [
        ("0", *waited),
        ("0", 16, 0, length(CUT), thought[CUT], "stop"),
        ("1", *waited),
        ("1", 16, 0, length(ENDLESS), thought[ENDLESS], "stop"),
    ]
    check_table(Trace, traces, tmp_path)
    assert "0 without a token count" in summary(traces)
    with Judge(1) as judge:
        answers = grade_traces(traces, problems, judge)
    # What was cut at its very end may have had more to say.
    assert answers["correct"].to_list() == [False, True, False, False]
    assert answers["answer_tokens"].to_list() == [
        length(WAITED) - thought[WAITED],
        length(CUT) - thought[CUT],
        length(WAITED) - thought[WAITED],
        length(ENDLESS) - thought[ENDLESS],
    ]


def test_counts_of_the_recording_go_before(tmp_path: Path, tokenizer: str) -> None:
    whole, part = length(CUT), length(thinking(CUT))
    given = [
        (CUT, None, None, (whole, part)),
        (CUT, 1000, None, (1000, part)),
        (CUT, None, 3, (whole, 3)),
        (CUT, 500, 400, (500, 400)),
        # No count that contradicts what is recorded.
        (CUT, part - 1, None, (part - 1, None)),
        (CUT, None, whole + 1, (None, whole + 1)),
        (None, None, None, (None, None)),
        ("", None, None, (0, None)),
    ]
    frame = pl.DataFrame(
        {
            "problem_id": ["a"] * len(given),
            "sample": range(len(given)),
            "answer": ["1"] * len(given),
            "text": [row[0] for row in given],
            "tokens": [row[1] for row in given],
            "thinking_tokens": [row[2] for row in given],
            "gold": ["1"] * len(given),
        }
    )
    frame.write_parquet(tmp_path / "s.parquet")
    settings = pool("samples", tokenizer="s1")
    traces, _ = import_samples(settings, "table", [tmp_path / "s.parquet"], None, tokenizer)
    assert traces.select("generated_tokens", "thinking_tokens").rows() == [row[3] for row in given]
    assert with_counts(traces, TOKENIZER, None).equals(traces)


def test_pool_and_program_name_a_tokenizer_both_or_neither(tmp_path: Path, tokenizer: str) -> None:
    path = log(tmp_path / "a", [CUT])
    with pytest.raises(
        RecordingError, match=r"pools\.p\.tokenizer is 's1', but --tokenizer is None"
    ):
        import_samples(pool("lm_eval", tokenizer="s1"), "p", [path], None)
    with pytest.raises(RecordingError, match=r"pools\.p\.tokenizer is None, but --tokenizer is '/"):
        import_samples(pool("lm_eval"), "p", [path], None, tokenizer)
    with pytest.raises(ValueError, match="answer_pairs hold no texts"):
        pool("answer_pairs", tokenizer="s1")


def study(tokenizer: str | None) -> StudyFiles:
    """The micro study with a recorded pool and models of all kinds."""
    config = untuned_micro()
    config["models"] |= {
        "tuned": {
            "kind": "tuned",
            "base": "base",
            "selection": "all",
            "wording": "plain",
            "training": {},
        },
        "online": {"kind": "hub", "repo": "A/model", "revision": "main"},
        "service": {"kind": "api", "model": "gpt"},
    }
    config["questions"] = {
        "sources": {"own": {"kind": "file", "path": "q.csv", "columns": QUESTION_COLUMNS}},
        "tokenizer": "base",
    }
    config["selections"] = {"all": {"rule": "full"}}
    recorded = pool("lm_eval", path="log.jsonl", tokenizer=tokenizer)
    config["pools"]["logs"] = recorded.model_dump(exclude_none=True)
    return StudyFiles(config, [])


LOGS = SimpleNamespace(pool="logs")


def test_the_rule_gets_the_tokenizer_of_a_model() -> None:
    made = [f"results/micro/models/base/tokenizer{part}.json" for part in ("", "_config")]
    for model in ("base", "tuned"):
        files = study(model)
        assert files.recording(LOGS) == {"recording": ["log.jsonl"], "tokenizer": made}
        assert files.recording_tokenizer(LOGS) == "--tokenizer results/micro/models/base"
    online = study("online")
    fetched = ["results/micro/published/online/tokenizer.json"]
    assert online.recording(LOGS) == {"recording": ["log.jsonl"], "tokenizer": fetched}
    assert online.recording_tokenizer(LOGS) == "--tokenizer A/model@main"
    assert study(None).recording_tokenizer(LOGS) == ""


@pytest.mark.parametrize(
    ("model", "complaint"), [("service", "'service' is behind an API"), ("bsae", "'bsae' is not")]
)
def test_a_model_without_a_tokenizer_here_is_refused(model: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=rf"pools\.logs\.tokenizer: {complaint}"):
        study(model)
