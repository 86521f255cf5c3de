"""Panels of anatomies: where segments stand, what is told of them, and where tokens went."""

import matplotlib.style
import polars as pl
import pytest

from scripts.lib.anatomy.segments import Row, segment_table
from scripts.lib.config.figures import Figure
from scripts.lib.plotting.anatomy import COMPARED, WORDS
from scripts.lib.plotting.anatomy_layout import PROMPT, apart, laid_out
from scripts.lib.plotting.anatomy_merge import merged
from scripts.lib.plotting.anatomy_spent import spent
from scripts.lib.plotting.anatomy_words import told_in_words
from scripts.lib.plotting.data import FigureData
from scripts.lib.plotting.figure import draw_figure
from tests.figure_anatomy import PROBLEM, PROMPT_ROW, end, search, step


def drawn(table: pl.DataFrame, **more: object):
    panel = {"kind": "anatomy", "title": "The panel", "anatomy": "found", **more}
    entry = {"title": "", "status": "new", "caption": "", "panels": [panel]}
    with matplotlib.style.context("config/figures.mplstyle"):
        canvas = draw_figure(Figure.model_validate(entry), FigureData(anatomies={"found": table}))
        canvas.draw_without_rendering()
    return canvas


def written(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def legend(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_search_is_drawn_pass_by_pass_with_what_became_of_each_step():
    lines, bars = drawn(search()).axes
    assert [tick.get_text() for tick in lines.get_yticklabels()] == [
        *("candidate 1", "candidate 2", "candidate 3", "candidate 4")
    ]
    assert [tick.get_text() for tick in lines.get_xticklabels()] == ["0", "5", "10"]
    assert "prompt\n10 tokens" in written(lines)
    assert "$x$" in written(lines)  # as it is, not as a formula
    assert written(lines).count("0.50") == 8
    assert written(lines).count("2 \N{CHECK MARK} right  \N{LEFTWARDS ARROW} taken") == 3
    assert written(lines).count("3 \N{BALLOT X} wrong") == 1
    marks = [line for line in lines.lines if line.get_marker() != "None"]
    assert sorted(str(line.get_marker()) for line in marks) == ["$=$"] * 2 + ["X", "o"] + ["s"] * 4
    names = ("step", "given up", "on", "dropped", "duplicate", "finished")
    assert legend(bars)[: len(names)] == [WORDS[name] for name in names]
    assert legend(bars)[len(names) :] == ["what the verifier read of it"]
    given_up = [p for p in lines.patches if p.get_linestyle() == (0, (3, 2))]
    assert len(given_up) == 3  # told apart by their lines, not their colour alone


def test_without_texts_their_tokens_are_written():
    (lines, _) = drawn(search(), texts=False).axes
    assert "$x$" not in written(lines)
    assert written(lines).count("5\nread 6") == 7
    assert written(lines).count("7\nread 6") == 1


def test_tokens_go_where_they_went():
    told = spent(search())
    assert told.model == {"prompt": 10, "kept": 5 + 4 * 5, "given up": 5 + 7 + 5}
    assert told.verifier == {"prompt": 12, "read by the verifier": 8 * 6}
    (_, bars) = drawn(search()).axes
    assert "prompt 10, kept 25, given up 17" in written(bars)
    assert "prompt 12, steps 48" in written(bars)
    assert [tick.get_text() for tick in bars.get_yticklabels()] == ["model 52", "verifier 60"]


def test_the_problem_the_method_and_the_votes_are_told_in_words():
    problem, method, votes = told_in_words(search())
    assert problem == "Problem p: $1 + 1 (right answer: 2)"
    assert method.startswith("In each pass every place writes one step")
    two = "2 \N{MULTIPLICATION SIGN}3 (scores sum to 1.40)"
    assert votes == (
        f"Votes, weighted by score: {two}; 3 \N{MULTIPLICATION SIGN}1 (scores sum to 0.30)."
    )
    assert len(told_in_words(search().with_columns(weight=pl.lit(None, pl.Float64)))) == 2
    hidden = search().with_columns(text=pl.lit(None, pl.String), answer=pl.lit(None, pl.String))
    assert told_in_words(hidden)[0] == "Problem p"


def test_equal_steps_are_drawn_once_with_their_number():
    table = merged(search())
    assert table["times"].to_list() == [1, 3, 1, 3, 1]
    assert table["segment"].to_list() == [0, 1, 3, 5, 7]
    assert table["onward"].to_list() == [None, 4, 0, None, None]
    assert table["fate"].to_list() == ["on", "on", "dropped", "finished", "finished"]
    assert table["place"].to_list() == [0, 0, 1, 0, 1]  # in the line of the step before, if free
    (lines, bars) = drawn(search(), merge=True).axes
    assert written(lines).count("\N{MULTIPLICATION SIGN}3") == 2
    assert "prompt 10, kept 25, given up 17" in written(bars)  # of all, not of those drawn
    assert [tick.get_text() for tick in lines.get_yticklabels()] == ["", ""]


def test_trees_stand_below_each_other():
    rows = [
        PROMPT_ROW,
        step(0, 0, 1, "on", same=1, onward=2),
        step(0, 1, 1, "duplicate", same=1, onward=0),
        step(0, 2, 1, "on", same=3, onward=2),
        step(0, 3, 1, "dropped", same=4, onward=0),
        end(1, 0, 2, "2", same=5),
        end(1, 1, 2, "3", same=6),
        end(3, 2, 2, "2", same=7),
        end(3, 3, 2, "2", same=7),
    ]
    table = merged(segment_table("found", "p", "dvts", PROBLEM, rows))
    lines = dict(zip(table["segment"], table["place"], strict=True))
    assert lines == {0: 0, 1: 0, 3: 2, 4: 3, 5: 0, 6: 1, 7: 2}


def test_steps_ahead_stand_behind_their_own_and_once_where_these_are_merged():
    rows = [PROMPT_ROW]
    for place in range(2):
        rows.append(
            step(0, place, 1, ["on", "duplicate"][place], same=1, onward=2 - 2 * place, value=0.9)
        )
        rows.append(step(len(rows) - 1, place, 1, "looked", part="ahead", start=15))
        rows.append(step(len(rows) - 1, place, 1, "looked", part="ahead", start=20, tokens=2))
    rows += [end(1, 0, 2, "2", same=7, start=22), end(1, 1, 2, "2", same=7, start=22)]
    table = segment_table("found", "p", "lookahead", PROBLEM, rows)
    assert merged(table)["segment"].to_list() == [0, 1, 2, 3, 7]
    boxes = laid_out(table.with_columns(times=pl.lit(1)), 7).boxes
    assert boxes[1].right == boxes[2].left
    assert boxes[2].right == boxes[3].left
    assert boxes[3].right - boxes[1].left == 12
    lines, bars = drawn(table, merge=True).axes
    assert WORDS["looked"] in legend(bars)
    assert COMPARED in legend(bars)
    assert "0.90" in written(lines)  # what was compared, not the step's own score
    assert spent(table).model["given up"] == 5 + 2 * (5 + 5)


def test_lines_that_wait_for_each_other_begin_where_the_one_above_ends():
    shared: Row = {"forced": 0, "read": 0, "fate": "on"}
    thinking = {"part": "thinking", "parent": 0, "limit": 8, **shared}
    ended = {"part": "answer", "correct": False, "answer_class": None, **shared}
    rows = [PROMPT_ROW | {"read": 0}]
    for place, (start, tokens, fate) in enumerate([(10, 9, "refused"), (21, 6, "cut")]):
        line = {"place": place, "line": f"draw {place + 1}"}
        rows.append({**line, "start": start, "tokens": tokens, "generated": tokens, **thinking})
        own = {"start": start + tokens, "tokens": 2, "generated": 2, "parent": len(rows) - 1}
        rows.append({**line, **ended, **own, "fate": fate, "chosen": fate == "cut"})
    table = segment_table("found", "p", "rejection", PROBLEM, rows)
    layout = laid_out(table.with_columns(times=pl.lit(1)), 7)
    assert layout.one_by_one
    assert [layout.boxes[n].left for n in (1, 2, 3, 4)] == [0, 9, 11, 17]
    assert layout.boxes[0].right - layout.boxes[0].left == pytest.approx(PROMPT * layout.per_inch)
    lines, bars = drawn(table).axes
    budgets = [line.get_xdata()[0] for line in lines.lines if line.get_linewidth() == 2]
    assert budgets == [8, 19]
    assert legend(bars) == [
        WORDS[name] for name in ("thinking", "answer", "given up", "cut", "refused")
    ] + ["budget of the thinking"]
    assert written(lines).count("no answer \N{BALLOT X} wrong") == 1
    assert spent(table).model == {"prompt": 10, "kept": 8, "given up": 11}


def test_prompts_between_are_no_part_of_the_axis():
    shared: Row = {"forced": 0, "read": 0}
    rows = []
    for place, start in enumerate((0, 15)):
        line = {"place": place, "line": f"attempt {place}"}
        before = len(rows) - 1 if rows else None
        rows.append({**PROMPT_ROW, **line, "start": start, "read": 0, "parent": before})
        told = {"part": "answer", "fate": "finished", "start": start + 10, "correct": True}
        told |= {"tokens": 5, "generated": 5, "parent": len(rows) - 1, "answer": "2"}
        rows.append({**line, **shared, **told})
    table = segment_table("found", "p", "revision", PROBLEM, rows)
    (lines, _) = drawn(table).axes
    layout = laid_out(table.with_columns(times=pl.lit(1)), 7)
    assert [tokens for _, tokens in layout.ticks] == [0, 5, 10]
    assert [x for x, _ in layout.ticks] == [0, 5 + PROMPT * layout.per_inch, layout.boxes[3].right]
    assert [tick.get_text() for tick in lines.get_xticklabels()] == ["0", "5", "10"]
    assert written(lines).count("prompt\n10 tokens") == 2


def test_ticks_stand_apart_and_the_last_one_stays():
    assert apart([(0, 0), (1, 1), (5, 5), (5.5, 6)], 2) == [(0, 0), (5.5, 6)]
    assert apart([], 1) == []
