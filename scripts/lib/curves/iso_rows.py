"""Rows of an IsoAccuracy table: of a model, of a step to one that was trained more, of all."""

import math

from scripts.lib.estimators.iso_accuracy import Value

Row = dict[str, object]


def model_row(needed: Value, reached: str, place: int) -> Row:
    """What a model needs of inference.

    Args:
        needed: log2 of its FLOPs, by accuracy.
        reached: where on its line.
        place: of the accuracy.
    """
    row: Row = {"what": "model", "models": 1, "reached": reached}
    if reached == "never":
        return row | {"why": "none of its points has it"}
    if reached == "first point":
        return row | {"flops": 2 ** needed.value[place], "why": "its first point has it already"}
    low, high = needed.low[place], needed.high[place]
    return row | {
        "flops": 2 ** needed.value[place],
        "low_flops": _finite(2**low),
        "high_flops": _finite(2**high),
    }


def step_row(reached: tuple[str, str], extra: float, rate: Value, saving: Value, place: int) -> Row:
    """What a step of training is worth at an accuracy.

    Args:
        reached: where on its line the less trained model has it, and the more trained one.
        extra: FLOPs of the training that is added.
        rate: doublings of inference that one of training replaces, by accuracy.
        saving: inference FLOPs that a query saves, by accuracy.
        place: of the accuracy.
    """
    less, more = reached
    row: Row = {"what": "step", "models": 2, "train_flops": extra, "reached": more}
    if more == "never":
        return row | {"why": "the more trained model never has it"}
    if less == "never":
        return row | {"why": "the less trained model never has it: no inference replaces training"}
    if less == "first point":
        return row | {"why": "the first point of the less trained model has it already"}
    row |= _queries(extra, saving, place)
    if more == "first point":
        told = "the first point of the more trained model has it: what is saved is the least"
        return row | {"why": told}
    return row | _exchange(rate, place)


def all_row(rate: Value | None, models: int) -> Row:
    """The exchange through all models that reach an accuracy between points.

    Args:
        rate: doublings of inference that one of training replaces; None for fewer than 2 models.
        models: how many there are.
    """
    row: Row = {"what": "all", "models": models}
    if rate is None:
        return row | {"why": f"{models} of the models have it between points; a slope takes two"}
    return row | _exchange(rate, 0)


def _queries(extra: float, saving: Value, place: int) -> Row:
    value, low, high = (each[place] for each in (saving.value, saving.low, saving.high))
    row: Row = {
        "saved_flops": value,
        "low_saved_flops": _finite(low),
        "high_saved_flops": _finite(high),
    }
    if not value > 0:
        return row | {"why": "more training saves nothing"}
    row |= {"queries": extra / value}
    if not math.isnan(high):
        row |= {"low_queries": extra / high, "high_queries": extra / low if low > 0 else None}
    return row


def _exchange(rate: Value, place: int) -> Row:
    """Limits of an inverse: those of the rate, the other way round, where they have one sign."""
    value, low, high = (each[place] for each in (rate.value, rate.low, rate.high))
    if not value > 0:
        return {"why": "more training saves nothing"}
    row: Row = {"exchange": 1 / value}
    if math.isnan(high):
        return row
    return row | {"low_exchange": 1 / high, "high_exchange": 1 / low if low > 0 else None}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
