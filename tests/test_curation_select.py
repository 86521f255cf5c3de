import logging
import os
import subprocess
import sys
from collections import Counter

import numpy as np
import polars as pl
import pytest
from scipy.stats import chisquare

from scripts.lib.config.questions import Selection
from scripts.lib.curation.domains import Domains, domain_weights, halving_rank
from scripts.lib.curation.dropping import CurationError
from scripts.lib.curation.select import select
from scripts.lib.questions.tables import Kept, Question
from scripts.lib.tableio import read_table, write_table
from tests.question_rows import question, questions

DOMAINS = ["algebra", "geometry", "logic", "numbers"]
SOURCES = ["aime", "gpqa", "math", "numina"]


def pool(size: int = 400, seed: int = 0) -> pl.DataFrame:
    """Questions of uneven domains, many with traces of equal length."""
    generator = np.random.default_rng(seed)
    domains = generator.choice(DOMAINS, size, p=[0.5, 0.3, 0.15, 0.05])
    sources = generator.choice(SOURCES, size, p=[0.05, 0.05, 0.3, 0.6])
    tokens, right = generator.integers(1, 60, size), generator.random(size) < 0.5
    return questions(
        *(
            question(
                f"q{i}",
                str(sources[i]),
                domain=str(domains[i]),
                trace_tokens=int(tokens[i]),
                correct_trace=bool(right[i]),
            )
            for i in range(size)
        )
    )


def ids(table: pl.DataFrame) -> list[str]:
    return table["question_id"].to_list()


FIRST = [{"sources": ["aime", "gpqa"]}, {"sources": ["math", "aime"], "longer_than": 50}]
RULES = [
    Selection(rule="s1", size=60, first=FIRST),
    Selection(
        rule="s1",
        size=60,
        first=FIRST,
        benchmark_share=0.3,
        benchmark_domains={"aime": 1, "gpqa": 0.5},
    ),
    Selection(rule="random", size=60),
    Selection(rule="diverse", size=60),
    Selection(rule="longest", size=60),
    Selection(rule="full"),
]


@pytest.mark.parametrize("spec", RULES, ids=lambda spec: f"{spec.rule}-{spec.benchmark_share}")
def test_a_selection_depends_on_the_questions_and_the_seed_only(spec):
    table = pool()
    chosen = ids(select(table, spec, "a"))
    assert len(set(chosen)) == len(chosen) == (spec.size or len(table))
    assert set(chosen) <= set(ids(table))
    assert ids(select(table.sample(fraction=1, shuffle=True, seed=9), spec, "a")) == chosen
    reseeded = ids(select(table, spec.model_copy(update={"seed": 1}), "a"))
    assert (reseeded != chosen) == (spec.rule not in {"longest", "full"})


def test_a_selection_does_not_depend_on_the_order_of_hashes(tmp_path):
    write_table(Question, pool(), tmp_path / "pool.parquet")
    write_table(Kept, pool().select("question_id", "source"), tmp_path / "kept.parquet")
    command = [
        *(sys.executable, "-m", "scripts.curate.select_questions", "--selection", "a"),
        *("--spec", RULES[1].model_dump_json(exclude_none=True)),
        *("--questions", tmp_path / "pool.parquet", "--kept", tmp_path / "kept.parquet"),
        *("--output", tmp_path / "chosen.parquet"),
    ]
    # This process has an order of hashes of its own.
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "1"})
    chosen = read_table(Question, tmp_path / "chosen.parquet")
    assert chosen.equals(select(pool(), RULES[1], "a"))


def test_benchmark_like_questions_come_first_if_the_teacher_was_right():
    table = pool()
    chosen = select(table, RULES[0], "a")
    right = pl.col("correct_trace")
    of_first = right & pl.col("source").is_in(["aime", "gpqa"])
    of_second = right & (pl.col("source") == "math") & (pl.col("trace_tokens") > 50)
    first = sorted(ids(table.filter(of_first))) + sorted(ids(table.filter(of_second)))
    assert ids(chosen)[: len(first)] == first
    assert 0 < len(first) < 60
    # The rest is drawn from all that was not taken first.
    assert len(set(ids(chosen))) == 60


def test_domains_are_equally_likely_until_they_are_used_up():
    table = pool(4000)
    chosen = select(table, Selection(rule="s1", size=600), "a")
    counts = Counter(chosen["domain"])
    assert chisquare([counts[name] for name in DOMAINS]).pvalue > 0.001


def test_a_domain_that_is_used_up_leaves_the_draw_to_the_others():
    rows = [question(f"l{i}", domain="logic") for i in range(3)]
    table = questions(*rows, *(question(f"a{i}") for i in range(50)))
    chosen = select(table, Selection(rule="s1", size=53), "a")
    assert set(ids(chosen)) == set(ids(table))
    assert "logic" not in chosen["domain"].tail(30).to_list()


def test_ranks_halve():
    for size in (1, 2, 5, 64):
        weights = 2.0 ** -np.arange(size)
        limits = np.cumsum(weights / weights.sum())
        grid = (np.arange(4096) + 0.5) / 4096
        expected = np.minimum(np.searchsorted(limits, grid, "right"), size - 1)
        assert [halving_rank(uniform, size) for uniform in grid] == expected.tolist()
        assert halving_rank(0.0, size) == 0
        assert halving_rank(np.nextafter(1, 0), size) < size


@pytest.mark.parametrize("favour_long", [True, False])
def test_within_a_domain_longer_traces_are_favoured_or_not(favour_long):
    table = questions(*(question(f"q{i}", trace_tokens=i) for i in range(6)))
    generator = np.random.default_rng(5)
    drawn = Counter(
        5 - Domains(table, generator).draw(favour_long=favour_long) for _ in range(1000)
    )
    weights = 2.0 ** -np.arange(6) if favour_long else np.ones(6)
    expected = 1000 * weights / weights.sum()
    assert chisquare([drawn[rank] for rank in range(6)], expected).pvalue > 0.001


def test_traces_of_one_length_are_ranked_by_question_id():
    table = questions(*(question(f"q{i}") for i in range(8)))
    domains = Domains(table, np.random.default_rng(0))
    assert domains._rows == {"algebra": np.argsort(ids(table)).tolist()}


def test_the_last_draws_follow_the_domains_of_benchmarks():
    rows = [
        question(f"{domain}{i}", domain=domain, trace_tokens=i)
        for domain in DOMAINS
        for i in range(300)
    ]
    rows += [question(f"a{i}", "aime", domain="algebra") for i in range(3)]
    rows += [question(f"b{i}", "aime", domain="geometry") for i in range(1)]
    rows += [question(f"c{i}", "gpqa", domain="logic") for i in range(9)]
    table = questions(*rows)
    weights = {"aime": 1, "gpqa": 0.5}
    assert domain_weights(table, weights) == {"algebra": 0.75, "geometry": 0.25, "logic": 0.5}
    spec = Selection(rule="s1", size=400, benchmark_share=0.5, benchmark_domains=weights, seed=3)
    chosen = select(table, spec, "a")["domain"].to_list()
    early, late = Counter(chosen[:200]), Counter(chosen[200:])
    assert chisquare([early[name] for name in DOMAINS]).pvalue > 0.001
    assert late["numbers"] == 0
    expected = [100, 100 / 3, 200 / 3]
    assert chisquare([late[name] for name in DOMAINS[:3]], expected).pvalue > 0.001


def test_the_share_of_the_last_draws_counts_those_taken_first():
    rows = [question(f"a{i}", "aime", domain="algebra") for i in range(6)]
    rows += [question(f"n{i}", domain=name) for name in DOMAINS for i in range(20)]
    spec = Selection(
        rule="s1",
        size=10,
        first=[{"sources": ["aime"]}],
        benchmark_share=0.4,
        benchmark_domains={"aime": 1},
    )
    # Six came first, so that the other four are the last 40 %.
    assert set(select(questions(*rows), spec, "a")["domain"]) == {"algebra"}


def test_longest_takes_the_longest_traces():
    table = pool()
    chosen = select(table, Selection(rule="longest", size=50), "a")
    assert (
        chosen["trace_tokens"].to_list()
        == table["trace_tokens"].sort(descending=True)[:50].to_list()
    )


def test_random_and_diverse_differ_in_their_domains():
    table = pool(4000)
    random = Counter(select(table, Selection(rule="random", size=400), "a")["domain"])
    diverse = Counter(select(table, Selection(rule="diverse", size=400), "a")["domain"])
    assert random["numbers"] < 40
    assert chisquare([diverse[name] for name in DOMAINS]).pvalue > 0.001


def refuse(table: pl.DataFrame, pattern: str, **spec: object) -> None:
    with pytest.raises(CurationError, match=pattern):
        select(table, Selection.model_validate(spec), "mine")


def test_too_few_questions_are_told_with_their_number():
    table = pool(30)
    pattern = r"selections\.mine\.size: 31 questions are wanted.*'quality' there are 30"
    for rule in ("s1", "random", "diverse", "longest"):
        refuse(table, pattern, rule=rule, size=31, start="quality")
    assert len(select(table, Selection(rule="s1", size=30), "mine")) == 30
    refuse(table.clear(), r"selections\.mine: no question is left", rule="full")


def test_more_questions_first_than_the_selection_holds_are_refused():
    table = questions(*(question(f"q{i}") for i in range(5)))
    first = [{"sources": ["here"]}]
    refuse(
        table, r"mine\.first: takes 5 questions, more than the 4", rule="s1", size=4, first=first
    )


def test_used_up_benchmark_domains_are_told():
    rows = [question("a", "aime", domain="logic"), *(question(f"q{i}") for i in range(9))]
    share = {"benchmark_share": 1, "benchmark_domains": {"aime": 1}}
    pattern = r"mine\.benchmark_domains: after 1 of 4 questions none is left in the domains of aime"
    refuse(questions(*rows), pattern, rule="s1", size=4, **share)


def test_sources_without_questions_are_told(caplog):
    share = {"benchmark_share": 1, "benchmark_domains": {"amie": 1}}
    pattern = (
        r"mine\.benchmark_domains: no question of 'amie' is left.*of: aime, gpqa, math, numina"
    )
    refuse(pool(), pattern, rule="s1", size=4, **share)
    with caplog.at_level(logging.WARNING):
        select(pool(), Selection(rule="s1", size=4, first=[{"sources": ["amie"]}]), "mine")
    assert "selections.mine.first.0: no question fits" in caplog.text


@pytest.mark.parametrize(
    ("rule", "column"),
    [("s1", "domain"), ("s1", "correct_trace"), ("diverse", "domain"), ("longest", "trace_tokens")],
)
def test_a_question_that_lacks_what_the_rule_goes_by_is_refused(rule, column):
    table = questions(question("a"), question("b", **{column: None}))
    refuse(table, rf"selections\.mine: question \w+ has no {column}", rule=rule, size=1)
