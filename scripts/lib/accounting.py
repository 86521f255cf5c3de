"""What samples cost: FLOPs, dollars and peak memory, from token counts and a model's size."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from safetensors import SafetensorError, safe_open

from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.errors import UserError
from scripts.lib.tables import SAMPLE_KEY

CACHE_BYTES = 2
"""Bytes of one number in the KV cache of a published model: served in 16 bits."""


class ModelSizeError(UserError):
    """The files of a model do not tell its size."""


@dataclass(frozen=True)
class ModelSize:
    """The sizes that cost follows from; None where they are unknown.

    `active_parameters`: those a token is multiplied with: without input embeddings and experts
    that are not routed to, with the LM head (tied or not). `attention_layers`: layers whose
    attention spans the whole context. `weight_bytes`: the weights as stored. `cache_bytes`: of
    one number in the KV cache.
    """

    active_parameters: float | None
    attention_layers: int | None
    heads: int | None
    kv_heads: int | None
    head_dim: int | None
    weight_bytes: float | None
    cache_bytes: int = CACHE_BYTES


UNKNOWN_SIZE = ModelSize(None, None, None, None, None, None)


def size_of_facts(facts: ModelFacts) -> ModelSize:
    """The size of a published model, from its entry in config/models.yaml."""
    return ModelSize(
        active_parameters=facts.active_parameters,
        attention_layers=facts.attention_layers or facts.layers,
        heads=facts.heads,
        kv_heads=facts.kv_heads,
        head_dim=facts.head_dim,
        weight_bytes=facts.weight_bytes,
    )


def size_of_weights(folder: Path) -> ModelSize:
    """The size of a model in a folder of transformers: config.json and *.safetensors.

    Parameters are counted from the stored tensors, so this holds for any architecture whose
    input embedding is called embed_tokens and whose experts' names hold ".experts.".

    Raises:
        ModelSizeError: a file is missing or broken, or lacks what is needed.
    """
    config_path = folder / "config.json"
    try:
        config = json.loads(config_path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelSizeError(f"{config_path}: cannot be read: {error}") from None
    if "quantization_config" in config:
        raise ModelSizeError(
            f"{config_path}: quantised weights do not tell their parameters; give the model an "
            "entry in config/models.yaml"
        )
    tensors = _tensors(folder)
    try:
        heads = int(config["num_attention_heads"])
        head_dim = int(config.get("head_dim") or config["hidden_size"] // heads)
        return ModelSize(
            active_parameters=_active(tensors, config),
            attention_layers=_attention_layers(config),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head_dim=head_dim,
            weight_bytes=sum(count * width for count, width in tensors.values()),
            cache_bytes=max(width for _, width in tensors.values()),
        )
    except KeyError as error:
        raise ModelSizeError(f"{config_path}: {error} is missing") from None


def training_flops(parameters: float, tokens: float) -> float:
    """FLOPs of training: 6 N D (Kaplan et al. 2020, arXiv:2001.08361, section 2.1).

    Args:
        parameters: N, without input embeddings.
        tokens: D, tokens seen, repetitions included.
    """
    return 6 * parameters * tokens


def cost_table(traces: pl.DataFrame, size: ModelSize, price: Price | None) -> pl.DataFrame:
    """A Trace table's costs as a Cost table, in the same order.

    FLOPs: the token at position p takes 2 N_active + 4 n_layer p n_heads head_dim (Kaplan et
    al. 2020, table 1, with the attention at each token's own position instead of the full
    context, scores and values both counted). `prompt_flops` sums over the prompt, `flops` over
    what was generated after it. A prompt of unknown length has unknown FLOPs, and positions
    then count from the first generated token: a small undercount.

    Tokens appended by force are read like those of a prompt, and count in `flops` where they
    stand. Tokens that were generated and taken out again (ends of thinking that were suppressed,
    thinking trimmed away) count where they stood: before a wait, or after the thinking.

    Dollars: what was billed; else tokens times price; else null. Samples are single calls: all
    generated tokens are serial, and no verifier read them. `peak_bytes` is the weights and the
    KV cache of one sequence at its full length.
    """
    prompt, generated = pl.col("prompt_tokens"), pl.col("generated_tokens")
    start = prompt.fill_null(0)
    length, trimmed = _in_context(), _trimmed()
    thinking = start + pl.col("thinking_tokens").fill_null(0)
    longest = _forced(pl.max_horizontal(start + length, thinking + trimmed), start + length)
    return traces.select(
        *SAMPLE_KEY,
        "prompt_tokens",
        "cached_tokens",
        "generated_tokens",
        generated.alias("serial_tokens"),
        pl.lit(0, pl.Int64).alias("verifier_tokens"),
        prompt_flops(prompt, size).alias("prompt_flops"),
        pl.lit(0.0).alias("verifier_flops"),
        (
            _flops(start, start + length, size)
            + _flops(thinking, thinking + trimmed, size)
            + _flops_of_ends(start, size)
        ).alias("flops"),
        _usd(price).alias("usd"),
        peak_bytes(longest, size).alias("peak_bytes"),
    )


def _forced(forced: pl.Expr, otherwise: pl.Expr) -> pl.Expr:
    """One expression for rows with tokens appended by force, another for all others."""
    return pl.when(pl.col("forced_tokens") > 0).then(forced).otherwise(otherwise)


def _in_context() -> pl.Expr:
    """Tokens that stand after the prompt in the end."""
    generated = pl.col("generated_tokens")
    length = pl.col("token_ids").list.len().cast(pl.Int64)
    return _forced(pl.coalesce(length, generated + pl.col("forced_tokens")), generated)


def _trimmed() -> pl.Expr:
    """Tokens that were generated after the thinking that the answer rests on, and taken out."""
    taken_out = pl.col("generated_tokens") + pl.col("forced_tokens") - _in_context()
    ends = pl.col("wait_positions").list.len().cast(pl.Int64)
    return _forced(taken_out - ends, pl.lit(0, pl.Int64))


def _flops_of_ends(start: pl.Expr, size: ModelSize) -> pl.Expr:
    """FLOPs of the ends of thinking that waits replaced: each stood where the wait begins."""
    places = pl.col("wait_positions")
    ends = places.list.len().cast(pl.Float64)
    flops = token_flops(ends, ends * (start + 1) + places.list.sum(), size)
    return _forced(flops, pl.lit(0.0))


def _flops(before: pl.Expr, last: pl.Expr, size: ModelSize) -> pl.Expr:
    """FLOPs of the tokens at positions `before` + 1 to `last`, the sum in closed form."""
    before, last = before.cast(pl.Float64), last.cast(pl.Float64)
    positions = (last * (last + 1) - before * (before + 1)) / 2
    return token_flops(last - before, positions, size)


def prompt_flops(prompt: pl.Expr, size: ModelSize) -> pl.Expr:
    """FLOPs of a prompt of so many tokens; null where the size is unknown."""
    return _flops(pl.lit(0), prompt, size)


def token_flops(tokens: pl.Expr, positions: pl.Expr, size: ModelSize) -> pl.Expr:
    """FLOPs of some tokens, given the sum of their positions; null where the size is unknown."""
    n, per_position = size.active_parameters, _per_position(size)
    if n is None or per_position is None:
        return pl.lit(None, pl.Float64)
    return 2 * n * tokens.cast(pl.Float64) + per_position * positions.cast(pl.Float64)


def _per_position(size: ModelSize) -> float | None:
    """FLOPs of attention that a token takes for each position before it and its own."""
    layers, heads, width = size.attention_layers, size.heads, size.head_dim
    if layers is None or heads is None or width is None:
        return None
    return 4.0 * layers * heads * width


def _usd(price: Price | None) -> pl.Expr:
    billed = pl.col("usd")
    if price is None:
        return billed
    cached = pl.col("cached_tokens").fill_null(0)
    cached_price = price.input if price.cached_input is None else price.cached_input
    tokens = (
        (pl.col("prompt_tokens") - cached) * price.input
        + cached * cached_price
        + pl.col("generated_tokens") * price.output
    )
    return pl.coalesce(billed, tokens)


def peak_bytes(tokens: pl.Expr, size: ModelSize) -> pl.Expr:
    """Bytes of the weights and of a KV cache of so many tokens; null where they are unknown."""
    if (
        size.weight_bytes is None
        or size.attention_layers is None
        or size.kv_heads is None
        or size.head_dim is None
    ):
        return pl.lit(None, pl.Int64)
    per_token = size.cache_bytes * 2 * size.attention_layers * size.kv_heads * size.head_dim
    return int(size.weight_bytes) + tokens * per_token


def _tensors(folder: Path) -> dict[str, tuple[int, int]]:
    """Every stored tensor's number of elements and bytes per element, without loading it."""
    found = {}
    for path in sorted(folder.glob("*.safetensors")):
        try:
            with safe_open(path, framework="numpy") as file:
                for name in file.keys():  # noqa: SIM118
                    tensor = file.get_slice(name)
                    count = 1
                    for side in tensor.get_shape():
                        count *= side
                    found[name] = (count, _width(tensor.get_dtype()))
        except (SafetensorError, OSError) as error:
            raise ModelSizeError(f"{path}: not a safetensors file: {error}") from None
    if not found:
        raise ModelSizeError(f"{folder}: holds no *.safetensors")
    return found


def _width(dtype: str) -> int:
    """Bytes of a safetensors type: its name ends in its bits, as in BF16."""
    bits = re.search(r"(\d+)", dtype)
    return max(int(bits[1]) // 8, 1) if bits else 1


def _active(tensors: dict[str, tuple[int, int]], config: dict[str, Any]) -> float:
    everything = sum(count for count, _ in tensors.values())
    embeddings = sum(c for name, (c, _) in tensors.items() if "embed_tokens" in name)
    experts = sum(c for name, (c, _) in tensors.items() if ".experts." in name)
    # "score" is the head of a token classifier, whose embeddings are never multiplied with.
    head_is_stored = any(name.startswith(("lm_head", "score")) for name in tensors)
    active: float = everything - (embeddings if head_is_stored else 0)
    if experts:
        number = _first(config, "num_local_experts", "num_experts", "n_routed_experts")
        routed = _first(config, "num_experts_per_tok", "experts_per_token")
        active -= experts * (1 - routed / number)
    return active


def _attention_layers(config: dict[str, Any]) -> int:
    kinds = config.get("layer_types")
    return kinds.count("full_attention") if kinds else int(config["num_hidden_layers"])


def _first(config: dict[str, Any], *names: str) -> int:
    for name in names:
        if config.get(name) is not None:
            return int(config[name])
    raise KeyError(" or ".join(names))
