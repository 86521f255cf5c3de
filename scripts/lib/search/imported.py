"""Readers of step labels that others made: a line of a file becomes a problem and a tree.

PRM800K (Lightman et al. 2023, arXiv:2305.20050): people rated the alternatives for each step 1, 0
or -1, and one of them, or a step they wrote themselves, was gone on from. A neutral rating counts
as right, the reading with which that paper scores solutions (its appendix on the scoring of
solutions compares both); a step that nobody rated has no label.

Math-Shepherd (Wang et al. 2024, arXiv:2312.08935): each step ends with a mark, in whose place the
label has "+" where any rollout was right, else "-".

Math-APS (OmegaPRM, Luo et al. 2024, arXiv:2406.06592, as OpenR stores it): shares of right
rollouts, as a tree of steps, or as a list of solution beginnings, of which each is its longest
beginning in the list and one step more. A beginning that is listed twice has the mean of its
shares.
"""

import json
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from scripts.lib.config.verifiers import ImportedLabels
from scripts.lib.search.label_tree import Node, solutions
from scripts.lib.search.solutions import LabelsError
from scripts.lib.search.tables import StepLabel
from scripts.lib.tableio import make_table

RATINGS = {1: 1.0, 0: 1.0, -1: 0.0}
OUTCOMES = {"solution": True, "found_error": False}
MARK = "ки"
SIGNS = {"+": 1.0, "-": 0.0}
FIRST_STEP = "Step 1:"


class _BrokenLineError(ValueError):
    """What is wrong with a line: key and complaint."""


class _Question(BaseModel):
    problem: str


class _Completion(BaseModel):
    text: str
    rating: int | None


class _HumanCompletion(BaseModel):
    text: str


class _RatedStep(BaseModel):
    completions: list[_Completion] | None
    human_completion: _HumanCompletion | None
    chosen_completion: int | None


class _Rated(BaseModel):
    steps: list[_RatedStep]
    finish_reason: str


class _Prm800k(BaseModel):
    question: _Question
    label: _Rated


class _Shepherd(BaseModel):
    input: str
    label: str


class _Beginning(BaseModel):
    solution_prefix: str
    mc_value: float


class _Grown(BaseModel):
    text: str
    mc_value: float
    children: list["_Grown"]


class _Aps(BaseModel):
    question: str
    reasoning_steps: list[_Beginning] | _Grown


Line = TypeVar("Line", bound=BaseModel)

Read = tuple[str, list[Node]]
"""A problem's text, and its first steps."""


def import_labels(path: Path, name: str, spec: ImportedLabels) -> pl.DataFrame:
    """The labels of a recording as a StepLabel table.

    Problems are numbered by their first appearance, their solutions in the order of the file.

    Args:
        path: JSON lines.
        name: of the labels.
        spec: format, separator, and how many solutions to take.

    Raises:
        LabelsError: a line is broken; the text names it, its key and what is wrong.
    """
    problems: dict[str, int] = {}
    counts: dict[str, int] = {}
    rows: list[dict[str, object]] = []
    taken = 0
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                problem, nodes = _READERS[spec.format](line)
            except _BrokenLineError as broken:
                raise LabelsError(f"{path}: line {number}: {broken}") from None
            for steps, outcome in solutions(nodes):
                if spec.solutions is not None and taken == spec.solutions:
                    break
                taken += 1
                solution = counts.get(problem, 0)
                counts[problem] = solution + 1
                rows += [
                    {
                        "labels": name,
                        "problem_id": str(problems.setdefault(problem, len(problems))),
                        "prompt": problem,
                        "solution": solution,
                        "step": place,
                        "text": step.text + spec.separator,
                        "soft": step.soft,
                        "hard": None if step.soft is None else step.soft > 0,
                        "outcome": outcome,
                        "origin": "imported",
                    }
                    for place, step in enumerate(steps)
                ]
    if not rows:
        raise LabelsError(f"{path}: holds no labelled step")
    return make_table(StepLabel, rows)


def _prm800k(line: str) -> Read:
    read = _checked(_Prm800k, line)
    roots: list[Node] = []
    open_at = roots
    last: Node | None = None
    for number, step in enumerate(read.label.steps):
        nodes = [
            Node(one.text, None if one.rating is None else _rating(one.rating, number))
            for one in step.completions or []
        ]
        chosen = None
        if step.chosen_completion is not None:
            if not 0 <= step.chosen_completion < len(nodes):
                raise _BrokenLineError(
                    f"label.steps.{number}.chosen_completion: {step.chosen_completion} is none of "
                    f"{len(nodes)} completions"
                )
            chosen = nodes[step.chosen_completion]
        elif step.human_completion is not None:
            chosen = Node(step.human_completion.text, None)
            nodes.append(chosen)
        open_at += nodes
        if chosen is None:
            # Only the last step of an abandoned solution has no choice; what stands there are ends.
            last = nodes[0] if nodes else None
            break
        last, open_at = chosen, chosen.children
    if last is not None:
        last.outcome = OUTCOMES.get(read.label.finish_reason)
    return read.question.problem, roots


def _rating(rating: int, step: int) -> float:
    if rating not in RATINGS:
        raise _BrokenLineError(f"label.steps.{step}: rating {rating} is none of {sorted(RATINGS)}")
    return RATINGS[rating]


def _math_shepherd(line: str) -> Read:
    read = _checked(_Shepherd, line)
    *pieces, rest = read.input.split(MARK)
    if not pieces or rest.strip():
        raise _BrokenLineError(f"input: every step must end with {MARK!r}")
    begin = pieces[0].find(FIRST_STEP)
    if begin < 0:
        raise _BrokenLineError(f"input: {FIRST_STEP!r} is missing")
    problem, pieces[0] = pieces[0][:begin].strip(), pieces[0][begin:]
    place = len(read.input[: read.input.find(FIRST_STEP)])
    roots: list[Node] = []
    open_at = roots
    for number, piece in enumerate(pieces):
        sign = read.label[place + len(piece) : place + len(piece) + 1]
        if read.label[place : place + len(piece)] != piece or sign not in SIGNS:
            raise _BrokenLineError(
                f"label: step {number + 1} is not that of input with + or - behind it"
            )
        place += len(piece) + 1
        node = Node(piece.strip(), SIGNS[sign])
        open_at.append(node)
        open_at = node.children
    # The label of the last step says whether the answer is right.
    node.outcome = node.soft == 1
    return problem, roots


def _math_aps(line: str) -> Read:
    read = _checked(_Aps, line)
    if isinstance(read.reasoning_steps, _Grown):
        root = _grown(read.reasoning_steps)
        if root.text != read.question:
            raise _BrokenLineError("reasoning_steps.text: the root of the tree is not the question")
    else:
        root = _from_beginnings(read.question, read.reasoning_steps)
    return read.question, root.children


def _grown(tree: _Grown) -> Node:
    root = Node(tree.text, tree.mc_value)
    pending = [(tree, root)]
    while pending:
        source, node = pending.pop()
        for child in source.children:
            node.children.append(Node(child.text, child.mc_value))
            pending.append((child, node.children[-1]))
    return root


def _from_beginnings(question: str, listed: list[_Beginning]) -> Node:
    shares: dict[str, list[float]] = {}
    for one in listed:
        shares.setdefault(one.solution_prefix, []).append(one.mc_value)
    if not shares:
        raise _BrokenLineError("reasoning_steps: the list is empty")
    shares.pop(question, None)  # the share of the question itself belongs to no step
    texts = [question, *sorted(shares, key=len)]
    nodes = {question: Node(question, None)}
    for place, text in enumerate(texts[1:], start=1):
        before = next((t for t in reversed(texts[:place]) if text.startswith(t)), None)
        if before is None:
            raise _BrokenLineError(f"reasoning_steps: {text[:60]!r} does not begin as the question")
        node = Node(text.removeprefix(before).strip("\n"), fmean(shares[text]))
        nodes[before].children.append(node)
        nodes[text] = node
    return nodes[question]


def _checked(model: type[Line], line: str) -> Line:
    try:
        return model.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise _BrokenLineError(f"not JSON: {error}") from None
    except RecursionError:
        raise _BrokenLineError("nested too deeply") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise _BrokenLineError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


_READERS: dict[str, Callable[[str], Read]] = {
    "prm800k": _prm800k,
    "math_shepherd": _math_shepherd,
    "math_aps": _math_aps,
}
