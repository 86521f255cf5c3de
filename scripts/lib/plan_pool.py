"""What one sampled pool still needs, less what its journal holds.

A sample counts as journaled if a journal line has its problem, setting and number, its seed and
its sampling parameters, its prompt (where the problems are there to compare), and for models
behind an API the model's name, for trained ones the hash of the weights (where they are there).
The request key itself is known only to an open engine: after an upgrade of its library a run may
ask again for what counts as journaled here.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from statistics import fmean

import polars as pl

from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.config.models import ApiModel, ModelFacts, Price
from scripts.lib.config.pools import SampledPool
from scripts.lib.config.study import Study
from scripts.lib.engines.base import Request
from scripts.lib.engines.open import open_engine
from scripts.lib.journal import Entry, prompt_hash, read_entries
from scripts.lib.plan_estimates import UNKNOWN, Amount, Estimate, total
from scripts.lib.pool_requests import Setting, pool_requests, sample_seed, settings_of
from scripts.lib.spending import Spending
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem

Held = dict[tuple[str, int], Entry]
"""Journaled samples of one setting, by problem and number."""


class PoolPlan:
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
        self.pool = pool
        self.settings = settings_of(pool)
        self.model = study.models[pool.model]
        self.billed = isinstance(self.model, ApiModel)
        named = self.model.model if isinstance(self.model, ApiModel) else pool.model
        self.entry: str = getattr(self.model, "facts", None) or named
        self.facts = facts.get(self.entry)
        self.price = prices.get(self.entry) if self.billed else None
        self.table = folder / "problems" / f"{pool.benchmark}.parquet"
        problems = read_table(Problem, self.table) if self.table.exists() else None
        self.problems = _number_of_problems(study, pool, problems)
        self.shown = {} if problems is None else _shown(pool, problems, study.prompts)
        self.hashes = {key: prompt_hash(request) for key, request in self.shown.items()}
        self.weights = _sha256(folder / "models" / pool.model / "model.safetensors")
        self.entries = list(read_entries(folder / "journal" / name))
        self.held = self._held()
        self.rate = _tokens_per_second(self.entries)

    def estimate(self, at: Setting) -> Estimate:
        """What one setting of the pool needs."""
        held = self.held.get((at.wording, at.asked, at.effort), {})
        problems = UNKNOWN if self.problems is None else Amount(self.problems)
        wanted = problems * Amount(at.n)
        remaining = Amount(wanted.known - len(held)) if wanted.whole else UNKNOWN
        tokens, expected_from = self._tokens(at, held)
        expected = remaining * Amount(tokens)
        usd = self._usd(at, held, tokens)
        hours = Amount(1 / self.rate / 3600) if self.rate else UNKNOWN
        return Estimate(
            requests=wanted,
            journaled=len(held),
            remaining=remaining,
            expected_tokens=expected,
            worst_tokens=remaining * Amount(self.pool.sampling.max_tokens),
            expected_usd=remaining * usd[0] if self.billed else None,
            worst_usd=remaining * usd[1] if self.billed else None,
            gpu_hours=None if self.billed else expected * hours,
            expected_from=frozenset([expected_from]),
        )

    def total(self) -> Estimate:
        """What the whole pool needs."""
        return total(map(self.estimate, self.settings))

    def notes(self) -> list[str]:
        """What the user should know before it runs."""
        notes = []
        if self.facts is not None and self.facts.retired is not None:
            notes.append(f"{self.entry} is retired from {self.facts.retired} on: no new samples")
        if self.problems is None:
            each = sum(at.n for at in self.settings)
            most = each * self.pool.sampling.max_tokens
            notes.append(
                f"the number of problems is unknown until {self.table} is made (or `problems` "
                f"is set); each takes {each:,} requests and at most {most:,} tokens"
            )
        if self.billed and self.price is None:
            notes.append(f"{self.entry} has no price in config/prices.yaml")
        if self.billed and not self.shown:
            notes.append(f"prompts are not counted until {self.table} is made")
        if self.pool.budget_usd is not None:
            notes.append(f"budget ${self.pool.budget_usd:g}, {self._spent()} spent")
        return notes

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
        if isinstance(self.model, ApiModel) and entry.engine.get("model") != self.model.model:
            return False
        if self.weights is not None and entry.engine.get("weights") != {"sha256": self.weights}:
            return False
        seed = sample_seed(self.pool.seed, *identity, sample.sample)
        wanted = (seed, sampling.max_tokens, sampling.temperature, sampling.top_p)
        return wanted == (asked.seed, asked.max_tokens, asked.temperature, asked.top_p)

    def _spent(self) -> str:
        spending = Spending(self.price, None, self.entry)
        for entry in self.entries:
            spending.count(entry)
        paid = spending.paid_usd()
        return "an unknown sum" if paid is None else f"${paid:.4f}"

    def _tokens(self, at: Setting, held: Held) -> tuple[float, str]:
        """Generated tokens to expect of a sample, and where that is from."""
        most = float(self.pool.sampling.max_tokens)
        seen = _known(entry.response.generated_tokens for entry in held.values())
        if seen:
            return fmean(seen), "journal"
        if self.pool.expected_tokens is not None:
            return min(self.pool.expected_tokens, most), "expected_tokens"
        if at.asked is not None:
            return min(at.asked, most), "asked"
        return most, "max_tokens"

    def _usd(self, at: Setting, held: Held, tokens: float) -> tuple[Amount, Amount]:
        """Expected and worst dollars of one sample; without its prompt a lower bound."""
        if self.price is None:
            return UNKNOWN, UNKNOWN
        bound = self._prompt_bound(at)
        seen = _known(entry.response.prompt_tokens for entry in held.values())
        prompt = fmean(seen) if seen else bound
        expected = self.price.input * (prompt or 0) + self.price.output * tokens
        worst = self.price.input * (bound or 0) + self.price.output * self.pool.sampling.max_tokens
        return Amount(expected, prompt is not None), Amount(worst, bound is not None)

    def _prompt_bound(self, at: Setting) -> float | None:
        """Mean of the bounds that the sampler would reserve for the prompts of a setting."""
        setting = (at.wording, at.asked, at.effort)
        requests = [request for key, request in self.shown.items() if key[1:] == setting]
        if not requests:
            return None
        engine = open_engine(self.model, None, None, None)
        return fmean(engine.prompt_tokens(request) for request in requests)


def _number_of_problems(
    study: Study, pool: SampledPool, problems: pl.DataFrame | None
) -> int | None:
    benchmark = study.benchmarks[pool.benchmark]
    if problems is not None:
        return min(len(problems), pool.problems or len(problems))
    if pool.problems is None and isinstance(benchmark, GeneratedBenchmark):
        return benchmark.problems
    return pool.problems


def _shown(
    pool: SampledPool, problems: pl.DataFrame, prompts: dict[str, str]
) -> dict[tuple[str, str, int | None, str | None], Request]:
    """One request for each problem, wording, asked budget and effort."""
    once = pool.model_copy(update={"n": 1, "n_at": {}})
    return {
        (sample.problem_id, sample.wording, sample.asked, sample.effort): request
        for sample, request in pool_requests(once, problems, prompts)
    }


def _sha256(path: Path) -> str | None:
    """Hash of a file; None if it is not there (yet)."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(counts: Iterable[int | None]) -> list[int]:
    return [count for count in counts if count is not None]


def _tokens_per_second(entries: list[Entry]) -> float | None:
    """Tokens a second over all jobs of a journal, each from its beginning to its last line."""
    tokens: dict[str, int] = defaultdict(int)
    last: dict[str, str] = defaultdict(str)
    for entry in entries:
        tokens[entry.started] += entry.response.generated_tokens or 0
        last[entry.started] = max(entry.when, last[entry.started])
    moment = datetime.fromisoformat
    seconds = sum((moment(end) - moment(start)).total_seconds() for start, end in last.items())
    return sum(tokens.values()) / seconds if seconds > 0 else None
