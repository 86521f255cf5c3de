"""Which lines of a trace of a chain are right."""

import numpy as np
import pytest

from scripts.lib.chains.families import FAMILIES
from scripts.lib.chains.problems import Chain, Operation
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.traces import Plan, draw_passes
from scripts.lib.chains.truth import step_truths

# 3, 3+4=7, 7*9=3, 3-5=8: the answer is 738.
CHAIN = Chain(3, (Operation("+", 4), Operation("*", 9), Operation("-", 5)))
OPEN, CLOSE = "<|im_start|>think\n", "<|im_start|>answer\n"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_right_trace_is_right_throughout(family):
    steps = [OPEN, "3a+4=7\n", "7b*9=3\n", "3c-5=8\n", CLOSE, "Answer: 738"]
    assert step_truths(family.text(CHAIN), steps) == [True] * 6


def truths(*steps: str) -> list[bool | None]:
    return step_truths(FAMILIES[0].text(CHAIN), steps)


def test_after_a_slip_all_is_wrong_until_the_next_pass():
    steps = [OPEN, "3a+4=8\n", "8b*9=2\n", "Wait\n", "3a+4=7\n", "7b*9=3\n", "3c-5=8\n", CLOSE]
    assert truths(*steps, "Answer: 738") == [True, False, False, True, True, True, True, True, True]
    assert truths(*steps[:3], CLOSE, "Answer: 227") == [True, False, False, False, False]
    assert truths(*steps[:3], CLOSE, "Answer: 738") == [True, False, False, False, True]


def test_a_right_sum_on_a_wrong_value_or_of_another_step_is_wrong():
    assert truths("4a+4=8\n") == [False]
    assert truths("3a+5=8\n", "3b+4=7\n", "3d+4=7\n") == [False, False, False]


def test_a_pass_in_the_head_is_one_step():
    assert truths("3738\n", "3728\n", "373\n") == [True, False, False]


def test_what_cannot_be_read_is_unknown():
    assert truths("let me see\n", CLOSE) == [None, True]
    assert step_truths(FAMILIES[0].text(CHAIN), [CLOSE, "Answer: 7"], ended=False) == [True, None]
    assert truths(CLOSE, "no answer") == [True, None]
    assert step_truths("What is 2 + 2?", ["4"]) == [None]


def test_truth_agrees_with_how_traces_are_written():
    noise = np.random.Generator(np.random.PCG64(1))
    slips = Slips.draw(0.2, 5)
    for _ in range(50):
        one = draw_passes(CHAIN, Plan(True, 0), slips, noise)[0]
        expected = [value == true for value, true in zip(one.values, CHAIN.values(), strict=True)]
        assert truths(*(f"{line}\n" for line in one.text(CHAIN).split("\n"))) == expected[1:]
