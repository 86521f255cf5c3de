"""The questions of benchmarks, which no model may be trained on."""

from pathlib import Path

from scripts.lib.chains.families import read_question
from scripts.lib.chains.problems import Chain
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem


def asked_chains(tables: list[Path]) -> dict[str, Chain]:
    """Questions about chains in Problem tables, by their text; other problems are passed over."""
    texts = [text for path in tables for text in read_table(Problem, path)["problem"].to_list()]
    read = {text: read_question(text) for text in texts if text is not None}
    return {text: chain for text, chain in read.items() if chain is not None}
