import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from scripts.data.generate_problems import generate_problems
from scripts.lib.chains.completions import Segment, draw_completion, thinking_text
from scripts.lib.chains.families import FAMILIES, read_question
from scripts.lib.chains.problems import draw_chain
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.chains.traces import Plan, draw_passes
from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.config.questions import ChainsQuestions
from scripts.lib.questions.chains import GeneratorError, generate_questions
from scripts.lib.questions.tables import Collected
from scripts.lib.tableio import check_table, write_table
from scripts.lib.tables import Problem
from scripts.lib.thinking import ANSWER, THINK

SPEC = {
    "kind": "chains",
    "seed": 7,
    "questions": 300,
    "families": ["line", "program"],
    "operations": [2, 4],
    "slip_rate": 0.1,
    "most_waits": 3,
}
FLAWS = {
    "no_answer": 11,
    "failed_calls": 12,
    "broken_format": 13,
    "duplicates": 14,
    "near_tests": 15,
}
BENCHMARK = GeneratedBenchmark(kind="chains", seed=3, operations=[2, 4], problems=90)
PROBLEMS = generate_problems(BENCHMARK, "tests")
TESTS = {text: read_question(text) for text in PROBLEMS["problem"]}


def spec(**changes: object) -> ChainsQuestions:
    return ChainsQuestions.model_validate(SPEC | changes)


def generated(**changes: object) -> pl.DataFrame:
    table = generate_questions(spec(**changes), "sums", TESTS)
    return check_table(Collected, table, Path("sums.parquet"))


def test_rows_hold_true_answers_and_what_the_teacher_wrote() -> None:
    table = generated()
    assert len(table) == 300
    assert set(table["source"]) == {"sums"}
    assert set(table["domain"]) == {"line", "program"}
    lengths = set()
    for row in table.iter_rows(named=True):
        chain = read_question(row["question"])
        assert chain is not None
        family = next(family for family in FAMILIES if family.name == row["domain"])
        assert row["question"] == family.text(chain)
        values = chain.values()
        assert row["answer"] == "".join(map(str, values[-3:]))
        lengths.add(len(chain.operations))
        written = [line.split("=")[1] for line in row["solution"].splitlines()]
        assert [*map(str, values[1:])] == written
        last = row["trace"].removesuffix("\n").split("\nWait\n")[-1].splitlines()
        results = [last[0][0], *(line[-1] for line in last)]
        assert row["attempt"] == "".join(results[-3:])
    assert lengths == {2, 4}


def test_nothing_of_a_benchmark_is_asked_in_any_notation() -> None:
    table = generated(families=["words"], operations=[2], questions=1500)
    asked = {read_question(text) for text in table["question"]}
    assert len(asked) == 1500
    assert not asked & set(TESTS.values())
    free = generate_questions(spec(families=["words"], operations=[2], questions=1500), "s", {})
    assert {read_question(text) for text in free["question"]} & set(TESTS.values())


def test_waits_are_equally_likely_and_slips_reach_the_answers() -> None:
    table = generated(questions=2000)
    waits = table["trace"].str.count_matches("Wait").value_counts().sort("trace")
    assert waits["trace"].to_list() == [0, 1, 2, 3]
    assert all(400 < count < 600 for count in waits["count"])
    wrong = (table["answer"] != table["attempt"]).mean()
    assert 0.02 < wrong < 0.3
    sound = generated(slip_rate=0.0)
    assert sound["answer"].to_list() == sound["attempt"].to_list()


def test_facts_are_hard_by_the_slip_seed() -> None:
    def first_slips(**changes: object) -> set[str]:
        table = generated(questions=800, slip_rate=0.15, most_waits=0, **changes)
        steps = table["trace"].str.split("\n").explode().drop_nulls()
        slips = set()
        for step in steps.filter(steps != ""):
            old, _, sign, digit, _, new = step
            if eval(f"({old}{sign}{digit}) % 10") != int(new):  # text made here
                slips.add(f"{old}{sign}{digit}={new}")
        return slips

    same = first_slips(slip_seed=5, seed=1), first_slips(slip_seed=5, seed=2)
    other = first_slips(slip_seed=6, seed=1)
    assert len(same[0] & same[1]) > 0.6 * len(same[0])
    assert len(same[0] & other) < 0.3 * len(same[0])
    assert first_slips(seed=5) == first_slips(seed=5, slip_seed=5)


def test_each_flaw_is_planted_as_often_as_told() -> None:
    table = generated(flaws=FLAWS)
    assert len(table) == 300
    unanswered = table.filter(pl.col("answer").is_null())
    assert len(unanswered) == FLAWS["no_answer"]
    assert unanswered["solution"].null_count() == len(unanswered)
    assert unanswered["trace"].null_count() == unanswered["attempt"].null_count() == 0
    failed = table.filter(pl.col("failure").is_not_null())
    assert len(failed) == FLAWS["failed_calls"]
    assert failed["failure"].str.starts_with("teacher: ").all()
    assert failed["trace"].null_count() == failed["attempt"].null_count() == len(failed)
    assert table["trace"].null_count() == len(failed)
    broken = table.filter(pl.col("question").str.contains(r"!\[Image\]|\\\[|\$"))
    assert len(broken) == FLAWS["broken_format"]
    near = table.filter(
        pl.col("question").map_elements(
            lambda text: text not in TESTS and any(test in text for test in TESTS),
            return_dtype=pl.Boolean,
        )
    )
    assert len(near) == FLAWS["near_tests"]
    assert near["answer"].null_count() == near["trace"].null_count() == 0
    ids = table["question_id"]
    assert len(ids) - ids.n_unique() == FLAWS["duplicates"]
    again = table.filter(ids.is_duplicated())
    assert again["answer"].null_count() == again["failure"].is_not_null().sum() == 0
    rest = table.filter(
        ~pl.col("question_id").is_in([*broken["question_id"], *near["question_id"]])
    )
    assert all(read_question(text) for text in rest["question"])
    assert not {read_question(text) for text in rest["question"]} & set(TESTS.values())


def test_flaws_are_spread_over_the_table() -> None:
    table = generated(flaws=FLAWS)
    for column in ("answer", "trace"):
        places = table[column].is_null().arg_true()
        assert places.min() < 100
        assert places.max() > 200


def test_the_table_is_a_function_of_the_spec(tmp_path: Path) -> None:
    assert generated(flaws=FLAWS).equals(generated(flaws=FLAWS))
    assert not generated(flaws=FLAWS).equals(generated(flaws=FLAWS, seed=8))
    write_table(Problem, PROBLEMS, tmp_path / "tests.parquet")
    text = spec(flaws=FLAWS).model_dump_json(exclude_none=True)
    command = ["-m", "scripts.curate.collect_questions", "--spec", text, "--source", "sums"]
    command += ["--exclude", str(tmp_path / "tests.parquet")]
    subprocess.run([sys.executable, *command, "--output", str(tmp_path / "a.parquet")], check=True)
    write_table(Collected, generated(flaws=FLAWS), tmp_path / "b.parquet")
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_trace_is_what_the_corpus_writes_between_its_delimiters() -> None:
    slips = Slips.draw(0.2, seed=4)
    tokenizer = build_tokenizer(512)
    compared = set()
    for seed in range(200):
        chain = draw_chain(2 + seed % 5, np.random.Generator(np.random.PCG64(seed)))
        noise = np.random.Generator(np.random.PCG64(seed))
        noise.random()  # a completion first decides whether it waits by force
        passes = draw_passes(chain, Plan(True, seed % 3), slips, noise)
        noise = np.random.Generator(np.random.PCG64(seed))
        segments = draw_completion(chain, Plan(True, seed % 3), seed % 3, slips, noise)
        if not all(segment.learned for segment in segments):
            continue
        answer = "".join(str(value) for value in passes[-1].values[-3:])
        written = [
            Segment(THINK),
            Segment(thinking_text(chain, passes)),
            Segment(f"{ANSWER}Answer: {answer}<|im_end|>"),
        ]
        assert encoded(tokenizer, written) == encoded(tokenizer, segments)
        compared.add(seed % 3)
    assert compared == {0, 1, 2}


def encoded(tokenizer, segments: list[Segment]) -> list[int]:
    """Token ids as the corpus makes them: piece by piece."""
    pieces = [tokenizer(segment.text, add_special_tokens=False) for segment in segments]
    return [token for piece in pieces for token in piece["input_ids"]]


def test_sound_questions_and_near_copies_can_be_spelt() -> None:
    tokenizer = build_tokenizer(512)
    table = generated(flaws=FLAWS | {"broken_format": 0})
    for column in ("question", "trace", "attempt"):
        for text in table[column].drop_nulls():
            assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_what_cannot_be_generated_is_told() -> None:
    with pytest.raises(GeneratorError, match=r"families: roman not known; there is: line, words"):
        generated(families=["roman"])
    with pytest.raises(GeneratorError, match=r"questions: 2500, .* at most 2115 may be asked"):
        generated(operations=[2], questions=2500)
    with pytest.raises(GeneratorError, match=r"near_tests: 31, and the benchmarks hold 30 .*line"):
        generated(families=["line"], flaws={"near_tests": 31})
    assert len(generated(families=["line"], flaws={"near_tests": 30})) == 300
    with pytest.raises(ValidationError, match=re.escape("flaws: 300 in all, and there are 300")):
        spec(flaws={"duplicates": 300})
