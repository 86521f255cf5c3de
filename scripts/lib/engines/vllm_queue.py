"""The requests that vLLM works on."""

from typing import TYPE_CHECKING, Any

from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_engine import Finished, Job
from scripts.lib.engines.local_text import LocalText

if TYPE_CHECKING:
    from vllm import RequestOutput, SamplingParams


class VllmQueue:
    """Requests handed to vLLM, which decides which of them it decodes together; see Batch.

    Args:
        engine: vLLM's.
        text: the text side of its model.
        size: most requests that it holds.
    """

    def __init__(self, engine: Any, text: LocalText, size: int) -> None:
        self._engine = engine
        self._text = text
        self._size = size
        self._jobs: dict[str, Job] = {}

    @property
    def free(self) -> int:
        """How many more it takes."""
        return self._size - len(self._jobs)

    @property
    def busy(self) -> bool:
        """Whether it has any."""
        return bool(self._jobs)

    def admit(self, job: Job) -> None:
        """Take a job."""
        prompt = {"prompt_token_ids": list(job.prompt)}
        self._engine.add_request(job.key, prompt, self._params(job))
        self._jobs[job.key] = job

    def step(self) -> list[Finished]:
        """Decode on; the jobs that are done.

        Raises:
            EngineError: vLLM broke down, or gave up a request.
        """
        from vllm.v1.engine.exceptions import EngineDeadError  # noqa: PLC0415

        try:
            outputs = self._engine.step()
        except EngineDeadError as error:
            raise EngineError(
                f"{self._text.name}: vLLM broke down (the log above says why); if its memory was "
                "full, lower batch_size, vllm.context or vllm.gpu_memory"
            ) from error
        return [self._finished(output) for output in outputs if output.finished]

    def empty(self) -> None:
        """Give up what is still in it, where nobody waits for it any more."""
        if self._jobs:
            self._engine.abort_request(list(self._jobs))
            self._jobs.clear()

    def _finished(self, output: "RequestOutput") -> Finished:
        job = self._jobs.pop(output.request_id)
        (one,) = output.outputs
        if one.finish_reason not in ("stop", "length"):
            raise EngineError(f"request {job.key}: vLLM ended it with {one.finish_reason!r}")
        return Finished(job, tuple(int(token) for token in one.token_ids), one.finish_reason)

    def _params(self, job: Job) -> "SamplingParams":
        from vllm import SamplingParams  # noqa: PLC0415
        from vllm.sampling_params import RequestOutputKind  # noqa: PLC0415

        request = job.request
        return SamplingParams(
            seed=request.seed,
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=job.limit,
            # More than there may be would be refused.
            min_tokens=min(request.min_tokens, job.limit),
            stop_token_ids=sorted({*self._text.end_tokens, *request.stop_ids}),
            detokenize=False,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
