"""Scores of the steps of samples that are there already."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from scripts.lib.errors import UserError
from scripts.lib.pool_requests import prompt_text
from scripts.lib.search.steps import split_ids, split_text
from scripts.lib.search.tables import Step
from scripts.lib.tableio import make_table
from scripts.lib.tables import SAMPLE_KEY
from scripts.lib.verifiers.base import NewStep, Thread, Verifier

AT_ONCE = 512
"""Samples whose threads are held at a time."""


class ScoringError(UserError):
    """The samples of a pool cannot be scored."""


@dataclass(frozen=True)
class Splitter:
    """How samples are cut into steps.

    `ends`: tokens that end one; None where the tokens of the samples are not known. `decode`
    writes the tokens of a step.
    """

    separator: str
    ends: tuple[int, ...] | None
    decode: Callable[[tuple[int, ...]], str] | None

    def steps(self, text: str | None, token_ids: list[int] | None) -> list[NewStep]:
        """The steps of a sample; none where it has neither text nor tokens."""
        told: list[tuple[str, tuple[int, ...] | None]]
        if self.ends is not None and self.decode is not None and token_ids is not None:
            pieces = split_ids(token_ids, self.ends)
            told = [(self.decode(piece), piece) for piece in pieces]
        else:
            told = [(piece, None) for piece in split_text(text or "", self.separator)]
        last = len(told) - 1
        return [NewStep(text, ids, last=at == last) for at, (text, ids) in enumerate(told)]


class _Sample:
    """One sample on its way through the verifier."""

    def __init__(self, key: dict[str, object], root: Thread, steps: list[NewStep]) -> None:
        self.key, self.thread, self.steps = key, root, steps
        self.rows: list[dict[str, object]] = []


def score_samples(
    traces: pl.DataFrame,
    problems: pl.DataFrame,
    prompts: dict[str, str],
    verifier: Verifier,
    scorer: str,
    splitter: Splitter,
) -> Iterator[pl.DataFrame]:
    """Step tables of a pool's samples, part by part, in the order of the traces.

    A sample without text has no rows, and neither has a step that is none to the verifier.

    Args:
        traces: a Trace table.
        problems: the Problem table of its benchmark.
        prompts: the pool's prompts by wording; without them the problem is all that was asked.
        verifier: scores the steps.
        scorer: its name.
        splitter: cuts samples into steps.

    Raises:
        ScoringError: a sample of an unknown problem, or of one without a text.
        VerifierError: from the verifier.
    """
    texts = dict(problems.select("problem_id", "problem").iter_rows())
    roots: dict[tuple[str, str], Thread] = {}
    columns = [*SAMPLE_KEY, "text", "token_ids"]
    for start in range(0, len(traces), AT_ONCE):
        samples = []
        for row in traces[start : start + AT_ONCE].select(columns).iter_rows(named=True):
            problem = texts.get(row["problem_id"])
            if problem is None:
                raise ScoringError(
                    f"pool {row['pool']}: problem {row['problem_id']} has no text among the "
                    "problems, so that its samples cannot be scored"
                )
            steps = splitter.steps(row.pop("text"), row.pop("token_ids"))
            prompt = prompts.get(row["wording"])
            asked = problem if prompt is None else prompt_text(prompt, problem, row["asked"])
            root = roots.get((problem, asked))
            if root is None:
                root = roots[problem, asked] = verifier.begin(problem, asked)
            samples.append(_Sample(row, root, steps))
        _score(samples, verifier, scorer)
        yield make_table(Step, [row for sample in samples for row in sample.rows])


def _score(samples: list[_Sample], verifier: Verifier, scorer: str) -> None:
    """All first steps together, then all second ones."""
    for place in range(max((len(sample.steps) for sample in samples), default=0)):
        going = [sample for sample in samples if len(sample.steps) > place]
        asks = [(sample.thread, sample.steps[place]) for sample in going]
        for sample, scored in zip(going, verifier.score(asks), strict=True):
            sample.thread = scored.thread
            if scored.score is None:
                continue
            sample.rows.append(
                {
                    **sample.key,
                    "step": place,
                    "prompt_tokens": scored.thread.prompt_tokens,
                    "tokens": scored.tokens,
                    "score": scored.score,
                    "scorer": scorer,
                }
            )
