"""A token classifier that scores steps: the verifiers that this workflow trains."""

from pathlib import Path
from typing import Any

from transformers import AutoModelForTokenClassification

from scripts.lib.config.base import Dtype
from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_text import encode_chat, tokenizer_hash
from scripts.lib.engines.local_weights import weights_hash
from scripts.lib.verifiers.base import NewStep, Thread, VerifierError
from scripts.lib.verifiers.loading import load, load_text
from scripts.lib.verifiers.piecewise import PieceReader, PiecewiseVerifier, last_class
from scripts.lib.verifiers.thread import Piece
from scripts.lib.verifiers.vllm_reader import VllmReader


class ClassifierVerifier(PiecewiseVerifier):
    """Scores a step at its last token; see scripts.lib.verifiers.base.Verifier.

    It reads what the solver wrote: the prompt in the chat format, then the solver's own tokens
    where both have the same tokenizer, else the text in its own. The last of its two classes is
    that of right steps.

    Args:
        folder: of the model, with safetensors weights.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        batch_size: steps read at once.
        solver_tokenizer: of the model that wrote the steps; None where nobody knows it.
        device: as PyTorch names it; None takes a GPU where there is one.
        vllm: read with vLLM, in this way; None reads with transformers.

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
        vllm: Vllm | None = None,
    ) -> None:
        reader: PieceReader
        if vllm is None:
            kind = AutoModelForTokenClassification
            loaded = load(folder, kind, name=str(folder), dtype=dtype, device=device)
            self._tokenizer, config = loaded.tokenizer, loaded.model.config
            reader = loaded.reader(batch_size)
        else:
            self._tokenizer, config = load_text(folder, str(folder))
            reader = VllmReader(folder, vllm, dtype=dtype, batch_size=batch_size, name=str(folder))
        if config.num_labels != 2:
            raise VerifierError(
                f"{folder}: a verifier has two classes, wrong and right; this model has "
                f"{config.num_labels}"
            )
        super().__init__(str(folder), reader, last_class)
        own = tokenizer_hash(self._tokenizer)
        self._shares_tokens = (
            solver_tokenizer is not None and tokenizer_hash(solver_tokenizer) == own
        )
        self.identity = {
            "verifier": "token classifier",
            "weights": {"sha256": weights_hash(folder)},
            **reader.identity,
            "tokenizer": own,
        }

    def begin(self, problem: str, prompt: str) -> Thread:
        """The thread of a problem before its first step."""
        try:
            return Piece(encode_chat(self._tokenizer, prompt, self._name))
        except EngineError as error:
            raise VerifierError(str(error)) from error

    def _piece(self, thread: Piece, step: NewStep) -> Piece:
        token_ids = step.token_ids if self._shares_tokens else None
        if token_ids is None:
            token_ids = tuple(self._tokenizer.encode(step.text, add_special_tokens=False))
        return Piece(token_ids, thread)
