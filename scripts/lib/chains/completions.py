"""What the assistant writes in a training example, and what budget forcing appends to it."""

from dataclasses import dataclass

import numpy as np

from scripts.lib.chains.problems import Chain, answer_of
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.traces import STEP_TOKENS, Pass, Plan, draw_passes
from scripts.lib.finetuning.control import count_down
from scripts.lib.thinking import ANSWER, OWN_OPENING, THINK

END = "<|im_end|>"
WAIT = "Wait"
FORCED_OPENING = "Final Answer:"
"""How an answer opens after a forced end of thinking."""

FORCED_WAIT_SHARE = 0.3
"""Share of the examples with waits that are appended by force."""
CUT_SHARE = 0.12
"""Share of the examples whose thinking is cut at a random token."""
FORCED_OPENING_SHARE = 0.08
"""Share of the examples that think to their end and whose answer is then opened by force."""


@dataclass(frozen=True)
class Segment:
    """A piece of the completion. `learned`: its tokens have labels; not so if it is forced."""

    text: str
    learned: bool = True


def draw_completion(
    chain: Chain, plan: Plan, most_waits: int, slips: Slips, noise: np.random.Generator
) -> list[Segment]:
    """Thinking and answer for one example.

    Some examples wait more often than planned, up to `most_waits` in all: there the "Wait" is
    forced. Some are cut, or open their answer by force.
    """
    waits = plan.waits
    if noise.random() < FORCED_WAIT_SHARE and waits < most_waits:
        waits = int(noise.integers(waits + 1, most_waits + 1))
    passes = draw_passes(chain, Plan(plan.written, waits), slips, noise)
    end = noise.random()
    if end < CUT_SHARE:
        number = int(noise.integers(len(passes)))
        cut = int(noise.integers(len(passes[number].text(chain)) + 1))
        return _cut(chain, passes, plan.waits, number, cut)
    thinking = [Segment(THINK), *_thinking(chain, passes, plan.waits)]
    answer = answer_of(list(passes[-1].values))
    if end < CUT_SHARE + FORCED_OPENING_SHARE:
        return [*thinking, *_forced_answer(answer)]
    return [*thinking, Segment(f"{ANSWER}{OWN_OPENING} {answer}{END}")]


def counted_completion(
    chain: Chain, plan: Plan, slips: Slips, noise: np.random.Generator
) -> tuple[int, list[Segment]]:
    """The number of steps to ask for, and thinking that counts down from it, line by line."""
    passes = draw_passes(chain, plan, slips, noise)
    asked, counted = count_down(thinking_text(chain, passes), "\n")
    answer = answer_of(list(passes[-1].values))
    return asked, [Segment(f"{THINK}{counted}\n{ANSWER}{OWN_OPENING} {answer}{END}")]


def thinking_text(chain: Chain, passes: list[Pass]) -> str:
    """What stands between THINK and ANSWER where no wait is forced."""
    return "".join(segment.text for segment in _thinking(chain, passes, len(passes)))


def _thinking(chain: Chain, passes: list[Pass], own_waits: int) -> list[Segment]:
    """Whole passes, each on lines of its own; waits beyond `own_waits` are forced."""
    segments = []
    for number, one in enumerate(passes):
        if number:
            segments.append(Segment(WAIT, learned=number <= own_waits))
            segments.append(Segment("\n"))
        segments.append(Segment(one.text(chain) + "\n"))
    return segments


def _cut(chain: Chain, passes: list[Pass], own_waits: int, number: int, cut: int) -> list[Segment]:
    """Thinking that stops after `cut` characters of pass `number`, and a forced answer."""
    segments = [Segment(THINK), *_thinking(chain, passes[: number + 1], own_waits)]
    whole = passes[number].text(chain)
    kept = whole[:cut]
    segments[-1] = Segment(kept)
    if kept:  # the newline that ends a line is forced too, where it is missing
        segments.append(Segment("\n", learned=False) if kept[-1] != "\n" else Segment(""))
    finished = number + (cut == len(whole))
    steps = (cut + 1) // STEP_TOKENS if passes[number].written else max(cut - 1, 0)
    return [*segments, *_forced_answer(_best_answer(chain, passes, finished, steps))]


def _forced_answer(answer: str) -> list[Segment]:
    return [Segment(ANSWER + FORCED_OPENING, learned=False), Segment(f" {answer}{END}")]


def _best_answer(chain: Chain, passes: list[Pass], finished: int, steps: int) -> str:
    """The answer to learn when thinking is cut after `finished` passes and `steps` more steps.

    The last finished pass decides. Where there is none, the chain is finished from the last
    written value without slips: the model learns as much of that as it can do in its head.
    """
    if finished:
        return answer_of(list(passes[finished - 1].values))
    values = list(passes[0].values[: steps + 1])
    for operation in chain.operations[steps:]:
        values.append(operation(values[-1]))
    return answer_of(values)
