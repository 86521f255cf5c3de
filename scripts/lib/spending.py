"""Dollars: what a response costs, and a cap that no request in flight can break."""

import logging
from decimal import Decimal
from threading import Lock

from scripts.lib.config.models import Price
from scripts.lib.engines.base import Response
from scripts.lib.errors import UserError
from scripts.lib.journal import Asked, Entry


class SpendingError(UserError):
    """A budget cannot be kept."""


class BudgetReachedError(SpendingError):
    """The next request could break the cap; what was paid for is kept in the journal."""

    exit_status = 3


class Spending:
    """Counts dollars exactly (in decimals) and says whether one more request fits the budget.

    Each request reserves its worst case (the bound of its prompt and all of `max_tokens`) until
    its response is settled. What the service says it billed goes before tokens times price; a
    response without usage counts as its worst case. A response that is dearer than its worst case
    makes all reservations so much larger. Without a budget everything fits. What a
    killed job had in flight, or what a service charges for calls it failed, nobody reports:
    it is not counted.

    Raises:
        SpendingError: a budget is set and the price is not known.
    """

    def __init__(self, price: Price | None, budget_usd: float | None, name: str):
        if budget_usd is not None and price is None:
            raise SpendingError(
                f"{name}: budget_usd is {budget_usd:g}, but the model has no price in "
                "config/prices.yaml: a cap cannot be kept on an unknown price. Add the price "
                "(with date and source), or remove budget_usd"
            )
        self.name = name
        self.price = price
        self.budget = None if budget_usd is None else _exact(budget_usd)
        self._paid = Decimal(0)
        self._dearer = Decimal(1)
        self._responses = 0
        self._unknown = False
        self._reserved: dict[str, Decimal] = {}
        self._lock = Lock()

    def worst(self, asked: Asked) -> Decimal | None:
        """The most that a request can cost; None without a price."""
        if self.price is None:
            return None
        prompt = _exact(max(self.price.input, self.price.cached_input or 0)) * asked.prompt_bound
        return prompt + _exact(self.price.output) * asked.max_tokens

    def cost(self, asked: Asked, response: Response) -> Decimal | None:
        """What a response cost; None without a bill and without a price."""
        if response.billed_usd is not None:
            return _exact(response.billed_usd)
        if response.prompt_tokens is None or response.generated_tokens is None:
            return self.worst(asked)
        cached = response.cached_tokens or 0
        return token_usd(self.price, response.prompt_tokens, cached, response.generated_tokens)

    def count(self, entry: Entry) -> None:
        """Count a journaled response as paid."""
        with self._lock:
            self._pay(entry.asked, entry.response)

    def reserve(self, key: str, asked: Asked) -> bool:
        """Reserve a request's worst case; False, and nothing reserved, if it does not fit."""
        with self._lock:
            worst = self.worst(asked)
            if worst is None:
                return True
            in_flight = sum(self._reserved.values(), worst) * self._dearer
            if self.budget is not None and self._paid + in_flight > self.budget:
                return False
            self._reserved[key] = worst
            return True

    def settle(self, key: str, asked: Asked, response: Response) -> None:
        """Turn the reservation of a finished request into what it cost."""
        with self._lock:
            self._reserved.pop(key, None)
            self._pay(asked, response)

    def paid_usd(self) -> float | None:
        """Dollars so far, those of the journal included; None while a part is unknown."""
        with self._lock:
            unknown = self._unknown or (self.price is None and not self._responses)
            return None if unknown else float(self._paid)

    def reached(self, kept: int, missing: list[Asked]) -> BudgetReachedError:
        """The error for a run that stops at its budget with `missing` requests not made."""
        assert self.budget is not None
        worst = [(self.worst(asked) or Decimal(0)) * self._dearer for asked in missing]
        likely = ""
        if self._responses:
            mean = self._paid / self._responses
            likely = f"about ${self._paid + mean * len(missing):.4f} at the mean cost so far, "
        return BudgetReachedError(
            f"{self.name}: stopped at its budget: ${self._paid:f} of ${self.budget:f} are spent, "
            f"and the next request could cost ${worst[0]:f}. "
            f"{kept} responses are kept in the journal, {len(missing)} are missing. To finish, "
            f"raise budget_usd: {likely}${self._paid + sum(worst):.4f} in the worst case"
        )

    def _pay(self, asked: Asked, response: Response) -> None:
        usd, worst = self.cost(asked, response), self.worst(asked)
        if usd and worst and usd > worst * self._dearer:
            self._dearer = usd / worst
            logging.warning(
                "%s: a response cost $%s, more than the $%s that its price allows: the price in "
                "config/prices.yaml is too low; reservations grow with it", self.name, usd, worst
            )  # fmt: skip
        self._responses += 1
        self._unknown |= usd is None
        self._paid += usd or 0


def token_usd(
    price: Price | None, prompt_tokens: int, cached_tokens: int, generated_tokens: int
) -> Decimal | None:
    """Dollars for one response's tokens; cached ones pay the full price if none is given."""
    if price is None:
        return None
    cached_price = price.input if price.cached_input is None else price.cached_input
    return (
        _exact(price.input) * (prompt_tokens - cached_tokens)
        + _exact(cached_price) * cached_tokens
        + _exact(price.output) * generated_tokens
    )


def _exact(number: float) -> Decimal:
    """The decimal that a price is written as: 1.2e-05 is 0.000012, not its binary neighbour."""
    return Decimal(repr(number))
