"""Label the steps of a pool's samples by Monte-Carlo rollouts; write a StepLabel table.

From the end of each step the solution is finished several times by a model, and graded as any
answer is (scripts/lib/search/rollouts.py); or the first wrong step is looked for by bisection
(scripts/lib/search/bisection.py). Every rollout is appended to a journal, so that a run that was
killed asks only for what is missing. Where the problems can be worked out here, each step's own
truth stands beside its label.
"""

import logging
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib import cli
from scripts.lib.chains.truth import step_truths
from scripts.lib.config.models import Generator
from scripts.lib.config.verifiers import RolloutLabels
from scripts.lib.engines.base import EngineError, TokenEngine
from scripts.lib.engines.open import open_engine
from scripts.lib.grading.judge import Judge
from scripts.lib.journal import Journal
from scripts.lib.progress import Progress
from scripts.lib.sampling import Drawing
from scripts.lib.search.rollouts import Labelling
from scripts.lib.search.solutions import solutions_of
from scripts.lib.search.tables import StepLabel
from scripts.lib.spending import Spending
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace


def label_steps(
    name: str,
    spec: RolloutLabels,
    prompt: str,
    problems: pl.DataFrame,
    traces: pl.DataFrame,
    answers: pl.DataFrame,
    engine: TokenEngine,
    journal_folder: Path,
    judge: Judge,
) -> pl.DataFrame:
    """Draw the rollouts that the journal does not hold yet; return all labels as a StepLabel table.

    Arguments but the last three are those of `solutions_of`.

    Raises:
        UserError: of the solutions, the model or the journal.
    """
    solutions = solutions_of(name, spec, prompt, problems, traces, answers, engine)
    labelling = Labelling(solutions, spec, engine, judge)
    spending = Spending(None, None, f"labels {name}")
    journal = Journal(journal_folder, visit=spending.count)
    drawing = Drawing(engine, labelling.begin(), journal, spending, labelling.follow)
    kept = sum(1 for _ in drawing.replay())
    steps = sum(len(one.steps) for one in solutions)
    logging.info(
        "labels %s: %d solutions of %d steps; %d rollouts in the journal, %d to begin with",
        name, len(solutions), steps, kept, drawing.missing,
    )  # fmt: skip
    if drawing.missing:
        total = kept + drawing.missing
        with Progress(f"labels {name}", total, kept, spending.paid_usd) as progress:
            for _, response in drawing.ask():
                progress.add(response.generated_tokens)
                progress.total = max(progress.total, progress.done + drawing.missing)
    tried = sum(len(one.tried) for one in labelling.solutions)
    logging.info(
        "labels %s: %d rollouts from %d of %d steps, %s tokens",
        name, labelling.rollouts, tried, steps, f"{labelling.generated:,}",
    )  # fmt: skip
    return _table(name, labelling, engine)


def _table(name: str, labelling: Labelling, engine: TokenEngine) -> pl.DataFrame:
    labelling.judge()
    rows: list[dict[str, object]] = []
    for labelled in labelling.solutions:
        solution = labelled.solution
        texts = [engine.decode(step) for step in solution.steps]
        truths = step_truths(solution.problem, texts, ended=solution.ended)
        told = zip(solution.steps, texts, truths, labelled.labels(), strict=True)
        rows += [
            {
                "labels": name,
                "problem_id": solution.problem_id,
                "prompt": solution.problem,
                "solution": solution.number,
                "step": step,
                "text": text,
                "token_ids": list(token_ids),
                "outcome": solution.correct,
                "truth": truth,
                **label,
            }
            for step, (token_ids, text, truth, label) in enumerate(told)
        ]
    return make_table(StepLabel, rows)


def main() -> None:
    """Read the arguments, label, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(RolloutLabels), required=True)
    parser.add_argument("--labels", required=True, help="their name")
    parser.add_argument("--model-spec", type=TypeAdapter(Generator).validate_json, required=True)
    parser.add_argument("--weights", type=cli.existing, help="folder of a model made here")
    parser.add_argument("--prompt", required=True, help="text of the pool's prompt")
    parser.add_argument("--problems", type=cli.existing, required=True, help="Problem table")
    parser.add_argument("--traces", type=cli.existing, required=True, help="Trace table")
    parser.add_argument("--answers", type=cli.existing, required=True, help="Answer table")
    parser.add_argument("--journal", type=Path, required=True, help="folder of the journal")
    parser.add_argument("--jobs", type=int, default=1, help="pairs of answers judged at a time")
    parser.add_argument("--output", type=Path, required=True, help="StepLabel table to write")
    args = parser.parse_args()
    engine = open_engine(args.model_spec, args.weights, None, None)
    if not isinstance(engine, TokenEngine):
        raise EngineError(
            f"labels {args.labels}: the model is behind an API, which cannot go on from token ids"
        )
    with Judge(args.jobs) as judge:
        table = label_steps(
            args.labels,
            args.spec,
            args.prompt,
            read_table(Problem, args.problems),
            read_table(Trace, args.traces),
            read_table(Answer, args.answers),
            engine,
            args.journal,
            judge,
        )
    write_table(StepLabel, table, args.output)
    right = int(table["hard"].sum())
    logging.info("%s: %d steps, %d of them right in some rollout", args.output, len(table), right)


if __name__ == "__main__":
    cli.run(main)
