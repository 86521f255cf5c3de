"""Questions about chains: their arithmetic, notations, and benchmarks."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given

from scripts.data.generate_problems import generate_problems
from scripts.lib.chains.families import FAMILIES, read_question
from scripts.lib.chains.problems import OPERATIONS, Chain, Operation, TooManyProblemsError
from scripts.lib.config.benchmarks import GeneratedBenchmark
from tests.chain_corpora import any_chain


def evaluated(chain: Chain) -> list[int]:
    """Running values by Python's own arithmetic on whole numbers, reduced only at the end."""
    expression = str(chain.start)
    values = [chain.start]
    for operation in chain.operations:
        expression = f"({expression}){operation.sign}{operation.digit}"
        values.append(eval(expression) % 10)  # text made here
    return values


@given(any_chain)
def test_values_are_those_of_whole_number_arithmetic(chain: Chain) -> None:
    assert chain.values() == evaluated(chain)
    assert chain.answer() == "".join(map(str, evaluated(chain)[-3:]))
    assert len(chain.answer()) == 3


def test_operations_are_one_to_one_and_none_is_idle() -> None:
    for operation in OPERATIONS:
        results = [operation(digit) for digit in range(10)]
        assert sorted(results) == list(range(10))
        assert results != list(range(10))


@given(any_chain)
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


def test_a_benchmark_to_train_on_has_nothing_in_common_with_others() -> None:
    settings = {"kind": "chains", "seed": 3, "operations": [4, 3], "made_of": ["+1", "*7"]}
    tests = generate_problems(GeneratedBenchmark(**settings, problems=40), "b")
    asked = {read_question(text) for text in tests["problem"]}
    same = generate_problems(GeneratedBenchmark(**settings, problems=40), "b", asked)
    chains = {read_question(text) for text in same["problem"]}
    assert len(chains) == 40
    assert not chains & asked
    made_of = {operation for chain in chains | asked if chain for operation in chain.operations}
    assert made_of == {Operation("+", 1), Operation("*", 7)}
    with pytest.raises(TooManyProblemsError, match="at most 20 may"):
        generate_problems(GeneratedBenchmark(**settings, problems=42), "b", asked)
