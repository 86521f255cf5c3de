"""Pairs of attempts for a revision model, and what the model is trained on."""

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.config.models import Revisions, TunedModel
from scripts.lib.config.pools import RevisedPool
from scripts.lib.finetuning.base_model import BaseModel
from scripts.lib.finetuning.examples import ExampleError
from scripts.lib.finetuning.pair_examples import read_pairs
from scripts.lib.finetuning.pairs import PairError, pair_revisions
from scripts.lib.revision import attempt_requests, shown_attempt
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from scripts.lib.training import IGNORED
from scripts.lib.training_tables import RevisionPair, TrainingSet
from scripts.train.train_sft import train_sft
from tests.tuned_model import CONTEXT, write_base

PATH = Path("results/s/pairs/revises.parquet")
PROMPT = "{problem}\nYour answer was {attempt}. Think again."
SPEC = Revisions(pool="many", wording="revise", most=3, seed=1)


def said(answer: str, thought: str = "1+2=3") -> str:
    """What the small models of the study write."""
    return f"<|im_start|>think\n{thought}\n<|im_start|>answer\nAnswer: {answer}"


def sample(problem: str, text: str | None, right: bool, **more: object) -> dict[str, object]:
    graded = "equal" if right else "different"
    return {"problem": problem, "text": text, "right": right, "graded": graded, **more}


def tables(*samples: dict[str, object]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Problems, traces and answers of samples."""
    names = list(dict.fromkeys(one["problem"] for one in samples))
    counts = {name: itertools.count() for name in names}
    problems, traces, answers = [], [], []
    for name in names:
        row = {"benchmark": "posed", "problem_id": name, "problem": f"Problem {name}?"}
        problems.append(row | {"answer": "7", "answer_kind": "integer", "publish": "text"})
    for one in samples:
        number = next(counts[one["problem"]])
        key = {"pool": "many", "benchmark": "posed", "problem_id": one["problem"]}
        key |= {"wording": "plain", "sample": number}
        text = one["text"]
        trace = {"text": text, "end": one.get("end", "stop"), "forced_tokens": 0}
        traces.append(key | trace | {"wait_positions": [], "generated_tokens": len(text or "")})
        answers.append(key | {"correct": one["right"], "graded": one["graded"]})
    return make_table(Problem, problems), make_table(Trace, traces), make_table(Answer, answers)


def many(problems: int = 12, samples: int = 8, seed: int = 0) -> list[dict[str, object]]:
    """Samples of some problems, of which 7 is right, whatever the rest is."""
    noise = np.random.default_rng(seed)
    return [
        sample(f"p{problem}", said(str(answer), f"{noise.integers(100)}+1"), answer == 7)
        for problem in range(problems)
        for answer in noise.choice([7, 7, 8, 19, 700], samples)
    ]


def plain_distance(first: str, second: str) -> int:
    """The table of distances, cell by cell."""
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        above, row = row, [i]
        for j, b in enumerate(second, start=1):
            row.append(min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b)))
    return row[-1]


def test_each_right_attempt_follows_the_wrong_one_closest_to_it() -> None:
    samples = many()
    given_tables = tables(*samples)
    pairs = pair_revisions(*given_tables, SPEC)
    traces, answers = given_tables[1:]
    by_number = {
        (row["problem_id"], row["sample"]): (row, graded)
        for row, graded in zip(traces.rows(named=True), answers["correct"].to_list(), strict=True)
    }
    assert len(pairs) > 20
    for pair in pairs.rows(named=True):
        right, is_right = by_number[pair["problem_id"], pair["right"]]
        wrong, wrong_is_right = by_number[pair["problem_id"], pair["wrong"]]
        assert is_right
        assert not wrong_is_right
        assert pair["completion"] == right["text"]
        assert pair["tokens"] == right["generated_tokens"]
        assert pair["attempt"] == shown_attempt(wrong["text"], wrong["end"]) != "Answer: 7"
        others = [
            plain_distance("Answer: 7", shown_attempt(row["text"], row["end"]))
            for (problem, _), (row, graded) in by_number.items()
            if problem == pair["problem_id"] and not graded
        ]
        assert pair["distance"] == min(others)
        assert pair["problem"] == f"Problem {pair['problem_id']}?"
    assert pairs.group_by("problem_id").len()["len"].max() == SPEC.most
    order = list(dict.fromkeys(pairs["problem_id"]))
    assert order == [name for name in given_tables[0]["problem_id"] if name in order]


def test_pairs_depend_on_samples_and_seed_alone_and_fewer_are_the_first() -> None:
    given_tables = tables(*many())
    pairs = pair_revisions(*given_tables, SPEC)
    problems, traces, answers = given_tables
    shuffled = traces.sample(fraction=1, shuffle=True, seed=5)
    again = pair_revisions(problems, shuffled, answers, SPEC)
    assert again.equals(pairs)
    fewer = pair_revisions(*given_tables, SPEC.model_copy(update={"most": 1}))
    assert fewer.equals(pairs.filter(pl.int_range(pl.len()).over("problem_id") == 0))
    other = pair_revisions(*given_tables, SPEC.model_copy(update={"seed": 2}))
    assert not other.equals(pairs)


def test_no_right_attempt_stands_as_a_wrong_one() -> None:
    doubtful = [
        sample("a", said("7"), True),
        # A grader that gave up, or one that took the same answer for another.
        sample("a", said("7.0"), False, graded="timeout"),
        sample("a", said("7.00"), False, graded="memory"),
        sample("a", said("7.000"), False, graded="unreadable"),
        sample("a", said("7", "other"), False),
        # Nothing to show: cut in its thought, or empty.
        sample("a", "<|im_start|>think\n1+", False, end="length", graded="none"),
        sample("a", None, False, graded="none"),
    ]
    with pytest.raises(PairError, match="1 have only right ones, 0 only wrong ones, of 1"):
        pair_revisions(*tables(*doubtful), SPEC)
    pairs = pair_revisions(*tables(*doubtful, sample("a", said("12345"), False)), SPEC)
    assert pairs.select("wrong", "right").rows() == [(7, 0)]


def test_right_attempts_ended_by_themselves_and_count_once() -> None:
    samples = [
        sample("a", said("7"), True, end="length"),
        sample("a", said("7", "2+5"), True),
        sample("a", said("7", "2+5"), True),
        sample("a", said("8"), False),
    ]
    assert pair_revisions(*tables(*samples), SPEC)["right"].to_list() == [1]


@pytest.mark.parametrize(
    ("right", "told"),
    [(True, "2 have only right ones, 0 only wrong"), (False, "0 have only right ones, 2 only")],
)
def test_a_pool_without_right_or_without_wrong_samples_is_refused(right: bool, told: str) -> None:
    samples = [sample(name, said(str(n)), right) for name in "ab" for n in range(3)]
    with pytest.raises(PairError, match=told + r".*draw more samples of each \(n\)"):
        pair_revisions(*tables(*samples), SPEC)


def test_samples_without_answers_or_problems_are_named() -> None:
    problems, traces, answers = tables(*many(2))
    with pytest.raises(PairError, match=r"1 samples have no graded answer.*\('p1', 7\)"):
        pair_revisions(problems, traces, answers.head(-1), SPEC)
    with pytest.raises(PairError, match=r"1 problems .* the first being p0"):
        pair_revisions(problems.tail(1), traces, answers, SPEC)


def tuned(**training: object) -> TunedModel:
    settings = {"learning_rate": 0.003, "epochs": 1, "batch_size": 8, "device_batch_size": 8}
    return TunedModel.model_validate(
        {
            "kind": "tuned",
            "base": "base",
            "revisions": SPEC.model_dump(),
            "training": {"max_length": CONTEXT, **settings, **training},
        }
    )


def test_examples_ask_as_a_revised_pool_does() -> None:
    tokenizer = build_tokenizer(CONTEXT)
    problems, traces, answers = tables(*many())
    pairs = pair_revisions(problems, traces, answers, SPEC)
    rows = read_pairs(pairs, PATH, tuned(), PROMPT, tokenizer).rows
    pool = RevisedPool.model_validate(
        {"kind": "revised", "model": "m", "benchmark": "posed", "wording": "plain", "n": 8}
        | {"revision": "revise", "revisions": 1, "sampling": {"max_tokens": 64}}
    )
    prompts = {"plain": "{problem}", "revise": PROMPT}
    before = traces.select("text", "end").rows()
    asked = {
        (at.problem_id, at.sample): request.prompt
        for at, request in attempt_requests(pool, problems.to_dicts(), prompts, 1, before)
    }
    for row, pair in zip(rows, pairs.rows(named=True), strict=True):
        message = asked[pair["problem_id"], pair["wrong"]]
        prompt = f"<|im_start|>user\n{message}<|im_end|>\n<|im_start|>assistant\n"
        written = f"{pair['completion']}<|im_end|>"
        assert tokenizer.decode(row["input_ids"]) == prompt + written
        length = len(tokenizer(prompt)["input_ids"])
        assert row["labels"][:length] == [IGNORED] * length
        assert row["labels"][length:] == row["input_ids"][length:]
        assert row["labels"][length:] == tokenizer(written)["input_ids"]


def test_texts_that_cannot_be_trained_on_are_named() -> None:
    tokenizer = build_tokenizer(CONTEXT)
    pairs = pair_revisions(*tables(*many()), SPEC)

    def read(prompt: str = PROMPT, examples: int | None = None, **texts: str) -> None:
        table = pairs.with_columns(pl.lit(text).alias(name) for name, text in texts.items())
        spec = tuned().model_copy(update={"examples": examples})
        read_pairs(table, PATH, spec, prompt, tokenizer)

    read()
    with pytest.raises(ExampleError, match=r"problem p0: its completion holds '<\|im_end\|>', wh"):
        read(completion="Answer: 7<|im_end|>")
    with pytest.raises(ExampleError, match=r"its attempt holds '<\|im_start\|>'"):
        read(attempt="<|im_start|>7")
    with pytest.raises(ExampleError, match="its completion holds 'Ü', which the tokenizer cannot"):
        read(completion=said("Ü"))
    with pytest.raises(ExampleError, match="the prompt holds '~'"):
        read(prompt="~" + PROMPT)
    with pytest.raises(ExampleError, match=rf"{len(pairs)} pairs, and examples asks for 99 of"):
        read(examples=99)


def test_problems_that_the_tokenizer_cannot_spell_are_left_out() -> None:
    tokenizer = build_tokenizer(CONTEXT)
    pairs = pair_revisions(*tables(*many()), SPEC)
    odd = pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("$x$?")).otherwise("problem")
    some = read_pairs(pairs.with_columns(problem=odd), PATH, tuned(), PROMPT, tokenizer)
    every = read_pairs(pairs, PATH, tuned(), PROMPT, tokenizer)
    assert some.rows == every.rows[1:]
    with pytest.raises(ExampleError, match="cannot spell the problem of any of the pairs"):
        read_pairs(pairs.with_columns(problem=pl.lit("$")), PATH, tuned(), PROMPT, tokenizer)


def test_the_program_writes_what_a_training_reads(tmp_path: Path) -> None:
    given_tables = tables(*many())
    paths = {name: tmp_path / f"{name}.parquet" for name in ("problems", "traces", "answers")}
    for model, table, path in zip(
        (Problem, Trace, Answer), given_tables, paths.values(), strict=True
    ):
        write_table(model, table, path)

    def run(spec: Revisions) -> "subprocess.CompletedProcess[str]":
        options = {f"--{name}": str(path) for name, path in paths.items()}
        options |= {"--spec": json.dumps(spec.model_dump())}
        options |= {"--output": str(tmp_path / "pairs.parquet")}
        command = [sys.executable, "-m", "scripts.train.pair_revisions"]
        return subprocess.run(
            [*command, *(part for option in options.items() for part in option)],
            capture_output=True,
            text=True,
            check=False,
        )

    done = run(SPEC)
    assert done.returncode == 0, done.stderr
    pairs = read_table(RevisionPair, tmp_path / "pairs.parquet")
    assert pairs.equals(pair_revisions(*given_tables, SPEC))
    assert f"{len(pairs)} pairs of " in done.stderr
    base = write_base(tmp_path / "base")
    output = tmp_path / "revises"
    data = tmp_path / "pairs.parquet"
    train_sft(tuned(), PROMPT, data, BaseModel(base), tmp_path / "checkpoints", output)
    set_ = read_table(TrainingSet, output / "examples.csv").row(0, named=True)
    assert (set_["examples"], set_["cut"], set_["left_out"]) == (len(pairs), 0, 0)
    before, after = (load_file(folder / "model.safetensors") for folder in (base, output))
    assert any(not np.array_equal(before[name], after[name]) for name in before)
    write_table(Answer, given_tables[2].with_columns(correct=pl.lit(True)), paths["answers"])
    failed = run(SPEC)
    assert failed.returncode != 0
    assert f"pool many, {paths['traces']}: no question has both right and wrong" in failed.stderr
