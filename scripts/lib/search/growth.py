"""How a candidate takes a step: what to ask for, and what it is then.

A step ends with a separator, with the text, or at a limit. Under budget forcing it may take two
requests: one that ends where the model closes its thinking, and one for the rest of the step.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from scripts.lib.config.searched import Ending, SearchedPool
from scripts.lib.engines.base import Response, TokenEngine
from scripts.lib.errors import UserError
from scripts.lib.forcing.marks import closing, closings
from scripts.lib.search.steps import separator_ids
from scripts.lib.search.tree import Node, Phase, State


class SearchError(UserError):
    """A pool cannot be searched as it says."""


@dataclass(frozen=True)
class Forced:
    """What budget forcing appends, as token ids, and its limits; `final` as of `closings`."""

    think: tuple[int, ...]
    end: int
    final: tuple[tuple[int, ...], tuple[int, ...]]
    budget: int
    answer_tokens: int
    text_of: Callable[[tuple[int, ...]], str]


@dataclass(frozen=True)
class Growing:
    """A step under way: its tokens so far, the first `forced` of them appended by force."""

    parent: Node
    phase: Phase
    token_ids: tuple[int, ...]
    forced: int

    @property
    def generated(self) -> int:
        """Tokens generated on its path so far."""
        return self.parent.generated + len(self.token_ids) - self.forced


@dataclass(frozen=True)
class Growth:
    """The limits and marks of a pool. `separators` end a step, `context` holds a sequence."""

    separators: tuple[int, ...]
    max_tokens: int
    most_steps: int
    context: int
    forced: Forced | None

    def begin(self, parent: Node) -> Growing:
        """The next step of a candidate, with what is appended by force before it."""
        appended: tuple[int, ...] = ()
        if self.forced is not None and parent.phase == "answer":
            appended = closing(self.forced.final, self.forced.text_of, parent.token_ids)
        elif self.forced is not None and parent.parent is None:
            appended = self.forced.think
        return Growing(parent, parent.phase, appended, len(appended))

    def limit(self, prompt: int, step: Growing) -> int:
        """The most tokens of its next request; below 1 where nothing is left.

        Args:
            prompt: tokens of the prompt.
            step: under way.
        """
        room = self.context - prompt - step.parent.length - len(step.token_ids)
        most = min(room, self.max_tokens - step.generated)
        if self.forced is not None and step.phase == "think":
            return min(most, self.forced.budget - step.generated)
        if self.forced is not None and step.phase == "answer":
            return min(most, self.forced.answer_tokens)
        return most

    def stop_ids(self, step: Growing) -> tuple[int, ...]:
        """The tokens that end its next request, besides the model's own."""
        if step.phase == "answer":
            return ()
        if self.forced is not None and step.phase == "think":
            return (*self.separators, self.forced.end)
        return self.separators

    def grow(self, prompt: int, step: Growing, response: Response) -> Growing | Node:
        """The step with a response added: still under way, or the node that it has become."""
        new = response.token_ids or ()
        grown = replace(step, token_ids=step.token_ids + new)
        phase, state = step.phase, self._state(step, response)
        if self.forced is not None and phase == "think":
            if response.end == "stop" and new[-1] == self.forced.end:
                grown = replace(grown, phase="free")
                if self.limit(prompt, grown) > 0:
                    return grown
                state = "cut"
            elif state != "finished" and grown.generated >= self.forced.budget:
                state, phase = "open", "answer"
        node = Node(step.parent, grown.token_ids, step.forced, state, phase)
        if state == "open" and not self._can_go_on(prompt, node):
            return replace(node, state="cut")
        return node

    def _state(self, step: Growing, response: Response) -> State:
        if response.end != "stop":
            return "cut"
        # An engine says stop of a separator and of its own end tokens alike.
        separated = step.phase != "answer" and (response.token_ids or ())[-1] in self.separators
        return "open" if separated else "finished"

    def _can_go_on(self, prompt: int, node: Node) -> bool:
        return node.depth < self.most_steps and self.limit(prompt, self.begin(node)) > 0


def growth_of(name: str, pool: SearchedPool, engine: TokenEngine) -> Growth:
    """The limits of a pool, its strings spelt with the tokens of its model.

    Raises:
        EngineError: no token holds the separator, or a string cannot be written.
        SearchError: `max_tokens` leaves no room for a forced answer.
    """
    ending, most = pool.ending, pool.sampling.max_tokens
    if ending is not None and ending.budget + ending.answer_tokens > most:
        raise SearchError(
            f"pool {name}: sampling.max_tokens: {most} is less than ending.budget, "
            f"{ending.budget}, and ending.answer_tokens, {ending.answer_tokens}, together; "
            "raise it, or lower these"
        )
    return Growth(
        separators=separator_ids(engine.tokenizer, pool.separator),
        max_tokens=most,
        most_steps=pool.most_steps,
        context=engine.context,
        forced=None if ending is None else _forced(ending, engine),
    )


def _forced(ending: Ending, engine: TokenEngine) -> Forced:
    return Forced(
        think=engine.spell(ending.think),
        end=engine.spell(ending.answer)[0],
        final=closings(engine, ending.answer, ending.final),
        budget=ending.budget,
        answer_tokens=ending.answer_tokens,
        text_of=engine.decode,
    )
