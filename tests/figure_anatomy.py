"""Made-up anatomies, for the tests of figures."""

import polars as pl

from scripts.lib.anatomy.segments import Row, segment_table

PROBLEM = {
    "benchmark": "sums",
    "problem_id": "p",
    "problem": "$1 + 1",
    "answer": "2",
    "answer_kind": "integer",
    "publish": "text",
}
PROMPT_ROW = {"place": 0, "line": "prompt", "part": "prompt", "fate": "on", "start": 0}
PROMPT_ROW |= {"tokens": 10, "forced": 0, "generated": 0, "read": 12}


def step(parent: int, place: int, number: int, fate: str, **more: object) -> Row:
    """A step of five tokens, unless told otherwise."""
    row = {"parent": parent, "place": place, "line": f"candidate {place + 1}", "round": number}
    row |= {"part": "step", "start": 10 + 5 * (number - 1), "tokens": 5, "generated": 5}
    return row | {"forced": 0, "read": 6, "score": 0.5, "fate": fate} | more


def end(parent: int, place: int, number: int, answer: str, **more: object) -> Row:
    told = {"answer": answer, "answer_class": int(answer), "correct": answer == "2"}
    return step(parent, place, number, "finished", **told, **more)


def search(method: str = "beam") -> pl.DataFrame:
    """Four places: three write the same, one of which goes on in all; then two answers."""
    rows = [
        PROMPT_ROW,
        step(0, 0, 1, "on", same=1, onward=4, text="$x$"),
        step(0, 1, 1, "duplicate", same=1, onward=0, text="$x$"),
        step(0, 2, 1, "dropped", same=3, onward=0, tokens=7, generated=7),
        step(0, 3, 1, "duplicate", same=1, onward=0),
        end(1, 0, 2, "2", same=5, weight=0.5, chosen=True),
        end(1, 1, 2, "2", same=5, weight=0.4, chosen=True),
        end(1, 2, 2, "3", same=7, weight=0.3, chosen=False),
        end(1, 3, 2, "2", same=5, weight=0.5, chosen=True),
    ]
    return segment_table("found", "p", method, PROBLEM, rows)
