"""What was found in a log before it is imported, whatever tool wrote it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scripts.lib.config.benchmarks import AnswerKind
from scripts.lib.errors import UserError
from scripts.lib.recorded.golds import normal_gold

KINDS: tuple[AnswerKind, ...] = ("choice", "integer", "math")
"""The narrowest first: every integer is an expression too."""
MOST_NAMED = 5


class AuditError(UserError):
    """A log that cannot be audited; the text says why, and what would help."""


@dataclass
class Found:
    """A readable log.

    `golds` are texts that may hold the gold answer of each problem, by its id; `lost` says of what
    could not be read where it stood and why; `scores` are what the log itself says its model got.
    """

    path: Path
    form: str
    task: str
    model: str
    golds: dict[str, list[str]] = field(default_factory=dict)
    samples: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)


def answer_kind(logs: Sequence[Found]) -> AnswerKind:
    """How the gold answers of all logs can be read: as letters, whole numbers or expressions.

    Raises:
        AuditError: some cannot be read in any way; the text names them.
    """
    golds = {name: texts for log in logs for name, texts in log.golds.items()}
    unread: dict[str, list[str]] = {}
    for kind in KINDS:
        unread[kind] = [
            name
            for name, texts in golds.items()
            if all(normal_gold(text, kind) is None for text in texts)
        ]
        if not unread[kind]:
            return kind
    lost = unread["math"]
    raise AuditError(
        f"{logs[0].path}: {len(lost)} of {len(golds)} problems have no gold answer that can be "
        f"read ({named(lost)}): nothing says which samples are right. A log whose target is a "
        "whole solution needs the answer in a field of its own (doc.answer)"
    )


def named(names: Sequence[str]) -> str:
    """A few of some names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def plain(text: str) -> str:
    """A text as a name of a study has it: lower case, digits, single underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
