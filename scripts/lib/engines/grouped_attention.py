"""Attention of one new token a row, without copying the cache for every query head."""

from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

GROUPED = "ttscale_grouped"
"""Name to load a model with, as its `attn_implementation`."""


def grouped_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """The attention `sdpa` of transformers; with one new token, queries that share keys go as one.

    Grouped-query attention gives several query heads one head of keys. transformers repeats the
    keys and values for them, which copies the whole cache at each token. With one token there is
    no order among queries, so that the group takes the place of the query's length.

    Args:
        module: the attention layer.
        query: shape (rows, query heads, tokens, size).
        key: shape (rows, key heads, slots, size); with one new token there may be fewer rows than
            queries, whose last ones then get zeros.
        value: likewise.
        attention_mask: added to the scores; shape (rows of key, 1, tokens, slots), or None for
            causal.
        scaling: factor of the scores.
        kwargs: what else transformers hands over.

    Returns:
        Shape (rows, tokens, query heads, size of a value), and None for the weights.
    """
    rows, heads, tokens, size = query.shape
    if tokens > 1 or attention_mask is None:
        output: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **kwargs
        )
        return output
    seen = len(key)
    grouped = torch.nn.functional.scaled_dot_product_attention(
        query[:seen].view(seen, key.shape[1], heads // key.shape[1], size),
        key,
        value,
        attn_mask=attention_mask,
        scale=scaling,
    )
    flat = grouped.reshape(seen, 1, heads, value.shape[-1])
    if seen < rows:
        flat = torch.nn.functional.pad(flat, (0, 0) * 3 + (0, rows - seen))
    return flat, None


AttentionInterface.register(GROUPED, grouped_attention)
