"""Answers and token counts only: one JSON line a problem.

    {"problem_num": 0, "gold_answer": "33", "all_answers": [["33", 5120], ["", 30268], ...]}

as https://github.com/jkomiyama/BoInf-code-publish keeps them. The pairs stand in the order they
were drawn: the position is the sample's number. "" and null are answers that were not found.
A problem's id is its problem_num. The gold answer is the recorded one, even where
`problems_from` has another form of it, because the recorder rewrote the answers in the same way
as the gold ("3, 5, 7" became "357").
"""

import logging
import re
from pathlib import Path

import polars as pl

from scripts.lib.config.pools import RecordedPool
from scripts.lib.recorded.fields import Count, Row, Text, read_json_lines
from scripts.lib.recorded.recording import Recording

SAME_ORDER = 0.9
"""Share of gold answers that must agree, place by place, for the benchmark's order to hold."""

_DECORATION = re.compile(
    r"\\(left|right|text|mbox|[dt]?frac|circ|begin|end)(?![a-zA-Z])|pmatrix|[^a-z0-9]"
)


class Line(Row):
    """One line of the file."""

    problem_num: Text
    gold_answer: Text
    all_answers: list[tuple[Text | None, Count]]


def read_answer_pairs(
    path: Path, name: str, pool: RecordedPool, problems: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a file of answer pairs.

    Args:
        path: the file.
        name: name of the pool.
        pool: its settings.
        problems: a Problem table that gives texts and levels where its problems can be told
            apart, or None.

    Returns:
        The Trace and the Problem table.

    Raises:
        RecordingError: with everything that is wrong with the file.
    """
    recording = Recording(path, name, pool, problems)
    places: dict[str, str] = {}
    for where, line in read_json_lines(path, Line, recording.faults):
        first = places.setdefault(line.problem_num, where)
        if first != where:
            text = f"problem_num {line.problem_num!r} stands here again (first: {first})"
            recording.faults.add(where, text)
            continue
        problem_id = recording.add_problem(where, line.problem_num, [line.gold_answer])
        for sample, (answer, tokens) in enumerate(line.all_answers):
            found = "" if answer is None or answer in pool.no_answer else answer
            recording.add_sample(where, problem_id, sample, answer=found, generated_tokens=tokens)
    if recording.known:
        _describe(recording)
    return recording.tables()


def _describe(recording: Recording) -> None:
    """Give the problems their texts: by place where the order is the benchmark's, else by gold.

    Problems that neither tells apart (two with one gold answer) stay without a text.
    """
    recorded = {name: _plain(gold) for name, gold in recording.answers().items()}
    known = [(_plain(problem.answer), problem) for problem in recording.known.ordered]
    placed = {
        name: known[int(name)]
        for name in recorded
        if name.isdecimal() and len(name) < 10 and int(name) < len(known)
    }
    agree = sum(recorded[name] == gold for name, (gold, _) in placed.items())
    if recorded and agree >= SAME_ORDER * len(recorded):
        found = {name: problem for name, (_, problem) in placed.items()}
    else:
        golds = [gold for gold, _ in known]
        once = {gold: problem for gold, problem in known if golds.count(gold) == 1}
        times = list(recorded.values())
        found = {
            name: once[gold]
            for name, gold in recorded.items()
            if gold in once and times.count(gold) == 1
        }
    for name, problem in found.items():
        recording.describe(name, problem)
    if len(found) < len(recorded):
        unknown = [name for name in recorded if name not in found]
        logging.warning(
            "%s: no text for %d of %d problems, whose gold answers do not tell them apart: %s",
            recording.path,
            len(unknown),
            len(recorded),
            ", ".join(unknown[:10]),
        )


def _plain(gold: str) -> str:
    """Letters and digits of a gold answer, without LaTeX dress: enough to tell the order."""
    plain = _DECORATION.sub("", gold.lower())
    return plain.lstrip("0") or plain
