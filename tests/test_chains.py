import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.data.generate_problems import generate_problems
from scripts.lib.chains.completions import FORCED_OPENING, draw_completion
from scripts.lib.chains.corpus import CorpusError, draw_examples, plan_for
from scripts.lib.chains.families import FAMILIES, read_question
from scripts.lib.chains.problems import (
    OPERATIONS,
    Chain,
    Operation,
    TooManyProblemsError,
    draw_chain,
)
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.tokenizer import build_tokenizer, unknown_characters
from scripts.lib.chains.traces import Plan, checking_pass, draw_passes, first_pass
from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.config.models import Corpus
from scripts.lib.thinking import ANSWER, THINK

PROMPTS = {
    "plain": "{problem}",
    "think": "Think first.\n{problem}",
    "about": "{problem}\nUse about {asked} tokens.",
    "most": "{problem}\nWrite at most {asked} tokens.",
    "budget": "Token budget: {asked}\n{problem}",
}

chains = st.builds(
    Chain,
    st.integers(0, 9),
    st.lists(st.sampled_from(OPERATIONS), min_size=2, max_size=10).map(tuple),
)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def evaluated(chain: Chain) -> list[int]:
    """Running values by Python's own arithmetic on whole numbers, reduced only at the end."""
    expression = str(chain.start)
    values = [chain.start]
    for operation in chain.operations:
        expression = f"({expression}){operation.sign}{operation.digit}"
        values.append(eval(expression) % 10)  # text made here
    return values


def corpus(**changes: object) -> Corpus:
    settings = {
        "seed": 1,
        "examples": 400,
        "operations": [2, 3, 4],
        "slip_rate": 0.1,
        "most_waits": 3,
        "wordings": ["plain", "about"],
        "asked_share": 0.5,
    }
    return Corpus.model_validate(settings | changes)


@given(chains)
def test_values_are_those_of_whole_number_arithmetic(chain: Chain) -> None:
    assert chain.values() == evaluated(chain)
    assert chain.answer() == "".join(map(str, evaluated(chain)[-3:]))
    assert len(chain.answer()) == 3


def test_operations_are_one_to_one_and_none_is_idle() -> None:
    for operation in OPERATIONS:
        results = [operation(digit) for digit in range(10)]
        assert sorted(results) == list(range(10))
        assert results != list(range(10))


@given(chains)
def test_every_family_asks_the_same_question(chain: Chain) -> None:
    texts = [family.text(chain) for family in FAMILIES]
    assert len(set(texts)) == len(FAMILIES)
    assert [read_question(text) for text in texts] == [chain] * len(FAMILIES)


def test_families_mean_what_they_say() -> None:
    chain = Chain(3, (Operation("+", 4), Operation("*", 7), Operation("-", 2)))
    texts = {family.name: family.text(chain).split(": ", 1)[1] for family in FAMILIES}
    assert texts == {
        "line": "3 a+4 b*7 c-2",
        "words": "start 3; a add 4; b times 7; c take 2",
        "program": "v=3;a+=4;b*=7;c-=2",
    }
    assert list(chain.values()) == [3, 7, 9, 7]
    assert chain.answer() == "797"


@pytest.mark.parametrize(
    "text", ["What is 3+4?", "", "Last three values modulo 10: 3 b+4", "3 a+4 b*7"]
)
def test_other_texts_are_no_question_about_chains(text: str) -> None:
    assert read_question(text) is None


def test_benchmark_is_spread_evenly_and_without_repeats() -> None:
    spec = GeneratedBenchmark(kind="chains", seed=3, operations=[2, 5, 9], problems=135)
    table = generate_problems(spec, "tiny")
    assert table["level"].value_counts()["count"].to_list() == [45, 45, 45]
    families = table["problem_id"].str.split("-").list.get(1)
    assert set(families.value_counts()["count"]) == {45}
    questions = [read_question(text) for text in table["problem"]]
    assert len(set(questions)) == 135
    for question, answer, level in zip(questions, table["answer"], table["level"], strict=True):
        assert question is not None
        assert int("".join(map(str, evaluated(question)[-3:]))) == int(answer)
        assert len(question.operations) == int(level)


def test_generate_problems_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    spec = '{"kind":"chains","seed":3,"operations":[2,3],"problems":20}'
    for name in ("a.parquet", "b.parquet"):
        command = ["-m", "scripts.data.generate_problems", "--spec", spec, "--benchmark", "b"]
        subprocess.run([sys.executable, *command, "--output", str(tmp_path / name)], check=True)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_too_many_short_chains_are_refused() -> None:
    spec = GeneratedBenchmark(kind="chains", seed=3, operations=[2, 3], problems=4412)
    with pytest.raises(TooManyProblemsError, match="at most 2205"):
        generate_problems(spec, "b")


def test_benchmarks_of_one_draw_have_nothing_in_common() -> None:
    settings = {"kind": "chains", "seed": 3, "operations": [4, 3], "made_of": ["+1", "*7"]}
    whole = generate_problems(GeneratedBenchmark(**settings, problems=50), "b")
    first = generate_problems(GeneratedBenchmark(**settings, problems=20), "b")
    rest = generate_problems(GeneratedBenchmark(**settings, problems=30, skip=20), "b")
    chains = [[read_question(text) for text in part["problem"]] for part in (whole, first, rest)]
    assert chains[0] == chains[1] + chains[2]
    made_of = {operation for chain in chains[0] if chain for operation in chain.operations}
    assert made_of == {Operation("+", 1), Operation("*", 7)}
    with pytest.raises(TooManyProblemsError, match=r"skipped ones included.* at most 40 "):
        generate_problems(GeneratedBenchmark(**settings, problems=30, skip=60), "b")


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
@given(chains, st.integers(0, 3), st.booleans(), st.integers(0, 10_000))
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
    told = ["".join(part.text for part in e.completion) for e in examples]
    waits = dict(zip(map(id, examples), ("Wait" in text for text in told), strict=True))
    assert not any(waits[id(e)] for e in straight)
    assert any(waits[id(e)] for e in examples if e not in straight)


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


def test_tokenizer_round_trip_on_all_that_the_benchmark_makes() -> None:
    tokenizer = build_tokenizer(512)
    assert len(tokenizer) <= 120
    for example in draw_examples(corpus(operations=list(range(2, 11))), PROMPTS, set()):
        text = (example.prompt or "") + "".join(segment.text for segment in example.completion)
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.decode(ids) == text
        assert tokenizer.unk_token_id not in ids


@given(st.text(max_size=40))
def test_tokenizer_takes_any_text(text: str) -> None:
    tokenizer = TOKENIZER
    assert isinstance(tokenizer.decode(tokenizer(text)["input_ids"]), str)


@given(st.text(alphabet="abcXYZ 0123456789\n.,:;()'\"/?!+-*=", max_size=60))
def test_tokenizer_spells_unknown_words(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


def test_tokenizer_unknown_characters_and_digits() -> None:
    assert unknown_characters("é4096\n") == "é"
    assert TOKENIZER.decode(TOKENIZER("é4096\n")["input_ids"]) == "4096\n"
    assert len(TOKENIZER("4096")["input_ids"]) == 4
    assert TOKENIZER.tokenize("Final Answer:") == ["Final", " Answer", ":"]


TOKENIZER = build_tokenizer(512)
