"""What the columns of tables are called where people read them, and how their values are written.

A column that stands in no list here is shown under its name, with four digits: a new table is
readable before anybody describes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["text", "percent", "points", "count", "tokens", "flops", "usd", "number"]

_NAMES: dict[str, tuple[str, Unit]] = {
    "accuracy_a": ("A (%)", "percent"),
    "accuracy_b": ("B (%)", "percent"),
    "curve_b": ("curve in B", "text"),
    "flops_a": ("FLOPs A", "flops"),
    "flops_b": ("FLOPs B", "flops"),
    "flops_difference": ("FLOPs, difference", "flops"),
    "left_out_a": ("problems only in A", "count"),
    "left_out_b": ("problems only in B", "count"),
    "p_family": ("p, family-wise", "number"),
    "tokens_a": ("tokens A", "tokens"),
    "tokens_b": ("tokens B", "tokens"),
    "tokens_difference": ("tokens, difference", "tokens"),
    "usd_a": ("US dollars A", "usd"),
    "usd_b": ("US dollars B", "usd"),
    "usd_difference": ("US dollars, difference", "usd"),
    "accuracy": ("accuracy (%)", "percent"),
    "against": ("against", "text"),
    "against_accuracy": ("its accuracy (%)", "percent"),
    "against_flops": ("its FLOPs", "flops"),
    "against_flops_from": ("its FLOPs from", "text"),
    "against_label": ("its label", "text"),
    "against_setting": ("its setting", "text"),
    "asked": ("asked tokens", "count"),
    "auc": ("AUC", "number"),
    "auc_problems": ("problems of the AUC", "count"),
    "beams": ("N", "count"),
    "budget": ("budget", "count"),
    "chosen": ("right answer chosen (%)", "percent"),
    "control_responses": ("control, responses (%)", "percent"),
    "control_runs": ("control, runs (%)", "percent"),
    "device_seconds": ("device time (s)", "number"),
    "difference": ("difference (points)", "points"),
    "equal_accuracy": ("accuracy at its FLOPs (%)", "percent"),
    "equal_n": ("n at its FLOPs", "number"),
    "first_x": ("from", "number"),
    "fitted_accuracy": ("fitted accuracy (%)", "percent"),
    "flops": ("FLOPs", "flops"),
    "found": ("right answer there (%)", "percent"),
    "inference": ("inference per pretraining token", "number"),
    "last_x": ("to", "number"),
    "larger_parameters": ("its active parameters", "flops"),
    "model_parameters": ("active parameters", "flops"),
    "passed_over": ("passed over (%)", "percent"),
    "performance": ("performance (%)", "percent"),
    "questions": ("questions", "count"),
    "scaling_per_1000_tokens": ("scaling (points per 1,000 tokens)", "points"),
    "scaling_per_doubling": ("scaling (points per doubling)", "points"),
    "scaling_per_doubling_spent": ("scaling, all tokens (points per doubling)", "points"),
    "serial_tokens": ("serial tokens", "tokens"),
    "share": ("share (%)", "percent"),
    "shown": ("example", "text"),
    "thinking_tokens": ("thinking tokens", "tokens"),
    "tokens": ("tokens", "tokens"),
    "train_examples": ("training examples", "count"),
    "train_flops": ("training FLOPs", "flops"),
    "usd": ("US dollars", "usd"),
    "verifier_flops": ("FLOPs of the verifier", "flops"),
    "verifier_parameters": ("parameters of the verifier", "flops"),
    "verifier_tokens": ("tokens of the verifier", "tokens"),
    "at": ("at accuracy (%)", "percent"),
    "coverage": ("pass@k (%)", "percent"),
    "decided": ("problems decided (%)", "percent"),
    "decided_right": ("decided for the right answer (%)", "percent"),
    "error": ("error (points)", "points"),
    "excluded_gain": ("smallest gain excluded (points)", "points"),
    "exchange": ("doublings of training per doubling of inference", "number"),
    "fit_error": ("error of the fit (points)", "points"),
    "forecast": ("forecast (%)", "percent"),
    "from_k": ("from the first", "count"),
    "gain_over_oracle": ("gain over the oracle (points)", "points"),
    "gain_over_votes": ("gain over votes (points)", "points"),
    "limit": ("limit (%)", "percent"),
    "limit_fixed": ("limit under a fixed law (%)", "percent"),
    "oracle_accuracy": ("accuracy of the oracle (%)", "percent"),
    "oracle_gain": ("gain of the oracle (points)", "points"),
    "points_per_doubling": ("points per doubling", "points"),
    "remaining_gain": ("gain that remains (points)", "points"),
    "saved_flops": ("FLOPs saved a query", "flops"),
    "seen": ("seen (%)", "percent"),
    "seen_from": ("seen at first (%)", "percent"),
    "single_accuracy": ("accuracy of one sample (%)", "percent"),
    "smallest_gain": ("smallest gain that counts (points)", "points"),
    "unseen": ("next answer is new (%)", "percent"),
    "vote_accuracy": ("accuracy of votes (%)", "percent"),
    "width": ("width (points)", "points"),
}
_MIDDLES: dict[str, tuple[str, ...]] = {
    "": ("accuracy", "value", "median", "measured", "limit", "coverage"),
    "scaling": ("scaling_per_doubling",),
}
"""What limits without a name of their own, or with a shorter one, are the limits of."""
_SECOND = {
    "benchmark": {
        "accuracy": "accuracy, same problems (%)",
        "limit": "limit, same problems (%)",
    }
}
"""Limits of a value that has others already: they get a column of their own."""


@dataclass(frozen=True)
class Column:
    """One column as it is shown: a value, its limits in brackets, or both."""

    header: str
    unit: Unit
    value: str | None
    """Name of the column that holds it; None where only limits are shown."""
    low: str | None = None
    high: str | None = None


def columns_of(names: Sequence[str], texts: frozenset[str]) -> list[Column]:
    """The columns to show for those of a table, in their order, each value with its limits.

    Args:
        names: columns of the table.
        texts: those that hold texts or truths.
    """
    limits = {middle: pair for pair in _pairs(names) if (middle := _middle(pair, names))}
    used = {name for pair in limits.values() for name in pair}
    shown = []
    for name in names:
        if name in used:
            continue
        low, high = limits.get(name, (None, None))
        header, unit = described(name, text=name in texts)
        shown.append(Column(header, unit, name, low, high))
        for suffix, titles in _SECOND.items():
            ends = f"low_{suffix}", f"high_{suffix}"
            if name in titles and set(ends) <= set(names):
                shown.append(Column(titles[name], unit, None, *ends))
    second = {f"{end}_{suffix}" for suffix in _SECOND for end in ("low", "high")}
    return [column for column in shown if column.value not in second]


def described(name: str, *, text: bool) -> tuple[str, Unit]:
    """Header and unit of a column."""
    plain = name.replace("_", " ")
    header, unit = _NAMES.get(name, (plain, "number"))
    if text and unit != "text":
        return plain, "text"
    return header, unit


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    ends = [(name, name.replace("low", "high", 1)) for name in names if _is_low(name)]
    return [(low, high) for low, high in ends if high in names]


def _is_low(name: str) -> bool:
    return name == "low" or name.startswith("low_")


def _middle(pair: tuple[str, str], names: Sequence[str]) -> str | None:
    """The column whose limits a pair holds; None where there is none."""
    suffix = pair[0].removeprefix("low").removeprefix("_")
    if suffix in _SECOND:
        return None
    return next((name for name in (*_MIDDLES.get(suffix, ()), suffix) if name in names), None)
