"""Slips, passes and what the writer of the corpus makes of them."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.lib.chains.completions import FORCED_OPENING, draw_completion
from scripts.lib.chains.problems import Chain, draw_chain
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.chains.traces import Plan, checking_pass, draw_passes, first_pass
from tests.chain_corpora import any_chain, generator


def test_slips_happen_at_the_rate() -> None:
    slips = Slips.draw(0.12, seed=4)
    assert np.mean(list(slips.chances.values())) == pytest.approx(0.12, abs=1e-3)
    assert all(slips.results[fact] != fact[1](fact[0]) for fact in slips.chances)
    noise = generator()
    steps = wrong = 0
    for _ in range(3000):
        chain = draw_chain(5, noise)
        values = first_pass(chain, True, slips, noise).values
        wrong += sum(
            op(a) != b for a, op, b in zip(values, chain.operations, values[1:], strict=False)
        )
        steps += 5
    # The steps' values are not quite uniform after a slip, hence more than the binomial error.
    assert wrong / steps == pytest.approx(0.12, abs=0.015)


def test_steps_done_in_the_head_slip_more_often() -> None:
    slips = Slips.draw(0.1, seed=4)
    rates = []
    for written in (True, False):
        noise = generator(1)
        drawn = [draw_chain(5, noise) for _ in range(2000)]
        rates.append(
            np.mean(
                [first_pass(c, written, slips, noise).values[-1] != c.values()[-1] for c in drawn]
            )
        )
    assert rates[1] > rates[0] + 0.05


def test_checking_mends_more_than_it_breaks() -> None:
    slips = Slips.draw(0.1, seed=4)
    noise = generator(2)
    right = np.zeros(4)
    for _ in range(3000):
        chain = draw_chain(6, noise)
        passes = draw_passes(chain, Plan(True, 3), slips, noise)
        right += [list(one.values) == chain.values() for one in passes]
    assert right[1] > right[0] + 0.05 * 3000
    assert right[1] - right[0] > right[2] - right[1] > right[3] - right[2] > -0.02 * 3000


def test_without_slips_every_pass_is_right() -> None:
    slips = Slips.draw(0.0, seed=4)
    noise = generator(3)
    for length in (2, 7):
        chain = draw_chain(length, noise)
        before = first_pass(chain, False, slips, noise)
        assert list(before.values) == chain.values()
        assert checking_pass(chain, before, slips, noise) == before


@settings(max_examples=60)
@given(any_chain, st.integers(0, 3), st.booleans(), st.integers(0, 10_000))
def test_the_last_finished_pass_decides_the_answer(
    chain: Chain, waits: int, written: bool, seed: int
) -> None:
    slips = Slips.draw(0.3, seed=4)
    segments = draw_completion(chain, Plan(written, waits), 3, slips, generator(seed))
    text = "".join(segment.text for segment in segments)
    shape = r"<\|im_start\|>think\n(.*)<\|im_start\|>answer\n(Final )?Answer: (\d{3})<\|im_end\|>"
    found = re.fullmatch(shape, text, re.DOTALL)
    assert found is not None
    passes = found[1].split("Wait\n")
    whole = [one for one in passes if len(digits(one, written)) == len(chain.operations) + 1]
    if whole:
        assert digits(whole[-1], written)[-3:] == found[3]
    forced = [segment.text for segment in segments if not segment.learned]
    assert (f"<|im_start|>answer\n{FORCED_OPENING}" in forced) == bool(found[2])
    waited = sum(segment.text == "Wait" and segment.learned for segment in segments)
    assert waited <= waits


def digits(one_pass: str, written: bool) -> str:
    """The running values that a pass shows in whole steps."""
    if not written:
        return one_pass.strip()
    steps = re.findall(r"(\d).\d=(\d)\n", one_pass)
    return "".join([steps[0][0], *(new for _, new in steps)]) if steps else ""


def test_plan_counts_tokens_exactly() -> None:
    tokenizer = build_tokenizer(512)
    slips = Slips.draw(0.1, seed=4)
    noise = generator(5)
    seen = set()
    for _ in range(300):
        plan = Plan(bool(noise.integers(2)), int(noise.integers(4)))
        chain = draw_chain(int(noise.integers(2, 9)), noise)
        segments = draw_completion(chain, plan, plan.waits, slips, noise)
        if all(segment.learned for segment in segments):
            ids = tokenizer("".join(segment.text for segment in segments))["input_ids"]
            assert len(ids) == plan.tokens(len(chain.operations))
            seen.add(plan)
    assert len(seen) == 8
