"""Benchmarks that tasks of evaluation tools are known to be of, by what these call them."""

import re

from scripts.lib.audit.found import plain
from scripts.lib.config.benchmarks import AnswerKind

KNOWN: dict[str, tuple[str, AnswerKind]] = {
    r"aime_?(20)?24": ("aime24", "integer"),
    r"aime_?(20)?25": ("aime25", "integer"),
    r"amc_?(20)?23": ("amc23", "integer"),
    r"(openai_|hendrycks_)?math_?500": ("math500", "math"),
    r"gsm8k": ("gsm8k", "integer"),
    r"gpqa_?(main_)?diamond": ("gpqa_diamond", "choice"),
}
"""Patterns that begin a task's name, and how the answers of the benchmark are compared."""


def benchmark_of(task: str) -> tuple[str, AnswerKind] | None:
    """The benchmark of a task and how its answers are compared; None for one not known here."""
    name = plain(task)
    for pattern, known in KNOWN.items():
        if re.match(rf"{pattern}(_|$)", name):
            return known
    return None
