"""The tokenizer of the chains benchmark: a small fixed vocabulary that spells what it lacks.

The vocabulary holds s1's delimiters, one token per character, and the words of the question
families and of the study's prompts. Words are matched wherever they occur, longest first; all
else is spelt. Joining the tokens gives back the text. Characters outside the vocabulary are
lost; `unknown_characters` finds them.

It is of transformers' own class for Qwen2, because AutoTokenizer takes that class for every
Qwen2 model, whatever tokenizer.json says, and would split text by rules that differ from those
of any other class. That class knows byte-level BPE only: here without merges, so that every
character is a token, and with the words as added tokens.
"""

import string

from tokenizers import AddedToken, pre_tokenizers
from transformers import Qwen2Tokenizer

PAD, UNKNOWN, START, END = "<|fim_pad|>", "<|unk|>", "<|im_start|>", "<|im_end|>"
CHARACTERS = "\n 0123456789+-*=;:(),.?!'\"/" + string.ascii_letters
WORDS = (
    *("user", "assistant", "think", "answer", "Wait", "Final", " Answer", "Answer"),
    *("Last", " three", " values", " modulo", " left", " to", " right", " postfix", " of", " v"),
    *("start", " add", " take", " times", "Think", " first", "Use", " about", " tokens", "Write"),
    *(" at", " most", "Token", " budget", " steps"),
)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def build_tokenizer(context: int) -> Qwen2Tokenizer:
    """The tokenizer with its chat template, for a model of `context` positions."""
    as_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    spelling = [as_bytes.pre_tokenize_str(character)[0][0] for character in CHARACTERS]
    pieces = (PAD, UNKNOWN, START, END, *spelling)
    tokenizer = Qwen2Tokenizer(
        vocab={piece: index for index, piece in enumerate(pieces)},
        merges=[],
        pad_token=PAD,
        unk_token=UNKNOWN,
        eos_token=END,
        extra_special_tokens=[START],
        model_max_length=context,
        clean_up_tokenization_spaces=False,
        chat_template=CHAT_TEMPLATE,
    )
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in WORDS])
    return tokenizer


def unknown_characters(text: str) -> str:
    """The characters of `text` that the tokenizer cannot spell, each once, in their order."""
    return "".join(character for character in dict.fromkeys(text) if character not in CHARACTERS)
