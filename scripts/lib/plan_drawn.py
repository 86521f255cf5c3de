"""What the plans of all pools share that an engine draws: model, price, problems, journal.

A sample counts as journaled if a journal line has its problem, setting and number, its seed and
its sampling parameters, its prompt (where the problems are there to compare), and for models
behind an API the model's name, for models trained here the hash of the weights (where they are
there). The request key itself is known only to an open engine: after an upgrade of its library a
run may ask again for what counts as journaled here.
"""

import hashlib
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean

from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.config.curves import SampledCurve
from scripts.lib.config.models import (
    AskedModel,
    Generator,
    Model,
    ModelFacts,
    Price,
    TrainedModel,
    TunedModel,
)
from scripts.lib.config.pools import DrawnPool
from scripts.lib.config.study import Study
from scripts.lib.config.verifiers import HubVerifier, VerifierModel
from scripts.lib.engines.base import Request
from scripts.lib.engines.open import open_engine
from scripts.lib.journal import Entry, read_entries
from scripts.lib.plan_estimates import UNKNOWN, Amount, Estimate
from scripts.lib.spending import Spending
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem


@dataclass(frozen=True)
class Calls:
    """Requests of one kind.

    `wanted` of them are needed, `held` are in the journal; each generates `most` tokens at most,
    and `expected` (with a word on where that is from) where the journal has none to go by.
    `prompt` are the tokens its prompt takes, `bound` the most that it can take; None: unknown.
    """

    wanted: Amount
    held: list[Entry]
    most: float
    expected: tuple[float, str]
    prompt: float | None
    bound: float | None


class DrawnPlan(ABC):
    """One pool: what its journal holds, and what is to come."""

    def __init__(
        self,
        study: Study,
        name: str,
        pool: DrawnPool,
        folder: Path,
        facts: dict[str, ModelFacts],
        prices: dict[str, Price],
    ):
        self.name = name
        model = study.models[pool.model]
        assert not isinstance(model, VerifierModel | HubVerifier)
        self.model: Generator = model
        self.billed = isinstance(self.model, AskedModel)
        self.entry = _entry(pool.model, self.model)
        self.facts = facts.get(self.entry)
        self.context = _context(study, pool.model, facts)
        self.price = prices.get(self.entry) if self.billed else None
        self.budget_usd: float | None = getattr(pool, "budget_usd", None)
        self.table = folder / "problems" / f"{pool.benchmark}.parquet"
        self.rows = read_table(Problem, self.table) if self.table.exists() else None
        self.problems = self._number_of_problems(study, pool)
        asked = None if self.rows is None else self.rows.head(self.problems or 0)
        self.problem_ids = None if asked is None else set(asked["problem_id"])
        self.weights = _sha256(folder / "models" / pool.model / "model.safetensors")
        self.entries = list(read_entries(folder / "journal" / name))
        self.rate = tokens_per_second(self.entries)

    @abstractmethod
    def estimate(self, curve: SampledCurve | None = None) -> Estimate:
        """What the pool still needs; with a curve, only for the samples it draws on."""

    @abstractmethod
    def each(self) -> tuple[int, Amount]:
        """Requests and worst-case tokens of one problem."""

    def notes(self) -> list[str]:
        """What the user should know before it runs."""
        notes = []
        if self.facts is not None and self.facts.retired is not None:
            notes.append(f"{self.entry} is retired from {self.facts.retired} on: no new samples")
        if self.problems is None:
            requests, most = self.each()
            tokens = f"at most {most.known:,.0f}" if most.whole else "an unknown number of"
            notes.append(
                f"the number of problems is unknown until {self.table} is made (or `problems` "
                f"is set); each takes {requests:,} requests and {tokens} tokens"
            )
        if self.billed and self.price is None:
            notes.append(f"{self.entry} has no price in config/prices.yaml")
        if self.billed and self.rows is None:
            notes.append(f"prompts are not counted until {self.table} is made")
        if self.budget_usd is not None:
            notes.append(f"budget ${self.budget_usd:g}, {self._spent()} spent")
        return notes

    def times_problems(self, each: float) -> Amount:
        """A number that each problem takes, over all problems."""
        return UNKNOWN if self.problems is None else Amount(self.problems * each)

    def of_calls(self, calls: Calls) -> Estimate:
        """What requests of one kind need."""
        held = calls.held
        remaining = less(calls.wanted, len(held))
        seen = _known(entry.response.generated_tokens for entry in held)
        tokens, source = (fmean(seen), "journal") if seen else calls.expected
        expected = remaining * Amount(tokens)
        expected_usd, worst_usd = self._usd(calls, tokens)
        return Estimate(
            requests=calls.wanted,
            journaled=len(held),
            remaining=remaining,
            expected_tokens=expected,
            worst_tokens=remaining * Amount(calls.most),
            expected_usd=remaining * expected_usd if self.billed else None,
            worst_usd=remaining * worst_usd if self.billed else None,
            gpu_hours=self.hours(expected),
            expected_from=frozenset([source]),
        )

    def hours(self, tokens: Amount) -> Amount | None:
        """Hours that tokens take on the device that the journal was drawn on; None for an API."""
        if self.billed:
            return None
        return tokens * (Amount(1 / self.rate / 3600) if self.rate else UNKNOWN)

    def prompt_bound(self, requests: list[Request]) -> float | None:
        """Mean of the bounds that the sampler would reserve for the prompts of some requests."""
        if not requests or not self.billed:
            return None
        engine = open_engine(self.model, None, None, None)
        return fmean(engine.prompt_tokens(request) for request in requests)

    def made_by_this_model(self, entry: Entry) -> bool:
        """False for a line of another model, or of other weights, under the same name."""
        if isinstance(self.model, AskedModel) and entry.engine.get("model") != self.model.model:
            return False
        return self.weights is None or entry.engine.get("weights") == {"sha256": self.weights}

    def _usd(self, calls: Calls, tokens: float) -> tuple[Amount, Amount]:
        """Expected and worst dollars of one request; without its prompt a lower bound."""
        if self.price is None:
            return UNKNOWN, UNKNOWN
        seen = _known(entry.response.prompt_tokens for entry in calls.held)
        prompt = fmean(seen) if seen else calls.prompt
        expected = self.price.input * (prompt or 0) + self.price.output * tokens
        worst = self.price.input * (calls.bound or 0) + self.price.output * calls.most
        return Amount(expected, prompt is not None), Amount(worst, calls.bound is not None)

    def _number_of_problems(self, study: Study, pool: DrawnPool) -> int | None:
        benchmark = study.benchmarks[pool.benchmark]
        if self.rows is not None:
            return min(len(self.rows), pool.problems or len(self.rows))
        if pool.problems is None and isinstance(benchmark, GeneratedBenchmark):
            return benchmark.problems
        return pool.problems

    def _spent(self) -> str:
        spending = Spending(self.price, None, self.entry)
        for entry in self.entries:
            spending.count(entry)
        paid = spending.paid_usd()
        return "an unknown sum" if paid is None else f"${paid:.4f}"


def less(wanted: Amount, held: float) -> Amount:
    """What is left of `wanted`; nothing is known of it while `wanted` is not."""
    return Amount(wanted.known - held) if wanted.whole else UNKNOWN


def _context(study: Study, name: str, facts: dict[str, ModelFacts]) -> int | None:
    """Most tokens of a sequence; None where nobody says."""
    model = study.models[name]
    if isinstance(model, TunedModel):
        return _context(study, model.base, facts)
    if isinstance(model, TrainedModel):
        return model.architecture.context
    known = facts.get(_entry(name, model))
    return None if known is None else known.context


def _entry(name: str, model: Model) -> str:
    """Name of a model in config/models.yaml."""
    named = model.model if isinstance(model, AskedModel) else name
    return getattr(model, "facts", None) or named


def _sha256(path: Path) -> str | None:
    """Hash of a file; None if it is not there (yet)."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _known(counts: Iterable[int | None]) -> list[int]:
    return [count for count in counts if count is not None]


def tokens_per_second(entries: list[Entry]) -> float | None:
    """Tokens a second over all jobs of a journal, each from its beginning to its last line."""
    tokens: dict[str, int] = defaultdict(int)
    last: dict[str, str] = defaultdict(str)
    for entry in entries:
        tokens[entry.started] += entry.response.generated_tokens or 0
        last[entry.started] = max(entry.when, last[entry.started])
    moment = datetime.fromisoformat
    seconds = sum((moment(end) - moment(start)).total_seconds() for start, end in last.items())
    return sum(tokens.values()) / seconds if seconds > 0 else None
