"""Reading pieces of text with vLLM, as a classifier of the text up to each piece's end."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor
from transformers import AutoConfig

from scripts.lib.config.base import Dtype
from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_text import hub_options
from scripts.lib.engines.local_weights import check_files
from scripts.lib.engines.vllm_start import import_vllm, start_vllm, vllm_dtype
from scripts.lib.verifiers.base import VerifierError
from scripts.lib.verifiers.thread import Piece

AT_ONCE = 8
"""Batches that vLLM is given at a time: it fills them as it likes."""


class VllmReader:
    """As scripts.lib.verifiers.reader.Reader, but the pieces themselves remember nothing.

    vLLM keeps the keys and values of what texts begin with, in blocks of 16 tokens: of what was
    read before, up to 15 tokens are read again with a piece. They are not counted.

    Args:
        folder: of the model: a token classifier, or a language model.
        settings: how vLLM runs it.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        batch_size: pieces read at once.
        name: of the model, for errors.
        words: of a language model, the tokens whose logits are asked for, as its vocabulary
            writes them.

    Raises:
        VerifierError: vLLM is not installed, or cannot load the model.
    """

    def __init__(
        self,
        folder: Path,
        settings: Vllm,
        *,
        dtype: Dtype,
        batch_size: int,
        name: str,
        words: Sequence[str] = (),
    ) -> None:
        self._name, self._at_once = name, AT_ONCE * batch_size
        try:
            check_files(folder)
            vllm = import_vllm()
            known = vllm_dtype(vllm, dtype)
            config = AutoConfig.from_pretrained(folder, **hub_options(folder, None))
            self._llm = _start(folder, settings, known, batch_size, words)
        except EngineError as error:
            raise VerifierError(str(error)) from error
        except Exception as error:  # vLLM raises whatever its parts raise
            raise VerifierError(f"{name}: vLLM cannot load the verifier: {error}") from error
        self.context = settings.context or int(config.get_text_config().max_position_embeddings)
        self.identity = {"dtype": known, "vllm": vllm.__version__}

    def read(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Tensor]]:
        """What the model says at the last token of each piece.

        Yields:
            The place of each piece in their order, and a tensor of shape (outputs,).

        Raises:
            VerifierError: vLLM broke down.
        """
        from vllm.v1.engine.exceptions import EngineDeadError  # noqa: PLC0415

        for start in range(0, len(pieces), self._at_once):
            texts = [
                {"prompt_token_ids": [token for one in piece.chain() for token in one.token_ids]}
                for piece in pieces[start : start + self._at_once]
            ]
            try:
                outputs = self._llm.encode(texts, pooling_task="classify", use_tqdm=False)
            except EngineDeadError as error:
                raise VerifierError(
                    f"{self._name}: vLLM broke down (the log above says why); if its memory was "
                    "full, lower batch_size, vllm.context or vllm.gpu_memory"
                ) from error
            for place, output in enumerate(outputs, start):
                yield place, output.outputs.data


def _start(folder: Path, settings: Vllm, dtype: str, batch_size: int, words: Sequence[str]) -> Any:
    from vllm.config import PoolerConfig  # noqa: PLC0415

    pooler = PoolerConfig(task="classify", seq_pooling_type="LAST", use_activation=False)
    more: dict[str, Any] = {"runner": "pooling", "convert": "classify", "pooler_config": pooler}
    if words:
        overrides = {"classifier_from_token": list(words), "method": "no_post_processing"}
        more["hf_overrides"] = overrides
    return start_vllm(folder, settings, dtype, batch_size, **more)
