"""Training examples of a fine-tuning: questions with traces as token ids, with the loss on what
the assistant writes.

The assistant's text is that of s1: think delimiter, trace, answer delimiter, answer, end token.
"""  # noqa: D205

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from transformers import PreTrainedTokenizerFast

from scripts.lib.config.models import TunedModel
from scripts.lib.engines.local_text import TEMPLATE_DATE
from scripts.lib.errors import UserError
from scripts.lib.finetuning.control import count_down, next_power_of_two
from scripts.lib.pool_requests import prompt_text
from scripts.lib.thinking import ANSWER, OWN_OPENING, THINK
from scripts.lib.training import IGNORED

END = "<|im_end|>"
DELIMITERS = ("<|im_start|>", END)
FIELDS = ("{problem}", "{asked}", "{attempt}")
"""What a prompt holds in place of other texts."""

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
    chosen = first_rows(questions, path, spec, "questions")
    _refuse(path, "questions", _missing(chosen))
    marks = [*DELIMITERS, str(tokenizer.eos_token)]
    held = dict.fromkeys(("question", "trace", "attempt"), marks)
    refuse_unwritable(chosen, path, "question", held, prompt, tokenizer)
    texts = write_texts(chosen, spec, prompt, tokenizer)
    names = chosen["question_id"].to_list()
    return encode_texts(texts, names, tokenizer, spec.training.max_length)


def first_rows(table: pl.DataFrame, path: Path, spec: TunedModel, what: str) -> pl.DataFrame:
    """As many rows as the model is to learn from.

    Args:
        table: all there are.
        path: where they were read; errors name it.
        spec: the model's entry in the study.
        what: the rows are, for errors.

    Raises:
        ExampleError: there are too few.
    """
    if spec.examples is not None and spec.examples > len(table):
        raise ExampleError(
            f"{path}: {len(table)} {what}, and examples asks for {spec.examples} of them"
        )
    return table.head(spec.examples or len(table))


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
    """Token ids and labels of each text, cut at max_length; the prompt has no loss.

    Args:
        texts: the examples.
        names: of what each is about, for those that have no room.
        tokenizer: that of the base model.
        max_length: most tokens of an example.

    Raises:
        ExampleError: there is no chat template, or no example has room for an answer.
    """
    if not tokenizer.chat_template:
        raise ExampleError("the base model's tokenizer has no chat template; take a chat model")
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


def refuse_unwritable(
    table: pl.DataFrame,
    path: Path,
    what: str,
    marks: Mapping[str, Sequence[str]],
    prompt: str,
    tokenizer: PreTrainedTokenizerFast,
) -> None:
    """Refuse texts that hold a mark, or characters that the tokenizer would lose.

    Args:
        table: with a column of ids, called after what a row is about.
        path: where it was read; errors name it.
        what: a row is about: question or problem.
        marks: columns of texts, and for each what may not stand in it.
        prompt: text of the examples' prompt.
        tokenizer: that of the base model.

    Raises:
        ExampleError: naming rows, ids and columns.
    """
    for field in FIELDS:
        prompt = prompt.replace(field, "")
    lost = lost_characters([prompt], tokenizer)
    if lost:
        raise ExampleError(f"the prompt holds {_quoted(lost)}, which the tokenizer cannot spell")
    # A token of its own is spelt whole, whatever its characters are.
    whole = re.compile("|".join(map(re.escape, tokenizer.get_added_vocab())) or "(?!)")
    texts = table.with_columns(
        pl.Series(name, [whole.sub("", text) for text in table[name]], pl.String) for name in marks
    )
    lost = lost_characters((text for name in marks for text in texts[name]), tokenizer)
    problems = []
    rows = zip(table.iter_rows(named=True), texts.iter_rows(named=True), strict=True)
    for number, (row, spelt) in enumerate(rows, start=1):
        for name, forbidden in marks.items():
            at = f"row {number}, {what} {row[f'{what}_id']}: its {name} holds"
            held = {mark for mark in forbidden if mark in row[name]}
            if held:
                problems.append(f"{at} {_quoted(held)}, which marks where a message ends")
            odd = lost.intersection(spelt[name])
            if odd:
                problems.append(f"{at} {_quoted(odd)}, which the tokenizer cannot spell")
    _refuse(path, f"{what}s", problems)


def lost_characters(texts: Iterable[str], tokenizer: Any) -> set[str]:
    """Characters of texts that are not there any more once a tokenizer has read them."""
    characters = sorted(set().union(*texts))
    decoded = [tokenizer.decode(ids) for ids in _encode(characters, tokenizer)]
    return {
        character
        for character, text in zip(characters, decoded, strict=True)
        if unicodedata.normalize("NFC", character) not in unicodedata.normalize("NFC", text)
    }


def _quoted(parts: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(parts)))


def _refuse(path: Path, what: str, problems: list[str]) -> None:
    if not problems:
        return
    shown = [f"  - {problem}" for problem in problems[:MOST_SHOWN]]
    if len(problems) > MOST_SHOWN:
        shown.append(f"  - and {len(problems) - MOST_SHOWN} more")
    raise ExampleError("\n".join([f"{path}: {what} that cannot be trained on:", *shown]))
