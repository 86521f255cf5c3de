"""A sample under budget forcing as segments: one line for each budget and number of waits."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.anatomy.segments import Row, answered, prompt_row, shown, with_answers
from scripts.lib.config.anatomies import ForcingAnatomy

TextOf = Callable[[tuple[int, ...]], str]


@dataclass(frozen=True)
class Lengths:
    """Tokens of what is appended by force: what opens the thinking, and a wait."""

    think: int
    wait: int


def settings_of_sample(
    traces: pl.DataFrame,
    answers: pl.DataFrame,
    anatomy: ForcingAnatomy,
    lengths: Lengths,
    text_of: TextOf | None,
) -> list[Row]:
    """The settings of one sample, each as a run of its own would go.

    All rest on one thinking: what a smaller setting thinks is the beginning of what a larger one
    does.

    Args:
        traces: rows of a Trace table, of one problem.
        answers: an Answer table that has them.
        anatomy: which sample and settings.
        lengths: of what was appended.
        text_of: the text of token ids; None where texts may not be published.

    Raises:
        AnatomyError: there is no such setting, or its tokens are not those of the strings.
    """
    wanted = traces.filter(sample=anatomy.sample)
    if anatomy.budgets is not None:
        named = [None if one == "auto" else one for one in anatomy.budgets]
        wanted = wanted.filter(pl.col("budget").is_in(named, nulls_equal=True))
    if anatomy.waits is not None:
        wanted = wanted.filter(pl.col("waits").is_in(anatomy.waits))
    if wanted.is_empty():
        raise AnatomyError(
            f"pool {anatomy.pool}: sample {anatomy.sample} has none of the budgets "
            f"{anatomy.budgets} with waits {anatomy.waits}"
        )
    found = with_answers(wanted.sort("waits", "budget", nulls_last=True), answers)
    rows = [prompt_row(found[0])]
    for place, trace in enumerate(found):
        rows += _run(trace, len(rows), place, lengths, text_of)
    return rows


def _run(
    trace: Row, number: int, place: int, lengths: Lengths, text_of: TextOf | None
) -> list[Row]:
    """One setting: what opens the thinking, its rounds with waits between, its end, the answer."""
    token_ids, waits = trace["token_ids"], trace["wait_positions"]
    end = lengths.think + trace["thinking_tokens"]
    pieces: list[tuple[str, int]] = [("forced", lengths.think)]
    at = lengths.think
    for wait in waits:
        size = min(lengths.wait, end - wait)
        pieces += [("thinking", wait - at), ("wait", size)]
        at = wait + size
    pieces.append(("thinking", end - at))
    appended = sum(size for part, size in pieces if part != "thinking")
    suffix = trace["forced_tokens"] - appended
    answer = len(token_ids) - end - suffix
    if suffix < 0 or answer < 0:
        raise AnatomyError(
            f"pool {trace['pool']}: sample {trace['sample']} of problem {trace['problem_id']} does "
            "not hold what was appended by force; was it drawn with other strings or tokens?"
        )
    # A run generates the ends of its rounds too, which do not stay in the text.
    thought = sum(size for part, size in pieces if part == "thinking")
    ends = trace["generated_tokens"] - answer - thought
    rounds, last = 0, len(pieces) - 1
    pieces += [("forced", suffix), ("answer", answer)]
    rows: list[Row] = []
    start, done = trace["prompt_tokens"], 0
    for at, (part, size) in enumerate(pieces):
        own = 0 if part in ("forced", "wait") else size
        if part == "thinking":
            own += ends - rounds if at == last else 1
            rounds += 1
        text = None if text_of is None else shown(text_of(tuple(token_ids[done : done + size])))
        done += size
        if size or own:
            rows.append(
                {
                    **{"place": place, "line": _name(trace), "part": part, "fate": "on"},
                    **{"parent": number + len(rows) - 1 if rows else 0, "start": start},
                    **{"tokens": size, "forced": size - min(size, own), "generated": own},
                    **{"read": 0, "text": text},
                    "limit": trace["budget"] if part == "thinking" else None,
                }
            )
        start += own
    rows[-1] |= {"fate": "finished" if trace["end"] == "stop" else "cut", **answered(trace)}
    return rows


def _name(trace: Row) -> str:
    budget = "no budget" if trace["budget"] is None else f"budget {trace['budget']}"
    waits = trace["waits"]
    return f"{budget}, {waits} wait{'s' if waits > 1 else ''}" if waits else budget
