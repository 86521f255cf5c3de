"""The solutions of a pool, cut into steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from scripts.lib.config.verifiers import RolloutLabels
from scripts.lib.engines.base import Request, TokenEngine
from scripts.lib.errors import UserError
from scripts.lib.pool_requests import prompt_text
from scripts.lib.search.steps import separator_ids, split_ids
from scripts.lib.tables import SAMPLE_KEY


class LabelsError(UserError):
    """Step labels cannot be made from what is there."""


@dataclass(frozen=True)
class Solution:
    """One sample of a problem: the prompt before it and its steps, as token ids of its model.

    `ended`: whether it ended by itself, not at its length; `correct`: whether its own answer is
    right.
    """

    benchmark: str
    problem_id: str
    problem: str
    gold: str
    answer_kind: str
    number: int
    prompt: tuple[int, ...]
    steps: list[tuple[int, ...]]
    ended: bool
    correct: bool

    def context(self, step: int) -> tuple[int, ...]:
        """Prompt and steps up to the end of `step`."""
        return self.prompt + self.tokens(step)

    def cuts(self, step: int) -> tuple[int, ...]:
        """Lengths of the contexts up to that of `step`, the prompt's first."""
        return (len(self.prompt), *(len(self.context(before)) for before in range(step + 1)))

    def tokens(self, step: int) -> tuple[int, ...]:
        """The steps up to the end of `step`."""
        return tuple(token for one in self.steps[: step + 1] for token in one)


def solutions_of(
    name: str,
    spec: RolloutLabels,
    prompt: str,
    problems: pl.DataFrame,
    traces: pl.DataFrame,
    answers: pl.DataFrame,
    engine: TokenEngine,
) -> list[Solution]:
    """The solutions to label, in the order of the traces; those without a token are left out.

    Args:
        name: of the labels, for errors.
        spec: which samples to take, and what ends a step.
        prompt: text of the pool's prompt.
        problems: the Problem table of the pool's benchmark.
        traces: the pool's Trace table.
        answers: its Answer table.
        engine: the model that will go on from them; its tokens are those of the traces.

    Raises:
        LabelsError: traces without token ids or answers, or no solution at all.
        EngineError: no token holds the separator.
    """
    rows = problems.head(spec.problems or len(problems))
    known = {row["problem_id"]: row for row in rows.iter_rows(named=True)}
    graded = answers.select(*SAMPLE_KEY, "correct")
    wanted = traces.filter(pl.col("problem_id").is_in(list(known)))
    if spec.samples is not None:
        wanted = wanted.filter(pl.col("sample") < spec.samples)
    joined = wanted.join(graded, on=SAMPLE_KEY, how="left", nulls_equal=True, maintain_order="left")
    _check(name, spec, joined)
    ends = separator_ids(engine.tokenizer, spec.separator)
    found = list(_read(name, spec, joined, known, prompt, ends, engine))
    if not found:
        raise LabelsError(f"labels {name}: pool {spec.pool} has no sample to label")
    return found


def _read(
    name: str,
    spec: RolloutLabels,
    joined: pl.DataFrame,
    known: dict[str, dict[str, str]],
    prompt: str,
    ends: Sequence[int],
    engine: TokenEngine,
) -> Iterator[Solution]:
    prompts: dict[str, tuple[int, ...]] = {}
    numbers: dict[str, int] = {}
    for row in joined.iter_rows(named=True):
        steps = split_ids(row["token_ids"], ends)
        if not steps:
            continue
        if engine.decode(tuple(row["token_ids"])) != row["text"]:
            raise LabelsError(
                f"labels {name}: pool {spec.pool}, problem {row['problem_id']}, sample "
                f"{row['sample']} has token ids that the model which is to finish it reads as "
                "another text; let the pool's own model finish its samples"
            )
        problem = known[row["problem_id"]]
        text = problem["problem"]
        if text not in prompts:
            request = Request(prompt_text(prompt, text), seed=0, max_tokens=1, temperature=0)
            prompts[text] = engine.encode(request)
        number = numbers.get(row["problem_id"], 0)
        numbers[row["problem_id"]] = number + 1
        yield Solution(
            benchmark=row["benchmark"],
            problem_id=row["problem_id"],
            problem=text,
            gold=problem["answer"],
            answer_kind=problem["answer_kind"],
            number=number,
            prompt=prompts[text],
            steps=steps,
            ended=row["end"] == "stop",
            correct=row["correct"],
        )


def _check(name: str, spec: RolloutLabels, joined: pl.DataFrame) -> None:
    for column, lack in (("token_ids", "no token ids"), ("correct", "no graded answer")):
        bare = joined.filter(pl.col(column).is_null())
        if len(bare):
            problem, sample = bare.select("problem_id", "sample").row(0)
            raise LabelsError(
                f"labels {name}: pool {spec.pool}, problem {problem}, sample {sample} has {lack}, "
                f"and {len(bare) - 1} more; label a pool that was sampled and graded here"
            )
