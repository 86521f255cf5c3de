"""Training examples of a verifier: solutions as token ids, a target at the end of each step."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

from scripts.lib.config.verifiers import VerifierModel
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_text import encode_chat
from scripts.lib.pool_requests import prompt_text
from scripts.lib.verifiers.base import VerifierError

UNLABELLED = -100.0
"""Target of a token that no step with a label ends with."""


@dataclass(frozen=True)
class Example:
    """One solution. `ends`: places of the last tokens of its labelled steps; `targets`: their
    targets, from 0 to 1; `steps`: which steps they are.
    """  # noqa: D205

    problem_id: str
    solution: int
    input_ids: list[int]
    ends: list[int]
    targets: list[float]
    steps: list[int]

    def row(self) -> dict[str, list[Any]]:
        """As the Trainer takes it: a target for each token."""
        labels = [UNLABELLED] * len(self.input_ids)
        for end, target in zip(self.ends, self.targets, strict=True):
            labels[end] = target
        return {"input_ids": self.input_ids, "labels": labels}


@dataclass(frozen=True)
class Examples:
    """Solutions to train on and those held out; `lost` labels stood behind the longest length."""

    training: list[Example]
    held_out: list[Example]
    lost: int


def read_examples(
    name: str, labels: pl.DataFrame, spec: VerifierModel, prompt: str, tokenizer: Any
) -> Examples:
    """The solutions of a StepLabel table, split by problem.

    Args:
        name: of the table's file, for errors.
        labels: a StepLabel table.
        spec: target, held-out share and longest length.
        prompt: text of the prompt before a solution.
        tokenizer: of the base model, with a chat template.

    Raises:
        VerifierError: a step holds no token; no labelled step is left to train on, or none to
            measure on.
    """
    labels = labels.sort("problem_id", "solution", "step", maintain_order=True)
    parts: dict[bool, list[Example]] = {False: [], True: []}
    lost = 0
    prompts: dict[str, tuple[int, ...]] = {}
    for (problem, _), steps in labels.group_by("problem_id", "solution", maintain_order=True):
        text = steps["prompt"][0]
        if text not in prompts:
            prompts[text] = _encode(prompt_text(prompt, text), tokenizer)
        example, gone = _example(name, steps, prompts[text], spec, tokenizer)
        lost += gone
        if example.ends:
            parts[is_held_out(str(problem), spec.held_out)].append(example)
    for held_out, what in ((False, "to train on"), (True, "that are held out")):
        if not parts[held_out]:
            raise VerifierError(
                f"{name}: no solution {what} has a labelled step within training.max_length, "
                f"{spec.training.max_length} tokens ({lost} labels stand behind it); label more "
                "problems, or change max_length or held_out"
            )
    return Examples(parts[False], parts[True], lost)


def is_held_out(problem_id: str, share: float) -> bool:
    """Whether a verifier is measured on a problem instead of trained: by the hash of its id."""
    digest = hashlib.sha256(problem_id.encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share


def targets_of(steps: pl.DataFrame, target: str) -> Iterable[float | None]:
    """The target of each step of one solution; None where it has none.

    Args:
        steps: rows of a StepLabel table, in order.
        target: soft, hard, truth, or outcome (at the last step alone).
    """
    if target == "outcome":
        outcome = steps["outcome"][-1]
        return [*[None] * (len(steps) - 1), None if outcome is None else float(outcome)]
    return [None if value is None else float(value) for value in steps[target]]


def _example(
    name: str, steps: pl.DataFrame, prompt: tuple[int, ...], spec: VerifierModel, tokenizer: Any
) -> tuple[Example, int]:
    ids, ends, targets, numbers = list(prompt), [], [], []
    lost = 0
    problem, solution = steps.select("problem_id", "solution").row(0)
    rows = steps.select("step", "text", "token_ids").iter_rows()
    for (step, text, token_ids), target in zip(rows, targets_of(steps, spec.target), strict=True):
        own = _tokens(text, token_ids, tokenizer)
        if not own:
            # Its target would stand at the end of the step before it, or of the prompt.
            raise VerifierError(
                f"{name}: problem {problem}, solution {solution}, step {step} has no token "
                "(text, token_ids): take the row out, or join its label to the step before it"
            )
        ids += own
        if target is None:
            continue
        if len(ids) > spec.training.max_length:
            lost += 1
            continue
        ends.append(len(ids) - 1)
        targets.append(target)
        numbers.append(step)
    # What stands behind the last label teaches nothing.
    kept = ids[: ends[-1] + 1] if ends else []
    return Example(problem, solution, kept, ends, targets, numbers), lost


def _tokens(text: str, token_ids: list[int] | None, tokenizer: Any) -> list[int]:
    """The solver's own tokens of a step, if they are those of this tokenizer; else its text's."""
    if token_ids and max(token_ids) < len(tokenizer):
        written = tokenizer.decode(
            token_ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        # The step that ends a solution closes with an end token, which its text leaves out.
        if written.removesuffix(tokenizer.eos_token or "") == text or written == text:
            return token_ids
    return list(tokenizer.encode(text, add_special_tokens=False))


def _encode(message: str, tokenizer: Any) -> tuple[int, ...]:
    try:
        return encode_chat(tokenizer, message, "the base model")
    except EngineError as error:
        raise VerifierError(str(error)) from error
