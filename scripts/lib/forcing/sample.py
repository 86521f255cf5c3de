"""One sample of a forced pool: what to ask for next, and its rows when all is there."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from scripts.lib.config.noise import Noise
from scripts.lib.config.pool_settings import Setting
from scripts.lib.engines.base import Request, Response, request_key
from scripts.lib.forcing.marks import Marks
from scripts.lib.forcing.rounds import More, Round, Rule, Thinking, think, trace
from scripts.lib.journal import Sample
from scripts.lib.sampling import Wanted


@dataclass(frozen=True)
class Recipe:
    """What all samples of a pool share. `context`: most tokens of the model's sequences."""

    rule: Rule
    marks: Marks
    noise: Noise
    answer_tokens: int
    context: int
    identity: dict[str, Any]


def part_seed(seed: int, part: int | str) -> int:
    """The seed of one round of a sample (its number) or of its answers ("answer").

    Parts have seeds of their own because a round may begin where the token stood that ended the
    one before, and must not meet the same noise there.
    """
    digest = hashlib.sha256(json.dumps([seed, part]).encode()).digest()
    return int.from_bytes(digest[:8]) >> 1


class ForcedSample:
    """The thinking of one sample to its largest setting, and the answers of all settings.

    Args:
        recipe: what the pool's samples share.
        sample: which sample it is.
        seed: its seed.
        prompt: token ids of its prompt in the model's chat format.
        budgets: most thinking tokens of each setting.
    """

    def __init__(
        self,
        recipe: Recipe,
        sample: Sample,
        seed: int,
        prompt: tuple[int, ...],
        budgets: dict[Setting, int],
    ) -> None:
        self.sample, self.seed, self.prompt = sample, seed, prompt
        self._recipe = recipe
        self._budgets = budgets
        self._rounds: list[Round] = []
        self._round_key = ""
        self._thinking: dict[Setting, Thinking] = {}
        self._answer_keys: dict[Setting, str] = {}
        self._answers: dict[str, Response | None] = {}

    @property
    def finished(self) -> bool:
        """Whether every setting has its answer."""
        return len(self._thinking) == len(self._budgets) and None not in self._answers.values()

    def begin(self) -> list[Wanted]:
        """The first round."""
        return self._go_on()

    def take(self, key: str, response: Response) -> list[Wanted]:
        """What a response calls for: the next round, and answers to thinking now complete."""
        if key == self._round_key:
            self._rounds.append(Round.of(response))
            return self._go_on()
        self._answers[key] = response
        return []

    def rows(self) -> Iterator[tuple[Setting, Thinking, str, Response]]:
        """Each setting with its thinking, the key of its answer, and the answer."""
        for setting in self._budgets:
            key = self._answer_keys[setting]
            response = self._answers[key]
            assert response is not None
            yield setting, self._thinking[setting], key, response

    def _go_on(self) -> list[Wanted]:
        marks = self._recipe.marks
        answers: list[Wanted] = []
        while True:
            limit = 0
            for setting in self._budgets.keys() - self._thinking.keys():
                found = think(
                    self._recipe.rule,
                    self._rounds,
                    marks.wait,
                    self._budgets[setting],
                    setting.waits,
                )
                if isinstance(found, More):
                    limit = max(limit, found.tokens)
                else:
                    self._thinking[setting] = found
            answers += self._new_answers()
            if not limit:
                return answers
            context = self.prompt + marks.think + trace(self._rounds, marks.wait)
            if len(context) < self._recipe.context:
                return [self._round(context, limit), *answers]
            # No room for another token: a round that hits its length at once.
            self._rounds.append(Round((), ended=False))

    def _round(self, context: tuple[int, ...], limit: int) -> Wanted:
        number = len(self._rounds)
        request = self._request(context, number, limit)
        request = replace(request, stop_ids=self._recipe.marks.stop_ids, min_tokens=1)
        wanted = self._wanted(replace(self.sample, waits=number), request)
        self._round_key = wanted.key
        return wanted

    def _new_answers(self) -> list[Wanted]:
        """Requests for answers to thinking that has none yet; equal contexts share one."""
        wanted = []
        for setting in self._budgets:
            if setting in self._answer_keys or setting not in self._thinking:
                continue
            thinking, marks = self._thinking[setting], self._recipe.marks
            context = self.prompt + marks.think + thinking.token_ids + marks.suffix(thinking)
            sample = replace(self.sample, budget=setting.budget, waits=setting.waits)
            request = self._request(context, "answer", self._recipe.answer_tokens)
            one = self._wanted(sample, request)
            self._answer_keys[setting] = one.key
            if one.key not in self._answers:
                self._answers[one.key] = None
                wanted.append(one)
        return wanted

    def _request(self, context: tuple[int, ...], part: int | str, max_tokens: int) -> Request:
        return Request(
            prompt=None,
            context=context,
            seed=part_seed(self.seed, part),
            max_tokens=max_tokens,
            temperature=self._recipe.noise.temperature,
            top_p=self._recipe.noise.top_p,
        )

    def _wanted(self, sample: Sample, request: Request) -> Wanted:
        return Wanted(request_key(self._recipe.identity, request, sample.sample), sample, request)
