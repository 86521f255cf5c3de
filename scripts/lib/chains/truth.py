"""Whether a step of a trace of the chains benchmark is right by its content.

A step is right if the pass that it belongs to, as written up to its end, is still on the way to the
right answer. As no slip heals (scripts/lib/chains/problems.py), that can be read off each line:

- A written step ("3a+4=7") is right if it applies the chain's own operation to the true value and
  gives the true result; a right sum on a wrong value is not.
- A pass done in the head ("378") is right if all its values are.
- "Wait" begins a pass of which nothing is written yet, and so does the delimiter of thinking: both
  are right.
- The delimiter of the answer is right if the pass before it is, and the answer if it is the answer.
"""

import re
from collections.abc import Sequence

from scripts.lib.chains.families import TAGS, read_question
from scripts.lib.chains.problems import Chain, Operation
from scripts.lib.grading.extract import extract_answer
from scripts.lib.thinking import ANSWER_DELIMITERS, THINK_DELIMITERS

_WRITTEN = re.compile(rf"(\d)([{TAGS}])([-+*])(\d)=(\d)")
_VALUES = re.compile(r"\d{2,}")
_WAIT = "Wait"


def step_truths(problem: str, steps: Sequence[str], *, ended: bool = True) -> list[bool | None]:
    """For each step of a solution whether it is right; None where nobody can tell.

    Args:
        problem: the question's text; of another benchmark all is unknown.
        steps: the solution's lines in order, each with its separator.
        ended: whether the solution ended by itself; of a step that was cut off nobody can tell.
    """
    chain = read_question(problem)
    if chain is None:
        return [None] * len(steps)
    truths: list[bool | None] = []
    so_far: bool | None = True
    answering = False
    for step in steps:
        line = step
        for mark in THINK_DELIMITERS:
            if line.startswith(mark):
                line, so_far = line.removeprefix(mark), True
        opened = next((mark for mark in ANSWER_DELIMITERS if mark in line), None)
        if opened is not None:
            answering = True
            line = line.split(opened, maxsplit=1)[1]
        truth, so_far = _line(chain, line.strip(), so_far, answering)
        truths.append(truth)
    if not ended and truths:
        truths[-1] = None
    return truths


def _line(
    chain: Chain, line: str, so_far: bool | None, answering: bool
) -> tuple[bool | None, bool | None]:
    """The truth of a line, and that of its pass after it."""
    if not line:
        return so_far, so_far
    if answering:
        found = extract_answer(line, "integer")
        return (None if found is None else int(found) == int(chain.answer())), so_far
    if line == _WAIT:
        return True, True
    written = _WRITTEN.fullmatch(line)
    if written:
        old, tag, sign, digit, new = written.groups()
        place = TAGS.index(tag)
        values = chain.values()
        right = (
            place < len(chain.operations)
            and chain.operations[place] == Operation(sign, int(digit))
            and int(old) == values[place]
            and int(new) == values[place + 1]
        )
        return right, right
    if _VALUES.fullmatch(line):
        right = line == "".join(map(str, chain.values()))
        return right, right
    return None, so_far
