"""Quantiles of a verifier's scores along right and wrong solutions."""

import numpy as np
import polars as pl
import pytest

from scripts.lib.curves.score_rows import score_rows
from scripts.lib.search.tables import ScoreRow, Step
from scripts.lib.tableio import make_table
from scripts.lib.tables import SAMPLE_KEY, schema_of


def tables(solutions: list[tuple[int | None, bool, list[float]]]):
    """Answers and steps of solutions given as N, whether they are right, and scores."""
    answers, steps = [], []
    for number, (beams, correct, scores) in enumerate(solutions):
        key = dict.fromkeys(SAMPLE_KEY) | {
            **{"benchmark": "chains", "problem_id": f"p{number % 3}", "wording": "plain"},
            **{"sample": number, "beams": beams},
        }
        answers.append(key | {"correct": correct})
        steps += [
            key | {"step": step, "prompt_tokens": 9, "tokens": 5, "score": score, "scorer": "prm"}
            for step, score in enumerate(scores)
        ]
    schema = schema_of(Step)
    keys = {name: schema[name] for name in SAMPLE_KEY} | {"correct": pl.Boolean}
    return pl.DataFrame(answers, schema=keys), make_table(Step, steps)


def plain(solutions, parts):
    """The same with loops."""
    found: dict[tuple, list[float]] = {}
    for beams, correct, scores in solutions:
        for place, score in enumerate(scores):
            share = place / (len(scores) - 1) if len(scores) > 1 else 1.0
            part = min(int(share * parts), parts - 1) + 1
            found.setdefault((beams, correct, part), []).append(score)
    return {
        key: [float(np.quantile(scores, q)) for q in (0.1, 0.25, 0.5, 0.75, 0.9)]
        for key, scores in found.items()
    }


@pytest.mark.parametrize("parts", [2, 3, 5])
def test_quantiles_are_those_of_a_plain_loop(parts: int):
    random = np.random.default_rng(3)
    solutions = [
        (beams, bool(random.integers(2)), random.random(int(random.integers(1, 9))).tolist())
        for beams in (None, 4, 8)
        for _ in range(12)
    ]
    rows = score_rows(*tables(solutions), parts)
    names = ["low", "quarter", "median", "three_quarters", "high"]
    told = {
        (row["beams"], row["correct"], row["part"]): [row[name] for name in names]
        for row in rows.iter_rows(named=True)
    }
    expected = plain(solutions, parts)
    assert told.keys() == expected.keys()
    for key, values in expected.items():
        assert told[key] == pytest.approx(values)
    shared = {"curve": "c", "label": "c", "verifier": "prm"}
    make_table(ScoreRow, [shared | row for row in rows.iter_rows(named=True)])


def test_the_last_step_stands_in_the_last_part_and_counts_its_solution():
    rows = score_rows(*tables([(None, True, [0.1, 0.9]), (None, True, [0.3])]), 4)
    assert rows.select("part", "samples", "steps", "median").rows() == [
        (1, 1, 1, 0.1),
        (4, 2, 2, pytest.approx(0.6)),
    ]
