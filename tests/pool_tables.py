"""Answer, Cost and Trace tables of made-up pools, for the tests of curves."""

import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from scripts.lib.search.tables import Step
from scripts.lib.tableio import make_table
from scripts.lib.tables import SAMPLE_KEY, Answer, Cost, Trace


def pool_tables(samples: list[dict]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Tables of samples given as dicts: problem, answer (None: empty), gold, tokens, and more.

    A key of a sample overrides the column of that name in any of the three tables.
    """
    answers, costs, traces = [], [], []
    classes: dict[tuple[str, str], int] = {}
    counts: dict[tuple, int] = {}
    for sample in samples:
        key = {
            "pool": "votes",
            "benchmark": "numbers",
            "problem_id": sample["problem"],
            "wording": sample.get("wording", "plain"),
            "asked": sample.get("asked"),
            "effort": sample.get("effort"),
            "budget": sample.get("budget"),
            "waits": sample.get("waits"),
            "beams": sample.get("beams"),
        }
        place = counts[tuple(key.values())] = counts.get(tuple(key.values()), -1) + 1
        key["sample"] = place
        thinking = sample.get("thinking")
        answer, right = sample["answer"], sample["answer"] == sample["gold"]
        named = (sample["problem"], answer)
        number = None if answer is None else classes.setdefault(named, len(classes))
        graded = "none" if answer is None else "equal" if right else "different"
        answers.append(
            key
            | {"answer": answer, "answer_class": number, "correct": right, "graded": graded}
            | {"thinking_tokens": thinking}
        )
        cost = {
            "prompt_tokens": 10,
            "generated_tokens": sample["tokens"],
            "serial_tokens": sample["tokens"],
            "verifier_tokens": 0,
            "verifier_flops": 0.0,
            "prompt_flops": 1000.0,
            "flops": 7.0 * (sample["tokens"] or 0),
            "usd": 0.5,
        }
        costs.append(key | {name: sample.get(name, value) for name, value in cost.items()})
        trace = {"generated_tokens": sample["tokens"], "end": sample.get("end", "stop")}
        trace["thinking_tokens"] = thinking
        traces.append(key | trace | {"forced_tokens": 0, "wait_positions": []})
    return make_table(Answer, answers), make_table(Cost, costs), make_table(Trace, traces)


def step_table(samples: list[dict], scorer: str = "judge") -> pl.DataFrame:
    """The Step table of samples that have `scores`, one for each step, and `read`, their tokens.

    The verifier reads a prompt of 20 tokens, unless a sample says otherwise in `read_prompt`.
    """
    answers = pool_tables(samples)[0]
    keys = answers.select(SAMPLE_KEY).rows(named=True)
    rows = [
        key
        | {"step": step, "prompt_tokens": sample.get("read_prompt", 20), "tokens": tokens}
        | {"score": score, "scorer": scorer}
        for key, sample in zip(keys, samples, strict=True)
        for step, (score, tokens) in enumerate(
            zip(sample.get("scores", []), sample.get("read", []), strict=True)
        )
    ]
    return make_table(Step, rows)


def recorded_samples(path: Path) -> list[dict]:
    """Samples of a recording with one JSON line per problem of [answer, tokens] pairs."""
    samples = []
    for line in path.read_text(encoding="utf-8").splitlines():
        problem = json.loads(line)
        for answer, tokens in problem["all_answers"]:
            samples.append(
                {
                    "problem": str(problem["problem_num"]),
                    "answer": answer or None,
                    "gold": problem["gold_answer"],
                    "tokens": tokens,
                }
            )
    return samples


def samples_of(problem: str, answers: Sequence[str | None], **more) -> list[dict]:
    """One sample per answer, gold "1", with 100, 200, ... tokens."""
    return [
        {"problem": problem, "answer": answer, "gold": "1", "tokens": 100 * (i + 1), **more}
        for i, answer in enumerate(answers)
    ]
