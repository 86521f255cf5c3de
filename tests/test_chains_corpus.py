"""The training corpus: what it asks, in which order, and how its writer answers."""

import numpy as np
import pytest

from scripts.lib.chains.corpus import CorpusError, draw_examples, plan_for
from scripts.lib.chains.families import read_question
from scripts.lib.chains.problems import draw_chain
from scripts.lib.thinking import ANSWER, THINK
from tests.chain_corpora import PROMPTS, corpus, generator


def test_plans_listen_between_a_floor_and_a_ceiling() -> None:
    noise = generator(6)
    used = [
        np.mean([np.log2(plan_for(6, 2**power, 4, noise).tokens(6)) for _ in range(300)])
        for power in range(13)
    ]
    assert np.ptp(used[:3]) < 0.2
    assert np.ptp(used[10:]) < 0.05
    assert used[7] - used[4] > 1.5


def test_corpus_holds_no_excluded_question() -> None:
    noise = generator(7)
    excluded = {draw_chain(2, noise) for _ in range(2000)}
    examples = draw_examples(corpus(operations=[2], examples=1500), PROMPTS, excluded)
    questions = {read_question(example.question) for example in examples if example.question}
    assert questions
    assert not questions & excluded
    assert not {example.chain for example in examples} & excluded
    free = draw_examples(corpus(operations=[2], examples=1500), PROMPTS, set())
    assert len([1 for example in free if example.question and example.chain in excluded]) > 300


def test_asked_to_write_straight_on_no_example_waits() -> None:
    prompts = PROMPTS | {"once": "{problem} once"}
    spec = corpus(straight={"wording": "once", "share": 0.3}, most_waits=3)
    examples = [e for e in draw_examples(spec, prompts, set()) if e.question]
    straight = [e for e in examples if e.prompt == f"{e.question} once"]
    assert 0.1 < len(straight) / len(examples) < 0.25, "of those that are full-grown, 0.3"
    waiting = [e for e in examples if any("Wait" in part.text for part in e.completion)]
    assert waiting
    assert not [e for e in straight if e in waiting]


def test_corpus_begins_with_drills_and_grows_from_short_chains() -> None:
    examples = draw_examples(corpus(examples=1000, operations=[2, 4, 6]), PROMPTS, set())
    drills = [example for example in examples if example.question is None]
    assert drills == examples[: len(drills)]
    assert 0 < len(drills) < 300
    asking = examples[len(drills) :]
    assert {len(example.chain.operations) for example in asking[:50]} == {2}
    assert {len(example.chain.operations) for example in asking[-100:]} == {2, 4, 6}


def test_corpus_uses_all_prompts_and_is_repeatable() -> None:
    examples = draw_examples(corpus(), PROMPTS, set())
    assert examples == draw_examples(corpus(), PROMPTS, set())
    assert examples != draw_examples(corpus(seed=2), PROMPTS, set())
    asking = [example for example in examples if example.question is not None]
    for name, text in PROMPTS.items():
        made = [
            e
            for e in asking
            if e.prompt
            in {
                text.replace("{problem}", e.question).replace("{asked}", str(2**p))
                for p in range(13)
            }
        ]
        assert len(made) > 30, name
        assert all((e.asked is not None) == ("{asked}" in text) for e in made)
    share = np.mean([example.asked is not None for example in asking])
    assert share == pytest.approx(0.5, abs=0.1)


def test_some_examples_count_their_steps_down() -> None:
    counting = {"steps": "{problem}\nThink for up to {asked} steps."}
    spec = corpus(counted={"wording": "steps", "share": 0.25})
    examples = draw_examples(spec, PROMPTS | counting, set())
    counted = [e for e in examples if e.prompt and e.prompt.endswith(" steps.")]
    assert not [e for e in examples[:200] if e in counted], "drills and growing examples"
    assert len(counted) == pytest.approx(0.25 * 200, abs=20)
    for example in counted:
        assert example.prompt == f"{example.question}\nThink for up to {example.asked} steps."
        text = "".join(segment.text for segment in example.completion)
        thinking = text.removeprefix(THINK).partition(ANSWER)[0]
        lines = thinking.splitlines()
        left = [int(line.removesuffix(" steps left")) for line in lines[::2]]
        assert left == list(range(example.asked, example.asked - len(left), -1))
        assert example.asked / 2 < len(left) <= example.asked


def test_prompts_that_do_not_serve_are_named() -> None:
    with pytest.raises(CorpusError, match=r"asked_share is 0\.5.*\{asked\}"):
        draw_examples(corpus(), {"plain": "{problem}"}, set())
    with pytest.raises(CorpusError, match=r"prompts\.empty: \{problem\} is missing"):
        draw_examples(corpus(), {**PROMPTS, "empty": "Hm."}, set())
