"""Training examples of a fine-tuning: questions with traces as token ids, with the loss on what
the assistant writes.

The assistant's text is that of s1: think delimiter, trace, answer delimiter, answer, end token.
"""  # noqa: D205

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from transformers import PreTrainedTokenizerFast

from scripts.lib.config.models import TunedModel
from scripts.lib.engines.local_model import TEMPLATE_DATE
from scripts.lib.errors import UserError
from scripts.lib.finetuning.control import count_down, next_power_of_two
from scripts.lib.pool_requests import prompt_text
from scripts.lib.thinking import ANSWER, OWN_OPENING, THINK
from scripts.lib.training import IGNORED

DELIMITERS = ("<|im_start|>", "<|im_end|>")

MOST_SHOWN = 5

Row = dict[str, list[int]]
"""One example: input_ids and labels of equal length."""


class ExampleError(UserError):
    """Some questions cannot be trained on; the text names them."""


@dataclass(frozen=True)
class Examples:
    """Encoded examples. `cut` of them were longer than max_length, `longest` is the length of
    the longest before that; `left_out` are the questions whose prompt alone is that long.
    """  # noqa: D205

    rows: list[Row]
    cut: int
    longest: int
    left_out: list[str]

    @property
    def tokens(self) -> int:
        """Tokens of one epoch, prompts included."""
        return sum(len(row["input_ids"]) for row in self.rows)


@dataclass(frozen=True)
class Text:
    """One example before tokenization: the user's message, and what the assistant writes."""

    prompt: str
    completion: str


def read_examples(
    questions: pl.DataFrame,
    path: Path,
    spec: TunedModel,
    prompt: str,
    tokenizer: PreTrainedTokenizerFast,
) -> Examples:
    """Examples of a selection, in its order.

    Args:
        questions: a Question table.
        path: where it was read; errors name it.
        spec: the model's entry in the study.
        prompt: text with {problem} and, where the model is taught control, {asked}.
        tokenizer: that of the base model.

    Raises:
        ExampleError: a question lacks trace or answer, or cannot be written.
    """
    if not tokenizer.chat_template:
        raise ExampleError("the base model's tokenizer has no chat template; take a chat model")
    if spec.examples is not None and spec.examples > len(questions):
        raise ExampleError(
            f"{path}: {len(questions)} questions, and examples asks for {spec.examples} of them"
        )
    chosen = questions.head(spec.examples or len(questions))
    _refuse(path, _missing(chosen))
    _refuse(path, _unwritable(chosen, prompt, tokenizer))
    texts = write_texts(chosen, spec, prompt, tokenizer)
    names = chosen["question_id"].to_list()
    return encode_texts(texts, names, tokenizer, spec.training.max_length)


def write_texts(
    questions: pl.DataFrame, spec: TunedModel, prompt: str, tokenizer: PreTrainedTokenizerFast
) -> list[Text]:
    """The text of each example."""
    traces = [trace.strip() for trace in questions["trace"]]
    asked: list[int | None] = [None] * len(traces)
    if spec.control == "tokens":
        # As thinking is counted in what is sampled: with the newlines at its ends.
        thinking = [f"\n{trace}\n" for trace in traces]
        asked = [next_power_of_two(len(ids)) for ids in _encode(thinking, tokenizer)]
    elif spec.control == "steps":
        counted = [count_down(trace, spec.step_separator) for trace in traces]
        asked, traces = [asked for asked, _ in counted], [trace for _, trace in counted]
    return [
        Text(
            prompt_text(prompt, question, number),
            completion_of(trace, attempt, str(tokenizer.eos_token)),
        )
        for question, trace, attempt, number in zip(
            questions["question"], traces, questions["attempt"], asked, strict=True
        )
    ]


def completion_of(trace: str, attempt: str, end: str) -> str:
    """What the assistant writes; "Answer:" opens an answer that does not say it."""
    attempt = attempt.strip()
    if OWN_OPENING not in attempt:
        attempt = f"{OWN_OPENING} {attempt}"
    return f"{THINK}{trace}\n{ANSWER}{attempt}{end}"


def encode_texts(
    texts: list[Text], names: list[str], tokenizer: PreTrainedTokenizerFast, max_length: int
) -> Examples:
    """Token ids and labels of each text, cut at max_length; the prompt has no loss."""
    prompts = _encode([_in_chat(text.prompt, tokenizer) for text in texts], tokenizer)
    completions = _encode([text.completion for text in texts], tokenizer)
    rows, left_out = [], []
    cut = longest = 0
    for name, prompt, completion in zip(names, prompts, completions, strict=True):
        length = len(prompt) + len(completion)
        longest = max(longest, length)
        if len(prompt) >= max_length:
            left_out.append(name)
            continue
        cut += length > max_length
        labels = [IGNORED] * len(prompt) + completion
        rows.append(
            {"input_ids": (prompt + completion)[:max_length], "labels": labels[:max_length]}
        )
    if not rows:
        raise ExampleError(
            f"training.max_length: {max_length} tokens leave no room for an answer in any example"
        )
    return Examples(rows, cut, longest, left_out)


def _in_chat(prompt: str, tokenizer: PreTrainedTokenizerFast) -> str:
    """A user's message in the model's chat format, up to where the assistant writes."""
    return str(
        tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            add_generation_prompt=True,
            tokenize=False,
            strftime_now=TEMPLATE_DATE.strftime,
        )
    )


def _encode(texts: list[str], tokenizer: PreTrainedTokenizerFast) -> list[list[int]]:
    encoded = tokenizer.backend_tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return [list(one.ids) for one in encoded]


def _missing(questions: pl.DataFrame) -> list[str]:
    """Questions without trace or answer, each as a line."""
    problems = []
    for number, row in enumerate(questions.iter_rows(named=True), start=1):
        lacks = [name for name in ("trace", "attempt") if not (row[name] or "").strip()]
        if lacks:
            # What a service says of a failure may quote the question.
            told = row["failure"] and row["publish"] == "text"
            why = f" ({row['failure']})" if told else ""
            problems.append(
                f"row {number}, question {row['question_id']}: no {' and no '.join(lacks)}{why}"
            )
    return problems


def _unwritable(
    questions: pl.DataFrame, prompt: str, tokenizer: PreTrainedTokenizerFast
) -> list[str]:
    """Questions whose texts hold a delimiter, or characters that the tokenizer would lose."""
    bare = prompt.replace("{problem}", "").replace("{asked}", "")
    lost = _lost_characters([bare], tokenizer)
    if lost:
        raise ExampleError(f"the prompt holds {_quoted(lost)}, which the tokenizer cannot spell")
    marks = {*DELIMITERS, str(tokenizer.eos_token)}
    columns = ["question", "trace", "attempt"]
    lost = _lost_characters((text for name in columns for text in questions[name]), tokenizer)
    problems = []
    for number, row in enumerate(questions.iter_rows(named=True), start=1):
        for name in columns:
            at = f"row {number}, question {row['question_id']}: its {name} holds"
            held = sorted(mark for mark in marks if mark in row[name])
            if held:
                problems.append(f"{at} {_quoted(held)}, which marks where a message ends")
            spelt = sorted(lost.intersection(row[name]))
            if spelt:
                problems.append(f"{at} {_quoted(spelt)}, which the tokenizer cannot spell")
    return problems


def _lost_characters(texts: Iterable[str], tokenizer: Any) -> set[str]:
    characters = sorted(set().union(*texts))
    decoded = [tokenizer.decode(ids) for ids in _encode(characters, tokenizer)]
    return {
        character
        for character, text in zip(characters, decoded, strict=True)
        if unicodedata.normalize("NFC", character) not in unicodedata.normalize("NFC", text)
    }


def _quoted(parts: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(parts)))


def _refuse(path: Path, problems: list[str]) -> None:
    if not problems:
        return
    shown = [f"  - {problem}" for problem in problems[:MOST_SHOWN]]
    if len(problems) > MOST_SHOWN:
        shown.append(f"  - and {len(problems) - MOST_SHOWN} more")
    raise ExampleError("\n".join([f"{path}: questions that cannot be trained on:", *shown]))
