"""Samples that lm-evaluation-harness logged with --log_samples: one JSON line a document.

Written by lm_eval's evaluation tracker as samples_{task}_{date}.jsonl. Every repeat of a document
is a sample; its text is the raw response (`resps`), not what the task's filter made of it, and
is graded here like any other. A task with several filters writes each document once a filter
with the same responses: the first filter's lines are read.

A log whose requests (or whose run) name a thinking budget gives the columns `budget` and `waits`
(scripts/lib/recorded/lm_eval_budget.py), so that logs at several budgets make a curve. How a
budget was kept the columns do not tell: where s1 rejected longer samples, the log holds those
that were accepted.

The log holds neither token counts nor why a response ended: every sample counts as finished, and
`generated_tokens` is null unless the pool names a `tokenizer` that counts the texts. The gold
answer is `target`, or the document's `answer` where `target` is more than an answer (a whole
solution, say). With `problems_from`, problems are found by the document's fields or, if none is a
known problem, by what stands last in the prompt; text, id and gold answer are then the
benchmark's.
"""

from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.fields import Row, Text, read_json_lines, storable
from scripts.lib.recorded.lm_eval_budget import arguments_of_run, thinking_limits
from scripts.lib.recorded.recording import Recording

PROBLEM_FIELDS = ("problem", "question", "prompt", "query", "input", "Problem", "Question")
"""Fields of a document that hold its text, the first that is there; else the prompt is taken."""

Arguments = tuple[dict[str, object], dict[str, object]]


class Document(Row):
    """One line of the log."""

    doc_id: Text
    doc: dict[str, object]
    target: object
    arguments: dict[str, dict[str, object]] | list[list[object]]
    resps: list[list[Text]]
    filter: str = "none"

    def prompt(self) -> str | None:
        """The text that was sent to the model for the first request."""
        prompt = self._argument(0)
        return storable(prompt) if isinstance(prompt, str) else None

    def generation(self) -> dict[str, object]:
        """The generation arguments of the first request."""
        arguments = self._argument(1)
        return arguments if isinstance(arguments, dict) else {}

    def _argument(self, place: int) -> object:
        """An argument of the first request; None where it has fewer."""
        if isinstance(self.arguments, dict):
            return next(iter(self.arguments.values()), {}).get(f"arg_{place}")
        first = next(iter(self.arguments), [])  # before version 0.4.3
        return first[place] if len(first) > place else None

    def text(self) -> str | None:
        """The problem itself, or the whole prompt where no field of the document holds it."""
        named = (self.doc.get(name) for name in PROBLEM_FIELDS)
        told = next((text for text in named if isinstance(text, str) and text), None)
        return storable(told) if told is not None else self.prompt()

    def golds(self) -> list[str]:
        """Texts that may hold the gold answer, the likeliest first."""
        fields = [self.target, self.doc.get("answer"), self.doc.get("Answer")]
        return [storable(str(gold)) for gold in fields if isinstance(gold, str | int)]


def read_lm_eval(
    path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a log of lm-evaluation-harness.

    Args:
        path: the file samples_{task}_{date}.jsonl of a task with `output_type: generate_until`.
        name: name of the pool.
        pool: its settings.
        problems: a Problem table to find the documents in, or None.

    Returns:
        The Trace and the Problem table.

    Raises:
        RecordingError: with everything that is wrong with the file.
    """
    recording = Recording(path, name, pool, problems)
    try:
        run = arguments_of_run(path)
    except ValueError as error:
        recording.faults.stop("", str(error))
    chosen: str | None = None
    places: dict[str, str] = {}
    for where, document in read_json_lines(path, Document, recording.faults):
        chosen = chosen or document.filter
        if document.filter != chosen:
            continue
        first = places.setdefault(document.doc_id, where)
        if first != where:
            text = f"doc_id {document.doc_id} stands here again (first: {first})"
            recording.faults.add(where, text)
        elif len(document.resps) != 1:
            recording.faults.add(
                where,
                f"key 'resps' holds {len(document.resps)} requests: only logs of tasks with "
                f"output_type generate_until, one request a document, can be imported",
            )
        else:
            _add(recording, where, document, run)
    return recording.tables()


def _add(recording: Recording, where: str, document: Document, run: Arguments) -> None:
    """Add a document and its samples; `run` are arguments of the whole run."""
    try:
        budget, waits = thinking_limits(document.generation(), *run)
    except ValueError as error:
        recording.faults.add(where, f"doc_id {document.doc_id}: {error}")
        return
    if recording.known:
        problem_id = _known(recording, where, document)
    else:
        problem_id = recording.add_problem(
            where, document.doc_id, document.golds(), document.text()
        )
    for sample, text in enumerate(document.resps[0]):
        recording.add_sample(where, problem_id, sample, text=text, budget=budget, waits=waits)


def _known(recording: Recording, where: str, document: Document) -> str:
    """The benchmark's id of a document; its doc_id, with a fault, if it is not there."""
    texts = [text for text in document.doc.values() if isinstance(text, str)]
    found = next((problem for text in texts if (problem := recording.known.same(text))), None)
    found = found or recording.known.last_in(document.prompt() or "")
    if found:
        return recording.add_known(found)
    recording.faults.add(
        where,
        f"doc_id {document.doc_id}: neither a field of doc nor the prompt holds a problem of "
        f"benchmark {recording.pool.problems_from!r}",
    )
    return document.doc_id
