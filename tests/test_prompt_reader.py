"""What is read of a prompt, and that it does not depend on what was read before."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from scripts.lib.engines import prompt_reader
from scripts.lib.engines.base import Request, request_key
from scripts.lib.engines.grouped_attention import GROUPED
from scripts.lib.engines.prompt_reader import PromptReader, States
from tests.small_model import write_model

pytestmark = pytest.mark.usefixtures("one_thread")

TOKENS = tuple(7 + (3 * n) % 60 for n in range(90))
CUTS = (20, 41, 60, 80)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=2, width=64)


class Counting(PromptReader):
    """A reader that says how many tokens it gave its model."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation=GROUPED
        )
        super().__init__(model.eval(), torch.device("cpu"))
        self.tokens: list[int] = []
        model.register_forward_pre_hook(
            lambda _module, _args, given: self.tokens.append(given["input_ids"].shape[1]),
            with_kwargs=True,
        )


def same(one: States, other: States) -> bool:
    return all(
        torch.equal(a, b)
        for pair in zip(one, other, strict=True)
        for a, b in zip(*pair, strict=True)
    )


def test_only_what_is_new_is_read(folder: Path) -> None:
    reader = Counting(folder, torch.float32)
    reader.read(TOKENS[:40], CUTS[:2])
    assert reader.tokens == [19, 21]
    reader.read(TOKENS[:59], CUTS[:3])
    reader.read((*TOKENS[:40], 8, 9, 10), CUTS[:2])
    reader.read(TOKENS[:79], CUTS)
    assert reader.tokens == [19, 21, 19, 3, 20]
    reader.read(TOKENS[:79], CUTS)
    assert len(reader.tokens) == 5


def test_below_float64_it_is_the_same_to_the_bit_whatever_was_read_before(folder: Path) -> None:
    after = Counting(folder, torch.float32)
    after.read(TOKENS[:79], CUTS)
    after.read((*TOKENS[:40], 8, 9), CUTS[:2])
    after.read(TOKENS, ())
    fresh = Counting(folder, torch.float32)
    assert same(after.read(TOKENS, CUTS), fresh.read(TOKENS, CUTS))
    # Not for want of a difference: cut elsewhere, the last bits are others.
    assert not same(fresh.read(TOKENS, CUTS), fresh.read(TOKENS, ()))


def test_in_float64_cuts_make_no_difference_that_matters(folder: Path) -> None:
    reader = Counting(folder, torch.float64)
    cut = reader.read(TOKENS, CUTS)
    whole = Counting(folder, torch.float64).read(TOKENS, ())
    for pair in zip(cut, whole, strict=True):
        for one, other in zip(*pair, strict=True):
            assert torch.allclose(one, other, rtol=0, atol=1e-12)
    # Any common beginning will do.
    reader.read(TOKENS[:50], ())
    reader.read((*TOKENS[:30], 9), ())
    assert reader.tokens[-1] == 1


def test_long_texts_are_cut_after_every_piece(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_reader, "PIECE", 32)
    reader = Counting(folder, torch.float32)
    reader.read(TOKENS, (50,))
    assert reader.tokens == [32, 17, 32, 9]
    reader.read((*TOKENS[:70], 8), ())
    assert reader.tokens[4:] == [32, 7], "the first piece is the same, the next was cut at 49"


def test_what_is_kept_is_limited(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Counting(folder, torch.float32)
    reader.read(TOKENS[:19], (20,))
    one = reader._bytes
    monkeypatch.setattr(prompt_reader, "KEPT_BYTES", 2 * one)
    for first in range(10, 14):
        reader.read((first, *TOKENS[1:19]), (20,))
    assert reader._bytes == 2 * one
    asked = len(reader.tokens)
    reader.read(TOKENS[:25], (20,))
    assert reader.tokens[asked:] == [19, 6], "what was read first has been given up"


def test_how_a_text_is_read_is_no_part_of_what_is_asked() -> None:
    plain = Request(None, 1, 8, 0.7, context=TOKENS)
    cut = Request(None, 1, 8, 0.7, context=TOKENS, cuts=CUTS)
    assert request_key({}, plain, 0) == request_key({}, cut, 0)
