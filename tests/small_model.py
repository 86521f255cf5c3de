"""A small Qwen2 model with random weights and a character tokenizer, written as a model folder.

Random weights are the hardest case for reproducibility: the model is never sure of a token, so
near-ties are common. Texts end by themselves after about 100 tokens on average.
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "</think>")
WORDS = ("user", "assistant", "think", "answer")
CHARACTERS = "0123456789 +-*=.,:?\nabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"


def write_model(
    folder: Path,
    *,
    layers: int = 3,
    width: int = 128,
    context: int = 1024,
    seed: int = 0,
    template: str = CHAT_TEMPLATE,
    ends: bool = True,
) -> Path:
    """Write weights, configuration and tokenizer; return `folder`.

    Without `ends` no token ends a text, and every text gets as long as it may.
    """
    tokenizer = make_tokenizer(template)
    if not ends:
        tokenizer.eos_token = None
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        tie_word_embeddings=False,
        initializer_range=0.15,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    model = Qwen2ForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_tokenizer(template: str = CHAT_TEMPLATE) -> PreTrainedTokenizerFast:
    """One token a character, and one for each special token and role."""
    entries = [*SPECIAL, *WORDS, *CHARACTERS]
    core = Tokenizer(models.WordLevel({word: i for i, word in enumerate(entries)}, SPECIAL[0]))
    pattern = "|".join((*WORDS, r"[\s\S]"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    core.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>", "</think>"],
        chat_template=template,
    )


def trained_spec(context: int) -> dict[str, Any]:
    """A study's entry of a model like these: for programs that are handed its weights."""
    sizes = {"layers": 1, "width": 32, "heads": 4, "kv_heads": 2, "feed_forward": 8}
    corpus = {"seed": 0, "examples": 1, "operations": [2], "slip_rate": 0, "most_waits": 0}
    return {
        "kind": "trained",
        "architecture": sizes | {"context": context},
        "corpus": corpus | {"wordings": ["plain"], "asked_share": 0},
        "training": {"seed": 0, "learning_rate": 1},
        "dtype": "float64",
    }
