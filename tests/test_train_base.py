import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from scripts.lib.chains.corpus import draw_examples, encode_examples
from scripts.lib.chains.excluded import asked_chains
from scripts.lib.chains.families import read_question
from scripts.lib.chains.tokenizer import build_tokenizer
from scripts.lib.config.models import Corpus, TrainedModel
from scripts.lib.tableio import make_table, read_table, write_table
from scripts.lib.tables import Problem
from scripts.lib.training import IGNORED, active_parameters
from scripts.lib.training_tables import TrainingStep, TrainingTime
from scripts.train.train_base import (
    ContextTooShortError,
    UnknownCharactersError,
    train_base,
)

PROMPTS = {"plain": "{problem}", "about": "{problem}\nUse about {asked} tokens."}
SPEC: dict[str, Any] = {
    "kind": "trained",
    "architecture": {
        "layers": 1,
        "width": 32,
        "heads": 2,
        "kv_heads": 1,
        "feed_forward": 64,
        "context": 256,
    },
    "corpus": {
        "seed": 1,
        "examples": 240,
        "operations": [2, 3],
        "slip_rate": 0.1,
        "most_waits": 1,
        "wordings": ["plain", "about"],
        "asked_share": 0.5,
    },
    "training": {"seed": 2, "learning_rate": 0.01, "batch_size": 8},
}
FILES = {
    "model.safetensors",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "training.csv",
    "timing.csv",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("models") / "tiny"
    train_base(TrainedModel.model_validate(SPEC), PROMPTS, set(), output)
    return output


def test_a_short_training_lowers_the_loss(trained: Path) -> None:
    steps = read_table(TrainingStep, trained / "training.csv")
    assert len(steps) == 30
    assert steps["loss"][-5:].mean() < 0.75 * steps["loss"][:3].mean()
    assert steps["tokens"].is_sorted()
    model = AutoModelForCausalLM.from_pretrained(trained)
    assert steps["flops"][-1] == 6 * active_parameters(model) * steps["tokens"][-1]


def test_training_counts_the_tokens_it_read(trained: Path) -> None:
    examples = draw_examples(Corpus.model_validate(SPEC["corpus"]), PROMPTS, set())
    rows = encode_examples(examples, build_tokenizer(256))
    steps = read_table(TrainingStep, trained / "training.csv")
    assert steps["tokens"][-1] == sum(len(row["input_ids"]) for row in rows)


def test_every_step_has_its_time(trained: Path) -> None:
    steps = read_table(TrainingStep, trained / "training.csv")
    times = read_table(TrainingTime, trained / "timing.csv")
    assert times["step"].to_list() == steps["step"].to_list()
    assert times["seconds"].is_sorted()
    assert times["seconds"][0] > 0


def test_only_safe_files_are_written_and_load(trained: Path) -> None:
    assert {path.name for path in trained.iterdir()} == FILES
    assert [path.name for path in trained.parent.iterdir()] == ["tiny"]
    tokenizer = PreTrainedTokenizerFast.from_pretrained(trained)
    message = [{"role": "user", "content": "Use about 64 tokens."}]
    text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    expected = "<|im_start|>user\nUse about 64 tokens.<|im_end|>\n<|im_start|>assistant\n"
    assert text == expected
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == expected
    assert tokenizer.eos_token == "<|im_end|>"
    built = build_tokenizer(256)
    assert tokenizer(text)["input_ids"] == built(text)["input_ids"]
    model = AutoModelForCausalLM.from_pretrained(trained)
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    assert model.generate(ids, max_new_tokens=3).shape[1] > ids.shape[1]


def test_the_program_repeats_itself_bit_by_bit(trained: Path, tmp_path: Path) -> None:
    output = tmp_path / "again"
    command = [sys.executable, "-m", "scripts.train.train_base", "--spec", json.dumps(SPEC)]
    command += ["--prompts", json.dumps(PROMPTS), "--output", str(output)]
    subprocess.run(command, check=True)
    for name in FILES - {"timing.csv"}:
        assert (output / name).read_bytes() == (trained / name).read_bytes(), name


def test_a_failed_training_leaves_the_old_model(trained: Path) -> None:
    before = {path.name: path.read_bytes() for path in trained.iterdir()}
    short = SPEC | {"architecture": SPEC["architecture"] | {"context": 64}}
    with pytest.raises(ContextTooShortError, match=r"architecture\.context: 64 tokens"):
        train_base(TrainedModel.model_validate(short), PROMPTS, set(), trained)
    assert {path.name: path.read_bytes() for path in trained.iterdir()} == before


def test_labels_cover_completion_tokens_only() -> None:
    examples = draw_examples(Corpus.model_validate(SPEC["corpus"]), PROMPTS, set())
    tokenizer = build_tokenizer(256)
    forced = 0
    for example, row in zip(examples, encode_examples(examples, tokenizer), strict=True):
        prompt = ""
        if example.prompt is not None:
            prompt = f"<|im_start|>user\n{example.prompt}<|im_end|>\n<|im_start|>assistant\n"
        start = len(tokenizer(prompt)["input_ids"])
        assert row["labels"][:start] == [IGNORED] * start
        expected = [
            token if segment.learned else IGNORED
            for segment in example.completion
            for token in tokenizer(segment.text)["input_ids"]
        ]
        assert row["labels"][start:] == expected
        whole = prompt + "".join(segment.text for segment in example.completion)
        assert row["input_ids"] == tokenizer(whole)["input_ids"]
        forced += IGNORED in expected
    assert forced > 20


def test_excluded_questions_are_read_from_tables(tmp_path: Path) -> None:
    row = {"benchmark": "b", "answer": "1", "answer_kind": "integer", "publish": "text"}
    texts = ["Last three values modulo 10: 3 a+4 b*7 c-2", "Who won?", None]
    rows = [row | {"problem_id": str(n), "problem": text} for n, text in enumerate(texts)]
    write_table(Problem, make_table(Problem, rows), tmp_path / "p.parquet")
    question = read_question("Last three values modulo 10 of v: v=3;a+=4;b*=7;c-=2")
    assert set(asked_chains([tmp_path / "p.parquet"]).values()) == {question}


def test_a_prompt_that_cannot_be_spelt_is_named(tmp_path: Path) -> None:
    prompts = PROMPTS | {"odd": "{problem} Übe ~"}
    with pytest.raises(UnknownCharactersError, match=r"prompts\.odd: cannot spell 'Ü~'"):
        train_base(TrainedModel.model_validate(SPEC), prompts, set(), tmp_path / "m")
