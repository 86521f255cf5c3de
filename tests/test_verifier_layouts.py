"""Layouts that are declared, and models and layouts that do not fit."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from safetensors.torch import load_file, save_file
from torch import nn

from scripts.lib.config.verifiers import OF_TOKENS
from scripts.lib.verifiers.base import NewStep, VerifierError
from scripts.lib.verifiers.layouts import LAYOUTS
from scripts.lib.verifiers.open import open_verifier
from tests.small_published import (
    CONTEXT,
    PROBLEM,
    SMALL,
    STEPS,
    one_by_one,
    opened,
    spec,
    steps_of,
    tokens_of,
    word_tokenizer,
    write_headed,
)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: one.write(tmp_path_factory.mktemp(name)) for name, one in SMALL.items()}


def test_vllm_is_told_apart_the_heads_that_it_knows() -> None:
    assert {name for name, layout in LAYOUTS.items() if layout.head == "tokens"} == OF_TOKENS
    with pytest.raises(ValidationError, match="vllm: it does not know the head"):
        spec(Path("a/b"), "skywork", vllm={})
    assert spec(Path("a/b"), "rlhflow", vllm={}).vllm is not None


def test_models_that_do_not_fit_their_layout_are_named(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(VerifierError, match="cannot write the mark '<extra_0>'"):
        opened(folders["skywork"], "qwen_prm")
    with pytest.raises(VerifierError, match="cannot write the mark ' ки'"):
        opened(folders["rlhflow"], "math_shepherd")
    with pytest.raises(VerifierError, match=r"not know the mark 'ok'.*spells it with 2 tokens"):
        opened(folders["skywork"], {"head": "value", "mark": "ok", "single": True})
    with pytest.raises(VerifierError, match="no chat template"):
        opened(folders["math_shepherd"], "rlhflow")
    with pytest.raises(VerifierError, match=r"hold no head v_head.summary.weight"):
        opened(folders["qwen_prm"], {"head": "value", "mark": "<extra_0>"})
    with pytest.raises(VerifierError, match="has 2 outputs; head value has one"):
        opened(folders["qwen_prm"], {"head": "value", "tensors": "score", "mark": "<extra_0>"})
    with pytest.raises(VerifierError, match="'good', by which a score is told, is no token"):
        opened(folders["rlhflow"], {"head": "tokens", "good": "good", "bad": "-"})
    strict = word_tokenizer(template="{{ raise_exception('only users may speak') }}")
    refuses = shutil.copytree(folders["rlhflow"], tmp_path / "refuses")
    (refuses / "chat_template.jinja").write_text(str(strict.chat_template))
    with pytest.raises(VerifierError, match="only users may speak"):
        opened(refuses, "rlhflow")


def test_only_whole_models_with_safe_weights_are_loaded(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    pickled = shutil.copytree(folders["skywork"], tmp_path / "pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    with pytest.raises(VerifierError, match="convert them to safetensors"):
        opened(pickled, "skywork")
    lacking = shutil.copytree(folders["skywork"], tmp_path / "lacking")
    tensors = load_file(lacking / "model.safetensors")
    del tensors["model.norm.weight"]
    save_file(tensors, lacking / "model.safetensors", {"format": "pt"})
    with pytest.raises(VerifierError, match=r"missing keys: norm\.weight"):
        opened(lacking, "skywork")
    broken = shutil.copytree(folders["skywork"], tmp_path / "broken")
    tensors = load_file(broken / "model.safetensors")
    tensors["v_head.summary.bias"].fill_(float("nan"))
    save_file(tensors, broken / "model.safetensors", {"format": "pt"})
    with pytest.raises(VerifierError, match="the score of a step is nan"):
        one_by_one(opened(broken, "skywork"), steps_of(STEPS))


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        ({"head": "tokens", "good": "+"}, "good, bad: given with head tokens"),
        ({"head": "value", "good": "+", "bad": "-"}, "good, bad: given with head tokens"),
        ({"head": "tokens", "good": "+", "bad": "-", "tensors": "s"}, "tensors: head tokens"),
        ({"head": "value", "chat": "turns"}, "chat: turns have head tokens"),
        ({"head": "value", "system": "Judge."}, "system: only a chat"),
        ({"head": "value", "single": True}, "single: there is no mark"),
    ],
)
def test_layouts_that_make_no_sense_are_refused(layout: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        spec(Path("a/b"), layout)
    with pytest.raises(ValidationError, match="separator"):
        spec(Path("a/b"), "skywork", separator="")


def test_a_solution_beyond_the_context_is_named(folders: dict[str, Path]) -> None:
    long = [NewStep("1" * CONTEXT, None, True)]
    with pytest.raises(VerifierError, match=rf"the verifier reads {CONTEXT}; lower the solver's"):
        one_by_one(opened(folders["skywork"], "skywork"), long)


def test_open_verifier_takes_either_kind(folders: dict[str, Path]) -> None:
    verifier = open_verifier(spec(folders["skywork"], "skywork"), None, None)
    assert verifier.identity["verifier"] == "published"


def test_a_layout_can_be_declared(tmp_path: Path) -> None:
    tokenizer = word_tokenizer()
    torch.manual_seed(8)
    folder = write_headed(tmp_path / "own", tokenizer, nn.Linear(32, 3, bias=False), "judge")
    declared = {"head": "classes", "tensors": "judge", "opening": "\n", "mark": " ok?\n"}
    found = one_by_one(opened(folder, declared), steps_of(STEPS))
    text = f"{PROBLEM}\n" + "".join(f"{step} ok?\n" for step in STEPS)
    assert tokens_of(found[-1].thread) == tokenizer.encode(text)
    assert len({round(one.score or 0, 6) for one in found}) == len(STEPS)
