"""Independent samples of one problem as segments: voted on, drawn until one fits, or scored."""

from collections.abc import Callable

import polars as pl

from scripts.lib.anatomy.chosen import Ended, Select, outcomes
from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.anatomy.segments import Row, answered, prompt_row, shown, with_answers
from scripts.lib.config.anatomies import BestOfNAnatomy, RejectionAnatomy, VoteAnatomy
from scripts.lib.config.searched import Aggregate
from scripts.lib.search.aggregate import aggregated
from scripts.lib.search.steps import split_ids
from scripts.lib.tables import SAMPLE_KEY
from scripts.lib.thinking import answer_part, thinking_part


def of_setting(
    traces: pl.DataFrame, anatomy: VoteAnatomy | RejectionAnatomy | BestOfNAnatomy
) -> pl.DataFrame:
    """The samples of one problem that an anatomy is of, in their order; all of them.

    Raises:
        AnatomyError: there are none.
    """
    kept = traces.filter(
        pl.col("wording") == (anatomy.wording or traces["wording"][0]),
        pl.col("asked").eq_missing(pl.lit(anatomy.asked)),
        pl.col("effort").eq_missing(pl.lit(anatomy.effort)),
    ).sort("sample")
    if kept.is_empty():
        raise AnatomyError(
            f"pool {anatomy.pool}: no samples of wording {anatomy.wording}, asked "
            f"{anatomy.asked}, effort {anatomy.effort}"
        )
    return kept


def votes(samples: pl.DataFrame, answers: pl.DataFrame, *, texts: bool) -> list[Row]:
    """Samples side by side, thinking and answer of each, and whose answer has most votes.

    Args:
        samples: rows of a Trace table, of one prompt.
        answers: an Answer table that has them.
        texts: whether texts may be shown.
    """
    traces = with_answers(samples, answers)
    first = prompt_row(traces[0])
    rows = [first]
    won = outcomes([_ended(trace) for trace in traces], "majority")
    for place, (trace, end) in enumerate(zip(traces, won, strict=True)):
        line, start = f"sample {place + 1}", first["tokens"]
        rows += thought_and_answered(trace, len(rows), place, line, start, texts=texts)
        rows[-1] |= end
    return rows


def draws(
    samples: pl.DataFrame, answers: pl.DataFrame, anatomy: RejectionAnatomy, *, texts: bool
) -> list[Row]:
    """Samples one after another, up to the first whose thinking fits the budget.

    The length of a sample is its thinking; where nobody tells thinking and answer apart, it is
    that of both (scripts.lib.curves.rejection). The prompt is read once.
    """
    traces = with_answers(samples.head(anatomy.tries or samples.height), answers)
    rows = [prompt_row(traces[0])]
    start = rows[0]["tokens"]
    for place, trace in enumerate(traces):
        parts = thought_and_answered(
            trace, len(rows), place, f"draw {place + 1}", start, texts=texts
        )
        start += sum(part["generated"] for part in parts)
        fits = parts[0]["generated"] <= anatomy.budget
        parts[0]["limit"], parts[-1]["chosen"] = anatomy.budget, fits
        if not fits:
            parts[-1]["fate"] = "refused"
        rows += parts
        if fits:
            break
    return rows


def thought_and_answered(
    trace: Row, number: int, place: int, line: str, start: int, *, texts: bool, parent: int = 0
) -> list[Row]:
    """The thinking and the answer of a sample; one segment where they are not told apart.

    Delimiters around the thinking count as answer, also those that were appended by force.

    Args:
        trace: a row of `with_answers`.
        number: of the first segment.
        place: its line.
        line: what that is called.
        start: tokens before it.
        texts: whether its text may be shown.
        parent: the segment before it.

    Raises:
        AnatomyError: nobody knows how many tokens were generated.
    """
    if trace["generated_tokens"] is None:
        raise AnatomyError(
            f"pool {trace['pool']}: the tokens of sample {trace['sample']} of problem "
            f"{trace['problem_id']} are unknown"
        )
    generated = trace["generated_tokens"]
    thought = trace["thinking_tokens"]
    text = trace["text"] if texts else None
    shared: Row = {"place": place, "line": line, "forced": 0, "read": 0}
    rows: list[Row] = []
    if thought is not None and 0 < thought < generated:
        own = shown(None if text is None else thinking_part(text))
        rows.append(
            {**shared, **_tokens(thought), "parent": parent, "part": "thinking", "fate": "on"}
            | {"start": start, "text": own}
        )
        start, generated, parent = start + thought, generated - thought, number
    own = shown(None if text is None else answer_part(text))
    end: Row = {"part": "answer", "fate": "finished" if trace["end"] == "stop" else "cut"}
    end |= {"start": start, "text": own, "parent": parent}
    forced, written = trace["forced_tokens"], trace["token_ids"]
    counts = {"tokens": generated + forced, "generated": generated, "forced": forced}
    if written is not None:  # ends of thinking that were taken away do not stay in the text
        counts["tokens"] = len(written) - sum(row["tokens"] for row in rows)
    return [*rows, {**shared, **counts, **end, **answered(trace)}]


def scored(
    samples: pl.DataFrame,
    answers: pl.DataFrame,
    steps: pl.DataFrame,
    ends: tuple[int, ...],
    select: Select,
    aggregate: Aggregate,
    text_of: Callable[[tuple[int, ...]], str] | None,
) -> list[Row]:
    """Samples side by side, step by step, with a verifier's scores, and which it chooses.

    Args:
        samples: rows of a Trace table, of one prompt.
        answers: an Answer table that has them.
        steps: the Step table of a verifier that read them.
        ends: tokens that end a step.
        select: how one is chosen.
        aggregate: how the scores of steps become one.
        text_of: the text of token ids; None where texts may not be published.

    Raises:
        AnatomyError: the token ids of a sample are not known.
    """
    traces = with_answers(samples, answers)
    read = {
        (row["sample"], row["step"]): row
        for row in steps.join(samples, on=SAMPLE_KEY, how="semi", nulls_equal=True).iter_rows(
            named=True
        )
    }
    first = prompt_row(traces[0])
    first["read"] = max((row["prompt_tokens"] for row in read.values()), default=0)
    rows, lasts, found = [first], [], []
    for place, trace in enumerate(traces):
        if trace["token_ids"] is None:
            raise AnatomyError(
                f"pool {trace['pool']}: the token ids of its samples are not known, so nobody can "
                "tell how long their steps are"
            )
        start, scores, parent = first["tokens"], [], 0
        for number, token_ids in enumerate(split_ids(trace["token_ids"], ends)):
            said = read.get((trace["sample"], number), {"tokens": 0, "score": None})
            scores += [] if said["score"] is None else [said["score"]]
            rows.append(
                {
                    **_tokens(len(token_ids)),
                    **{"parent": parent, "place": place, "line": f"sample {place + 1}"},
                    **{"part": "step", "start": start, "forced": 0, "fate": "on"},
                    **{"read": said["tokens"], "score": said["score"]},
                    "text": None if text_of is None else shown(text_of(token_ids)),
                }
            )
            start, parent = start + len(token_ids), len(rows) - 1
        value = aggregated(scores, aggregate) if scores else None
        rows[-1] |= {"fate": "finished" if trace["end"] == "stop" else "cut", "value": value}
        rows[-1] |= answered(trace)
        lasts.append(rows[-1])
        found.append(_ended(trace, value))
    for last, end in zip(lasts, outcomes(found, select), strict=True):
        last.update(end)
    return rows


def _tokens(count: int) -> Row:
    return {"tokens": count, "generated": count}


def _ended(trace: Row, score: float | None = None) -> Ended:
    return Ended(trace["answer_class"], score)
