"""The tokenizer of the chains benchmark."""

from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.chains.corpus import draw_examples
from scripts.lib.chains.tokenizer import build_tokenizer, unknown_characters
from tests.chain_corpora import PROMPTS, corpus

TOKENIZER = build_tokenizer(512)


def test_tokenizer_round_trip_on_all_that_the_benchmark_makes() -> None:
    tokenizer = build_tokenizer(512)
    assert len(tokenizer) <= 120
    for example in draw_examples(corpus(operations=list(range(2, 11))), PROMPTS, set()):
        text = (example.prompt or "") + "".join(segment.text for segment in example.completion)
        ids = tokenizer(text)["input_ids"]
        assert tokenizer.decode(ids) == text
        assert tokenizer.unk_token_id not in ids


@given(st.text(max_size=40))
def test_tokenizer_takes_any_text(text: str) -> None:
    tokenizer = TOKENIZER
    assert isinstance(tokenizer.decode(tokenizer(text)["input_ids"]), str)


@given(st.text(alphabet="abcXYZ 0123456789\n.,:;()'\"/?!+-*=", max_size=60))
def test_tokenizer_spells_unknown_words(text: str) -> None:
    assert TOKENIZER.decode(TOKENIZER(text)["input_ids"]) == text


def test_tokenizer_unknown_characters_and_digits() -> None:
    assert unknown_characters("é4096\n") == "é"
    assert TOKENIZER.decode(TOKENIZER("é4096\n")["input_ids"]) == "4096\n"
    assert len(TOKENIZER("4096")["input_ids"]) == 4
    assert TOKENIZER.tokenize("Final Answer:") == ["Final", " Answer", ":"]
