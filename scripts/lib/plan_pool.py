"""What one pool of plain samples still needs, less what its journal holds."""

from collections import defaultdict
from pathlib import Path

from scripts.lib.config.curves import OneSettingCurve, SampledCurve
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.pools import SampledPool
from scripts.lib.config.study import Study
from scripts.lib.engines.base import Request
from scripts.lib.journal import Entry, prompt_hash
from scripts.lib.plan_drawn import Calls, DrawnPlan
from scripts.lib.plan_estimates import Amount, Estimate, total
from scripts.lib.pool_requests import Setting, pool_requests, sample_seed, settings_of

Held = dict[tuple[str, int], Entry]
"""Journaled samples of one setting, by problem and number."""


class PoolPlan(DrawnPlan):
    """One sampled pool: what its journal holds, and what is to come."""

    def __init__(
        self,
        study: Study,
        name: str,
        pool: SampledPool,
        folder: Path,
        facts: dict[str, ModelFacts],
        prices: dict[str, Price],
    ):
        super().__init__(study, name, pool, folder, facts, prices)
        self.pool = pool
        self.settings = settings_of(pool)
        self.shown = self._shown(study.prompts)
        self.hashes = {key: prompt_hash(request) for key, request in self.shown.items()}
        self.held = self._held()

    def estimate(self, curve: SampledCurve | None = None) -> Estimate:
        """What the pool still needs; with a curve, only for the settings it draws on."""
        return total(map(self._of_setting, self.settings if curve is None else self._of(curve)))

    def each(self) -> tuple[int, Amount]:
        """Requests and worst-case tokens of one problem."""
        requests = sum(at.n for at in self.settings)
        return requests, Amount(requests * self.pool.sampling.max_tokens)

    def _of(self, curve: SampledCurve) -> list[Setting]:
        chosen = [at for at in self.settings if curve.wording in (None, at.wording)]
        if not isinstance(curve, OneSettingCurve):
            return chosen
        return [
            at for at in chosen if at.asked == curve.asked and curve.effort in (None, at.effort)
        ]

    def _of_setting(self, at: Setting) -> Estimate:
        setting = (at.wording, at.asked, at.effort)
        bound = self.prompt_bound([r for key, r in self.shown.items() if key[1:] == setting])
        return self.of_calls(
            Calls(
                wanted=self.times_problems(at.n),
                held=list(self.held.get(setting, {}).values()),
                most=self.pool.sampling.max_tokens,
                expected=self._expected(at),
                prompt=bound,
                bound=bound,
            )
        )

    def _expected(self, at: Setting) -> tuple[float, str]:
        """Generated tokens to expect of a sample without a journal, and where that is from."""
        most = float(self.pool.sampling.max_tokens)
        if self.pool.expected_tokens is not None:
            return min(self.pool.expected_tokens, most), "expected_tokens"
        if at.asked is not None:
            return min(at.asked, most), "asked"
        return most, "max_tokens"

    def _held(self) -> dict[tuple[str, int | None, str | None], Held]:
        counts = {(at.wording, at.asked, at.effort): at.n for at in self.settings}
        held: dict[tuple[str, int | None, str | None], Held] = defaultdict(dict)
        for entry in self.entries:
            sample = entry.sample
            setting = (sample.wording, sample.asked, sample.effort)
            if sample.sample < counts.get(setting, 0) and self._fits(entry):
                held[setting].setdefault((sample.problem_id, sample.sample), entry)
        return held

    def _fits(self, entry: Entry) -> bool:
        sample, asked, sampling = entry.sample, entry.asked, self.pool.sampling
        identity = (sample.problem_id, sample.wording, sample.asked, sample.effort)
        if self.shown and self.hashes.get(identity) != asked.prompt_sha256:
            return False
        seed = sample_seed(self.pool.seed, *identity, sample.sample)
        wanted = (seed, sampling.max_tokens, sampling.temperature, sampling.top_p)
        given = (asked.seed, asked.max_tokens, asked.temperature, asked.top_p)
        return wanted == given and self.made_by_this_model(entry)

    def _shown(
        self, prompts: dict[str, str]
    ) -> dict[tuple[str, str, int | None, str | None], Request]:
        """One request for each problem, wording, asked budget and effort."""
        if self.rows is None:
            return {}
        once = self.pool.model_copy(update={"n": 1, "n_at": {}})
        return {
            (sample.problem_id, sample.wording, sample.asked, sample.effort): request
            for sample, request in pool_requests(once, self.rows, prompts)
        }
