"""Best of n and searches: what a verifier's scores choose, and what it all cost."""

import math
from collections import defaultdict
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from scripts.lib.config.study_tables import ComparisonTable
from scripts.lib.curves.comparison import comparison_table
from scripts.lib.curves.rows import Bootstrap
from scripts.lib.curves.samples import CurveError, join_samples
from scripts.lib.curves.scores import with_reading, with_scores
from scripts.lib.curves.tables import Reference
from scripts.lib.search.tables import Step
from scripts.lib.tableio import TableError, check_table, empty_table
from tests.curve_tables import SIZE, tables_of
from tests.pool_tables import pool_tables, samples_of, step_table

AGGREGATED = {
    "last": lambda scores: scores[-1],
    "min": min,
    "product": math.prod,
    "mean": lambda scores: sum(scores) / len(scores),
}


def scored(problem, answers, scores, **more):
    """Samples of a problem with the scores of their steps; step i + 1 of sample j has i + j + 1
    tokens.
    """
    samples = samples_of(problem, answers, **more)
    for place, (sample, own) in enumerate(zip(samples, scores, strict=True)):
        sample |= {"scores": own, "read": [place + i + 1 for i in range(len(own))]}
    return samples


def random_samples(problem, n, seed, **more):
    """Few answers and coarse scores, so that much is equal; some without an answer or a step."""
    generator = np.random.default_rng(seed)
    answers = [[None, "1", "2", "3"][i] for i in generator.integers(0, 4, n)]
    scores = [
        [float(s) / 4 for s in generator.integers(1, 5, generator.integers(0, 4))] for _ in range(n)
    ]
    return scored(problem, answers, scores, **more)


def chosen_right(samples, select, aggregate):
    """Share of orders of the samples in which what is chosen is right, by plain loops."""
    answered = [sample for sample in samples if sample["answer"] is not None]
    if not answered:
        return 0.0
    final = [AGGREGATED[aggregate](s["scores"]) if s["scores"] else None for s in answered]
    if select == "naive":
        with_score = [score for score in final if score is not None]
        best = max(with_score) if with_score else None
        among = [s["answer"] for s, score in zip(answered, final, strict=True) if score == best]
        return sum(answer == "1" for answer in among) / len(among)
    sums = defaultdict(float)
    for sample, score in zip(answered, final, strict=True):
        sums[sample["answer"]] += 1 if select == "majority" else score or 0
    modes = [a for a, total in sums.items() if total > max(sums.values()) - 1e-9]
    return ("1" in modes) / len(modes)


@pytest.mark.parametrize("aggregate", AGGREGATED)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_best_of_k_by_enumeration(tmp_path, aggregate, seed):
    samples = [*random_samples("a", 6, seed), *random_samples("b", 6, seed + 10)]
    curve = {"method": "best_of_n", "aggregate": aggregate, "k": "all"}
    naive = tables_of(tmp_path, samples, **curve)
    weighted = tables_of(tmp_path, samples, select="weighted", **curve)
    for tables, select, far in ((naive, "naive", 1e-9), (weighted, "weighted", 0.012)):
        assert tables.points["setting"].to_list() == [f"k={k}" for k in range(1, 7)]
        for k in range(1, 7):
            exact = [
                np.mean([chosen_right(d, select, aggregate) for d in combinations(own, k)])
                for own in (samples[:6], samples[6:])
            ]
            # Draws of one and of all are exact; 50,000 orders miss by 0.01 once in 100,000 times.
            off = 1e-9 if k in (1, 6) else far
            found = tables.outcomes.filter(setting=f"k={k}")["accuracy"].to_list()
            assert found == pytest.approx(exact, abs=off), (select, k)


def test_what_has_no_answer_is_chosen_last_and_uses_up_a_draw(tmp_path):
    samples = scored("a", [None, "1", "2"], [[0.9], [0.5], []])
    points = tables_of(tmp_path, samples, method="best_of_n", k="all").points
    # Of two: (none, 1) 1; (none, 2) 2; (1, 2) 1, as 2 has no score.
    assert points["accuracy"].to_list() == pytest.approx([1 / 3, 2 / 3, 1])
    samples = scored("a", ["2", "1"], [[], []])
    points = tables_of(tmp_path, samples, method="best_of_n", k="all").points
    assert points["accuracy"].to_list() == pytest.approx([0.5, 0.5]), "none has a score: any"


def test_what_the_verifier_read_is_counted(tmp_path):
    samples = [
        *scored("a", ["1", "2"], [[0.9, 0.4], [0.5]], wording="short", read_prompt=10),
        *scored("a", ["1", "2"], [[0.3], []], wording="long", read_prompt=30, prompt_flops=500.0),
    ]
    points = tables_of(tmp_path, samples, method="best_of_n", k="all").points

    def flops(first, last):
        per_position = 4 * 2 * 4 * 8
        return sum(2 * 1e6 + per_position * position for position in range(first, last + 1))

    # Tokens of the steps, of the verifier's prompt, and FLOPs of both; the last was never read.
    read = [3, 2, 1, 0]
    prompts = ["short", "short", "long", None]
    lengths, own = {"short": 10, "long": 30}, {"short": 1000, "long": 500}
    for k in (1, 2, 3, 4):
        tokens, verifier, everything = [], [], []
        for draw in combinations(range(4), k):
            seen = {prompts[i] for i in draw} - {None}
            tokens.append(sum(read[i] for i in draw) + sum(lengths[p] for p in seen))
            verifier.append(
                sum(
                    flops(lengths[prompts[i]] + 1, lengths[prompts[i]] + read[i])
                    for i in draw
                    if read[i]
                )
                + sum(flops(1, lengths[p]) for p in seen)
            )
            solver = sum(own[p] for p in {samples[i]["wording"] for i in draw})
            solver += sum(7 * samples[i]["tokens"] for i in draw)
            everything.append(verifier[-1] + solver)
        point = points.row(k - 1, named=True)
        assert point["verifier_tokens"] == pytest.approx(np.mean(tokens))
        assert point["verifier_flops"] == pytest.approx(np.mean(verifier))
        assert point["flops"] == pytest.approx(np.mean(everything))
        assert point["tokens"] == pytest.approx(k * 150), "generated ones only"
        assert point["usd"] is None, "nobody knows what the verifier costs"


def test_a_verifier_of_unknown_size_has_unknown_flops():
    samples = scored("a", ["1", "2"], [[0.9], [0.5]])
    answers, costs, _ = pool_tables(samples)
    joined = join_samples(answers, costs)
    unknown = SIZE.__class__(None, None, None, None, None, None)
    read = with_reading(joined, step_table(samples), unknown)
    assert read["read_tokens"].to_list() == [1, 2]
    assert read["read_flops"].to_list() == [None, None]


@pytest.mark.parametrize("aggregate", AGGREGATED)
@pytest.mark.parametrize("select", ["naive", "weighted", "majority"])
def test_a_search_chooses_among_all_its_candidates(tmp_path, select, aggregate):
    samples = [
        sample
        for beams in (4, 1, 8)
        for number, problem in enumerate("abcdef")
        for sample in random_samples(problem, beams, 100 * beams + number, beams=beams)
    ]
    curve = {"method": "beam", "select": select, "aggregate": aggregate}
    tables = tables_of(tmp_path, samples, **curve)
    points = tables.points
    assert points["setting"].to_list() == ["k=1", "k=4", "k=8"]
    assert points["n"].to_list() == [1, 4, 8]
    for beams in (1, 4, 8):
        exact = [
            chosen_right(
                [s for s in samples if (s["problem"], s["beams"]) == (p, beams)], select, aggregate
            )
            for p in "abcdef"
        ]
        own = tables.outcomes.filter(setting=f"k={beams}")
        assert own["accuracy"].to_list() == pytest.approx(exact)
    assert points["low_benchmark"].to_list() == [None] * 3, "each problem was searched once"
    assert (points["low"] <= points["accuracy"]).all()
    few = tables_of(tmp_path, samples, beams=[8, 1], **curve).points
    assert few.rows() == points.filter(pl.col("n") != 4).rows()


def test_a_search_costs_all_that_was_done_in_its_places(tmp_path):
    samples = [
        *scored("a", ["1", "2"], [[0.9], [0.5]], beams=2, verifier_tokens=50, verifier_flops=9.0),
        *scored("b", ["1", "2"], [[0.9], [0.5]], beams=2, verifier_tokens=70, verifier_flops=5.0),
    ]
    point = tables_of(tmp_path, samples, method="dvts").points.row(0, named=True)
    assert point["tokens"] == 300
    assert point["serial_tokens"] == 200
    # Each problem's prompt, of 20 tokens, is read once by the verifier; the FLOPs of that are
    # among those of prompts, and those of steps among the FLOPs of a row, already.
    assert point["verifier_tokens"] == 120 + 20
    read_prompt = 2 * 1e6 * 20 + 4 * 2 * 4 * 8 * sum(range(21))
    assert point["verifier_flops"] == pytest.approx(14 + read_prompt)
    assert point["flops"] == 1000 + 7 * 300
    assert point["usd"] == 1


def test_votes_and_the_oracle_draw_on_one_search(tmp_path):
    samples = [
        sample
        for beams, answers in ((2, ["2", "1"]), (4, ["1", "1", "2", None]))
        for sample in samples_of("a", answers, beams=beams, verifier_tokens=5, verifier_flops=3.0)
    ]
    with pytest.raises(CurveError, match="name its beams"):
        tables_of(tmp_path, samples, method="vote")
    vote = tables_of(tmp_path, samples, method="vote", beams=4, k=[4]).points.row(0, named=True)
    assert (vote["accuracy"], vote["verifier_tokens"], vote["verifier_flops"]) == (1, 20, 12)
    oracle = tables_of(tmp_path, samples, method="oracle", beams=2).points
    assert oracle["accuracy"].to_list() == pytest.approx([0.5, 1])


def test_a_search_and_a_draw_are_paired_over_problems(tmp_path):
    found = [
        sample
        for problem in "abcd"
        for sample in scored(problem, ["1", "2"], [[0.9], [0.5]], beams=2)
    ]
    drawn = [
        sample
        for problem in "dcba"
        for sample in scored(
            problem, ["1", "2", "2"], [[0.9 if problem < "c" else 0.1], [0.5], [0.5]]
        )
    ]
    tables = {
        "beam": tables_of(tmp_path, found, method="beam"),
        "best": tables_of(tmp_path, drawn, method="best_of_n"),
    }
    entry = {"kind": "comparison", "title": "t", "reference": "best", "curves": ["beam"]}
    rows = comparison_table(
        ComparisonTable.model_validate(entry | {"setting": "k=2"}),
        {name: each.points for name, each in tables.items()},
        {name: each.outcomes for name, each in tables.items()},
        {"beam": "Beam", "best": "Best"},
        empty_table(Reference),
        Bootstrap(200, 0),
    )
    # Two problems choose the right one whenever it is drawn, in 2 of 3 draws; two never do.
    assert rows["accuracy"].to_list() == pytest.approx([1 / 3, 1])
    assert rows["difference"].to_list() == [None, pytest.approx(2 / 3)]


def test_scores_that_do_not_belong_are_refused(tmp_path):
    samples = scored("a", ["1", "2"], [[0.9], [0.5]])
    answers, costs, _ = pool_tables(samples)
    joined = join_samples(answers, costs)
    steps = step_table(samples)
    with pytest.raises(CurveError, match="scores of judge; those of other are needed"):
        with_scores(joined, steps, "other", "last")
    with pytest.raises(CurveError, match=r"1 samples with scores are not in the pool: \('votes'"):
        with_scores(joined.head(1), steps, "judge", "last")
    with pytest.raises(CurveError, match="no scores of a verifier: give --scores"):
        tables_of(tmp_path, samples_of("a", ["1"]), method="best_of_n")
    broken = steps.with_columns(score=pl.Series([0.5, float("nan")]))
    with pytest.raises(TableError, match=r"steps.parquet: .*\n.*column 'score' .* in row 3: 'NaN'"):
        check_table(Step, broken, tmp_path / "steps.parquet")


def repeated(problem, beams, seeds, verifier_tokens=5):
    """Searches of one problem with N candidates, one for each seed, numbered on."""
    samples = []
    for repeat, seed in enumerate(seeds):
        own = random_samples(problem, beams, seed, beams=beams, verifier_tokens=verifier_tokens)
        samples += [one | {"sample": repeat * beams + place} for place, one in enumerate(own)]
    return samples


@pytest.mark.parametrize("select", ["naive", "weighted", "majority"])
def test_repeats_of_a_search_are_averaged(tmp_path, select):
    samples = [s for p in "abcd" for s in repeated(p, 4, [ord(p), ord(p) + 50, ord(p) + 90])]
    tables = tables_of(tmp_path, samples, method="beam", select=select)
    exact = [
        np.mean(
            [
                chosen_right(
                    [s for s in samples if s["problem"] == p and s["sample"] // 4 == repeat],
                    *(select, "last"),
                )
                for repeat in range(3)
            ]
        )
        for p in "abcd"
    ]
    assert tables.outcomes["accuracy"].to_list() == pytest.approx(exact)
    point = tables.points.row(0, named=True)
    assert (point["n"], point["setting"]) == (4, "k=4")
    assert point["low_benchmark"] < point["accuracy"] < point["high_benchmark"]
    # One search of the three: its candidates, and the prompt once.
    assert point["tokens"] == pytest.approx(np.mean([s["tokens"] for s in samples]) * 4)
    once = [s for s in samples if s["sample"] < 4]
    assert tables_of(tmp_path, once, method="beam").points["verifier_tokens"].item() == (
        pytest.approx(point["verifier_tokens"])
    )


def test_a_repeat_that_is_missing_for_one_problem_is_refused(tmp_path):
    samples = [*repeated("a", 4, [1, 2]), *repeated("b", 4, [3])]
    with pytest.raises(CurveError, match="beams=4, problem b: there are 1 repeats of it only"):
        tables_of(tmp_path, samples, method="beam")


def test_a_search_that_lost_candidates_is_refused(tmp_path):
    samples = scored("a", ["1", "2"], [[0.9], [0.5]], beams=4)
    with pytest.raises(CurveError, match="beams=4, problem a: there are 2 candidates"):
        tables_of(tmp_path, samples, method="rebase")
    whole = scored("a", ["1", "2"], [[0.9], [0.5]], beams=2)
    part = scored("b", ["1"], [[0.9]], beams=1)
    with pytest.raises(CurveError, match="beams=1: no candidates for problems a"):
        tables_of(tmp_path, [*whole, *part], method="rebase")
    with pytest.raises(CurveError, match="no sample has beams 8; there are: "):
        tables_of(tmp_path, whole, method="rebase", beams=[2, 8])
    with pytest.raises(CurveError, match="not of a search"):
        tables_of(tmp_path, scored("a", ["1"], [[0.9]]), method="rebase")
