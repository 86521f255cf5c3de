"""From the files that a command line names to groups of logs, each of one task and model."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.lib.audit import inspect_log, lm_eval
from scripts.lib.audit.found import AuditError, Found, named, plain

SUFFIXES = (".jsonl", ".eval", ".json")


@dataclass
class Group:
    """Logs of one task and model: at several budgets or efforts they make one pool.

    `notes` say what of them is not audited.
    """

    name: str
    logs: list[Found]
    files: list[Path]
    notes: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Samples that every problem has."""
        return min(count for log in self.logs for count in log.samples.values())

    @property
    def problems(self) -> int:
        """Problems that all of its logs hold."""
        return len(set.intersection(*(set(log.golds) for log in self.logs)))


def log_files(places: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """The logs in files and folders, and what is said of files that are none.

    Raises:
        AuditError: a place is not there, or there is no log.
    """
    logs, notes = [], []
    for place in places:
        if not place.exists():
            raise AuditError(f"{place}: no such file or folder")
        inside = sorted(path for path in place.rglob("*") if path.suffix in SUFFIXES)
        for path in inside if place.is_dir() else [place]:
            if _form(path) is not None:
                logs.append(path)
            elif place.is_file():
                notes.append(f"{path}: neither a log of lm-evaluation-harness nor of inspect")
    if not logs:
        raise AuditError(
            "\n".join(notes)
            or f"{', '.join(map(str, places))}: no log in it; lm-evaluation-harness writes "
            "samples_*.jsonl with --log_samples, inspect *.eval"
        )
    return logs, notes


def group_logs(paths: Sequence[Path], scratch: Path, model: str = "") -> list[Group]:
    """Look through all logs and put those of one task and model together, under a name of its own.

    A log of the harness of which some lines are broken, or whose problems the others of its group
    lack, is copied without these.

    Args:
        paths: logs.
        scratch: a folder for the copies.
        model: of all logs; each says its own if left out.

    Raises:
        AuditError: a log cannot be audited at all.
    """
    found: dict[tuple[str, str, str], list[tuple[Found, list[int]]]] = {}
    for path in paths:
        if _form(path) == lm_eval.FORM:
            log, lines = lm_eval.look(path)
        else:
            log, lines = inspect_log.look(path), []
        log.model = model or log.model
        found.setdefault((log.form, log.task, log.model), []).append((log, lines))
    several = len({task for _, task, _ in found}) < len(found)
    groups: dict[str, Group] = {}
    for (form, task, said), members in found.items():
        told = plain(f"{task} {said.rpartition('/')[2]}" if several else task) or "log"
        name, number = told, 1
        while name in groups:  # only the tool, the model's publisher or a sign is another
            number += 1
            name = f"{told}_{number}"
        group = groups[name] = Group(
            name, [log for log, _ in members], [log.path for log, _ in members]
        )
        group.notes = [f"{log.path.name}, {text}" for log in group.logs for text in log.lost]
        if form == lm_eval.FORM:
            _make_alike(group, [lines for _, lines in members], scratch)
    return list(groups.values())


def _make_alike(group: Group, lines: list[list[int]], scratch: Path) -> None:
    """Leave out what is broken, and problems that not all logs of the group have."""
    shared = set.intersection(*(set(log.golds) for log in group.logs))
    if not shared:
        names = ", ".join(str(log.path) for log in group.logs)
        raise AuditError(f"{names}: have no problem in common; audit them one by one")
    for number, (log, whole) in enumerate(zip(group.logs, lines, strict=True)):
        places = dict(zip(log.golds, whole, strict=True))
        alone = [name for name in log.golds if name not in shared]
        if alone:
            group.notes.append(
                f"{log.path.name}: {len(alone)} problems are not in all logs of {log.task}, and "
                f"left out ({named(alone)})"
            )
            log.golds = {name: texts for name, texts in log.golds.items() if name in shared}
            log.samples = {name: count for name, count in log.samples.items() if name in shared}
        if log.lost or alone:
            group.files[number] = scratch / group.name / str(number) / log.path.name
            lm_eval.keep_lines(log.path, [places[name] for name in log.golds], group.files[number])


def _form(path: Path) -> str | None:
    if path.suffix == ".jsonl" and lm_eval.is_lm_eval(path):
        return lm_eval.FORM
    return inspect_log.FORM if inspect_log.is_inspect(path) else None
