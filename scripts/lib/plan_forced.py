"""What one pool under budget forcing still needs, less what its journal holds.

Each sample takes rounds of thinking, to its largest setting, and an answer a setting; settings
that cut the thinking at the same place share one. How many rounds and answers that are is known
only when the thinking is there: until then every round and every answer counts.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from scripts.lib.config.curves import ForcingCurve, OneSettingCurve, SampledCurve, SftCurve
from scripts.lib.config.models import ModelFacts, Price
from scripts.lib.config.pool_settings import Setting, settings_of
from scripts.lib.config.pools import ForcedPool
from scripts.lib.config.study import Study
from scripts.lib.forcing.rounds import More, Round, Thinking, think
from scripts.lib.forcing.sample import part_seed
from scripts.lib.journal import Entry
from scripts.lib.plan_drawn import DrawnPlan, less
from scripts.lib.plan_estimates import UNKNOWN, Amount, Estimate, total
from scripts.lib.pool_requests import sample_seed

Group = tuple[str, int | None]
"""A wording and what it asks for: samples with the same settings."""

WAIT = (-1,)
"""Stands for the wait, whose token ids only an open model can tell."""

NO_LIMIT = 2**62
"""Stands for the budget auto, which depends on each prompt."""


@dataclass(frozen=True)
class Chain:
    """What the journal holds of one sample, and what it says of each setting's thinking."""

    rounds: list[Entry]
    answers: dict[Setting, Entry]
    thinking: dict[Setting, Thinking | More]

    @property
    def ended(self) -> bool:
        """Whether no setting needs another round."""
        return not any(isinstance(found, More) for found in self.thinking.values())

    @property
    def generated(self) -> int:
        """Tokens of its rounds."""
        return sum(entry.response.generated_tokens or 0 for entry in self.rounds)

    def answers_needed(self, settings: list[Setting]) -> tuple[list[Entry], int]:
        """The journaled answers that some settings rest on, and how many they lack."""
        shared: dict[object, list[Setting]] = defaultdict(list)
        for setting, found in self.thinking.items():
            known = (found.token_ids, found.cut) if isinstance(found, Thinking) else setting
            shared[known].append(setting)
        groups = [group for group in shared.values() if set(group) & set(settings)]
        held = [[self.answers[s] for s in group if s in self.answers] for group in groups]
        return [entries[0] for entries in held if entries], held.count([])


class ForcedPlan(DrawnPlan):
    """One forced pool: rounds and answers in its journal, and those to come."""

    def __init__(
        self,
        study: Study,
        name: str,
        pool: ForcedPool,
        folder: Path,
        facts: dict[str, ModelFacts],
        prices: dict[str, Price],
    ):
        super().__init__(study, name, pool, folder, facts, prices)
        self.pool = pool
        self.settings: dict[Group, list[Setting]] = {
            (wording, asked): settings_of(pool.forcing, asked)
            for wording in pool.wordings
            for asked in _asked(pool)
        }
        self.chains = self._chains()

    def estimate(self, curve: SampledCurve | None = None) -> Estimate:
        """What the pool still needs; with a curve, all thinking and the answers it draws on."""
        return total(
            part
            for group, settings in self.settings.items()
            if _draws_on(curve, group)
            for part in (
                self._thinking(group),
                self._answers(group, [s for s in settings if self._is_of(curve, s)]),
            )
        )

    def each(self) -> tuple[int, Amount]:
        """Requests and worst-case tokens of one problem."""
        requests, most = 0, Amount()
        for settings in self.settings.values():
            requests += self.pool.n * (_rounds(settings) + len(settings))
            answers = Amount(self.pool.forcing.answer_tokens * len(settings))
            most += Amount(self.pool.n) * (self._worst(settings) + answers)
        return requests, most

    def notes(self) -> list[str]:
        """What the user should know before it runs."""
        notes = super().notes()
        if self.pool.forcing.auto and self.context is None:
            notes.append(
                f"how much an auto budget may think is unknown: {self.entry} has no context in "
                "config/models.yaml"
            )
        return notes

    def _thinking(self, group: Group) -> Estimate:
        """Rounds of thinking of all samples of a group."""
        settings, chains = self.settings[group], list(self.chains[group].values())
        untouched = self._untouched(group)
        most = _rounds(settings)
        held = sum(len(chain.rounds) for chain in chains)
        open_chains = [chain for chain in chains if not chain.ended]
        remaining = untouched * Amount(most)
        remaining += Amount(sum(most - len(chain.rounds) for chain in open_chains))
        tokens, source = self._expected(settings, [c for c in chains if c.ended])
        worst = self._worst(settings)
        expected = untouched * tokens + _left(tokens, open_chains)
        return Estimate(
            requests=remaining + Amount(held),
            journaled=held,
            remaining=remaining,
            expected_tokens=expected,
            worst_tokens=untouched * worst + _left(worst, open_chains),
            gpu_hours=self.hours(expected),
            expected_from=frozenset([source]),
        )

    def _answers(self, group: Group, settings: list[Setting]) -> Estimate:
        """Answers at some settings of all samples of a group."""
        most = self.pool.forcing.answer_tokens
        remaining = self._untouched(group) * Amount(len(settings))
        held: list[Entry] = []
        for chain in self.chains[group].values():
            answered, lacking = chain.answers_needed(settings)
            held += answered
            remaining += Amount(lacking)
        seen = [entry.response.generated_tokens or 0 for entry in held]
        expected = remaining * Amount(fmean(seen) if seen else most)
        return Estimate(
            requests=remaining + Amount(len(held)),
            journaled=len(held),
            remaining=remaining,
            expected_tokens=expected,
            worst_tokens=remaining * Amount(most),
            gpu_hours=self.hours(expected),
            expected_from=frozenset(["journal" if seen else "answer_tokens"] if settings else []),
        )

    def _untouched(self, group: Group) -> Amount:
        """Samples of a group that the journal has nothing of."""
        return less(self.times_problems(self.pool.n), len(self.chains[group]))

    def _expected(self, settings: list[Setting], ended: list[Chain]) -> tuple[Amount, str]:
        """Thinking tokens to expect of a sample, and where that is from."""
        worst = self._worst(settings)
        if ended:
            return Amount(fmean(chain.generated for chain in ended)), "journal"
        if self.pool.expected_tokens is not None:
            most = worst.known if worst.whole else self.pool.expected_tokens
            return Amount(min(self.pool.expected_tokens, most)), "expected_tokens"
        return worst, "budget"

    def _worst(self, settings: list[Setting]) -> Amount:
        """The most thinking tokens of a sample: budgets, and never more than the context.

        Under the rule s1 each round may take the whole budget; else they share it.
        """
        rounds = {s: s.waits + 1 if self.pool.forcing.rule == "s1" else 1 for s in settings}
        if any(setting.budget is None for setting in settings):
            return UNKNOWN if self.context is None else Amount(self.context)
        most = max((setting.budget or 0) * rounds[setting] for setting in settings)
        return Amount(most if self.context is None else min(most, self.context))

    def _is_of(self, curve: SampledCurve | None, setting: Setting) -> bool:
        """Whether a curve draws on the answers at a setting."""
        if isinstance(curve, ForcingCurve) and curve.along == "budgets":
            return setting.waits == 0
        if isinstance(curve, ForcingCurve) and curve.along == "waits":
            return setting.budget == _largest([s for of in self.settings.values() for s in of])
        if not isinstance(curve, OneSettingCurve | SftCurve):
            return True
        budget = None if curve.budget == "auto" else curve.budget
        fits = curve.budget is None or setting.budget == budget
        return fits and curve.waits in (None, setting.waits)

    def _chains(self) -> dict[Group, dict[tuple[str, int], Chain]]:
        """What the journal holds, by group, problem and sample number."""
        rounds: dict[tuple[Group, str, int], list[Entry]] = defaultdict(list)
        answers: dict[tuple[Group, str, int], dict[Setting, Entry]] = defaultdict(dict)
        for entry in self.entries:
            sample = entry.sample
            key = ((sample.wording, sample.asked), sample.problem_id, sample.sample)
            part = self._part(entry)
            if part == "answer":
                setting = Setting(sample.budget, sample.waits or 0)
                answers[key].setdefault(setting, entry)
            elif part is not None:
                rounds[key].append(entry)
        chains: dict[Group, dict[tuple[str, int], Chain]] = defaultdict(dict)
        for (group, problem, sample_number), entries in rounds.items():
            held = answers[group, problem, sample_number]
            chain = _chain(self.pool.forcing.rule, self.settings[group], entries, held)
            if chain.rounds:
                chains[group][problem, sample_number] = chain
        return chains

    def _part(self, entry: Entry) -> str | int | None:
        """Which part of its sample a line is: the number of a round, "answer"; None: of none."""
        sample, asked, noise = entry.sample, entry.asked, self.pool.sampling
        if (sample.wording, sample.asked) not in self.settings or sample.sample >= self.pool.n:
            return None
        if self.problem_ids is not None and sample.problem_id not in self.problem_ids:
            return None
        given = (asked.temperature, asked.top_p)
        if given != (noise.temperature, noise.top_p) or not self.made_by_this_model(entry):
            return None
        seed = sample_seed(
            self.pool.seed, sample.problem_id, sample.wording, sample.asked, None, sample.sample
        )
        if asked.seed == part_seed(seed, "answer"):
            return "answer" if asked.max_tokens == self.pool.forcing.answer_tokens else None
        is_round = sample.waits is not None and asked.seed == part_seed(seed, sample.waits)
        return sample.waits if is_round else None


def _chain(
    rule: str, settings: list[Setting], rounds: list[Entry], answers: dict[Setting, Entry]
) -> Chain:
    """Rounds in their order, as far as they are those that these settings ask for."""
    taken: list[Entry] = []
    while True:
        known = [Round.of(entry.response) for entry in taken]
        thinking = {
            setting: think(
                "s1" if rule == "s1" else "remaining",
                known,
                WAIT,
                NO_LIMIT if setting.budget is None else setting.budget,
                setting.waits,
            )
            for setting in settings
        }
        limit = max((f.tokens for f in thinking.values() if isinstance(f, More)), default=0)
        # The limit of an auto budget depends on the prompt: any will do.
        following = [
            entry
            for entry in rounds
            if entry.sample.waits == len(taken)
            and (entry.asked.max_tokens == limit or limit > NO_LIMIT // 2)
        ]
        if not limit or not following:
            return Chain(taken, answers, thinking)
        taken.append(following[0])


def _asked(pool: ForcedPool) -> list[int | None]:
    return list(pool.asked) if pool.asked else [None]


def _draws_on(curve: SampledCurve | None, group: Group) -> bool:
    wording, asked = group
    if curve is None:
        return True
    if isinstance(curve, OneSettingCurve) and asked != curve.asked:
        return False
    return curve.wording in (None, wording)


def _rounds(settings: list[Setting]) -> int:
    """The most rounds of a sample."""
    return max(setting.waits for setting in settings) + 1


def _largest(settings: list[Setting]) -> int | None:
    """The largest budget; None where it is auto."""
    budgets = [setting.budget for setting in settings]
    return None if None in budgets else max(budget or 0 for budget in budgets)


def _left(each: Amount, begun: list[Chain]) -> Amount:
    """What samples that are begun may still think, at `each` in all."""
    if not begun:
        return Amount()
    return Amount(sum(max(each.known - chain.generated, 0) for chain in begun), each.whole)
