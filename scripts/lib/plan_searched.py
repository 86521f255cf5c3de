"""What one searched pool still needs, less what its journal holds."""

from pathlib import Path

from scripts.lib.config.curves import OneSettingCurve, SampledCurve
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.searched import LookaheadSearch, SearchedPool
from scripts.lib.config.study import Study
from scripts.lib.plan_drawn import DrawnPlan
from scripts.lib.plan_estimates import Amount, Estimate, total


class SearchedPlan(DrawnPlan):
    """One searched pool. How many steps it takes, each a request, only the search itself tells:
    what is counted here are its places, N to a problem, each as one solution.

    A place of a lookahead search also generates what it throws away: as much again, at most, for
    each step that it looks ahead.
    """  # noqa: D205

    def __init__(
        self,
        study: Study,
        name: str,
        pool: SearchedPool,
        folder: Path,
        facts: dict[str, ModelFacts],
        prices: dict[str, Price],
    ):
        super().__init__(study, name, pool, folder, facts, prices)
        self.pool = pool
        fits = [entry for entry in self.entries if self.made_by_this_model(entry)]
        self.tokens = {
            beams: sum(e.response.generated_tokens or 0 for e in fits if e.sample.beams == beams)
            for beams in pool.beams
        }

    def estimate(self, curve: SampledCurve | None = None) -> Estimate:
        """What the pool still needs; with a curve over one N, only for that."""
        beams = self.pool.beams
        if isinstance(curve, OneSettingCurve) and curve.beams is not None:
            beams = [curve.beams]
        return total(map(self._of_beams, beams))

    def each(self) -> tuple[int, Amount]:
        """Places and worst-case tokens of one problem."""
        places = sum(self.pool.beams) * self.pool.repeats
        return places, Amount(places * self._times(self.pool.sampling.max_tokens))

    def notes(self) -> list[str]:
        """What the user should know before it runs."""
        places = "a request here is a place of a search, which asks once for every step"
        return [*super().notes(), places]

    def _of_beams(self, beams: int) -> Estimate:
        most = float(self.pool.sampling.max_tokens)
        tokens, source = self.pool.expected_tokens, "expected_tokens"
        if tokens is None:
            tokens, source = most, "max_tokens"
        expected = self._times(min(tokens, most))
        wanted = self.times_problems(beams * self.pool.repeats)
        held = min(self.tokens[beams] / expected, wanted.known)
        left = Amount(wanted.known - held, wanted.whole)
        return Estimate(
            requests=wanted,
            journaled=round(held),
            remaining=Amount(round(left.known), left.whole),
            expected_tokens=left * Amount(expected),
            worst_tokens=left * Amount(self._times(most)),
            gpu_hours=self.hours(left * Amount(expected)),
            expected_from=frozenset([source]),
        )

    def _times(self, tokens: float) -> float:
        """Tokens of a place, from those of a solution."""
        search = self.pool.search
        return tokens * (1 + (search.steps if isinstance(search, LookaheadSearch) else 0))
