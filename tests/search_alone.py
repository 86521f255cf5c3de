"""Searches the long way: one problem at a time, one request at a time, one text scored at a time.

Nothing here is taken from scripts/lib/search but the seeds of the requests. A candidate is a list
of steps, each a list of token ids, and is read anew wherever its tokens are counted.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.base import Request, Response
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.journal import Sample
from scripts.lib.search.seeds import step_seed
from scripts.lib.verifiers.base import NewStep
from tests.small_verifier import SmallVerifier
from tests.test_search_methods import plain_rebase

Choose = Callable[[list[float], int], list[int]]


@dataclass
class Alone:
    """One candidate: its steps, their scores, how it ended ("" while it can go on).

    `begun`: the longest chain of tokens before its last step.
    """

    steps: list[list[int]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    end: str = ""
    place: int = 0
    begun: int = 0

    @property
    def token_ids(self) -> list[int]:
        return [token for step in self.steps for token in step]

    @property
    def serial(self) -> int:
        return self.begun + len(self.steps[-1])


class SearchAlone:
    """One problem of a pool. `generated` and `read` are counted by place."""

    def __init__(
        self,
        pool: SearchedPool,
        engine: TransformersEngine,
        verifier: SmallVerifier,
        problem_id: str,
        problem: str,
        text: str,
    ) -> None:
        self.pool, self.engine, self.verifier = pool, engine, verifier
        self.problem_id, self.problem, self.text = problem_id, problem, text
        self.prompt = list(engine.encode(Request(text, 0, 1, 0.0)))
        marks = [i for i in range(len(engine.tokenizer)) if self.ends_step(i)]
        self.separators = tuple(marks)
        self.generated: dict[int, int] = {}
        self.read: dict[int, int] = {}

    def ends_step(self, token: int) -> bool:
        return self.pool.separator in self.engine.tokenizer.decode([token])

    def search(self, beams: int) -> list[Alone]:
        """The final candidates in the order of their places."""
        self.beams = beams
        self.generated = dict.fromkeys(range(beams), 0)
        self.read = dict.fromkeys(range(beams), 0)
        settings = self.pool.search
        if settings.method == "dvts" and beams > 1:
            found = []
            for first in range(0, beams, settings.width):
                found += self.tree(list(range(first, first + settings.width)), all_to_the_best)
            return found
        if settings.method == "rebase":
            return self.tree(
                list(range(beams)), lambda scores, n: plain_rebase(scores, n, settings.balance)
            )
        return self.tree(list(range(beams)), lambda scores, n: best_few(scores, n, settings.width))

    def tree(self, places: list[int], choose: Choose) -> list[Alone]:
        ended: dict[int, Alone] = {}
        parents = [Alone() for _ in places]
        number = elapsed = 0
        while places:
            number += 1
            candidates, values, lengths = [], [], []
            for place, parent in zip(places, parents, strict=True):
                before = self.generated[place]
                one = self.step(parent, place, number, 0, self.pool.sampling.temperature)
                one.begun = elapsed
                values.append(self.judge(one, number) if self.beams > 1 else 0.0)
                candidates.append(one)
                lengths.append(self.generated[place] - before)
            elapsed += max(lengths)
            ended |= {one.place: one for one in candidates if one.end}
            left = [i for i, one in enumerate(candidates) if not one.end]
            places = [candidates[i].place for i in left]
            parents = [candidates[i] for i in left]
            if self.beams > 1 and left:
                counts = choose([values[i] for i in left], len(left))
                parents = [p for p, n in zip(parents, counts, strict=True) for _ in range(n)]
        return [ended[place] for place in sorted(ended)]

    def step(self, parent: Alone, place: int, number: int, part: int, heat: float) -> Alone:
        """A candidate with one step more."""
        spent = parent.token_ids
        context = tuple(self.prompt + spent)
        sample = Sample("", self.problem_id, self.pool.wording, None, None, 0, beams=self.beams)
        most = min(self.pool.sampling.max_tokens - len(spent), self.engine.context - len(context))
        request = Request(
            None,
            step_seed(self.pool.seed, sample, place=place, round_number=number, part=part),
            most,
            heat,
            context=context,
            stop_ids=self.separators,
        )
        (found,) = self.engine.generate([("one", request)])
        response: Response = found[1]
        new = list(response.token_ids or ())
        self.generated[place] += len(new)
        child = Alone([*parent.steps, new], list(parent.scores), place=place)
        if response.end == "length":
            child.end = "length"
        elif not self.ends_step(new[-1]):
            child.end = "stop"
        elif (
            len(child.steps) == self.pool.most_steps
            or len(child.token_ids) == self.pool.sampling.max_tokens
            or len(self.prompt) + len(child.token_ids) == self.engine.context
        ):
            child.end = "length"
        return child

    def judge(self, candidate: Alone, number: int) -> float:
        """Score its last step, and steps ahead of it where the method looks ahead."""
        candidate.scores.append(self.score(candidate))
        self.read[candidate.place] += len(candidate.steps[-1])
        scores, far = list(candidate.scores), candidate
        for part in range(1, getattr(self.pool.search, "steps", 0) + 1):
            if far.end:
                break
            far = self.step(far, candidate.place, number, part, 0.0)
            self.read[candidate.place] += len(far.steps[-1])
            scores.append(self.score(far))
        how = self.pool.search.aggregate
        if how == "mean":
            return sum(scores) / len(scores)
        if how == "product":
            product = 1.0
            for score in scores:
                product *= score
            return product
        return min(scores) if how == "min" else scores[-1]

    def score(self, candidate: Alone) -> float:
        """Its whole text read in one go."""
        thread = self.verifier.begin(self.problem, self.text)
        whole = NewStep("", tuple(candidate.token_ids), last=bool(candidate.end))
        return self.verifier.score([(thread, whole)])[0].score


def best_few(scores: list[float], places: int, width: int) -> list[int]:
    """The best places / width, rounded up; dealt out one by one, the best first."""
    order = sorted(range(len(scores)), key=lambda i: (-scores[i], i))
    few = order[: (places + width - 1) // width]
    found = [0] * len(scores)
    for turn in range(places):
        found[few[turn % len(few)]] += 1
    return found


def all_to_the_best(scores: list[float], places: int) -> list[int]:
    best = scores.index(max(scores))
    return [places if i == best else 0 for i in range(len(scores))]
