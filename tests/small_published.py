"""Published verifiers in small: a folder of each layout with random weights, and what its makers'
own code says of a solution, read as a whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2Model,
)

from scripts.lib.config.verifiers import HubVerifier
from scripts.lib.verifiers.base import NewStep, Scored
from scripts.lib.verifiers.layouts import LAYOUTS
from scripts.lib.verifiers.published import PublishedVerifier
from tests.small_model import CHARACTERS, CHAT_TEMPLATE, SPECIAL, WORDS, write_model

CONTEXT = 400
PROBLEM = "What is 1 + 1?"
STEPS = ["Step 1: a+2=3", "3b+4=7\nand so on.", "Say 7c-5=2", "answer: 372"]
TURNS = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content | trim }}"
    "<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""As Llama 3 has it: contents are trimmed, and a reply ends with a single token."""

Says = tuple[list[int], list[float]]
"""All tokens that are read, and the score of each step."""


@dataclass(frozen=True)
class Layout:
    """How to write a folder of a layout, and how its makers read a problem and steps."""

    write: Callable[[Path], Path]
    read: Callable[[Path, str, Sequence[str]], Says]


def word_tokenizer(
    more: Sequence[str] = (), template: str = CHAT_TEMPLATE, **names: Any
) -> PreTrainedTokenizerFast:
    """One token a character, besides special tokens, roles, and `more` patterns of characters."""
    lines = [f"{character}\n" for character in CHARACTERS.replace("\n", "")] if more else []
    entries = list(dict.fromkeys([*SPECIAL, *WORDS, *lines, *CHARACTERS]))
    core = Tokenizer(models.WordLevel({word: i for i, word in enumerate(entries)}, SPECIAL[0]))
    pattern = "|".join((*more, *WORDS, r"[\s\S]"))
    core.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    core.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=core, eos_token="<|im_end|>", chat_template=template, **names
    )


def mistral_tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer that takes a space into the word behind it, as that of Mistral does."""
    letters = ["<unk>", "<s>", "</s>", "▁", "к", "и", *CHARACTERS.replace(" ", "")]
    merges = [("▁", "▁"), ("▁", "к"), ("▁к", "и"), ("▁", "+"), ("▁", "-"), ("▁", "S"), ("▁", "1")]
    vocabulary = {word: i for i, word in enumerate([*letters, *("".join(pair) for pair in merges)])}
    core = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    core.decoder = decoders.Metaspace(prepend_scheme="first", split=False)
    core.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def sizes(tokenizer: PreTrainedTokenizerFast, width: int = 32) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": width,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "initializer_range": 0.3,
    }


def write_math_shepherd(folder: Path, window: int = CONTEXT, width: int = 32) -> Path:
    tokenizer = mistral_tokenizer()
    torch.manual_seed(3)
    config = MistralConfig(
        **sizes(tokenizer, width), sliding_window=window, max_position_embeddings=1024
    )
    MistralForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_rlhflow(folder: Path, width: int = 32) -> Path:
    return write_model(folder, layers=2, width=width, context=CONTEXT, template=TURNS)


def write_headed(
    folder: Path, tokenizer: PreTrainedTokenizerFast, head: nn.Module, prefix: str
) -> Path:
    """A Qwen2 model under a head that only code of its own could load."""
    torch.manual_seed(4)
    config = Qwen2Config(**sizes(tokenizer), max_position_embeddings=CONTEXT)
    tensors = {f"model.{name}": part for name, part in Qwen2Model(config).state_dict().items()}
    tensors |= {f"{prefix}.{name}": part for name, part in head.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    config.architectures = ["Qwen2ForProcessRewardModel"]
    config.auto_map = {
        "AutoConfig": "configuration_own.OwnConfig",
        "AutoModel": "modeling_own.OwnModel",
    }
    config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_skywork(folder: Path) -> Path:
    torch.manual_seed(5)
    # A character before a newline would be one token with it, if both were read together.
    tokenizer = word_tokenizer([r"[\s\S]\n"], bos_token="<|endoftext|>")
    return write_headed(folder, tokenizer, nn.Linear(32, 1), "v_head.summary")


def write_qwen(folder: Path) -> Path:
    torch.manual_seed(6)
    head = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
    tokenizer = word_tokenizer(additional_special_tokens=["<extra_0>", "<|im_start|>"])
    return write_headed(folder, tokenizer, head, "score")


def read_math_shepherd(folder: Path, problem: str, steps: Sequence[str]) -> Says:
    """After the model card: https://huggingface.co/peiyi9979/math-shepherd-mistral-7b-prm."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    plus, minus = tokenizer.encode("+ -")[1:]
    tag = tokenizer.encode("ки")[-1]
    ids = tokenizer.encode(f"{problem} " + "".join(f"{step} ки\n" for step in steps).rstrip())
    scores = _language(folder, ids)[:, [plus, minus]].softmax(-1)[:, 0]
    return ids, [float(scores[place]) for place, token in enumerate(ids) if token == tag]


def read_rlhflow(folder: Path, problem: str, steps: Sequence[str]) -> Says:
    """After RLHFlow/RLHF-Reward-Modeling, math-rm/prm_evaluate.py: a pass for every step."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    words = [tokenizer.encode("+")[-1], tokenizer.encode("-")[-1]]
    turns: list[dict[str, str]] = []
    found = []
    ids: list[int] = []
    for number, step in enumerate(steps):
        content = step if number else f"{problem} {step}"
        turns += [{"role": "user", "content": content}, {"role": "assistant", "content": "+"}]
        ids = tokenizer.apply_chat_template(turns, return_dict=False)
        found.append(float(_language(folder, ids)[-3, words].softmax(-1)[0]))
    return ids[:-2], found


def read_skywork(folder: Path, problem: str, steps: Sequence[str]) -> Says:
    """After prepare_input and ValueHead of SkyworkAI/skywork-o1-prm-inference."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    ids = tokenizer.encode(tokenizer.bos_token + problem + "\n")
    flags = [False] * len(ids)
    for step in steps:
        own = [*tokenizer.encode(step), tokenizer.encode("\n")[-1]]
        ids += own
        flags += [False] * (len(own) - 1) + [True]
    hidden, tensors = _hidden(folder, ids)
    weight, bias = tensors["v_head.summary.weight"], tensors["v_head.summary.bias"]
    values = (hidden @ weight.T + bias).sigmoid()[:, 0]
    return ids, [float(value) for value, flag in zip(values, flags, strict=True) if flag]


def read_qwen(folder: Path, problem: str, steps: Sequence[str]) -> Says:
    """After the model card: https://huggingface.co/Qwen/Qwen2.5-Math-PRM-7B."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    text = tokenizer.apply_chat_template(
        [
            {"role": "system", "content": LAYOUTS["qwen_prm"].system},
            {"role": "user", "content": problem},
            {"role": "assistant", "content": "<extra_0>".join(steps) + "<extra_0>"},
        ],
        tokenize=False,
        add_generation_prompt=False,
    )
    ids = tokenizer.encode(text)
    hidden, tensors = _hidden(folder, ids)
    inner = (hidden @ tensors["score.0.weight"].T + tensors["score.0.bias"]).relu()
    chances = (inner @ tensors["score.2.weight"].T + tensors["score.2.bias"]).softmax(-1)[:, 1]
    tag = tokenizer.encode("<extra_0>")[0]
    places = [place for place, token in enumerate(ids) if token == tag]
    return ids[: places[-1] + 1], [float(chances[place]) for place in places]


def _language(folder: Path, ids: list[int]) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
    with torch.inference_mode():
        logits: torch.Tensor = model(torch.tensor([ids])).logits[0]
    return logits


def _hidden(folder: Path, ids: list[int]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    tensors = {
        name: part.double() for name, part in load_file(folder / "model.safetensors").items()
    }
    model = Qwen2Model(Qwen2Config.from_pretrained(folder)).double().eval()
    body = {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    model.load_state_dict(body)
    with torch.inference_mode():
        return model(torch.tensor([ids])).last_hidden_state[0], tensors


SMALL = {
    "math_shepherd": Layout(write_math_shepherd, read_math_shepherd),
    "rlhflow": Layout(write_rlhflow, read_rlhflow),
    "skywork": Layout(write_skywork, read_skywork),
    "qwen_prm": Layout(write_qwen, read_qwen),
}


def spec(folder: Path, layout: Any, **changes: Any) -> HubVerifier:
    content = {"kind": "hub_verifier", "repo": str(folder), "revision": "main", "layout": layout}
    return HubVerifier.model_validate(content | {"dtype": "float64"} | changes)


def opened(folder: Path, layout: Any, **changes: Any) -> PublishedVerifier:
    return PublishedVerifier(spec(folder, layout, **changes), device="cpu")


def steps_of(texts: list[str], separator: str = "\n\n") -> list[NewStep]:
    last = len(texts) - 1
    return [
        NewStep(text if at == last else text + separator, None, at == last)
        for at, text in enumerate(texts)
    ]


def one_by_one(verifier: PublishedVerifier, steps: list[NewStep]) -> list[Scored]:
    thread, found = verifier.begin(PROBLEM, "not read"), []
    for step in steps:
        [scored] = verifier.score([(thread, step)])
        thread = scored.thread
        found.append(scored)
    return found


def tokens_of(thread: Any) -> list[int]:
    return [token for piece in thread.chain() for token in piece.token_ids]
