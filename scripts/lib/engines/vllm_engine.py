"""Sampling from a local model with vLLM, offline, inside the job.

Every request has a seed of its own and is one sequence, so that a sample does not depend on which
others are asked for. What is in the batch beside it may still change the last bits of its logits,
and a choice on a knife's edge with them: vLLM promises the same distribution, not the same tokens.
"""

import atexit
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.config.base import Dtype
from scripts.lib.config.models import Vllm
from scripts.lib.engines.base import NOTHING_IN_FLIGHT, EngineError, Keyed, Request, Response
from scripts.lib.engines.local_text import (
    LocalEngine,
    LocalText,
    hub_options,
    load_tokenizer,
    local_text,
)
from scripts.lib.engines.local_weights import check_files, weights_identity
from scripts.lib.engines.request_source import RequestSource

if TYPE_CHECKING:
    from vllm import LLM, RequestOutput, SamplingParams

QUEUED_BATCHES = 2
"""Batches of requests that vLLM holds at a time: one is decoded, the next can take its place."""

Flying = dict[str, tuple[int, ...]]
"""The prompts of requests that vLLM works on, by key."""


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
        vllm = _import()
        if dtype == "auto":
            dtype = "float32" if vllm.platforms.current_platform.is_cpu() else "bfloat16"
        try:
            self._llm = _start(source, settings, revision, dtype, batch_size)
            self._text = _text(source, revision, name, settings.context)
        except Exception as error:  # vLLM raises whatever its parts raise
            raise EngineError(f"{name}: vLLM cannot load the model: {error}") from error
        # Its processes end by themselves, but later, and with warnings.
        atexit.register(self._llm.llm_engine.engine_core.shutdown)
        config = self._llm.llm_engine.model_config.hf_config
        self._batch_size = batch_size
        self.identity: dict[str, Any] = {
            "engine": "vllm",
            "dtype": dtype,
            "vllm": vllm.__version__,
            **weights_identity(source, config, revision),
            **self._text.identity,
        }

    @property
    def batch_size(self) -> int:
        """Sequences decoded at once."""
        return self._batch_size

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        """Yield (key, response) as sequences finish.

        At most QUEUED_BATCHES batches of requests are held at a time. A request whose prompt is
        longer than the model's context stops the drawing; what is held is finished first.
        Requests may depend on responses: see scripts.lib.engines.base.Engine.

        Raises:
            EngineError: prompts longer than the context, or token ids outside the vocabulary, by
                key; or vLLM broke down; or requests wait for a response while none is in flight.
        """
        flying: Flying = {}
        try:
            yield from self._generate(RequestSource(requests), flying)
        finally:
            if flying:  # the caller has had enough
                self._llm.llm_engine.abort_request(list(flying))

    def _generate(self, source: RequestSource, flying: Flying) -> Iterator[tuple[str, Response]]:
        refused: dict[str, int] = {}
        while True:
            room = QUEUED_BATCHES * self._batch_size - len(flying)
            if source.ready and room > 0:
                for key, request in source.window(room):
                    prompt = self._text.checked(key, request)
                    limit = min(request.max_tokens, self.context - len(prompt))
                    if limit < 0:
                        refused[key] = len(prompt)
                        source.over = True
                    elif limit == 0:
                        yield key, self._text.response(prompt, (), "length")
                        source.waits = False
                    else:
                        self._ask(key, request, prompt, limit)
                        flying[key] = prompt
            if flying:
                for output in self._step():
                    prompt = flying.pop(output.request_id)
                    yield output.request_id, self._response(prompt, output)
                    source.waits = False
            elif source.over:
                break
            elif source.waits:
                raise EngineError(f"{self._text.name}: {NOTHING_IN_FLIGHT}")
        if refused:
            raise self._text.too_long(refused)

    def _ask(self, key: str, request: Request, prompt: tuple[int, ...], limit: int) -> None:
        params = self._params(request, limit)
        self._llm.llm_engine.add_request(key, {"prompt_token_ids": list(prompt)}, params)

    def _params(self, request: Request, limit: int) -> "SamplingParams":
        from vllm import SamplingParams  # noqa: PLC0415
        from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415

        return SamplingParams(
            seed=request.seed,
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=limit,
            # More than there may be would be refused.
            min_tokens=min(request.min_tokens, limit),
            stop_token_ids=sorted({*self._text.end_tokens, *request.stop_ids}),
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _step(self) -> "list[RequestOutput]":
        from vllm.v1.engine.exceptions import EngineDeadError  # noqa: PLC0415

        try:
            outputs: Any = self._llm.llm_engine.step()
        except EngineDeadError as error:
            raise EngineError(
                f"{self._text.name}: vLLM broke down (the log above says why); if its memory was "
                "full, lower batch_size, vllm.context or vllm.gpu_memory"
            ) from error
        return [output for output in outputs if output.finished]

    def _response(self, prompt: tuple[int, ...], output: "RequestOutput") -> Response:
        (one,) = output.outputs
        token_ids = tuple(int(token) for token in one.token_ids)
        if one.finish_reason not in ("stop", "length"):
            raise EngineError(
                f"request {output.request_id}: vLLM ended it with {one.finish_reason!r}"
            )
        return self._text.response(prompt, token_ids, one.finish_reason)


def _import() -> Any:
    """The library, which must be told before what it shall not do.

    Raises:
        EngineError: it is not installed.
    """
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    logging.getLogger("vllm").setLevel(logging.WARNING)
    try:
        import vllm  # noqa: PLC0415
    except ImportError as error:
        raise EngineError(
            "vLLM is not installed: `pip install vllm==0.32.0` on a machine with GPUs, or "
            "`make .venv/ready-vllm` on one without; or leave out `vllm` of the model "
            f"({error})"
        ) from error
    return vllm


def _start(
    source: Path | str, settings: Vllm, revision: str | None, dtype: str, batch_size: int
) -> "LLM":
    import torch  # noqa: PLC0415
    from vllm import LLM  # noqa: PLC0415

    cache = settings.cache_gib
    return LLM(
        str(source),
        revision=revision,
        tokenizer_revision=revision,
        trust_remote_code=False,
        load_format="safetensors",
        dtype=dtype,
        tensor_parallel_size=settings.tensor_parallel or max(1, torch.cuda.device_count()),
        gpu_memory_utilization=settings.gpu_memory,
        kv_cache_memory_bytes=None if cache is None else int(cache * 2**30),
        max_model_len=settings.context,
        max_num_seqs=batch_size,
        enable_prefix_caching=settings.prefix_caching,
        enforce_eager=settings.eager,
    )


def _text(source: Path | str, revision: str | None, name: str, context: int | None) -> LocalText:
    from transformers import AutoConfig, GenerationConfig  # noqa: PLC0415

    where = hub_options(source, revision)
    config: Any = AutoConfig.from_pretrained(source, **where)
    try:
        generation = GenerationConfig.from_pretrained(source, **where)
    except OSError:  # it has none of its own
        generation = GenerationConfig.from_model_config(config)
    vocabulary = int(config.get_text_config().vocab_size)
    return local_text(
        load_tokenizer(source, revision), config, generation, name, vocabulary, context
    )
