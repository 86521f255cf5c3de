"""Sampling from a local model with vLLM, offline, inside the job.

Every request has a seed of its own and is one sequence, so that a sample does not depend on which
others are asked for. What is in the batch beside it may still change the last bits of its logits,
and a choice on a knife's edge with them: vLLM promises the same distribution, not the same tokens.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from scripts.lib.config.base import Dtype
from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.base import EngineError, Keyed, Response
from scripts.lib.engines.local_engine import LocalEngine
from scripts.lib.engines.local_text import LocalText, hub_options, load_tokenizer, local_text
from scripts.lib.engines.local_weights import check_files, weights_identity
from scripts.lib.engines.vllm_queue import VllmQueue
from scripts.lib.engines.vllm_start import gpus_of, import_vllm, start_vllm, vllm_dtype
from scripts.lib.published import cached

QUEUED_BATCHES = 2
"""Batches of requests that vLLM holds at a time: one is decoded, the next can take its place."""


class VllmEngine(LocalEngine):
    """A local model, decoded by vLLM; see scripts.lib.engines.base.Engine.

    Args:
        source: folder with safetensors weights, or repository on the Hub.
        settings: how vLLM runs it.
        revision: branch, tag or commit of the repository; None for a folder.
        dtype: "auto" is float32 on a CPU and bfloat16 on a GPU.
        batch_size: sequences decoded at once.

    Raises:
        EngineError: vLLM is not installed, or the model cannot be loaded.
    """

    def __init__(
        self,
        source: Path | str,
        settings: Vllm,
        *,
        revision: str | None = None,
        dtype: Dtype = "auto",
        batch_size: int = 32,
    ) -> None:
        name = str(source) if revision is None else f"{source} at {revision}"
        if isinstance(source, Path):
            check_files(source)
        folder = source if revision is None else cached(str(source), revision, "weights")
        vllm = import_vllm()
        known = vllm_dtype(vllm, dtype)
        try:
            config, text = _config_and_text(source, revision, name, settings.context)
            self._parallel = gpus_of(settings)
            self._llm = start_vllm(Path(folder), settings, known, batch_size)
        except Exception as error:  # vLLM raises whatever its parts raise
            raise EngineError(f"{name}: vLLM cannot load the model: {error}") from error
        identity = {
            "engine": "vllm",
            "dtype": known,
            "vllm": vllm.__version__,
            **weights_identity(source, config, revision),
            **text.identity,
        }
        super().__init__(text, identity, batch_size)

    @property
    def settings(self) -> dict[str, Any]:
        """How it is run, beside what may change a response: for the record."""
        return super().settings | {"tensor_parallel": self._parallel}

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as sequences finish; see scripts.lib.engines.base.Engine.

        Raises:
            EngineError: what `LocalEngine._fill` raises; or vLLM broke down.
        """
        queue = VllmQueue(self._llm.llm_engine, self._text, QUEUED_BATCHES * self._batch_size)
        try:
            yield from self._fill(requests, queue)
        finally:
            queue.empty()


def _config_and_text(
    source: Path | str, revision: str | None, name: str, context: int | None
) -> tuple[Any, LocalText]:
    from transformers import AutoConfig, GenerationConfig  # noqa: PLC0415

    where = hub_options(source, revision)
    config: Any = AutoConfig.from_pretrained(source, **where)
    try:
        generation = GenerationConfig.from_pretrained(source, **where)
    except OSError:  # it has none of its own
        generation = GenerationConfig.from_model_config(config)
    tokenizer = load_tokenizer(source, revision)
    vocabulary = int(config.get_text_config().vocab_size)
    return config, local_text(tokenizer, config, generation, name, vocabulary, context)
