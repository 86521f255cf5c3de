"""How long texts are in the tokens of a model, whose weights are not needed for it."""

from pathlib import Path

import polars as pl
from transformers import PreTrainedTokenizerFast

from scripts.lib.engines import local_text
from scripts.lib.errors import UserError

BATCH = 512
"""Texts encoded at a time: their tokens are many times larger in memory than their text."""


class TokenizerError(UserError):
    """A tokenizer cannot be loaded."""


def load_tokenizer(name: str) -> PreTrainedTokenizerFast:
    """The tokenizer in a folder, or of a repository on the Hub, written REPO@REVISION.

    Raises:
        TokenizerError: it cannot be had.
    """
    repo, _, revision = name.partition("@")
    folder = Path(name)
    if not folder.is_dir() and not revision:
        raise TokenizerError(f"{name}: no such folder, and not of the form REPO@REVISION")
    try:
        tokenizer: PreTrainedTokenizerFast = local_text.load_tokenizer(
            folder if folder.is_dir() else repo, revision or None
        )
    except Exception as error:  # tokenizers raises nothing more special
        raise TokenizerError(f"{name}: the tokenizer cannot be loaded: {error}") from error
    return tokenizer


def count_tokens(texts: pl.Series, tokenizer: PreTrainedTokenizerFast) -> pl.Series:
    """Tokens of each text, without any that the tokenizer would put around it; null for null."""
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    lengths: list[int | None] = []
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH].to_list()
        there = [text for text in batch if text is not None]
        encoded = iter(backend.encode_batch_fast(there, add_special_tokens=False))
        lengths += [None if text is None else len(next(encoded).ids) for text in batch]
    return pl.Series(texts.name, lengths, dtype=pl.Int64)
