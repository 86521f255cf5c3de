"""Sums of what may be unknown, so that a plan never takes unknown for nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce


@dataclass(frozen=True)
class Amount:
    """A sum; `whole` is False while a part of it is unknown, so that it is a lower bound."""

    known: float = 0
    whole: bool = True

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.known + other.known, self.whole and other.whole)

    def __mul__(self, other: "Amount") -> "Amount":
        if NOTHING in (self, other):
            return NOTHING
        return Amount(self.known * other.known, self.whole and other.whole)


NOTHING = Amount(0)
UNKNOWN = Amount(0, whole=False)


@dataclass(frozen=True)
class Estimate:
    """What a part of a study needs. Tokens, dollars and hours are those of what remains.

    Dollars are None for models that send no bill, hours for models behind an API, training
    FLOPs for all but trainings.
    """

    requests: Amount = Amount()
    journaled: int = 0
    remaining: Amount = Amount()
    expected_tokens: Amount = Amount()
    worst_tokens: Amount = Amount()
    expected_usd: Amount | None = None
    worst_usd: Amount | None = None
    gpu_hours: Amount | None = None
    train_flops: Amount | None = None
    expected_from: frozenset[str] = frozenset()

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(
            self.requests + other.requests,
            self.journaled + other.journaled,
            self.remaining + other.remaining,
            self.expected_tokens + other.expected_tokens,
            self.worst_tokens + other.worst_tokens,
            _sum(self.expected_usd, other.expected_usd),
            _sum(self.worst_usd, other.worst_usd),
            _sum(self.gpu_hours, other.gpu_hours),
            _sum(self.train_flops, other.train_flops),
            self.expected_from | other.expected_from,
        )


def total(estimates: Iterable[Estimate]) -> Estimate:
    """The sum of some estimates."""
    return reduce(Estimate.__add__, estimates, Estimate())


def _sum(first: Amount | None, second: Amount | None) -> Amount | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second
