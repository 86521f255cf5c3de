"""What jobs with a model ask of a cluster: GPUs by the size of the model, memory, and time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from scripts.lib.config.load import read_yaml
from scripts.lib.config.models import HubModel, TunedModel
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.verifiers import HubVerifier, RolloutLabels, VerifierModel
from scripts.lib.site import Site
from scripts.lib.workflow import StudyFiles

ROOM = 1.25
"""Memory that a model takes while it decodes, over that of its weights: some keys and values."""
USABLE = 0.9
"""Share of a GPU's memory that an engine may fill."""
LEAST_MB = 4000
"""Memory of a job with a model, besides the model."""


class ModelJobs:
    """Resource functions of a rule whose jobs load models.

    Models that the workflow trains from scratch are small, and those behind an API are elsewhere:
    they get no GPU. More memory and time are asked for at each attempt.

    Args:
        files: the study.
        site: the cluster.
        models: names of the models of a job, by its wildcards.
        minutes: that it may take.
    """

    def __init__(
        self, files: StudyFiles, site: Site, models: Callable[[Any], list[str]], minutes: int
    ) -> None:
        self._files = files
        self._site = site
        self._models = models
        self._minutes = minutes

    def gpus(self, wildcards: Any) -> int:
        """GPUs of a job: as many as hold its models with vLLM, one with transformers."""
        models = self._models(wildcards)
        size = sum(map(self._bytes, models))
        if not size:
            return 0
        settings = [getattr(self._files.study.models[name], "vllm", None) for name in models]
        asked = [vllm.tensor_parallel for vllm in settings if vllm is not None]
        if not asked:
            return 1
        told = [gpus for gpus in asked if gpus is not None]
        return max(told) if told else self._holding(size)

    def memory(self, wildcards: Any, attempt: int) -> int:
        """MB of a job, or of each of its nodes."""
        weights = sum(map(self._bytes, self._models(wildcards))) / 1e6
        return int(LEAST_MB + ROOM * weights) * attempt

    def minutes(self, wildcards: Any, attempt: int) -> int:
        """Minutes of a job."""
        return self._minutes * attempt

    def gpu_model(self, wildcards: Any) -> str:
        """The type of its GPUs; nothing where any will do."""
        return (self._site.gpu_model or "") if self.gpus(wildcards) else ""

    def partition(self, wildcards: Any) -> str:
        """Where it runs; nothing for the cluster's default."""
        site = self._site
        return (site.gpu_partition if self.gpus(wildcards) else site.cpu_partition) or ""

    def _holding(self, size: float) -> int:
        """GPUs that hold so many bytes of weights: a power of two, as vLLM shares them."""
        usable = USABLE * self._site.gpu_gib * 2**30
        gpus = 1
        while gpus * usable < ROOM * size and gpus < self._site.gpus_per_node:
            gpus *= 2
        return gpus

    def _bytes(self, name: str) -> float:
        """Bytes of the weights of a published model or one tuned from it; 0 for all others."""
        model = self._files.study.models[name]
        if isinstance(model, TunedModel | VerifierModel):
            return self._bytes(model.base)
        if not isinstance(model, HubModel | HubVerifier):
            return 0.0
        facts = self._files.facts.get(model.facts or name)
        if facts is None:
            return 1.0  # nobody knows its size, but it is one for a GPU
        return facts.weight_bytes or 2.0 * (facts.parameters or 0.5)


class TrainingJobs(ModelJobs):
    """The same of a fine-tuning, whose launch configuration says how many GPUs and machines."""

    def gpus(self, wildcards: Any) -> int:
        """GPUs of a training, on all of its machines."""
        launch = self._launch(wildcards)
        return launch["num_processes"] if launch else min(1, super().gpus(wildcards))

    def nodes(self, wildcards: Any) -> int:
        """Machines of a training."""
        launch = self._launch(wildcards)
        return launch["num_machines"] if launch else 1

    def _launch(self, wildcards: Any) -> dict[str, int]:
        """What `accelerate launch` reads; nothing where a training is started without it."""
        model = self._files.study.models[wildcards.model]
        if not isinstance(model, TunedModel) or model.training.launch is None:
            return {}
        content: dict[str, int] = read_yaml(Path(model.training.launch))
        return content


class JobSizes:
    """Resource functions, by what a job does.

    Args:
        files: the study.
        site: the cluster.
    """

    def __init__(self, files: StudyFiles, site: Site) -> None:
        study, sampling, training = files.study, site.sampling_minutes, site.training_minutes

        def of_pool(wildcards: Any) -> list[str]:
            pool = study.pools[wildcards.pool]
            return [pool.model, *([pool.verifier] if isinstance(pool, SearchedPool) else [])]

        def of_labels(wildcards: Any) -> list[str]:
            labels = study.labels[wildcards.labels]
            assert isinstance(labels, RolloutLabels)
            return [labels.model or study.pools[labels.pool].model]

        def named(wildcards: Any) -> list[str]:
            return [wildcards.model]

        self.pool = ModelJobs(files, site, of_pool, sampling)
        """Samples of a pool, searched ones too."""
        self.labels = ModelJobs(files, site, of_labels, sampling)
        self.scores = ModelJobs(files, site, named, sampling)
        self.training = TrainingJobs(files, site, named, training)
