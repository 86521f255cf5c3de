"""Anatomies of samples: which problem, which segments, and that no token is lost."""

import polars as pl
import pytest

from scripts.lib.anatomy.chosen import Ended, outcomes
from scripts.lib.anatomy.forced import Lengths, settings_of_sample
from scripts.lib.anatomy.problem import AnatomyError, chosen_problem, of_problem
from scripts.lib.anatomy.revised import attempts
from scripts.lib.anatomy.samples import draws, of_setting, scored, votes
from scripts.lib.anatomy.segments import Row, segment_table, shown
from scripts.lib.anatomy.tables import Segment
from scripts.lib.config.anatomies import ForcingAnatomy, RejectionAnatomy, VoteAnatomy
from scripts.lib.forcing.rounds import More, Round, think
from scripts.lib.tableio import write_table
from tests.pool_tables import pool_tables, step_table

PROBLEM = {
    "benchmark": "numbers",
    "problem_id": "a",
    "problem": "1 + 1",
    "answer": "2",
    "answer_kind": "integer",
    "publish": "text",
}


def sample(problem: str, answer: str | None, tokens: int, thinking: int, **more: object) -> dict:
    given = {"problem": problem, "answer": answer, "gold": "2", "tokens": tokens}
    return given | {"thinking": thinking, "prompt_tokens": 10} | more


def traces_of(samples: list[dict]) -> tuple[pl.DataFrame, pl.DataFrame]:
    answers, _, traces = pool_tables(samples)
    return traces.with_columns(prompt_tokens=pl.lit(10)), answers


def checked(rows: list[Row], tmp_path, publish: str = "text") -> pl.DataFrame:
    table = segment_table("name", "votes", "vote", PROBLEM | {"publish": publish}, rows)
    write_table(Segment, table, tmp_path / "anatomy.parquet")  # checks it
    return table


def test_the_problem_is_the_one_nearest_to_half_or_the_most_varied_one():
    right = {"a": "2222", "b": "2211", "c": "2291", "d": "2234"}
    given = [sample(p, answer, 5, 2) for p, answers in right.items() for answer in answers]
    answers = traces_of(given)[1]
    assert chosen_problem(answers, "abcd", "half") == "b"
    assert chosen_problem(answers, "dcba", "half") == "d"  # of several the first
    assert chosen_problem(answers, "abcd", "varied") == "c"
    assert chosen_problem(answers, "ab", "varied") == "b"
    with pytest.raises(AnatomyError, match="votes has answers to none of the 1 problems"):
        chosen_problem(answers, ["e"], "half")
    with pytest.raises(AnatomyError, match="'e' is not in the traces, which has 4 problems: a, b"):
        of_problem(answers, "e", "the traces")


def test_what_is_taken_is_what_curves_take():
    ended = [Ended(1, 0.9), Ended(2, 0.5), Ended(2, 0.6), Ended(None, 1.0), Ended(1, None)]
    assert [end["chosen"] for end in outcomes(ended, "naive")] == [True, *[False] * 4]
    weighted = outcomes(ended, "weighted")
    assert [end["chosen"] for end in weighted] == [False, True, True, False, False]
    assert [end["weight"] for end in weighted] == [0.9, 0.5, 0.6, None, 0.0]
    majority = [end["chosen"] for end in outcomes(ended, "majority")]
    assert majority == [True, True, True, False, True]  # two answers, two votes each
    silent = outcomes([Ended(None, 0.2), Ended(None, None)], "weighted")
    assert [end["chosen"] for end in silent] == [False, False]


def test_samples_that_vote_lie_side_by_side(tmp_path):
    given = [
        sample("a", "2", 9, 6),
        sample("a", "3", 7, 0),
        sample("a", "2", 5, 4, end="length"),
        sample("a", None, 4, 1),
    ]
    traces, answers = traces_of(given)
    kept = of_setting(traces, VoteAnatomy(method="vote", pool="votes"))
    table = checked(votes(kept, answers, texts=True), tmp_path)
    assert table["part"].to_list() == [
        *("prompt", "thinking", "answer", "answer", "thinking", "answer", "thinking", "answer")
    ]
    assert table["generated"].sum() == sum(one["tokens"] for one in given)
    assert table["tokens"].to_list() == [10, 6, 3, 7, 4, 1, 1, 3]
    assert table.filter(part="answer")["parent"].to_list() == [1, 0, 4, 6]
    assert table.filter(part="answer")["fate"].to_list() == [
        *("finished", "finished", "cut", "finished")
    ]
    assert table.filter(part="answer")["chosen"].to_list() == [True, False, True, False]
    assert table.filter(part="answer")["weight"].to_list() == [1, 1, 1, None]
    assert table.row(0, named=True)["answer"] == "2"
    hidden = checked(votes(kept, answers, texts=False), tmp_path, publish="hash")
    assert hidden["text"].null_count() == hidden.height
    assert hidden["answer"][0] is None
    told = hidden["answer"].drop_nulls()
    assert len(told) == len(table["answer"].drop_nulls()) - 1
    assert told.str.starts_with("sha256:").all()
    with pytest.raises(AnatomyError, match="no samples of wording plain, asked 8"):
        of_setting(traces, VoteAnatomy(method="vote", pool="votes", wording="plain", asked=8))


def test_draws_follow_each_other_until_one_fits(tmp_path):
    lengths = [(9, 6), (8, 5), (5, 3), (4, 1)]
    traces, answers = traces_of([sample("a", "2", *pair) for pair in lengths])
    spec = {"method": "rejection", "pool": "votes", "budget": 3}
    rows = draws(traces, answers, RejectionAnatomy.model_validate(spec), texts=True)
    table = checked(rows, tmp_path)
    assert table["generated"].sum() == 9 + 8 + 5  # the fourth is not drawn
    ends = table.filter(part="answer")
    assert ends["fate"].to_list() == ["refused", "refused", "finished"]
    assert ends["chosen"].to_list() == [False, False, True]
    assert table.filter(part="thinking")["start"].to_list() == [10, 19, 27]
    assert table.filter(part="thinking")["limit"].to_list() == [3, 3, 3]
    spec |= {"tries": 2}
    rows = draws(traces, answers, RejectionAnatomy.model_validate(spec), texts=True)
    assert [row["chosen"] for row in rows if row["part"] == "answer"] == [False, False]


def test_steps_stand_beside_what_a_verifier_read_and_said_of_them(tmp_path):
    given = [
        sample("a", "2", 6, 2, scores=[0.9, 0.8], read=[4, 3]),
        sample("a", "3", 4, 1, scores=[0.95], read=[5]),
    ]
    traces, answers = traces_of(given)
    ids = [[5, 1, 5, 5, 5, 9], [5, 5, 1, 9]]  # 1 ends a step
    traces = traces.with_columns(token_ids=pl.Series(ids))
    steps = step_table(given)
    rows = scored(traces, answers, steps, (1,), "naive", "last", str)
    table = checked(rows, tmp_path)
    assert table["tokens"].to_list() == [10, 2, 4, 3, 1]
    assert table["read"].to_list() == [20, 4, 3, 5, 0]
    assert table["read"].sum() == 20 + steps["tokens"].sum()
    assert table["score"].to_list() == [None, 0.9, 0.8, 0.95, None]
    ends = table.filter(pl.col("correct").is_not_null())
    assert ends["value"].to_list() == [0.8, 0.95]
    assert ends["chosen"].to_list() == [False, True]
    assert ends["generated"].to_list() == [4, 1]
    rows = scored(traces, answers, steps, (1,), "naive", "mean", None)
    assert [row["value"] for row in rows if "value" in row] == [pytest.approx(0.85), 0.95]
    assert {row.get("text") for row in rows} == {None}
    unknown = traces.with_columns(token_ids=pl.lit(None, pl.List(pl.Int64)))
    with pytest.raises(AnatomyError, match="token ids of its samples are not known"):
        scored(unknown, answers, steps, (1,), "naive", "last", str)


THINK, WAIT, SUFFIX, FINAL, ANSWER = [90, 91], [80, 81], [70], [71, 72, 73], [60, 61, 62]
ROUNDS = [Round(tuple(range(n)), ended=True) for n in (5, 4, 6)]


def forced_run(budget: int | None, waits: int, rule: str) -> dict[str, object]:
    """A row as scripts.lib.forcing.pool writes it, of rounds that are known."""
    found = think(rule, ROUNDS, tuple(WAIT), budget or 400, waits)
    assert not isinstance(found, More)
    suffix = FINAL if found.cut else SUFFIX
    return {
        "budget": budget,
        "waits": waits,
        "token_ids": [*THINK, *found.token_ids, *suffix, *ANSWER],
        "generated_tokens": found.generated + len(ANSWER),
        "thinking_tokens": len(found.token_ids),
        "forced_tokens": len(THINK) + found.forced + len(suffix),
        "wait_positions": [len(THINK) + place for place in found.waits],
    }


@pytest.mark.parametrize("rule", ["remaining", "s1"])
def test_each_setting_of_forcing_is_told_token_by_token(tmp_path, rule):
    settings = [(3, 0), (8, 1), (8, 2), (None, 0), (None, 1), (None, 2)]
    runs = [forced_run(*setting, rule) for setting in settings]
    base = sample("a", "2", 1, 1)
    traces, answers = traces_of([base | {"budget": b, "waits": w} for b, w in settings])
    for name in runs[0]:
        traces = traces.with_columns(
            pl.Series(name, [run[name] for run in runs], dtype=traces.schema[name])
        )
    spec = ForcingAnatomy(method="forcing", pool="votes")
    lengths = Lengths(think=2, wait=2)
    rows = settings_of_sample(traces, answers, spec, lengths, lambda ids: str(len(ids)))
    table = checked(rows, tmp_path)
    lines = {trace["line"]: trace for trace in table.iter_rows(named=True)}
    assert list(lines) == [
        *("prompt", "budget 3", "no budget", "budget 8, 1 wait", "no budget, 1 wait"),
        *("budget 8, 2 waits", "no budget, 2 waits"),
    ]
    ordered = sorted(runs, key=lambda run: (run["waits"], run["budget"] or 9999))
    for place, run in enumerate(ordered):
        own = table.filter(pl.col("part") != "prompt", place=place)
        assert own["generated"].sum() == run["generated_tokens"]
        assert own["forced"].sum() == run["forced_tokens"]
        assert own["tokens"].sum() == len(run["token_ids"])
        assert own.filter(part="wait").height == len(run["wait_positions"])
        assert own["text"].to_list() == [str(n) for n in own["tokens"]]
        assert (own["parent"].to_list()[1:]) == own["segment"].to_list()[:-1]
    only = spec.model_copy(update={"budgets": ["auto"], "waits": [1]})
    assert {r["line"] for r in settings_of_sample(traces, answers, only, lengths, None)} == {
        "prompt",
        "no budget, 1 wait",
    }
    lost = spec.model_copy(update={"sample": 1})
    with pytest.raises(AnatomyError, match="sample 1 has none of the budgets"):
        settings_of_sample(traces, answers, lost, lengths, None)


def test_attempts_follow_each_other_each_with_a_prompt_of_its_own(tmp_path):
    given = [sample("a", answer, 8, 5) | {"waits": n} for n, answer in enumerate("132")]
    traces, answers = traces_of(given)
    traces = traces.with_columns(prompt_tokens=pl.Series([10, 14, 14]))
    table = checked(attempts(traces, answers, 0, texts=True), tmp_path)
    assert table["part"].to_list() == ["prompt", "thinking", "answer"] * 3
    assert table["start"].to_list() == [0, 10, 15, 18, 32, 37, 40, 54, 59]
    assert table["parent"].to_list() == [None, *range(8)]
    ends = table.filter(pl.col("part") == "answer")
    assert ends["chosen"].to_list() == [False, False, True]
    assert ends["correct"].to_list() == [False, False, True]
    with pytest.raises(AnatomyError, match="no chain 1"):
        attempts(traces, answers, 1, texts=True)


def test_texts_are_shown_on_one_line_if_they_are_short():
    assert shown("<|im_start|>think\n1+1=2\n\n2+2=4\n") == "think; 1+1=2; 2+2=4"
    assert shown("<|im_end|>\n") is shown(None) is None
    assert shown("x" * 161) is None
    assert shown("x" * 161, longest=200) == "x" * 161
