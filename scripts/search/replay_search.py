"""Replay one search of one problem from the journal, and write down every step that it took.

The tables of a pool hold what its searches ended with; what they gave up on the way is in the
journal alone. This runs the search itself on it, generates nothing and reads nothing: a response or
a score that is not there is an error, and so is a result other than the recorded one.
"""

import argparse
import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.anatomy.problem import AnatomyError, chosen_problem, of_problem
from scripts.lib.anatomy.replay import replayed
from scripts.lib.anatomy.searched import segments_of_search
from scripts.lib.anatomy.segments import segment_table
from scripts.lib.anatomy.tables import Segment
from scripts.lib.config.anatomies import SearchAnatomy
from scripts.lib.config.models import Generator
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.verifiers import HubVerifier, VerifierModel
from scripts.lib.engines.base import EngineError, TokenEngine
from scripts.lib.engines.open import open_engine
from scripts.lib.search.tables import Spent
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from scripts.lib.verifiers.open import open_verifier


def main() -> None:
    """Read the arguments, replay, write."""
    args = _arguments()
    spec: SearchAnatomy = args.anatomy_spec
    problems = read_table(Problem, args.problems)
    traces = read_table(Trace, args.traces).filter(beams=spec.beams)
    problem = spec.problem
    if problem is None:
        judged = read_table(Answer, args.judge)
        problem = chosen_problem(judged, traces["problem_id"], spec.chosen_by)
    recorded = of_problem(traces, problem, str(args.traces)).filter(
        pl.col("sample") < spec.beams  # of several searches the first
    )
    row = of_problem(problems, problem, str(args.problems))
    engine = open_engine(args.model_spec, args.weights, None, None)
    if not isinstance(engine, TokenEngine):
        raise EngineError(f"pool {args.pool}: its model is behind an API, which nothing searches")
    verifier = open_verifier(
        args.verifier_spec,
        args.verifier_weights,
        engine.tokenizer,
        args.journal / "scores",
        only_kept=True,
    )
    one = args.spec.model_copy(update={"beams": [spec.beams], "problems": None, "repeats": 1})
    found = replayed(
        args.pool, one, row, args.prompts, engine, verifier, args.verifier, args.journal
    )
    found.check(recorded, read_table(Spent, args.spent))
    answers = read_table(Answer, args.answers).filter(problem_id=problem, beams=spec.beams)
    rows = segments_of_search(
        found.taken,
        prompt=len(found.search.prompt),
        read_prompt=found.search.read_prompt,
        answers={answer["sample"]: answer for answer in answers.iter_rows(named=True)},
        select=spec.select,
        aggregate=spec.aggregate,
        text_of=engine.decode if row["publish"][0] == "text" else None,
    )
    method = args.spec.search.method
    table = segment_table(args.anatomy, args.pool, method, row.row(0, named=True), rows)
    write_table(Segment, table, args.output)
    logging.info("%s: %d segments of problem %s", args.output, len(table), problem)


def _arguments() -> argparse.Namespace:
    parser = cli.parser(__doc__)
    add = parser.add_argument
    add("--anatomy", required=True, help="its name")
    add("--anatomy-spec", type=SearchAnatomy.model_validate_json, required=True, help="JSON")
    add("--spec", type=cli.spec(SearchedPool), required=True, help="the pool, JSON")
    add("--pool", required=True, help="its name")
    add("--model-spec", type=TypeAdapter(Generator).validate_json, required=True)
    add("--weights", type=cli.existing, help="folder of a model made here")
    add("--verifier", required=True, help="its name")
    verifier: TypeAdapter[VerifierModel | HubVerifier] = TypeAdapter(VerifierModel | HubVerifier)
    add("--verifier-spec", type=verifier.validate_json, required=True)
    add("--verifier-weights", type=cli.existing, help="its folder, if made here")
    add("--prompts", type=TypeAdapter(dict[str, str]).validate_json, required=True)
    add("--problems", type=cli.existing, required=True, help="Problem table")
    add("--traces", type=cli.existing, required=True, help="Trace table of the pool")
    add("--spent", type=cli.existing, required=True, help="its Spent table")
    add("--answers", type=cli.existing, required=True, help="its Answer table")
    add("--judge", type=cli.existing, help="Answer table that chooses the problem")
    add("--journal", type=Path, required=True, help="folder of the pool's journal")
    add("--output", type=Path, required=True, help="Segment table to write")
    args = parser.parse_args()
    if args.anatomy_spec.problem is None and args.judge is None:
        raise AnatomyError(f"anatomy {args.anatomy}: --judge or a problem is needed")
    return args


if __name__ == "__main__":
    cli.run(main)
