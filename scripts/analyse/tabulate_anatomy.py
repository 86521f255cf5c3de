"""Tabulate what a method did with one problem, from the samples of a pool.

Votes, rejection sampling, the best of n, budget forcing and revisions; of searches, which do not
keep in their tables what they gave up, see scripts.search.replay_search.
"""

import argparse
import logging
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.anatomy.forced import Lengths, settings_of_sample
from scripts.lib.anatomy.problem import AnatomyError, chosen_problem, of_problem
from scripts.lib.anatomy.revised import attempts
from scripts.lib.anatomy.samples import draws, of_setting, scored, votes
from scripts.lib.anatomy.segments import Row, segment_table
from scripts.lib.anatomy.tables import Segment
from scripts.lib.config.anatomies import (
    Anatomy,
    BestOfNAnatomy,
    ForcingAnatomy,
    RejectionAnatomy,
    RevisionAnatomy,
    VoteAnatomy,
)
from scripts.lib.config.pools import Forcing
from scripts.lib.search.steps import separator_ids
from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace


def written(tokenizer: Any, token_ids: tuple[int, ...]) -> str:
    """The text of token ids, with its special tokens."""
    return str(tokenizer.decode(list(token_ids), clean_up_tokenization_spaces=False))


def segments(args: argparse.Namespace, traces: pl.DataFrame, *, texts: bool) -> list[Row]:
    """The segments of one problem by the method of the anatomy.

    Args:
        args: the program's.
        traces: rows of a Trace table, of one problem.
        texts: whether texts may be shown.

    Raises:
        AnatomyError: an option or a sample is missing.
    """
    spec: Anatomy = args.spec
    answers = read_table(Answer, args.answers)
    match spec:
        case VoteAnatomy():
            return votes(of_setting(traces, spec).head(spec.k), answers, texts=texts)
        case RejectionAnatomy():
            return draws(of_setting(traces, spec), answers, spec, texts=texts)
        case RevisionAnatomy():
            return attempts(traces, answers, spec.sample, texts=texts)
    if args.tokenizer is None:
        raise AnatomyError(f"{spec.method}: --tokenizer of the pool's model is needed")
    from scripts.lib.tokens import load_tokenizer  # noqa: PLC0415 (seconds, for few methods)

    tokenizer = load_tokenizer(args.tokenizer)
    text_of = partial(written, tokenizer) if texts else None
    if isinstance(spec, ForcingAnatomy) and args.forcing is not None:
        marks = (args.forcing.think, args.forcing.wait)
        lengths = Lengths(*(len(tokenizer.encode(m, add_special_tokens=False)) for m in marks))
        return settings_of_sample(traces, answers, spec, lengths, text_of)
    if isinstance(spec, BestOfNAnatomy) and args.scores is not None and args.separator:
        steps = read_table(Step, args.scores)
        ends = separator_ids(tokenizer, args.separator)
        samples = of_setting(traces, spec).head(spec.k)
        return scored(samples, answers, steps, ends, spec.select, spec.aggregate, text_of)
    raise AnatomyError(
        f"{spec.method}: --forcing, or --scores and --separator are needed; searches are replayed"
    )


def main() -> None:
    """Read the arguments, tabulate, write."""
    parser = cli.parser(__doc__)
    add = parser.add_argument
    anatomy: TypeAdapter[Anatomy] = TypeAdapter(Anatomy)
    add("--spec", type=cli.spec_of(anatomy), required=True, help="the anatomy, JSON")
    add("--anatomy", required=True, help="its name")
    add("--problems", type=cli.existing, required=True, help="Problem table")
    add("--traces", type=cli.existing, required=True, help="Trace table of the pool")
    add("--answers", type=cli.existing, required=True, help="its Answer table")
    add("--judge", type=cli.existing, help="Answer table that chooses the problem")
    add("--forcing", type=cli.spec(Forcing), help="of a forced pool, JSON")
    add("--scores", type=cli.existing, help="Step table of the verifier that chooses")
    add("--separator", help="what ends a step")
    add("--tokenizer", help="of the pool's model: a folder, or REPO@REVISION")
    add("--output", type=Path, required=True, help="Segment table to write")
    args = parser.parse_args()
    traces = read_table(Trace, args.traces)
    problem = args.spec.problem
    if problem is None:
        if args.judge is None:
            raise AnatomyError(f"anatomy {args.anatomy}: --judge or a problem is needed")
        judged = read_table(Answer, args.judge)
        problem = chosen_problem(judged, traces["problem_id"], args.spec.chosen_by)
    row = of_problem(read_table(Problem, args.problems), problem, str(args.problems))
    rows = segments(
        args, of_problem(traces, problem, str(args.traces)), texts=row["publish"][0] == "text"
    )
    spec = args.spec
    table = segment_table(args.anatomy, spec.pool, spec.method, row.row(0, named=True), rows)
    write_table(Segment, table, args.output)
    logging.info("%s: %d segments of problem %s", args.output, len(table), problem)


if __name__ == "__main__":
    cli.run(main)
