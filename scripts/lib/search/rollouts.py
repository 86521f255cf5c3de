"""Monte-Carlo rollouts from the ends of steps, and the labels that they give.

Math-Shepherd (Wang et al. 2024, arXiv:2312.08935, section 3.3.2): from the end of a step the
solution is finished N times. The hard estimate (equation 3) says whether any of them reaches the
gold answer, the soft one (equation 4) how many do. The last step of a solution that ended needs
no rollouts: its own answer is the only end that it can have. One that was cut off at its length
can go on.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from scripts.lib.config.verifiers import RolloutLabels
from scripts.lib.engines.base import Request, Response, TokenEngine, request_key
from scripts.lib.grading.extract import extract_answer
from scripts.lib.grading.forms import normal_form
from scripts.lib.grading.judge import Judge, Pair
from scripts.lib.journal import Sample
from scripts.lib.sampling import Wanted
from scripts.lib.search.bisection import Bisection
from scripts.lib.search.solutions import Solution

Decode = Callable[[tuple[int, ...]], str]


def rollout_seed(seed: int, problem_id: str, solution: int, step: int, rollout: int) -> int:
    """The seed of one rollout, in [0, 2^63): it depends on nothing but these."""
    identity = json.dumps([seed, problem_id, solution, step, rollout])
    return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8]) >> 1


class LabelledSolution:
    """One solution, the rollouts from its steps, and the labels that follow from them.

    Args:
        solution: what to label.
        spec: rollouts of a step, and how they are sampled.
        identity: of the engine that finishes the solution.
        decode: from token ids to text.
        judge: compares answers.
    """

    def __init__(
        self,
        solution: Solution,
        spec: RolloutLabels,
        identity: dict[str, Any],
        decode: Decode,
        judge: Judge,
    ) -> None:
        self.solution = solution
        self._spec, self._identity = spec, identity
        self._decode, self._judge = decode, judge
        self._answers: dict[int, list[str | None]] = {}
        self._step_of: dict[str, int] = {}
        own = solution.correct if solution.ended else None
        self._bisection = Bisection(len(solution.steps), correct=own)

    @property
    def tried(self) -> list[int]:
        """Steps from which rollouts were drawn."""
        return list(self._answers)

    def begin(self) -> list[Wanted]:
        """The first rollouts: those of all steps, or of the first step that bisection tries."""
        if self._spec.search == "all":
            steps: Iterable[int] = range(len(self.solution.steps) - self.solution.ended)
        else:
            steps = self._bisection.next()
        return [wanted for step in steps for wanted in self._rollouts(step)]

    def take(self, key: str, response: Response) -> list[Wanted]:
        """Note a rollout; what bisection tries next, once those of a step are all there."""
        step = self._step_of[key]
        answers = self._answers[step]
        answers.append(self._answer(step, response))
        if self._spec.search == "all" or len(answers) < self._spec.rollouts:
            return []
        self._bisection.note(step, right=self.rights(step) > 0)
        return [wanted for step in self._bisection.next() for wanted in self._rollouts(step)]

    def pairs(self, step: int) -> list[Pair]:
        """The answers that rollouts of a step gave, each beside the gold answer."""
        kind = self.solution.answer_kind
        gold = normal_form(kind, self.solution.gold) or self.solution.gold
        forms = [normal_form(kind, answer) for answer in self._answers[step] if answer]
        return [Pair(kind, form, gold) for form in forms if form is not None]

    def rights(self, step: int) -> int:
        """How many rollouts of a step end in the gold answer."""
        return self._judge.verdicts(self.pairs(step)).count("equal")

    def labels(self) -> Iterator[dict[str, object]]:
        """Of each step, in order: rollouts, right, soft, hard and origin of a StepLabel."""
        steps = len(self.solution.steps)
        for step in range(steps):
            drawn = len(self._answers.get(step, []))
            right = self.rights(step) if drawn else 0
            soft = right / drawn if drawn else None
            if step == steps - 1 and self.solution.ended:
                soft = float(self.solution.correct)
            hard = soft is not None and soft > 0
            if self._spec.search == "bisect":
                hard = self._bisection.is_right(step)
            yield {
                "rollouts": drawn,
                "right": right,
                "soft": soft,
                "hard": hard,
                "origin": "rollouts" if self._spec.search == "all" else "bisected",
            }

    def _rollouts(self, step: int) -> list[Wanted]:
        self._answers[step] = []
        solution, sampling = self.solution, self._spec.sampling
        context = solution.context(step)
        left = max(sampling.max_tokens - len(solution.tokens(step)), 1)
        wanted = []
        for rollout in range(self._spec.rollouts):
            place = (solution.problem_id, solution.number, step, rollout)
            request = Request(
                prompt=None,
                context=context,
                seed=rollout_seed(self._spec.seed, *place),
                max_tokens=left,
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                cuts=solution.cuts(step),
            )
            # A line of the journal says: `sample` which solution, `budget` from which step,
            # `waits` which rollout.
            sample = Sample(
                solution.benchmark, solution.problem_id, "rollout", None, None,
                sample=solution.number, budget=step, waits=rollout,
            )  # fmt: skip
            key = request_key(self._identity, request, rollout)
            self._step_of[key] = step
            wanted.append(Wanted(key, sample, request))
        return wanted

    def _answer(self, step: int, response: Response) -> str | None:
        whole = self.solution.tokens(step) + (response.token_ids or ())
        return extract_answer(self._decode(whole), self.solution.answer_kind, response.end)


class Labelling:
    """All solutions together: their rollouts as one stream of requests."""

    def __init__(
        self,
        solutions: Iterable[Solution],
        spec: RolloutLabels,
        engine: TokenEngine,
        judge: Judge,
    ) -> None:
        self.solutions = [
            LabelledSolution(one, spec, engine.identity, engine.decode, judge) for one in solutions
        ]
        self.generated = 0
        self.rollouts = 0
        self._judge = judge
        self._owner: dict[str, LabelledSolution] = {}

    def begin(self) -> list[Wanted]:
        """The first rollouts of every solution."""
        return [one for each in self.solutions for one in self._own(each, each.begin())]

    def follow(self, key: str, response: Response) -> list[Wanted]:
        """What a rollout calls for."""
        self.generated += response.generated_tokens or 0
        self.rollouts += 1
        owner = self._owner[key]
        return self._own(owner, owner.take(key, response))

    def judge(self) -> None:
        """Judge all answers in one go; the labels then only look the verdicts up."""
        self._judge.verdicts(
            [pair for one in self.solutions for step in one.tried for pair in one.pairs(step)]
        )

    def _own(self, owner: LabelledSolution, wanted: list[Wanted]) -> list[Wanted]:
        self._owner.update(dict.fromkeys((one.key for one in wanted), owner))
        return wanted
