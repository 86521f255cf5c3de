"""One tree of a search, round by round: what to ask for next, and whom the verifier reads.

In a round every place that has not ended takes a step. When all have, the verifier reads the new
steps, and the places are given to those that go on. A tree knows nothing of other trees.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.lib.config.noise import Noise
from scripts.lib.config.searched import Aggregate
from scripts.lib.engines.base import Request, Response, request_key
from scripts.lib.journal import Sample
from scripts.lib.sampling import Wanted
from scripts.lib.search.aggregate import aggregated
from scripts.lib.search.growth import Growing, Growth
from scripts.lib.search.methods import GoOn
from scripts.lib.search.seeds import step_seed
from scripts.lib.search.tree import Node, root
from scripts.lib.search.watching import Taken, Watch
from scripts.lib.verifiers.base import NewStep, Scored, Thread, VerifierError


@dataclass(frozen=True)
class Recipe:
    """What all trees of a pool share; `ahead`: by how many further steps candidates are scored.

    `watch` sees all steps, of which a search keeps only those that lead to its last candidates.
    """

    growth: Growth
    go_on: GoOn
    ahead: int
    aggregate: Aggregate
    noise: Noise
    seed: int
    identity: dict[str, Any]
    text_of: Callable[[tuple[int, ...]], str]
    watch: Watch | None = None


@dataclass
class Tally:
    """What was spent in one place."""

    generated_tokens: int = 0
    generated_positions: int = 0
    forced_tokens: int = 0
    verifier_tokens: int = 0
    verifier_positions: int = 0


@dataclass(frozen=True)
class Final:
    """A candidate that a place ended with; `serial`: the longest chain of tokens up to it."""

    node: Node
    serial: int


@dataclass
class _Candidate:
    """The step that one place takes in the round under way.

    `nodes` holds the step itself and then those looked ahead, `scores` what the verifier said of
    the first of them (None of one that is no step to it), `thread` what it has read so far.
    `tokens` were generated in this round, `own_tokens` of them for the step itself.
    """

    place: int
    thread: Thread | None
    step: Growing
    requests: int = 0
    tokens: int = 0
    nodes: list[Node] = field(default_factory=list)
    scores: list[float | None] = field(default_factory=list)
    own_thread: Thread | None = None
    own_tokens: int = 0

    @property
    def node(self) -> Node:
        return self.nodes[0]


class TreeSearch:
    """One tree.

    Args:
        recipe: what the pool's trees share.
        sample: pool coordinates of its problem; `beams` is the N of the whole search.
        places: those of the search that are in this tree.
        prompt: token ids of the prompt in the solver's chat format.
        thread: the verifier's thread of the problem; None if nothing is to be scored.
    """

    def __init__(
        self,
        recipe: Recipe,
        sample: Sample,
        places: range,
        prompt: tuple[int, ...],
        thread: Thread | None,
    ) -> None:
        self.sample, self.prompt = sample, prompt
        self.finals: dict[int, Final] = {}
        self.spent = {place: Tally() for place in places}
        self._recipe = recipe
        self._round = 0
        self._elapsed = 0
        start = root("free" if recipe.growth.forced is None else "think")
        self._scoring = thread is not None
        # Emptied when it begins: a thread may hold much, and nothing else keeps this one.
        self._begin = [(place, start, thread) for place in places]
        self._candidates: list[_Candidate] = []
        self._asked: dict[str, _Candidate] = {}

    @property
    def finished(self) -> bool:
        """Whether every place has ended."""
        return len(self.finals) == len(self.spent)

    @property
    def active(self) -> int:
        """Places that take a step in the round under way."""
        return len(self._candidates)

    @property
    def waits(self) -> bool:
        """Whether the round is complete but for the verifier."""
        return self._scoring and not self._asked and bool(self._candidates)

    def begin(self) -> list[Wanted]:
        """The first steps."""
        first, self._begin = self._begin, []
        return self._next_round(first)

    def take(self, key: str, response: Response) -> list[Wanted]:
        """What a response calls for: the rest of its step, or a step ahead of it.

        Without a verifier also the next round.
        """
        candidate = self._asked.pop(key)
        seed = self._seed(candidate)
        candidate.requests += 1
        self._count(candidate, response)
        grown = self._recipe.growth.grow(len(self.prompt), candidate.step, response)
        if isinstance(grown, Growing):
            candidate.step = grown
            return [self._ask(candidate)]
        if not candidate.nodes:
            candidate.own_tokens = candidate.tokens
        candidate.nodes.append(replace(grown, seed=seed, key=key))
        if self._scoring and grown.state == "open" and len(candidate.nodes) <= self._recipe.ahead:
            candidate.step = self._recipe.growth.begin(grown)
            self._count_forced(candidate)
            return [self._ask(candidate)]
        if self._asked or self._scoring:
            return []
        return self._complete()

    def unread(self) -> list[tuple[Thread, NewStep]]:
        """The steps that the verifier reads next: at most one of each place."""
        return [(_known(c.thread), self._new_step(c)) for c in self._unread()]

    def score(self, scored: Sequence[Scored]) -> list[Wanted]:
        """Take what the verifier said of `unread`; the next round, once nothing is unread.

        Raises:
            VerifierError: a score is not a probability.
        """
        for candidate, one in zip(list(self._unread()), scored, strict=True):
            if one.score is not None and not 0 <= one.score <= 1:  # NaN neither
                at = f"problem {self.sample.problem_id}, {self.sample.beams} beams, place "
                at += f"{candidate.place}, step {candidate.node.depth - 1}"
                raise VerifierError(
                    f"{at}: the verifier's score is {one.score}, which is no probability; check "
                    "its weights and dtype"
                )
            tally = self.spent[candidate.place]
            tally.verifier_tokens += one.tokens
            tally.verifier_positions += one.positions
            read = len(candidate.scores)
            node = candidate.nodes[read]
            candidate.nodes[read] = replace(node, score=one.score, read=one.tokens)
            if not candidate.scores:
                candidate.own_thread = one.thread
            candidate.thread = one.thread
            candidate.scores.append(one.score)
        return [] if next(self._unread(), None) else self._complete()

    def _unread(self) -> Iterator[_Candidate]:
        return (c for c in self._candidates if len(c.scores) < len(c.nodes))

    def _new_step(self, candidate: _Candidate) -> NewStep:
        node = candidate.nodes[len(candidate.scores)]
        return NewStep(
            self._recipe.text_of(node.token_ids), node.token_ids, last=node.state != "open"
        )

    def _complete(self) -> list[Wanted]:
        """End the round: keep what has ended, and give the other places to those that go on."""
        for candidate in self._candidates:
            if candidate.node.state != "open":
                serial = self._elapsed + candidate.own_tokens
                self.finals[candidate.place] = Final(candidate.node, serial)
        done, still = self._candidates, [c for c in self._candidates if c.node.state == "open"]
        scores = [self._score(c) for c in still] if self._scoring else []
        counts = [1] * len(still)
        if scores:
            counts = self._recipe.go_on(scores, [c.node.all_ids() for c in still], len(still))
        self._tell(done, dict(zip((c.place for c in still), counts, strict=True)))
        self._elapsed += max(candidate.tokens for candidate in done)
        self._candidates = []
        if not still:
            return []
        chosen = [c for c, count in zip(still, counts, strict=True) for _ in range(count)]
        return self._next_round(
            [(c.place, one.node, one.own_thread) for c, one in zip(still, chosen, strict=True)]
        )

    def _tell(self, done: list[_Candidate], onward: dict[int, int]) -> None:
        if self._recipe.watch is None:
            return
        taken = [
            Taken(
                place=c.place,
                round_number=self._round,
                begun=self._elapsed,
                node=c.node,
                ahead=tuple(c.nodes[1:]),
                value=self._score(c) if self._scoring else None,
                onward=onward.get(c.place, 0),
            )
            for c in done
        ]
        self._recipe.watch(self.sample, taken)

    def _score(self, candidate: _Candidate) -> float:
        """What a candidate is compared by, the steps ahead of it included."""
        ahead = [score for score in candidate.scores[1:] if score is not None]
        scores = candidate.node.scores() + ahead
        return aggregated(scores, self._recipe.aggregate)

    def _next_round(self, places: list[tuple[int, Node, Thread | None]]) -> list[Wanted]:
        self._round += 1
        for place, node, thread in places:
            candidate = _Candidate(place, thread, self._recipe.growth.begin(node))
            self._count_forced(candidate)
            self._candidates.append(candidate)
        return [self._ask(candidate) for candidate in self._candidates]

    def _count_forced(self, candidate: _Candidate) -> None:
        step = candidate.step
        self._count_positions(candidate, step.parent.length, step.forced)
        self.spent[candidate.place].forced_tokens += step.forced

    def _count(self, candidate: _Candidate, response: Response) -> None:
        step, tokens = candidate.step, len(response.token_ids or ())
        self._count_positions(candidate, step.parent.length + len(step.token_ids), tokens)
        self.spent[candidate.place].generated_tokens += tokens
        candidate.tokens += tokens

    def _count_positions(self, candidate: _Candidate, before: int, tokens: int) -> None:
        positions = sum_of_positions(len(self.prompt) + before, tokens)
        self.spent[candidate.place].generated_positions += positions

    def _seed(self, candidate: _Candidate) -> int:
        return step_seed(
            self._recipe.seed,
            self.sample,
            place=self.sample.sample + candidate.place,
            round_number=self._round,
            part=candidate.requests,
        )

    def _ask(self, candidate: _Candidate) -> Wanted:
        growth, step, noise = self._recipe.growth, candidate.step, self._recipe.noise
        request = Request(
            prompt=None,
            context=(*self.prompt, *step.parent.all_ids(), *step.token_ids),
            seed=self._seed(candidate),
            max_tokens=growth.limit(len(self.prompt), step),
            temperature=0.0 if candidate.nodes else noise.temperature,
            top_p=noise.top_p,
            stop_ids=growth.stop_ids(step),
            cuts=tuple(len(self.prompt) + node.length for node in step.parent.lineage()),
        )
        sample = replace(self.sample, sample=self.sample.sample + candidate.place)
        wanted = Wanted(request_key(self._recipe.identity, request, sample.sample), sample, request)
        self._asked[wanted.key] = candidate
        return wanted


def sum_of_positions(before: int, tokens: int) -> int:
    """The sum of the positions of some tokens that follow `before` others, counted from 1."""
    return tokens * before + tokens * (tokens + 1) // 2


def _known(thread: Thread | None) -> Thread:
    assert thread is not None
    return thread
