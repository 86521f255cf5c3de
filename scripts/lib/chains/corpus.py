"""The training corpus: prompts and traces as token ids, with the loss on what a model writes.

Labels cover the completion only, token by token: not the prompt, and not what budget forcing
appends (a "Wait" where the trace would have ended, an answer opened by force), so that being
forced is learned without learning to force oneself.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from transformers import PreTrainedTokenizerFast

from scripts.lib.chains.completions import Segment, counted_completion, draw_completion
from scripts.lib.chains.families import FAMILIES
from scripts.lib.chains.problems import Chain, answer_of, draw_chain
from scripts.lib.chains.slips import Slips
from scripts.lib.chains.traces import Plan, first_pass
from scripts.lib.config.models import Corpus
from scripts.lib.errors import UserError
from scripts.lib.pool_requests import prompt_text
from scripts.lib.thinking import OWN_OPENING
from scripts.lib.training import IGNORED

GO_ON = 0.25
"""Chance to wait of one's own accord after each pass, where the prompt asks for nothing."""

DRILL_SHARE = 0.15
"""Share of the corpus, at its beginning, that is bare arithmetic without questions. Without it
a model learns to copy from the question and sits at chance in arithmetic for very long."""
GROWING_SHARE = 0.35
"""Share of the corpus, after that, over which examples grow from the shortest chains without
waits to all."""

MOST_ASKED = 12
"""Prompts ask for 2^0 to 2^12 tokens."""
ASKED_OFFSET, ASKED_SLOPE, ASKED_NOISE = 1.0, 0.9, 0.6
"""Tokens that a writer aims at: log2 = offset + slope log2 asked + normal noise. Writers use
more than they are asked for, the more so the less they are asked for."""


class CorpusError(UserError):
    """The study's prompts do not serve the corpus."""


@dataclass(frozen=True)
class Example:
    """One training example before tokenization; a drill has neither question nor prompt."""

    chain: Chain
    question: str | None
    prompt: str | None
    asked: int | None
    completion: list[Segment]


def draw_examples(spec: Corpus, prompts: dict[str, str], excluded: set[Chain]) -> list[Example]:
    """All examples of a corpus; none asks an excluded question in whatever family.

    Args:
        spec: settings of the corpus.
        prompts: prompt texts with {problem} and, for some, {asked}, or {attempt}, which is an
            answer of the same writer, right or wrong.
        excluded: questions that must not be trained on.

    Raises:
        CorpusError: no prompt with {asked} or none without, and the corpus needs one.
    """
    others = dict(prompts)
    counting = others.pop(spec.counted.wording) if spec.counted else ""
    straight = others.pop(spec.straight.wording) if spec.straight else ""
    asking, plain = _sorted_prompts(spec, others)
    noise = np.random.Generator(np.random.PCG64(spec.seed))
    slips = Slips.draw(spec.slip_rate, spec.seed)
    drills = round(DRILL_SHARE * spec.examples)
    return [
        *(_draw_drill(spec, excluded, slips, noise) for _ in range(drills)),
        *(
            _draw_example(stage, asking, plain, counting, straight, excluded, slips, noise)
            for stage in _stages(spec, spec.examples - drills)
        ),
    ]


def encode_examples(
    examples: list[Example], tokenizer: PreTrainedTokenizerFast
) -> list[dict[str, list[int]]]:
    """Examples as input_ids and labels of equal length; IGNORED marks tokens without loss."""
    texts = [
        text
        for example in examples
        for text in (
            _opening(example, tokenizer),
            *(segment.text for segment in example.completion),
        )
    ]
    encoded = iter(tokenizer.backend_tokenizer.encode_batch_fast(texts, add_special_tokens=False))
    rows = []
    for example in examples:
        input_ids = list(next(encoded).ids)
        labels = [IGNORED] * len(input_ids)
        for segment in example.completion:
            ids = next(encoded).ids
            input_ids += ids
            labels += ids if segment.learned else [IGNORED] * len(ids)
        rows.append({"input_ids": input_ids, "labels": labels})
    return rows


def _opening(example: Example, tokenizer: PreTrainedTokenizerFast) -> str:
    """All that stands before the completion: the prompt in its chat format, or nothing."""
    if example.prompt is None:
        return ""
    message = [{"role": "user", "content": example.prompt}]
    text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    return str(text)


def plan_for(length: int, asked: int | None, most_waits: int, noise: np.random.Generator) -> Plan:
    """How long a writer thinks about a chain of `length` operations.

    Asked for tokens, it takes the plan that comes closest, on a log axis, to what it aims at;
    asked for nothing, it writes its steps out and waits now and then.
    """
    if asked is None:
        waits = 0
        while waits < most_waits and noise.random() < GO_ON:
            waits += 1
        return Plan(written=True, waits=waits)
    aim = ASKED_OFFSET + ASKED_SLOPE * np.log2(asked) + ASKED_NOISE * noise.standard_normal()
    plans = [Plan(False, 0), *(Plan(True, waits) for waits in range(most_waits + 1))]
    return min(plans, key=lambda plan: abs(float(np.log2(plan.tokens(length))) - aim))


def _stages(spec: Corpus, examples: int) -> Iterator[Corpus]:
    """The settings of each example in turn: short chains without waits first.

    Counting and writing straight on come last, once chains are of all lengths: before that
    they keep the model from learning arithmetic.
    """
    lengths = sorted(spec.operations)
    for number in range(examples):
        grown = min(1.0, number / (GROWING_SHARE * spec.examples))
        known = lengths[: max(1, math.ceil(grown * len(lengths)))]
        waits = math.floor(grown * spec.most_waits)
        late = {"counted": spec.counted, "straight": spec.straight} if grown == 1.0 else {}
        changes = {"operations": known, "most_waits": waits, "counted": None, "straight": None}
        yield spec.model_copy(update=changes | late)


def _draw_drill(
    spec: Corpus, excluded: set[Chain], slips: Slips, noise: np.random.Generator
) -> Example:
    """A written pass over a chain of the greatest length, with labels on its results only."""
    chain = _draw_allowed([max(spec.operations)], excluded, noise)
    segments = [
        part
        for line in first_pass(chain, True, slips, noise).text(chain).splitlines()
        for part in (Segment(line[:-1], learned=False), Segment(line[-1]), Segment("\n", False))
    ]
    return Example(chain, None, None, None, segments)


def _draw_allowed(lengths: list[int], excluded: set[Chain], noise: np.random.Generator) -> Chain:
    """A chain of one of `lengths` that is not excluded."""
    while True:
        chain = draw_chain(lengths[noise.integers(len(lengths))], noise)
        if chain not in excluded:
            return chain


def _draw_example(
    spec: Corpus,
    asking: list[str],
    plain: list[str],
    counting: str,
    straight: str,
    excluded: set[Chain],
    slips: Slips,
    noise: np.random.Generator,
) -> Example:
    chain = _draw_allowed(spec.operations, excluded, noise)
    question = FAMILIES[noise.integers(len(FAMILIES))].text(chain)
    if spec.counted and noise.random() < spec.counted.share:
        plan = plan_for(len(chain.operations), None, spec.most_waits, noise)
        steps, completion = counted_completion(chain, plan, slips, noise)
        return Example(chain, question, prompt_text(counting, question, steps), steps, completion)
    if spec.straight and noise.random() < spec.straight.share:
        completion = draw_completion(chain, Plan(True, 0), 0, slips, noise)
        return Example(chain, question, prompt_text(straight, question), None, completion)
    asked = None
    if noise.random() < spec.asked_share:
        asked = 2 ** int(noise.integers(MOST_ASKED + 1))
    texts = plain if asked is None else asking
    text = texts[noise.integers(len(texts))]
    attempt = None
    if "{attempt}" in text:
        values = first_pass(chain, True, slips, noise).values
        attempt = f"{OWN_OPENING} {answer_of(list(values))}"
    prompt = prompt_text(text, question, asked, attempt)
    plan = plan_for(len(chain.operations), asked, spec.most_waits, noise)
    completion = draw_completion(chain, plan, spec.most_waits, slips, noise)
    return Example(chain, question, prompt, asked, completion)


def _sorted_prompts(spec: Corpus, prompts: dict[str, str]) -> tuple[list[str], list[str]]:
    """Prompt texts that ask for tokens and those that do not, in the order of their names."""
    texts = [prompts[name] for name in sorted(prompts)]
    asking = [text for text in texts if "{asked}" in text]
    plain = [text for text in texts if "{asked}" not in text]
    problems = [
        f"prompts.{name}: {{problem}} is missing"
        for name in sorted(prompts)
        if "{problem}" not in prompts[name]
    ]
    if spec.asked_share > 0 and not asking:
        problems.append(
            f"corpus.asked_share is {spec.asked_share}, but no prompt of the study holds {{asked}}"
        )
    if spec.asked_share < 1 and not plain:
        problems.append(
            f"corpus.asked_share is {spec.asked_share}, but all prompts of the study hold "
            "{asked}: add one without, or set it to 1"
        )
    if problems:
        raise CorpusError("\n".join(problems))
    return asking, plain
