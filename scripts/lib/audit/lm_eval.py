"""Looking through a log of lm-evaluation-harness, line by line: what is broken is left out."""

import json
import re
from pathlib import Path
from typing import Any

from scripts.lib.audit.found import AuditError, Found
from scripts.lib.recorded.faults import Faults
from scripts.lib.recorded.fields import read_row
from scripts.lib.recorded.golds import normal_gold
from scripts.lib.recorded.lm_eval import Document
from scripts.lib.recorded.lm_eval_budget import arguments_of_run, results_beside

NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>[^_]+)")
FORM = "lm_eval"


def is_lm_eval(path: Path) -> bool:
    """Whether a file is a log of samples, by its first line that can be read."""
    with path.open("rb") as file:
        for line in file:
            row = _row(line)
            if row is not None:
                return {"doc_id", "resps"} <= row.keys()
    return False


def look(path: Path) -> tuple[Found, list[int]]:
    """What a log holds, and the numbers of its lines that can be imported.

    Raises:
        AuditError: none of its lines can.
    """
    named = NAME.fullmatch(path.stem)
    found = Found(path, FORM, named["task"] if named else path.stem, _model(path))
    kept: list[int] = []
    scored: dict[str, list[float]] = {}
    chosen: str | None = None
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            row, faults = _row(line), Faults(path)
            if row is None:
                found.lost.append(f"line {number}: no JSON object (cut off, or not UTF-8)")
                continue
            document = read_row(Document, row, f"line {number}", faults)
            if document is None or not _usable(document, number, faults, found):
                found.lost += faults.shown
                continue
            chosen = chosen or document.filter
            if document.filter != chosen:
                continue
            if document.doc_id in found.samples:
                found.lost.append(f"line {number}: doc_id {document.doc_id} stands here again")
                continue
            kept.append(number)
            found.golds[document.doc_id] = document.golds()
            found.samples[document.doc_id] = len(document.resps[0])
            for metric in row.get("metrics") or []:
                if isinstance(row.get(metric), int | float):
                    scored.setdefault(metric, []).append(float(row[metric]))
    if not kept:
        raise AuditError(
            f"{path}: no line can be audited:\n"
            + "\n".join(f"  - {text}" for text in found.lost[:20])
        )
    found.scores = {name: sum(values) / len(values) for name, values in scored.items()}
    return found, kept


def _usable(document: Document, number: int, faults: Faults, found: Found) -> bool:
    """Whether a line holds answers to a problem of its own; what is wrong is noted."""
    if len(document.resps) != 1:
        faults.add(
            f"line {number}",
            f"doc_id {document.doc_id} holds {len(document.resps)} requests: likelihoods of "
            "choices, no answers (output_type generate_until logs these)",
        )
    elif not document.resps[0]:
        faults.add(f"line {number}", f"doc_id {document.doc_id} holds no answers")
    elif document.doc_id in found.golds:
        return True  # another filter, or the same document again
    elif all(normal_gold(gold, "math") is None for gold in document.golds()):
        faults.add(f"line {number}", f"doc_id {document.doc_id} has no gold answer to be read")
    return not faults.count


def keep_lines(path: Path, lines: list[int], target: Path) -> None:
    """Copy a log with only these lines, and the results file beside it."""
    wanted = set(lines)
    target.parent.mkdir(parents=True, exist_ok=True)
    with path.open("rb") as old, target.open("wb") as new:
        new.writelines(line for number, line in enumerate(old, start=1) if number in wanted)
    beside = results_beside(path)
    if beside.is_file():
        (target.parent / beside.name).write_bytes(beside.read_bytes())


def _row(line: bytes) -> dict[str, Any] | None:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _model(path: Path) -> str:
    """What the run says of its model; nothing without its results file."""
    beside = results_beside(path)
    try:
        _, arguments = arguments_of_run(path)
        whole = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
    except ValueError:
        return ""
    known = (arguments.get(key) for key in ("pretrained", "model"))
    told = (*known, whole.get("model_name"), whole.get("model_source"))
    return next((str(name) for name in told if name), "")
