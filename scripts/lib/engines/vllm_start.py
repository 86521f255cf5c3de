"""Starting vLLM inside a job."""

import atexit
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.config.base import Dtype
from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.base import EngineError

if TYPE_CHECKING:
    from vllm import LLM


def import_vllm() -> Any:
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
            "vLLM is not installed: `make .venv/ready-gpu` on a machine with GPUs, or "
            "`make .venv/ready-vllm` on one without; or leave out `vllm` of the model "
            f"({error})"
        ) from error
    return vllm


def vllm_dtype(vllm: Any, dtype: Dtype) -> str:
    """A dtype by its name: "auto" is float32 on a CPU and bfloat16 on a GPU."""
    if dtype != "auto":
        return dtype
    return "float32" if vllm.platforms.current_platform.is_cpu() else "bfloat16"


def gpus_of(settings: Vllm) -> int:
    """GPUs that share the model; 1 on a CPU."""
    import torch  # noqa: PLC0415

    return settings.tensor_parallel or max(1, torch.cuda.device_count())


def start_vllm(folder: Path, settings: Vllm, dtype: str, batch_size: int, **more: Any) -> "LLM":
    """A model in vLLM, whose processes end with this one; it raises whatever its parts raise.

    Args:
        folder: of the model, with safetensors weights.
        settings: how vLLM runs it.
        dtype: as PyTorch names it.
        batch_size: sequences worked on at once.
        more: options of `vllm.LLM`, for models that do not generate.
    """
    from vllm import LLM  # noqa: PLC0415

    cache = settings.cache_gib
    llm = LLM(
        str(folder),
        trust_remote_code=False,
        load_format="safetensors",
        dtype=dtype,
        tensor_parallel_size=gpus_of(settings),
        gpu_memory_utilization=settings.gpu_memory,
        kv_cache_memory_bytes=None if cache is None else int(cache * 2**30),
        max_model_len=settings.context,
        max_num_seqs=batch_size,
        enable_prefix_caching=settings.prefix_caching,
        enforce_eager=settings.eager,
        **more,
    )
    atexit.register(_end, llm)
    return llm


def _end(llm: "LLM") -> None:
    """End its processes, which end by themselves, but later; without a word about each of them."""
    logging.getLogger("vllm").setLevel(logging.CRITICAL)
    llm.llm_engine.engine_core.shutdown()
