"""Cutting the traces of one pool into pieces, with the tokens of its model where it is here."""

from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from scripts.lib.page.pieces import Decode, forced_pieces, step_pieces
from scripts.lib.page.reading import read_rows
from scripts.lib.page.spec import ReadPool
from scripts.lib.search.steps import separator_ids
from scripts.lib.tables import SAMPLE_KEY, Trace


class Cutter:
    """Cuts the traces of a pool.

    Args:
        spec: the pool's entry.
        tokenizer: folder of its model's tokenizer, if it was made here.
        traces: its Trace table, of which the tokens are read only if they are needed.
        kept: the samples that are to be cut.
        scores: of their steps, by the key of a sample.
    """

    def __init__(
        self,
        spec: ReadPool,
        tokenizer: str | None,
        traces: Path,
        kept: pl.DataFrame,
        scores: dict[Any, Any],
    ) -> None:
        self._spec, self._scores = spec, scores
        self._decode: Decode | None = None
        self._ends: tuple[int, ...] = ()
        self._ids: dict[Any, list[int]] = {}
        if tokenizer is None or kept.is_empty():
            return
        # transformers takes seconds to load, and most pages need none of it.
        from scripts.lib.tokens import load_tokenizer  # noqa: PLC0415

        loaded = load_tokenizer(tokenizer)
        self._decode = partial(_decode, loaded)
        self._ends = separator_ids(loaded, spec.separator) if scores else ()
        tokens = read_rows(Trace, traces, [*SAMPLE_KEY, "token_ids"], kept.select(SAMPLE_KEY))
        self._ids = {tuple(key): ids for *key, ids in tokens.iter_rows()}

    def pieces(self, row: dict[str, Any]) -> Any:
        """The trace of one sample: its text if nothing marks it, else pieces; None without one."""
        text, spec = row["text"], self._spec
        if text is None:
            return None
        key = tuple(row[name] for name in SAMPLE_KEY)
        ids = self._ids.get(key)
        pieces: list[Any] = [text]
        if key in self._scores:
            scores = self._scores[key]
            pieces = step_pieces(text, ids, spec.separator, self._ends, self._decode, scores)
        elif row["forced_tokens"]:
            ending = (spec.answer, spec.final)
            waits = row["wait_positions"]
            pieces = forced_pieces(text, waits, ids, spec.wait, ending, self._decode)
        return text if pieces == [text] else pieces


def _decode(tokenizer: Any, ids: list[int]) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))
