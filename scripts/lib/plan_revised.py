"""What one pool of sequential revisions still needs, less what its journal holds."""

from collections import defaultdict
from pathlib import Path

from scripts.lib.config.curves import OneSettingCurve, SampledCurve, SftCurve
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.pools import RevisedPool
from scripts.lib.config.study import Study
from scripts.lib.engines.base import Request
from scripts.lib.journal import Entry, prompt_hash
from scripts.lib.plan_drawn import Calls, DrawnPlan
from scripts.lib.plan_estimates import Amount, Estimate, total
from scripts.lib.pool_requests import check_prompts, problem_rows, sample_seed
from scripts.lib.revision import attempt_requests


class RevisedPlan(DrawnPlan):
    """One pool of revisions: attempts in its journal, and attempts to come.

    What a revision's prompt shows is known only once the attempt before is there: until then its
    prompt is reckoned as that of an attempt without an answer and the tokens of one attempt.
    """

    def __init__(
        self,
        study: Study,
        name: str,
        pool: RevisedPool,
        folder: Path,
        facts: dict[str, ModelFacts],
        prices: dict[str, Price],
    ):
        super().__init__(study, name, pool, folder, facts, prices)
        self.pool = pool
        self.shown = [self._shown(study.prompts, attempt) for attempt in range(pool.revisions + 1)]
        self.held = self._held()

    def estimate(self, curve: SampledCurve | None = None) -> Estimate:
        """What the pool still needs; a curve at so many revisions needs those before them too."""
        last = self.pool.revisions
        if isinstance(curve, OneSettingCurve | SftCurve) and curve.waits is not None:
            last = min(curve.waits, last)
        return total(map(self._of_attempt, range(last + 1)))

    def each(self) -> tuple[int, Amount]:
        """Requests and worst-case tokens of one problem."""
        requests = self.pool.n * (self.pool.revisions + 1)
        return requests, Amount(requests * self.pool.sampling.max_tokens)

    def _of_attempt(self, attempt: int) -> Estimate:
        most = float(self.pool.sampling.max_tokens)
        expected = (most, "max_tokens")
        if self.pool.expected_tokens is not None:
            expected = (min(self.pool.expected_tokens, most), "expected_tokens")
        bound = self.prompt_bound(list(self.shown[attempt].values()))
        before = 1 if attempt else 0
        return self.of_calls(
            Calls(
                wanted=self.times_problems(self.pool.n),
                held=self.held[attempt],
                most=most,
                expected=expected,
                prompt=None if bound is None else bound + before * expected[0],
                bound=None if bound is None else bound + before * most,
            )
        )

    def _held(self) -> dict[int, list[Entry]]:
        """The journaled attempts by the number of attempts before them."""
        held: dict[int, dict[tuple[str, int], Entry]] = defaultdict(dict)
        for entry in self.entries:
            if self._fits(entry):
                sample = entry.sample
                held[sample.waits or 0].setdefault((sample.problem_id, sample.sample), entry)
        return defaultdict(list, {turn: list(found.values()) for turn, found in held.items()})

    def _fits(self, entry: Entry) -> bool:
        sample, asked, sampling = entry.sample, entry.asked, self.pool.sampling
        if sample.waits is None or sample.waits > self.pool.revisions:
            return False
        if sample.wording != self.pool.wording or sample.sample >= self.pool.n:
            return False
        first = self.shown[0].get(sample.problem_id)
        if self.rows is not None and first is None:
            return False
        if first is not None and not sample.waits and prompt_hash(first) != asked.prompt_sha256:
            return False
        seed = sample_seed(
            self.pool.seed, sample.problem_id, sample.wording, None, None, sample.sample,
            sample.waits,
        )  # fmt: skip
        wanted = (seed, sampling.max_tokens, sampling.temperature, sampling.top_p)
        given = (asked.seed, asked.max_tokens, asked.temperature, asked.top_p)
        return wanted == given and self.made_by_this_model(entry)

    def _shown(self, prompts: dict[str, str], attempt: int) -> dict[str, Request]:
        """One request a problem, as if the attempt before had no answer."""
        if self.rows is None:
            return {}
        once = self.pool.model_copy(update={"n": 1})
        rows = problem_rows(once, self.rows)
        check_prompts([once.wording, once.revision], prompts)
        requests = attempt_requests(once, rows, prompts, attempt, [(None, "stop")] * len(rows))
        return {sample.problem_id: request for sample, request in requests}
