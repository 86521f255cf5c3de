"""What k samples of a problem cost when they are drawn together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl

from scripts.lib.curves.rows import (
    Bootstrap,
    Floats,
    Setting,
    known_values,
    mean_or_none,
    outcome_rows,
    token_limits,
)
from scripts.lib.curves.samples import known_mean
from scripts.lib.estimators.best_of import expected_maximum
from scripts.lib.estimators.passk import pass_at_k

EACH = ("generated_tokens", "flops", "usd", "verifier_tokens", "verifier_flops")
"""Costs that every sample has of its own."""
READ = ("read_tokens", "read_flops")
"""What a verifier took that scored the samples afterwards (curves.scores)."""


@dataclass(frozen=True)
class DrawCosts:
    """Expected costs of draws of k samples, arrays of shape (problems, ks).

    Not a number where they are unknown. `flops` is all of it, prompts and verifier included.
    `thinking_tokens` is the mean of one sample, shape (problems,).
    """

    problems: pl.Series
    ks: list[int]
    thinking_tokens: Floats
    tokens: Floats
    serial_tokens: Floats
    verifier_tokens: Floats
    verifier_flops: Floats
    flops: Floats
    usd: Floats

    def settings(self, samples: pl.DataFrame, bootstrap: Bootstrap) -> list[Setting]:
        """The settings of the points, one for each k, called k=...

        Args:
            samples: that were drawn from, all of one setting.
            bootstrap: for the limits of tokens on new problems.
        """
        asked, budget, waits = samples.select("asked", "budget", "waits").row(0)
        limits = token_limits(pl.Series(self.tokens[:, 0]).fill_nan(None), bootstrap)
        first = self.ks[0]
        return [
            Setting(
                name=f"k={k}",
                n=k,
                asked=asked,
                budget=budget,
                waits=waits,
                thinking_tokens=mean_or_none(self.thinking_tokens) if k == 1 else None,
                tokens=mean_or_none(self.tokens[:, place]),
                # Tokens of k samples are k times those of one.
                token_limits=None
                if limits is None
                else (limits[0] * k / first, limits[1] * k / first),
                serial_tokens=mean_or_none(self.serial_tokens[:, place]),
                verifier_tokens=mean_or_none(self.verifier_tokens[:, place]),
                verifier_flops=mean_or_none(self.verifier_flops[:, place]),
                flops=mean_or_none(self.flops[:, place]),
                usd=mean_or_none(self.usd[:, place]),
            )
            for place, k in enumerate(self.ks)
        ]

    def outcomes(self, curve: str, settings: Sequence[Setting], values: Floats) -> pl.DataFrame:
        """The Outcome rows of all points.

        Args:
            curve: its name.
            settings: from `settings`.
            values: accuracy of each problem at each k, shape (problems, ks).
        """
        return pl.concat(
            outcome_rows(
                curve,
                setting.name,
                self.problems,
                values[:, place],
                thinking_tokens=self.thinking_tokens if setting.n == 1 else None,
                tokens=self.tokens[:, place],
                flops=self.flops[:, place],
            )
            for place, setting in enumerate(settings)
        )


def mean_costs(repeats: Sequence[DrawCosts]) -> DrawCosts:
    """The mean costs of several draws of the same sizes from the same problems, in the same order.

    Unknown where those of any draw are.
    """
    arrays = [field.name for field in fields(DrawCosts) if field.name not in ("problems", "ks")]
    means = {name: np.mean([getattr(one, name) for one in repeats], axis=0) for name in arrays}
    return replace(repeats[0], **means)


def draw_costs(samples: pl.DataFrame, ks: Sequence[int]) -> DrawCosts:
    """The costs of draws of every size, exact expectations without replacement.

    Each sample costs its own generation. A prompt is paid for once, however many samples of it
    are drawn. What waits is what has to follow each other: the longest sample of the draw.
    Where a verifier scored the samples afterwards, it reads each once, and a prompt once if it
    reads any sample of it; its dollars are unknown, and so are those of all.

    Args:
        samples: from `join_samples`, of one setting; with the columns of `with_reading` where a
            verifier scored them afterwards, or with those of its prompt where it did in a search,
            whose costs hold all the rest, and the FLOPs of that prompt.
        ks: sizes of the draw, in rising order.
    """
    afterwards = "read_tokens" in samples.columns
    each = [*EACH, *(READ if afterwards else [])]
    problems = samples.group_by("problem_id", maintain_order=True).agg(
        "serial_tokens", known_mean("thinking_tokens"), *(known_mean(cost) for cost in each)
    )
    size = np.asarray(ks, dtype=np.float64)[None, :]
    cost = {name: known_values(problems[name])[:, None] * size for name in each}
    verifier_tokens, verifier_flops = cost["verifier_tokens"], cost["verifier_flops"]
    flops, usd = cost["flops"] + _once(samples, "prompt_flops", ks), cost["usd"]
    if "read_prompt_tokens" in samples.columns:
        read_prompts = _once(samples, "read_prompt_flops", ks)
        verifier_tokens = verifier_tokens + _once(samples, "read_prompt_tokens", ks)
        verifier_flops = verifier_flops + read_prompts
        if afterwards:
            verifier_tokens = verifier_tokens + cost["read_tokens"]
            verifier_flops = verifier_flops + cost["read_flops"]
            flops = flops + cost["read_flops"] + read_prompts
            usd = np.full_like(usd, np.nan)
    longest = [
        np.full(len(ks), np.nan) if own.has_nulls() else expected_maximum(own.to_numpy(), ks)
        for own in problems["serial_tokens"]
    ]
    return DrawCosts(
        problems=problems["problem_id"],
        ks=list(ks),
        thinking_tokens=known_values(problems["thinking_tokens"]),
        tokens=cost["generated_tokens"],
        serial_tokens=np.array(longest).reshape(len(problems), len(ks)),
        verifier_tokens=verifier_tokens,
        verifier_flops=verifier_flops,
        flops=flops,
        usd=usd,
    )


def _once(samples: pl.DataFrame, column: str, ks: Sequence[int]) -> Floats:
    """Expected cost of what is read once for all samples of a wording, shape (problems, ks).

    It is paid for if any sample of the wording that has it read is drawn, which is pass@k of
    "belongs to these". Of samples that a verifier did not read, no prompt was read either.
    """
    reader = "read_prompt_tokens" if column.startswith("read_") else "problem_id"
    counted = pl.col(reader).is_not_null()
    n = pl.len().over("problem_id").alias("n")
    wordings = (
        samples.with_columns(n)
        .group_by("problem_id", "wording", maintain_order=True)
        .agg(
            pl.col("n").first(),
            counted.sum().alias("own"),
            known_mean(column, counted).fill_null(float("nan")),
        )
        .with_columns(pl.when(pl.col("own") == 0).then(0.0).otherwise(column).alias(column))
    )
    drawn = pass_at_k(wordings["n"].to_numpy(), wordings["own"].to_numpy(), ks)
    paid = wordings[column].to_numpy()[:, None] * drawn
    order = samples["problem_id"].unique(maintain_order=True)
    place = wordings["problem_id"].replace_strict(order, range(len(order)), return_dtype=pl.Int64)
    total = np.zeros((len(order), len(ks)))
    np.add.at(total, place.to_numpy(), paid)
    return total
