"""A search as segments: every step that it took, and what became of it."""

from collections.abc import Callable, Mapping, Sequence

from scripts.lib.anatomy.chosen import Ended, Select, outcomes
from scripts.lib.anatomy.segments import Row, answered, shown
from scripts.lib.config.searched import Aggregate
from scripts.lib.search.aggregate import aggregated
from scripts.lib.search.tree import Node
from scripts.lib.search.watching import Taken

TextOf = Callable[[tuple[int, ...]], str]


def segments_of_search(
    taken: Sequence[Taken],
    prompt: int,
    read_prompt: int,
    answers: Mapping[int, Row],
    select: Select,
    aggregate: Aggregate,
    text_of: TextOf | None,
) -> list[Row]:
    """All steps of a search of one problem, round by round, behind the prompt.

    Args:
        taken: every step of every tree.
        prompt: tokens of the solver's prompt.
        read_prompt: tokens that the verifier reads before the first step.
        answers: rows of an Answer table by place.
        select: how one of the last candidates is chosen.
        aggregate: how the scores of its steps become one then.
        text_of: the text of token ids; None where texts may not be published.
    """
    ordered = sorted(taken, key=lambda one: (one.round_number, one.place))
    last = {one.place: one for one in ordered if one.node.state != "open"}
    ended = [_ended(last[place], answers[place], aggregate) for place in sorted(last)]
    ends = dict(zip(sorted(last), outcomes(ended, select), strict=True))
    rows: list[Row] = [
        {
            **{"place": 0, "line": "prompt", "part": "prompt", "fate": "on", "start": 0},
            **{"tokens": prompt, "forced": 0, "generated": 0, "read": read_prompt},
        }
    ]
    numbers: dict[Node, int] = {}
    known: dict[tuple[Node, tuple[int, ...]], int] = {}
    for one in ordered:
        start = prompt + one.begun
        parent = numbers.get(one.node.parent, 0) if one.node.parent is not None else 0
        numbers[one.node] = len(rows)
        row = _row(one, one.node, parent, start, text_of)
        row |= {"part": "step", "fate": _fate(one, ordered), "value": one.value}
        row["same"] = known.setdefault((one.node.lineage()[0], one.node.all_ids()), len(rows))
        if one.node.state == "open":
            row["onward"] = one.onward
        else:
            row |= {**answered(answers[one.place]), **ends[one.place]}
        rows.append(row)
        for before, node in zip((one.node, *one.ahead), one.ahead, strict=False):
            start += len(before.token_ids) - before.forced
            row = _row(one, node, len(rows) - 1, start, text_of)
            rows.append(row | {"part": "ahead", "fate": "looked"})
    return rows


def _row(one: Taken, node: Node, parent: int, start: int, text_of: TextOf | None) -> Row:
    tokens = len(node.token_ids)
    return {
        "parent": parent,
        "place": one.place,
        "line": f"candidate {one.place + 1}",
        "round": one.round_number,
        "start": start,
        "tokens": tokens,
        "forced": node.forced,
        "generated": tokens - node.forced,
        "read": node.read,
        "score": node.score,
        "text": None if text_of is None else shown(text_of(node.token_ids)),
    }


def _fate(one: Taken, ordered: Sequence[Taken]) -> str:
    if one.node.state != "open":
        return one.node.state
    if one.onward:
        return "on"
    equal = one.node.all_ids()
    tree = one.node.lineage()[0]
    same = (
        other.onward
        and other.round_number == one.round_number
        and other.node.lineage()[0] is tree
        and other.node.all_ids() == equal
        for other in ordered
    )
    return "duplicate" if any(same) else "dropped"


def _ended(one: Taken, answer: Row, aggregate: Aggregate) -> Ended:
    scores = one.node.scores()
    return Ended(answer["answer_class"], aggregated(scores, aggregate) if scores else None)
