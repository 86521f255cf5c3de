"""Where the steps of a solution end."""

import pytest

from scripts.lib.engines.base import EngineError
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.search.steps import separator_ids, split_ids, split_text
from tests.small_model import write_model


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return TransformersEngine(write_model(tmp_path_factory.mktemp("model")), batch_size=2)


def test_a_step_ends_with_a_token_that_holds_the_separator(engine):
    ends = separator_ids(engine.tokenizer, "\n")
    assert [engine.decode((token,)) for token in ends] == ["\n"]
    ids = engine.spell("1a+2=3\n3b+4=7\nAnswer")
    steps = split_ids(ids, ends)
    assert [engine.decode(step) for step in steps] == ["1a+2=3\n", "3b+4=7\n", "Answer"]
    assert sum(steps, ()) == ids


def test_a_solution_that_ends_with_a_separator_has_no_empty_step(engine):
    ids = engine.spell("1a+2=3\n\n")
    assert [
        engine.decode(step) for step in split_ids(ids, separator_ids(engine.tokenizer, "\n"))
    ] == [
        "1a+2=3\n",
        "\n",
    ]
    assert split_ids((), (1,)) == []


def test_a_separator_that_no_token_holds_is_named(engine):
    with pytest.raises(EngineError, match="no token of the model holds 'xyz'"):
        separator_ids(engine.tokenizer, "xyz")


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a\n\nb\n\nc", ["a\n\n", "b\n\n", "c"]),
        ("a\n\nb\n\n", ["a\n\n", "b\n\n"]),
        ("a\n\n\n\nb", ["a\n\n\n\n", "b"]),
        ("\n\na", ["\n\n", "a"]),
        ("a", ["a"]),
        ("", []),
    ],
)
def test_texts_split_at_separators(text, steps):
    assert split_text(text, "\n\n") == steps
