"""The settings at which a pool has samples."""

from dataclasses import dataclass

from scripts.lib.config.pools import (
    DrawnPool,
    ForcedPool,
    Forcing,
    RevisedPool,
    SampledPool,
)
from scripts.lib.config.searched import SearchedPool


@dataclass(frozen=True)
class Setting:
    """A budget of thinking tokens (None: auto) and a number of waits."""

    budget: int | None
    waits: int


def settings_of(forcing: Forcing, asked: int | None) -> list[Setting]:
    """All settings of samples that were asked for `asked`: budgets first, then waits.

    Further numbers of waits than the first come with the largest budget alone, or with every
    one (`every_pair`).
    """
    budgets: list[int | None] = []
    if forcing.budgets == "asked":
        assert asked is not None
        budgets.append(asked * forcing.tokens_per_asked)
    else:
        budgets += forcing.budgets
    explicit = [budget for budget in budgets if budget is not None]
    largest = None if forcing.auto else max(explicit)
    if forcing.auto:
        budgets.append(None)
    first, *more = forcing.waits
    pairs = [(budget, first) for budget in budgets]
    pairs += [(b, w) for b in (budgets if forcing.every_pair else [largest]) for w in more]
    return [Setting(budget, waits) for budget, waits in dict.fromkeys(pairs)]


@dataclass(frozen=True)
class Drawn:
    """What tells the samples of a pool apart besides the prompt, as its tables hold it."""

    asked: int | None = None
    effort: str | None = None
    budget: int | None = None
    waits: int | None = None
    beams: int | None = None


def settings_drawn(pool: DrawnPool) -> list[Drawn]:
    """All settings of a pool that is drawn here."""
    if isinstance(pool, RevisedPool):
        return [Drawn(waits=revisions) for revisions in range(pool.revisions + 1)]
    if isinstance(pool, SearchedPool):
        return [Drawn(beams=beams) for beams in pool.beams]
    lengths: list[int | None] = list(pool.asked) if pool.asked else [None]
    if isinstance(pool, ForcedPool):
        return [
            Drawn(asked=asked, budget=setting.budget, waits=setting.waits)
            for asked in lengths
            for setting in settings_of(pool.forcing, asked)
        ]
    assert isinstance(pool, SampledPool)
    efforts: list[str | None] = list(pool.efforts) if pool.efforts else [None]
    return [Drawn(asked=asked, effort=effort) for asked in lengths for effort in efforts]
