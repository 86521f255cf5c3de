"""Token counts for recordings that have texts only."""

import polars as pl
from transformers import PreTrainedTokenizerFast

from scripts.lib.recorded.assemble import end_of
from scripts.lib.thinking import thinking_part
from scripts.lib.tokens import count_tokens


def with_counts(
    traces: pl.DataFrame, tokenizer: PreTrainedTokenizerFast, most_tokens: int | None
) -> pl.DataFrame:
    """The traces with their texts counted, where the recording has no count of its own.

    `generated_tokens` are those of the whole text, what was appended by force among them, because
    a text does not tell it apart; `thinking_tokens` those between the delimiters of thinking, null
    where there are none. A count that would contradict the recording's other one stays null.

    Args:
        traces: a Trace table.
        tokenizer: of the model that wrote the texts.
        most_tokens: a sample with so many counts as cut off; None for no limit.
    """
    thinking = traces["text"].map_elements(thinking_part, return_dtype=pl.String)
    counted = traces.with_columns(
        whole=count_tokens(traces["text"], tokenizer), part=count_tokens(thinking, tokenizer)
    )
    generated, thought = pl.col("generated_tokens"), pl.col("thinking_tokens")
    fits_whole = thought.is_null() | (thought <= pl.col("whole"))
    fits_part = generated.is_null() | (generated >= pl.col("part"))
    filled = counted.with_columns(
        generated_tokens=generated.fill_null(pl.when(fits_whole).then("whole")),
        thinking_tokens=thought.fill_null(pl.when(fits_part).then("part")),
    )
    return filled.with_columns(end=end_of(most_tokens)).select(traces.columns)
