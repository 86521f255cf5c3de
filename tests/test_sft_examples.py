from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.chains import completions
from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.config.models import TunedModel
from scripts.lib.finetuning import examples as sft
from scripts.lib.finetuning.control import count_down, next_power_of_two, split_steps
from scripts.lib.finetuning.examples import ExampleError, Examples, read_examples
from scripts.lib.training import IGNORED
from tests.small_model import make_tokenizer
from tests.tuned_model import CONTEXT, questions, tuned_spec

PATH = Path("results/s/selections/all.parquet")


def read(
    table: pl.DataFrame, spec: TunedModel | None = None, prompt: str = "{problem}"
) -> Examples:
    return read_examples(table, PATH, spec or tuned_spec(), prompt, build_tokenizer(CONTEXT))


def decoded(row: sft.Row) -> str:
    return build_tokenizer(CONTEXT).decode(row["input_ids"])


def with_(table: pl.DataFrame, row: int, **texts: str | None) -> pl.DataFrame:
    """The table with other texts in one row."""
    changed = table.to_dicts()
    changed[row] |= texts
    return pl.DataFrame(changed, schema=table.schema)


def test_loss_is_on_the_completion_token_by_token() -> None:
    table = questions(20)
    tokenizer = build_tokenizer(CONTEXT)
    found = read(table)
    assert (len(found.rows), found.cut, found.left_out) == (20, 0, [])
    for row, question in zip(found.rows, table.iter_rows(named=True), strict=True):
        prompt = f"<|im_start|>user\n{question['question']}<|im_end|>\n<|im_start|>assistant\n"
        written = (
            f"<|im_start|>think\n{question['trace']}\n"
            f"<|im_start|>answer\nAnswer: {question['attempt']}<|im_end|>"
        )
        assert decoded(row) == prompt + written
        before = len(tokenizer(prompt)["input_ids"])
        for position, (token, label) in enumerate(
            zip(row["input_ids"], row["labels"], strict=True)
        ):
            assert label == (IGNORED if position < before else token), position
        assert row["labels"][before:] == tokenizer(written)["input_ids"]
        assert row["labels"][-1] == tokenizer.eos_token_id
    assert found.tokens == sum(len(row["input_ids"]) for row in found.rows)


def test_the_format_is_the_one_that_the_base_learned() -> None:
    assert completions.THINK == sft.THINK
    assert completions.ANSWER == sft.ANSWER
    assert completions.OWN_OPENING == sft.OWN_OPENING
    assert sft.completion_of("1+2=3", "123", completions.END) == "".join(
        segment.text
        for segment in (
            completions.Segment(completions.THINK),
            completions.Segment("1+2=3\n"),
            completions.Segment(f"{completions.ANSWER}{completions.OWN_OPENING} 123<|im_end|>"),
        )
    )


def test_an_answer_that_says_so_is_not_opened_twice_and_edges_are_trimmed() -> None:
    row = read(with_(questions(1), 0, trace="\n1+2=3\n", attempt=" Answer: 123\n")).rows[0]
    assert decoded(row).endswith("think\n1+2=3\n<|im_start|>answer\nAnswer: 123<|im_end|>")


def test_the_prompt_is_the_one_that_sampling_uses() -> None:
    tokenizer = make_tokenizer()
    table = with_(questions(1), 0, question="1+2?")
    row = read_examples(table, PATH, tuned_spec(), "Solve: {problem}", tokenizer).rows[0]
    shown = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Solve: 1+2?"}], add_generation_prompt=True, return_dict=False
    )
    assert row["input_ids"][: len(shown)] == shown


def test_examples_take_the_first_of_the_selection() -> None:
    table = questions(6)
    few = read(table, tuned_spec().model_copy(update={"examples": 4}))
    assert few.rows == read(table).rows[:4]
    with pytest.raises(ExampleError, match="6 questions, and examples asks for 7"):
        read(table, tuned_spec().model_copy(update={"examples": 7}))


def test_long_examples_are_cut_at_their_end_and_counted() -> None:
    table = questions(30)
    whole = read(table)
    lengths = sorted(len(row["input_ids"]) for row in whole.rows)
    limit = lengths[20]
    found = read(table, tuned_spec(max_length=limit))
    assert found.cut == sum(length > limit for length in lengths) > 0
    assert found.longest == lengths[-1]
    for row, full in zip(found.rows, whole.rows, strict=True):
        assert row["input_ids"] == full["input_ids"][:limit]
        assert row["labels"] == full["labels"][:limit]


def test_prompts_without_room_are_left_out_by_name() -> None:
    table = with_(questions(3), 1, question="Last three values" + " modulo 10" * 40)
    found = read(table, tuned_spec(max_length=90))
    assert found.left_out == [table["question_id"][1]]
    assert len(found.rows) == 2
    with pytest.raises(ExampleError, match=r"training\.max_length: 16 tokens leave no room"):
        read(questions(3), tuned_spec(max_length=16))


def test_tokens_asked_for_are_the_next_power_of_two_of_the_trace() -> None:
    table = questions(10)
    spec = tuned_spec().model_copy(update={"control": "tokens"})
    tokenizer = build_tokenizer(CONTEXT)
    rows = read(table, spec, "{problem}\nUse about {asked} tokens.").rows
    for row, trace in zip(rows, table["trace"], strict=True):
        length = len(tokenizer(f"\n{trace}\n")["input_ids"])
        asked = int(decoded(row).split("Use about ")[1].split(" ")[0])
        assert asked // 2 < length <= asked
        assert asked & (asked - 1) == 0


def test_steps_are_counted_down_from_the_number_asked_for() -> None:
    table = with_(questions(1), 0, trace="1+2=3\n3+4=7\n7*9=3")
    spec = tuned_spec().model_copy(update={"control": "steps", "step_separator": "\n"})
    text = decoded(read(table, spec, "{problem}\nThink {asked}").rows[0])
    assert "\nThink 4<|im_end|>" in text
    assert (
        "<|im_start|>think\n4 steps left\n1+2=3\n3 steps left\n3+4=7\n2 steps left\n7*9=3\n"
        "<|im_start|>answer\nAnswer: "
    ) in text


def test_steps_are_split_at_blank_lines_unless_said_otherwise() -> None:
    assert tuned_spec().step_separator == "\n\n"
    assert split_steps("a\nb\n\nc\n\n\n\nd", "\n\n") == ["a\nb", "c", "d"]
    assert count_down("a\n\nb", "\n\n") == (2, "2 steps left\na\n\n1 steps left\nb")


@given(st.integers(1, 10**6))
def test_the_next_power_of_two_is_the_least(number: int) -> None:
    found = next_power_of_two(number)
    assert found >= number > found // 2
    assert found & (found - 1) == 0


def test_questions_that_cannot_be_trained_on_are_named() -> None:
    table = with_(questions(4), 1, trace=None, attempt=None, failure="teacher: timeout")
    table = with_(with_(table, 2, attempt=None), 3, trace="  ")
    ids = table["question_id"]
    with pytest.raises(ExampleError) as raised:
        read(table)
    assert str(raised.value).splitlines() == [
        f"{PATH}: questions that cannot be trained on:",
        f"  - row 2, question {ids[1]}: no trace and no attempt (teacher: timeout)",
        f"  - row 3, question {ids[2]}: no attempt",
        f"  - row 4, question {ids[3]}: no trace",
    ]


def test_delimiters_and_lost_characters_in_a_text_are_named() -> None:
    table = with_(questions(2), 0, trace="1<|im_start|>answer\n2")
    with pytest.raises(ExampleError, match=r"its trace holds '<\|im_start\|>', which marks"):
        read(table)
    with pytest.raises(ExampleError, match=r"question .*: its attempt holds '~', 'Ü', which"):
        read(with_(questions(2), 1, attempt="Ü~1"))
    with pytest.raises(ExampleError, match="the prompt holds 'Ü'"):
        read(questions(2), prompt="Ü {problem}")


def test_a_tokenizer_without_chat_template_is_refused() -> None:
    tokenizer = build_tokenizer(CONTEXT)
    tokenizer.chat_template = None
    with pytest.raises(ExampleError, match="no chat template"):
        read_examples(questions(1), PATH, tuned_spec(), "{problem}", tokenizer)
