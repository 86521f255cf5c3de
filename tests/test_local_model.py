import shutil
from datetime import datetime
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from scripts.lib.engines.base import EngineError, Request, request_key
from scripts.lib.engines.local_text import TEMPLATE_DATE
from scripts.lib.engines.transformers_engine import TransformersEngine
from tests.small_model import CHAT_TEMPLATE, write_model

CONTEXT = 128


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=2, width=32, context=CONTEXT)


def ask(prompt: str) -> Request:
    return Request(prompt=prompt, seed=0, max_tokens=60, temperature=1.0)


def test_the_template_gets_a_fixed_date(tmp_path: Path) -> None:
    template = "Today is {{ strftime_now('%d %b %Y') }}. " + CHAT_TEMPLATE
    folder = write_model(tmp_path / "m", layers=1, width=16, template=template)
    engine = TransformersEngine(folder, dtype="float32", batch_size=1)
    text = engine.tokenizer.decode(engine.encode(ask("1?")))
    assert text.startswith(f"Today is {TEMPLATE_DATE:%d %b %Y}. <|im_start|>user\n1?")
    assert TEMPLATE_DATE.date() != datetime.now().date()


def test_a_model_without_chat_template_continues_token_ids_only(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "m", layers=1, width=16)
    (folder / "chat_template.jinja").unlink()
    engine = TransformersEngine(folder, dtype="float32", batch_size=1)
    context = Request(prompt=None, context=(9, 10), seed=0, max_tokens=3, temperature=1.0)
    assert next(engine.generate([("k", context)]))[1].prompt_tokens == 2
    with pytest.raises(EngineError, match="no chat template"):
        engine.encode(ask("1?"))


def test_the_tokenizer_is_the_folder_s_own(folder: Path) -> None:
    engine = TransformersEngine(folder, device="cpu")
    prompt = "a  b\nuser 1\n"
    own = Tokenizer.from_file(str(folder / "tokenizer.json"))
    text = f"<|im_start|>user\n{prompt}<|im_end|>\n<|im_start|>assistant\n"
    assert engine.encode(ask(prompt)) == tuple(own.encode(text).ids)
    assert engine.tokenizer.decode(engine.encode(ask(prompt))) == text


def test_pickled_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    weights = load_file(tmp_path / "m/model.safetensors")
    (tmp_path / "m/model.safetensors").unlink()
    torch.save(weights, tmp_path / "m/pytorch_model.bin")
    (tmp_path / "m/tokenizer.json").unlink()
    with pytest.raises(
        EngineError,
        match=r"2 problem(.|\n)*tokenizer.json is missing(.|\n)*pytorch_model.bin.*safetensors",
    ):
        TransformersEngine(tmp_path / "m")


def test_broken_and_partial_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    path = tmp_path / "m/model.safetensors"
    weights = load_file(path)
    del weights["model.layers.1.mlp.up_proj.weight"]
    weights["lm_head.weight"] = weights["lm_head.weight"][:-1].clone()
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(EngineError, match=r"missing keys: model.layers.1(.|\n)*lm_head.weight"):
        TransformersEngine(tmp_path / "m")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(EngineError, match="cannot be loaded"):
        TransformersEngine(tmp_path / "m")
    with pytest.raises(EngineError, match="no such folder"):
        TransformersEngine(tmp_path / "absent")
    with pytest.raises(EngineError, match="needs a revision"):
        TransformersEngine("owner/model")


def test_layers_that_the_cache_cannot_keep_are_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "m")
    config = (tmp_path / "m/config.json").read_text()
    sliding = (
        config.replace('"full_attention"', '"sliding_attention"')
        .replace('"use_sliding_window": false', '"use_sliding_window": true, "sliding_window": 8')
        .replace('"sliding_window": null,', "")
    )
    (tmp_path / "m/config.json").write_text(sliding)
    with pytest.raises(EngineError, match="other than full attention"):
        TransformersEngine(tmp_path / "m")


def test_identity_says_what_may_change_a_response(folder: Path, tmp_path: Path) -> None:
    def identity(path: Path, dtype: str = "auto") -> dict[str, object]:
        return TransformersEngine(path, dtype=dtype, device="cpu").identity

    base = identity(folder)
    assert base["dtype"] == "float32"
    assert base["engine"] == "transformers"
    assert identity(folder) == base == identity(Path(shutil.copytree(folder, tmp_path / "copy")))
    others = [
        identity(folder, "float64"),
        identity(write_model(tmp_path / "a", layers=2, width=32, context=CONTEXT, seed=1)),
        identity(write_model(tmp_path / "b", layers=2, width=32, context=CONTEXT + 1)),
        identity(
            write_model(
                tmp_path / "c", layers=2, width=32, context=CONTEXT, template=CHAT_TEMPLATE + " "
            )
        ),
    ]
    keys = {request_key(one, ask("1?"), 0) for one in [base, *others]}
    assert len(keys) == 5
