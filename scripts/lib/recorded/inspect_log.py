"""Samples in an inspect-ai log (.eval, or .json), read with inspect's own reader.

Every epoch is a sample. The text is the reasoning, "</think>" and the completion; without (open)
reasoning it is the completion alone. Token counts are those of the final response if it is the
only one, else those of the evaluated model over the whole sample; `prompt_tokens` includes the
cached ones. A stop at max_tokens or at a limit of the task is "length", a content filter a
"refusal". The reasoning effort that the log's header names goes into `effort`. The gold answer is
`target`. With `problems_from`, problems are found by the sample's input; text, id and gold answer
are then the benchmark's.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.fields import storable
from scripts.lib.recorded.recording import Recording

LENGTH_STOPS = ("max_tokens", "model_length")
UNUSED_FIELDS = {"events", "store", "attachments", "events_data", "timelines"}
"""Parts of a sample that hold nothing of interest here and may be many times its size."""


def read_inspect(
    path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a log of inspect-ai, one sample in memory at a time.

    Args:
        path: the log of a finished evaluation.
        name: name of the pool.
        pool: its settings.
        problems: a Problem table to find the inputs in, or None.

    Returns:
        The Trace and the Problem table.

    Raises:
        RecordingError: with everything that is wrong with the log.
    """
    recording = Recording(path, name, pool, problems)
    problem_ids: dict[str, str] = {}
    header, samples = _open(recording)
    effort = header.eval.model_generate_config.reasoning_effort or (
        header.plan.config.reasoning_effort
    )
    for sample in samples:
        where = f"sample {sample.id} epoch {sample.epoch}"
        if sample.error is not None:
            recording.faults.add(
                where,
                f"ended with an error ({storable(sample.error.message)[:200]}); "
                f"run `inspect eval-retry` on the log",
            )
            continue
        key = storable(str(sample.id))
        if key not in problem_ids:
            problem_ids[key] = _problem(recording, where, key, sample)
        columns = _columns(sample, header.eval.model)
        recording.add_sample(where, problem_ids[key], sample.epoch - 1, effort=effort, **columns)
    return recording.tables()


def _open(recording: Recording) -> tuple[Any, Iterator[Any]]:
    """The header of the log, and its samples one by one."""
    # Slow to import, and nothing else here needs it.
    from inspect_ai.log import read_eval_log, read_eval_log_samples  # noqa: PLC0415

    path = recording.path
    if not path.is_file():
        recording.faults.stop("", "no such file")
    form: Literal["eval", "json"] = "eval" if zipfile.is_zipfile(path) else "json"
    try:
        header = read_eval_log(path, header_only=True, format=form)
    except Exception as error:
        recording.faults.stop("", f"not an inspect log: {_first_line(error)}")
    if header.status != "success":
        recording.faults.stop(
            "", f"the evaluation's status is {header.status!r}; finish it with `inspect eval-retry`"
        )

    def samples() -> Iterator[Any]:
        try:
            yield from read_eval_log_samples(path, format=form, exclude_fields=UNUSED_FIELDS)
        except Exception as error:
            recording.faults.stop("", f"a sample cannot be read: {_first_line(error)}")

    return header, samples()


def _first_line(error: Exception) -> str:
    """Any exception may come out of a broken log; its type says what its text may not."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:300] if text else 'no text'}"


def _problem(recording: Recording, where: str, sample_id: str, sample: Any) -> str:
    """Add the problem of a sample; its id."""
    text = _input(sample)
    if recording.known:
        found = recording.known.same(text) or recording.known.last_in(text)
        if found:
            return recording.add_known(found)
        benchmark = recording.pool.problems_from
        recording.faults.add(where, f"its input holds no problem of benchmark {benchmark!r}")
        return sample_id
    targets = [sample.target] if isinstance(sample.target, str) else sample.target
    if len(targets) > 1:
        recording.faults.add(
            where,
            f"has {len(targets)} targets where one gold answer is wanted; name a benchmark in "
            f"problems_from",
        )
    golds = [storable(target) for target in targets[:1]]
    return recording.add_problem(where, sample_id, golds, text)


def _input(sample: Any) -> str:
    """The problem as the user asks it."""
    if isinstance(sample.input, str):
        return storable(sample.input)
    asked = [message.text for message in sample.input if message.role == "user"]
    return storable(asked[-1] if asked else "")


def _columns(sample: Any, model: str) -> dict[str, object]:
    """Columns of Trace that a sample of the log fills."""
    output = sample.output
    replies = sum(message.role == "assistant" for message in sample.messages)
    usage = output.usage if replies <= 1 else sample.model_usage.get(model)
    thinking = _thinking(output)
    text = f"{thinking}</think>{output.completion}" if thinking else output.completion
    columns: dict[str, object] = {"text": storable(text), "end": _end(sample)}
    if usage is None:
        return columns
    # Servers that do not count reasoning say 0 for it.
    uncounted = bool(thinking) and not usage.reasoning_tokens
    cached = usage.input_tokens_cache_read
    prompt = usage.input_tokens + (cached or 0) + (usage.input_tokens_cache_write or 0)
    return columns | {
        "prompt_tokens": prompt,
        "cached_tokens": cached,
        "generated_tokens": usage.output_tokens,
        "thinking_tokens": None if uncounted else usage.reasoning_tokens,
    }


def _end(sample: Any) -> str:
    if sample.limit is not None or sample.output.stop_reason in LENGTH_STOPS:
        return "length"
    return "refusal" if sample.output.stop_reason == "content_filter" else "stop"


def _thinking(output: Any) -> str:
    """The reasoning that is there to be read; of redacted reasoning its summary."""
    content = output.message.content if output.choices else ""
    parts = [] if isinstance(content, str) else content
    thoughts = [
        part.summary if part.redacted else part.reasoning
        for part in parts
        if part.type == "reasoning"
    ]
    return "\n".join(thought for thought in thoughts if thought)
