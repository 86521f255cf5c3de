"""Rows of an IsoAccuracy table: of a model, of a step to one that was trained more, of all."""

import math

from scripts.lib.estimators.iso_accuracy import Value

Row = dict[str, object]
LACKS = {"never": "none of its points has it", "first point": "its first point has it already"}


def reached(needed: Value, place: int) -> str:
    """Where on its line a model has an accuracy.

    Args:
        needed: log2 of its FLOPs, by accuracy.
        place: of the accuracy.
    """
    if math.isinf(needed.most[place]):
        return "never"
    return "first point" if math.isinf(needed.least[place]) else "between points"


def model_row(needed: Value, place: int) -> Row:
    """What a model needs of inference.

    Args:
        needed: log2 of its FLOPs, by accuracy.
        place: of the accuracy.
    """
    where = reached(needed, place)
    return {
        "what": "model",
        "models": 1,
        "reached": where,
        "flops": _finite(2 ** needed.most[place]),
        "low_flops": _positive(2 ** needed.low[place]),
        "high_flops": _finite(2 ** needed.high[place]),
        "why": LACKS.get(where),
    }


def step_row(where: tuple[str, str], extra: float, rate: Value, saving: Value, place: int) -> Row:
    """What a step of training is worth at an accuracy.

    Args:
        where: on its line the less trained model has it, and the more trained one.
        extra: FLOPs of the training that is added.
        rate: doublings of inference that one of training replaces, by accuracy.
        saving: inference FLOPs that a query saves, by accuracy.
        place: of the accuracy.
    """
    less, more = where
    row: Row = {"what": "step", "models": 2, "train_flops": extra, "reached": more}
    if more == "never":
        return row | {"why": "the more trained model never has it"}
    if less == "never":
        return row | {"why": "the less trained model never has it: no inference replaces training"}
    if less == "first point":
        return row | {"why": "the first point of the less trained model has it already"}
    row |= _limited("saved_flops", saving, place) | _inverse("queries", extra, saving, place)
    why = [_doubt(saving, place)]
    if more == "between points":
        row |= _exchange(rate, place)
    else:
        why.insert(
            0, "the first point of the more trained model has it: what is saved is the least"
        )
    return row | {"why": "; ".join(filter(None, why)) or None}


def all_row(rate: Value | None, models: int) -> Row:
    """The exchange through all models that reach an accuracy between points.

    Args:
        rate: doublings of inference that one of training replaces; None for fewer than 2 models.
        models: how many there are.
    """
    row: Row = {"what": "all", "models": models}
    if rate is None:
        return row | {"why": f"{models} of the models have it between points; a slope takes two"}
    return row | _exchange(rate, 0) | {"why": _doubt(rate, 0)}


def _exchange(rate: Value, place: int) -> Row:
    return _limited("doublings_saved", rate, place) | _inverse("exchange", 1, rate, place)


def _limited(name: str, what: Value, place: int) -> Row:
    """A value and its limits; the least that it can be, where its line leaves it open."""
    each = {"": what.least, "low_": what.low, "high_": what.high}
    return {f"{end}{name}": _finite(values[place]) for end, values in each.items()}


def _inverse(name: str, over: float, what: Value, place: int) -> Row:
    """`over` by a value, with its limits the other way round; what is not above 0 has none."""
    each = {"": what.least, "low_": what.high, "high_": what.low}
    known = {f"{end}{name}": _positive(values[place]) for end, values in each.items()}
    return {key: None if value is None else over / value for key, value in known.items()}


def _doubt(saved: Value, place: int) -> str | None:
    """Whether more training saves anything, where new problems may say that it does not."""
    if saved.high[place] <= 0:
        return "more training saves nothing"
    if saved.low[place] > 0 or (math.isnan(saved.low[place]) and saved.least[place] > 0):
        return None
    return "whether more training saves anything is undecided"


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _positive(value: float) -> float | None:
    return float(value) if value > 0 else None
