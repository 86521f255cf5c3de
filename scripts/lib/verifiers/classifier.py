"""A token classifier that scores steps: the verifiers that this workflow trains."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForTokenClassification, PreTrainedTokenizerFast

from scripts.lib.config.base import Dtype
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_model import (
    check_files,
    check_loaded,
    encode_chat,
    tokenizer_hash,
    weights_hash,
)
from scripts.lib.verifiers.base import NewStep, Scored, Thread, VerifierError
from scripts.lib.verifiers.reader import Reader
from scripts.lib.verifiers.thread import Piece

RIGHT = 1
"""The class of a right step."""


class ClassifierVerifier:
    """Scores a step at its last token; see scripts.lib.verifiers.base.Verifier.

    It reads what the solver wrote: the prompt in the chat format, then the solver's own tokens
    where both have the same tokenizer, else the text in its own.

    Args:
        folder: of the model, with safetensors weights.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        batch_size: steps read at once.
        solver_tokenizer: of the model that wrote the steps; None where nobody knows it.
        device: as PyTorch names it; None takes a GPU where there is one.

    Raises:
        VerifierError: the model cannot be loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        dtype: Dtype = "auto",
        batch_size: int = 32,
        solver_tokenizer: Any = None,
        device: str | None = None,
    ) -> None:
        where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        if dtype == "auto":
            dtype = "float32" if where.type == "cpu" else "bfloat16"
        self._name = str(folder)
        self._tokenizer, model = _load(folder, dtype, where)
        self._context = int(model.config.get_text_config().max_position_embeddings)
        self._reader = Reader(model, batch_size, where)
        own = tokenizer_hash(self._tokenizer)
        self._shares_tokens = (
            solver_tokenizer is not None and tokenizer_hash(solver_tokenizer) == own
        )
        self.identity = {
            "verifier": "token classifier",
            "weights": {"sha256": weights_hash(folder)},
            "dtype": dtype,
            "tokenizer": own,
        }

    def begin(self, problem: str, prompt: str) -> Thread:
        """The thread of a problem before its first step."""
        try:
            return Piece(encode_chat(self._tokenizer, prompt, self._name))
        except EngineError as error:
            raise VerifierError(str(error)) from error

    def score(self, steps: Sequence[tuple[Thread, NewStep]]) -> list[Scored]:
        """Read each step behind its thread; see scripts.lib.verifiers.base.Verifier.

        Raises:
            VerifierError: a step without tokens or longer than the context, or a score that is
                not a number.
        """
        pieces = [self._piece(thread, step) for thread, step in steps]
        scored = []
        for piece, logits in zip(pieces, self._reader.read(pieces), strict=True):
            score = float(logits.double().softmax(dim=-1)[RIGHT])
            if not 0 <= score <= 1:
                raise VerifierError(
                    f"{self._name}: the score of a step is {score}, which is no probability; the "
                    "weights may be broken, or overflow in this dtype: try float32"
                )
            scored.append(Scored(piece, score, len(piece.token_ids), piece.positions))
        return scored

    def _piece(self, thread: Thread, step: NewStep) -> Piece:
        assert isinstance(thread, Piece), "threads come from begin() and score()"
        token_ids = step.token_ids if self._shares_tokens else None
        if token_ids is None:
            token_ids = tuple(self._tokenizer.encode(step.text, add_special_tokens=False))
        if not token_ids:
            raise VerifierError(
                f"{self._name}: a step without tokens cannot be scored: its text is {step.text!r}"
            )
        if thread.tokens + len(token_ids) > self._context:
            raise VerifierError(
                f"{self._name}: prompt and steps take {thread.tokens + len(token_ids)} tokens, and "
                f"the verifier reads {self._context}; lower the solver's max_tokens"
            )
        return Piece(token_ids, thread)


def _load(folder: Path, dtype: str, device: torch.device) -> tuple[Any, Any]:
    """Tokenizer and model, from safetensors and without code of the model's own."""
    where: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        check_files(folder)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder, **where)
        model, report = AutoModelForTokenClassification.from_pretrained(
            folder,
            **where,
            use_safetensors=True,
            dtype=getattr(torch, dtype),
            attn_implementation="sdpa",
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        check_loaded(str(folder), model, report)
    except EngineError as error:
        raise VerifierError(str(error)) from error
    except Exception as error:  # tokenizers raises nothing more special
        raise VerifierError(f"{folder}: the verifier cannot be loaded: {error}") from error
    if model.config.num_labels != 2:
        raise VerifierError(
            f"{folder}: a verifier has two classes, wrong and right; this model has "
            f"{model.config.num_labels}"
        )
    return tokenizer, model.eval().to(device)
