"""Training examples of a revision model: pairs of attempts as token ids, with the loss on the
right one.

The prompt is the one that a revised pool asks with, filled in as it is there.
"""  # noqa: D205

import logging
from pathlib import Path

import polars as pl
from transformers import PreTrainedTokenizerFast

from scripts.lib.config.models import TunedModel
from scripts.lib.finetuning.examples import (
    DELIMITERS,
    END,
    ExampleError,
    Examples,
    Text,
    encode_texts,
    first_rows,
    lost_characters,
    refuse_unwritable,
)
from scripts.lib.pool_requests import prompt_text


def read_pairs(
    pairs: pl.DataFrame,
    path: Path,
    spec: TunedModel,
    prompt: str,
    tokenizer: PreTrainedTokenizerFast,
) -> Examples:
    """Examples of pairs, in their order: the completion is the right attempt as it was written.

    Unlike a selection's, these problems went through no filter: those that the tokenizer cannot
    spell, which the model that attempted them could not read either, are left out.

    Args:
        pairs: a RevisionPair table.
        path: where it was read; errors name it.
        spec: the model's entry in the study.
        prompt: text with {problem} and {attempt}.
        tokenizer: that of the base model.

    Raises:
        ExampleError: a text cannot be written, or no pair is left.
    """
    legible = _legible(pairs, tokenizer)
    if len(legible) < len(pairs):
        logging.info(
            "%s: %d of %d pairs are left out: the tokenizer cannot spell their problem",
            path, len(pairs) - len(legible), len(pairs),
        )  # fmt: skip
    if legible.is_empty():
        raise ExampleError(f"{path}: the tokenizer cannot spell the problem of any of the pairs")
    chosen = first_rows(legible, path, spec, "pairs")
    end = str(tokenizer.eos_token)
    shown = [*DELIMITERS, end]
    # The right attempt opens its thinking and its answer by delimiters, and is ended here.
    marks = {"problem": shown, "attempt": shown, "completion": [END, end]}
    refuse_unwritable(chosen, path, "problem", marks, prompt, tokenizer)
    texts = [
        Text(prompt_text(prompt, problem, attempt=attempt), completion + end)
        for problem, attempt, completion in chosen.select(list(marks)).rows()
    ]
    return encode_texts(texts, chosen["problem_id"].to_list(), tokenizer, spec.training.max_length)


def _legible(pairs: pl.DataFrame, tokenizer: PreTrainedTokenizerFast) -> pl.DataFrame:
    """The pairs whose problem the tokenizer can spell."""
    lost = lost_characters(pairs["problem"], tokenizer)
    return pairs.filter([not lost.intersection(problem) for problem in pairs["problem"]])
