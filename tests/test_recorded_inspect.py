import json
import shutil
import sys
import zipfile

import pytest
from inspect_ai.log import read_eval_log_samples

from scripts.audit.audit_log import main
from scripts.lib.audit.found import AuditError
from scripts.lib.audit.inspect_log import look
from scripts.lib.config.load import load_study
from scripts.lib.recorded.faults import RecordingError
from scripts.lib.recorded.index import read_recording
from tests.recorded_files import pool, problem_table
from tests.recorded_tools import PROBLEMS, run_tool, write_problems
from tests.servers import OpenAIServer
from tests.small_model import write_model

EPOCHS = 3
TASK = """
from inspect_ai import Task, task
from inspect_ai.dataset import FieldSpec, json_dataset
from inspect_ai.scorer import includes
from inspect_ai.solver import generate

@task
def tiny():
    fields = FieldSpec(input="problem", target="answer")
    problems = json_dataset("problems.jsonl", fields)
    return Task(dataset=problems, solver=generate(), scorer=includes())
"""


def evaluate(folder, *options, **environment):
    """A log that inspect itself wrote."""
    write_problems(folder / "problems.jsonl")
    (folder / "task.py").write_text(TASK, encoding="utf-8")
    command = ["inspect_ai", "eval", "task.py", "--epochs", str(EPOCHS), "--log-dir", "logs"]
    run_tool(folder, *command, "--display", "none", *options, **environment)
    (path,) = (folder / "logs").iterdir()
    return path


def faults_by_problem(body):
    """The server thinks aloud on the first problem, refuses the second, and cuts the third."""
    asked = body["messages"][-1]["content"]
    return {PROBLEMS[0]["problem"]: "reasoning", PROBLEMS[1]["problem"]: "filtered"}.get(asked)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A log of an evaluation over HTTP."""
    with OpenAIServer(choose=faults_by_problem) as server:
        options = ["--model", "openai-api/local/tiny-chat", "--model-base-url", server.base_url]
        options += ["--max-tokens", "2", "--reasoning-effort", "low"]
        folder = tmp_path_factory.mktemp("served")
        return evaluate(folder, *options, LOCAL_API_KEY="none")


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A log of an evaluation of the small model by inspect's transformers provider."""
    folder = tmp_path_factory.mktemp("local")
    model = write_model(folder / "model", layers=1, width=32)
    options = ["--model", "hf/local", "--max-tokens", "12", "--temperature", "1"]
    options += ["-M", f"model_path={model}", "-M", f"tokenizer_path={model}", "-M", "device=cpu"]
    return evaluate(folder, *options)


def test_reasoning_stops_and_usage(served):
    traces, problems = read_recording(served, "inspected", pool("inspect"))
    assert problems.select("problem_id", "problem", "answer").rows() == [
        (str(number), row["problem"], str(int(row["answer"])))
        for number, row in enumerate(PROBLEMS, start=1)
    ]
    assert traces.select("problem_id", "sample", "generated_tokens", "prompt_tokens").rows() == [
        (str(s.id), s.epoch - 1, s.output.usage.output_tokens, s.output.usage.input_tokens)
        for s in read_eval_log_samples(served)
    ]
    assert traces["effort"].unique().to_list() == ["low"]
    ends = dict(traces.group_by("problem_id").agg("end").rows())
    assert ends == {"1": ["stop"] * 3, "2": ["refusal"] * 3, "3": ["length"] * 3}
    thought = traces.filter(problem_id="1")
    assert thought["text"].unique().to_list() == ["6 times 7.</think>42"]
    # The server counts no reasoning although it shows some.
    assert thought["thinking_tokens"].null_count() == 3
    assert traces.filter(problem_id="3")["thinking_tokens"].to_list() == [0, 0, 0]
    assert traces.filter(problem_id="3")["text"].unique().to_list() == ["Let me"]


@pytest.mark.slow
def test_a_real_log_of_the_small_model(local):
    texts = {f"p{number}": row["problem"] for number, row in enumerate(PROBLEMS)}
    known = problem_table(texts)
    settings = pool("inspect", problems_from="numbers")
    traces, problems = read_recording(local, "inspected", settings, known)
    assert problems.equals(known)
    assert traces.select("problem_id", "sample", "text").rows() == [
        (f"p{s.id - 1}", s.epoch - 1, s.output.completion) for s in read_eval_log_samples(local)
    ]
    assert traces["text"].n_unique() > 1
    assert traces["generated_tokens"].is_between(1, 12).all()
    assert (traces["prompt_tokens"] > 10).all()
    other = problem_table({"p0": PROBLEMS[0]["problem"]})
    with pytest.raises(RecordingError) as raised:
        read_recording(local, "inspected", settings, other)
    assert "sample 2 epoch 1: its input holds no problem of benchmark 'numbers'" in str(
        raised.value
    )


def changed(log, path, change):
    """A copy of a log with `change` made to each of its JSON members."""
    with zipfile.ZipFile(log) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            content = json.loads(old.read(member))
            change(member, content)
            new.writestr(member, json.dumps(content))
    return path


def test_failed_samples_and_several_targets_are_named_at_once(served, tmp_path):
    def change(member, content):
        if member.startswith("samples/") and content["id"] == 1 and content["epoch"] == 2:
            content["error"] = {"message": "it broke", "traceback": "", "traceback_ansi": ""}
        if member.startswith("samples/") and content["id"] == 3:
            content["target"] = ["27", "28"]

    path = changed(served, tmp_path / "log.eval", change)
    with pytest.raises(RecordingError) as raised:
        read_recording(path, "inspected", pool("inspect"))
    text = str(raised.value)
    assert "sample 1 epoch 2: ended with an error (it broke); run `inspect eval-retry`" in text
    assert "sample 3 epoch 1: has 2 targets where one gold answer is wanted" in text


def test_redacted_reasoning_shows_its_summary(served, tmp_path):
    def change(member, content):
        if member.startswith("samples/") and content["id"] == 1:
            for part in content["output"]["choices"][0]["message"]["content"]:
                if part["type"] == "reasoning":
                    part |= {"reasoning": "c2VjcmV0", "redacted": True}
                    part["summary"] = "In short." if content["epoch"] == 1 else None

    path = changed(served, tmp_path / "log.eval", change)
    traces, _ = read_recording(path, "inspected", pool("inspect"))
    assert traces.filter(problem_id="1")["text"].to_list() == ["In short.</think>42", "42", "42"]


def test_an_unfinished_log_is_refused(served, tmp_path):
    def change(member, content):
        if member == "header.json":
            content["status"] = "cancelled"

    path = changed(served, tmp_path / "log.eval", change)
    with pytest.raises(RecordingError, match="status is 'cancelled'; finish it"):
        read_recording(path, "inspected", pool("inspect"))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", b'{"version": 2}', b"\xff\xfe"])
def test_what_is_no_log(tmp_path, content):
    path = tmp_path / "log.eval"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"log\.eval: 1 problem\(s\)\n  - not an inspect log"):
        read_recording(path, "inspected", pool("inspect"))
    with pytest.raises(RecordingError, match="no such file"):
        read_recording(tmp_path / "absent.eval", "inspected", pool("inspect"))


def test_a_lost_sample_is_named(served, tmp_path):
    path = tmp_path / "log.eval"
    with zipfile.ZipFile(served) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.namelist():
            if member != "samples/2_epoch_3.json":
                new.writestr(member, old.read(member))
    with pytest.raises(RecordingError, match="a sample cannot be read"):
        read_recording(path, "inspected", pool("inspect"))


def test_a_log_is_audited_with_its_tokens(served, tmp_path, monkeypatch, capsys):
    """What the samples of the server allow: votes, pass@k, the share finished, against tokens."""
    shutil.copytree("config", tmp_path / "config")
    monkeypatch.chdir(tmp_path)
    command = ["audit_log", "--log", str(served), "--name", "served", "--dry"]
    monkeypatch.setattr(sys, "argv", command)
    main()
    study = load_study(tmp_path / "results/audit_served/study.yaml")
    (pool,) = study.pools.values()
    assert (pool.format, pool.n, pool.model) == ("inspect", EPOCHS, "unlisted")
    assert [panel.x for panel in study.figures["tiny"].panels] == ["n", "tokens"]
    said = capsys.readouterr().out
    assert f"{len(PROBLEMS)} problems, {EPOCHS} samples each, task tiny" in said
    assert "its own score, includes, accuracy: 0" in said
    assert "no token counts" not in said


def test_failed_samples_are_named_before_an_audit(served, tmp_path):
    def change(member, content):
        if member.startswith("samples/") and content["id"] == 1:
            content["error"] = {"message": "it broke", "traceback": "", "traceback_ansi": ""}

    path = changed(served, tmp_path / "log.eval", change)
    with pytest.raises(AuditError, match=r"3 samples cannot be audited; `inspect eval-retry`"):
        look(path)
