"""What a local model reads and writes, as texts and as token ids: its tokenizer and its format."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from transformers import GenerationConfig, PreTrainedTokenizerFast

from scripts.lib.engines.base import End, EngineError, Request, Response
from scripts.lib.published import Part, cached
from scripts.lib.thinking import (
    ANSWER_DELIMITERS,
    THINK_DELIMITERS,
    Mark,
    opens_thinking,
    thinking_length,
)

TEMPLATE_DATE = datetime(2024, 7, 26)
"""What a chat template gets for today: the date that Llama 3's own templates fall back to."""


@dataclass(frozen=True, eq=False)
class LocalText:
    """A tokenizer with its chat format, and the tokens that end a text or part it."""

    tokenizer: Any
    name: str
    """Of the model, for errors."""
    context: int
    """Most tokens of prompt and answer together."""
    vocabulary: int
    """Number of logits, which may be more than the tokenizer has tokens."""
    end_tokens: frozenset[int]
    openings: list[Mark]
    delimiters: list[Mark]
    """The think and answer delimiters that the tokenizer can write, as token ids."""
    _encoded: dict[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def identity(self) -> dict[str, Any]:
        """What of it may change what a model says."""
        return {
            "tokenizer": tokenizer_hash(self.tokenizer),
            "chat_template": sha256(json.dumps(self.tokenizer.chat_template, sort_keys=True)),
            "end_tokens": sorted(self.end_tokens),
        }

    def encode(self, request: Request) -> tuple[int, ...]:
        """The token ids that the model gets: prompt in its chat format, or context as it is.

        Raises:
            EngineError: the tokenizer has no chat template.
        """
        if request.prompt is None:
            assert request.context is not None
            return request.context
        if request.prompt not in self._encoded:
            self._encoded[request.prompt] = encode_chat(self.tokenizer, request.prompt, self.name)
        return self._encoded[request.prompt]

    def checked(self, key: str, request: Request) -> tuple[int, ...]:
        """As `encode`; every token id is one of the vocabulary's.

        Raises:
            EngineError: by key, ids outside the vocabulary, or an empty prompt.
        """
        prompt = self.encode(request)
        if not prompt or not 0 <= min(prompt) <= max(prompt) < self.vocabulary:
            raise EngineError(
                f"request {key}: a prompt is one or more token ids from 0 to "
                f"{self.vocabulary - 1}; this has {len(prompt)}, "
                f"from {min(prompt, default=None)} to {max(prompt, default=None)}"
            )
        stops = request.stop_ids
        if stops and not 0 <= min(stops) <= max(stops) < self.vocabulary:
            raise EngineError(
                f"request {key}: stop_ids {list(stops)} are not all token ids from 0 to "
                f"{self.vocabulary - 1}"
            )
        return prompt

    def too_long(self, prompts: dict[str, int]) -> EngineError:
        """The error of prompts that are longer than the context.

        Args:
            prompts: tokens of each, by the key of its request.
        """
        lines = "".join(f"\n  - request {key}: {tokens} tokens" for key, tokens in prompts.items())
        return EngineError(
            f"{self.name}: the model's context is {self.context} tokens, and "
            f"{len(prompts)} prompt(s) are longer; shorten them{lines}"
        )

    def response(self, prompt: tuple[int, ...], token_ids: tuple[int, ...], end: End) -> Response:
        """What a request gets.

        Args:
            prompt: what the model read.
            token_ids: all that it generated, the end token included.
            end: how it ended.
        """
        spoken = token_ids[:-1] if end == "stop" else token_ids
        return Response(
            text=self.decode(spoken),
            end=end,
            prompt_tokens=len(prompt),
            generated_tokens=len(token_ids),
            thinking_tokens=self.thinking_tokens(prompt, spoken),
            token_ids=token_ids,
        )

    def decode(self, token_ids: tuple[int, ...]) -> str:
        """Text with all special tokens; an end token that closes it is left out."""
        if token_ids and token_ids[-1] in self.end_tokens:
            token_ids = token_ids[:-1]
        text: str = self.tokenizer.decode(
            list(token_ids), skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return text

    def spell(self, text: str) -> tuple[int, ...]:
        """The token ids of a text, without anything put before or after it.

        Raises:
            EngineError: the vocabulary cannot write it.
        """
        token_ids = tuple(self.tokenizer.encode(text, add_special_tokens=False))
        unknown = self.tokenizer.unk_token_id
        if (text and not token_ids) or (unknown is not None and unknown in token_ids):
            raise EngineError(
                f"{self.name}: the vocabulary cannot write {text!r}; take another text"
            )
        return token_ids

    def thinking_tokens(self, prompt: tuple[int, ...], token_ids: tuple[int, ...]) -> int | None:
        """Tokens of thinking in what follows a prompt; see TokenEngine."""
        marks = self.openings, self.delimiters
        return thinking_length(token_ids, *marks, opened=opens_thinking(prompt, *marks))


def hub_options(source: Path | str, revision: str | None, part: Part = "weights") -> dict[str, Any]:
    """What transformers is told about where a model lies: never to run code of its own, and never
    to ask the Hub.

    Args:
        source: a folder, or a repository whose files were fetched.
        revision: of the repository.
        part: what of it is to be loaded.

    Raises:
        EngineError: a repository without a revision.
        HubError: the repository was not fetched.
    """  # noqa: D205
    if isinstance(source, str):
        if revision is None:
            raise EngineError(f"{source}: a model from the Hub needs a revision")
        cached(source, revision, part)
    return {
        "revision": revision or "main",
        "local_files_only": True,
        "trust_remote_code": False,
    }


def load_tokenizer(source: Path | str, revision: str | None) -> Any:
    """A model's tokenizer as its tokenizer.json says.

    Not AutoTokenizer: for a model_type that it knows it takes that model's own splitting rules,
    whatever the file says.
    """
    where = hub_options(source, revision, "tokenizer")
    return PreTrainedTokenizerFast.from_pretrained(source, **where)


def local_text(
    tokenizer: Any,
    config: Any,
    generation: GenerationConfig,
    name: str,
    vocabulary: int,
    context: int | None = None,
) -> LocalText:
    """The text side of a model.

    Args:
        tokenizer: of `load_tokenizer`.
        config: the model's configuration.
        generation: its generation configuration.
        name: of the model, for errors.
        vocabulary: number of its logits.
        context: most tokens of a sequence; None for what the configuration says.
    """
    ends: set[int] = set()
    for said in (generation.eos_token_id, tokenizer.eos_token_id):
        ends.update([said] if isinstance(said, int) else said or [])
    return LocalText(
        tokenizer=tokenizer,
        name=name,
        context=context or config.get_text_config().max_position_embeddings,
        vocabulary=vocabulary,
        end_tokens=frozenset(ends),
        openings=_spelled(THINK_DELIMITERS, tokenizer),
        delimiters=_spelled(ANSWER_DELIMITERS, tokenizer),
    )


def encode_chat(tokenizer: Any, prompt: str, name: str) -> tuple[int, ...]:
    """Token ids of one user message in a tokenizer's chat format, up to where the model answers.

    Args:
        tokenizer: with a chat template.
        prompt: the message.
        name: of the model, for errors.

    Raises:
        EngineError: the tokenizer has no chat template.
    """
    if not tokenizer.chat_template:
        raise EngineError(
            f"{name}: the tokenizer has no chat template, so prompts cannot be written; add "
            "chat_template.jinja to the model, or take a chat model"
        )
    token_ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}],
        add_generation_prompt=True,
        return_dict=False,
        strftime_now=TEMPLATE_DATE.strftime,
    )
    return tuple(token_ids)


def tokenizer_hash(tokenizer: Any) -> str:
    """What tells a tokenizer's tokens from those of others."""
    return sha256(tokenizer.backend_tokenizer.to_str())


def sha256(text: str) -> str:
    """The sha256 of a text, as hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _spelled(delimiters: tuple[str, ...], tokenizer: Any) -> list[Mark]:
    """Delimiters as token ids, without those that the vocabulary cannot spell."""
    spelled = [tuple(tokenizer.encode(mark, add_special_tokens=False)) for mark in delimiters]
    return [ids for ids in spelled if ids and tokenizer.unk_token_id not in ids]
