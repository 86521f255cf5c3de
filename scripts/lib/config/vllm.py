"""How vLLM runs a model."""

from pydantic import Field

from scripts.lib.config.base import Strict


class Vllm(Strict):
    """How vLLM runs a model."""

    tensor_parallel: int | None = Field(default=None, ge=1)
    """GPUs that share the model; all that the job sees if left out."""
    gpu_memory: float = Field(default=0.9, gt=0, le=1)
    """Share of each GPU's memory that vLLM takes."""
    cache_gib: float | None = Field(default=None, gt=0)
    """GiB for keys and values, instead of what is left of gpu_memory; a CPU needs it."""
    context: int | None = Field(default=None, ge=16)
    """Most tokens of a sequence, where the model's own context would take too much memory."""
    prefix_caching: bool = True
    """Keep what was read of a prompt for the next that begins alike."""
    eager: bool = False
    """Without compiling or CUDA graphs: starts sooner, decodes slower."""
