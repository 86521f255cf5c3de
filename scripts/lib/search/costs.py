"""What a search cost, from what it spent and the sizes and prices of its two models."""

import polars as pl

from scripts.lib.accounting import ModelSize, peak_bytes, prompt_flops, token_flops
from scripts.lib.config.models import Price
from scripts.lib.tables import SAMPLE_KEY

SEARCH = [
    *(pl.col(name) for name in SAMPLE_KEY if name != "sample"),
    pl.col("sample") // pl.col("beams"),
]
"""What tells one search of a pool from all others; the last is which repeat it is."""

_READS = pl.col("verifier_prompt_tokens") > 0


def search_costs(
    spent: pl.DataFrame,
    solver: ModelSize,
    verifier: ModelSize,
    price: Price | None,
    verifier_price: Price | None,
) -> pl.DataFrame:
    """A Spent table as a Cost table, in the same order; what is unknown is null.

    `flops` are those of the steps that were generated and read in a place, of either model;
    tokens appended by force count where they stand. `prompt_flops` are those of the prompt, once
    in the solver and once in the verifier: the same in every row of a search, which pays it once
    for all of them. `verifier_flops` are the verifier's part of `flops`, without its prompt.

    Dollars add up over the rows: the first place of a search pays for its prompt.

    `peak_bytes` belongs to the search, and is the same in all of its rows: the weights of both
    models, and in the KV cache of each the prompt and every step of the search once, also those of
    candidates which were given up. No search needs more; one that forgets these needs less.

    Args:
        spent: a Spent table.
        solver: size of the model that writes.
        verifier: size of the one that reads; searches that nobody reads do not need it.
        price: of the solver.
        verifier_price: of the verifier, whose tokens are all input.
    """
    return spent.select(
        *SAMPLE_KEY,
        "prompt_tokens",
        pl.lit(None, pl.Int64).alias("cached_tokens"),
        "generated_tokens",
        "serial_tokens",
        "verifier_tokens",
        (
            prompt_flops(pl.col("prompt_tokens"), solver)
            + _if_read(prompt_flops(pl.col("verifier_prompt_tokens"), verifier))
        ).alias("prompt_flops"),
        _verifier_flops(verifier).alias("verifier_flops"),
        (
            token_flops(_written(), pl.col("generated_positions"), solver)
            + _verifier_flops(verifier)
        ).alias("flops"),
        (_solver_usd(price) + _if_read(_verifier_usd(verifier_price))).alias("usd"),
        (
            peak_bytes(pl.col("prompt_tokens") + _written().sum().over(SEARCH), solver)
            + _if_read(peak_bytes(_all_read(), verifier), 0)
        ).alias("peak_bytes"),
    )


def _written() -> pl.Expr:
    """Tokens that the solver went through after the prompt."""
    return pl.col("generated_tokens") + pl.col("forced_tokens")


def _all_read() -> pl.Expr:
    return pl.col("verifier_prompt_tokens") + pl.col("verifier_tokens").sum().over(SEARCH)


def _if_read(value: pl.Expr, otherwise: float = 0.0) -> pl.Expr:
    """A value of the verifier's; 0 where it was not asked, even if its size is unknown."""
    return pl.when(_READS).then(value).otherwise(otherwise)


def _verifier_flops(verifier: ModelSize) -> pl.Expr:
    flops = token_flops(pl.col("verifier_tokens"), pl.col("verifier_positions"), verifier)
    return _if_read(flops)


def _first(tokens: str) -> pl.Expr:
    """Tokens that the first place of a search pays for."""
    return pl.when(pl.col("sample") % pl.col("beams") == 0).then(tokens).otherwise(0)


def _solver_usd(price: Price | None) -> pl.Expr:
    if price is None:
        return pl.lit(None, pl.Float64)
    put_in = _first("prompt_tokens") + pl.col("forced_tokens")
    return put_in * price.input + pl.col("generated_tokens") * price.output


def _verifier_usd(price: Price | None) -> pl.Expr:
    if price is None:
        return pl.lit(None, pl.Float64)
    return (_first("verifier_prompt_tokens") + pl.col("verifier_tokens")) * price.input
