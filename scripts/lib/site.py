"""What is known of the cluster that jobs are sent to: slurm/defaults.yaml and slurm/site.yaml."""

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.config.base import Strict
from scripts.lib.config.check import check
from scripts.lib.config.load import read_yaml

DEFAULTS, OWN = Path("slurm/defaults.yaml"), Path("slurm/site.yaml")

SlurmName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.,-]+$")]
"""Of an account, a partition, a GPU type: it goes into a command line."""


class Site(Strict):
    """A cluster; slurm/defaults.yaml says what each key means."""

    account: SlurmName | None
    jobs: int = Field(ge=1)
    cpu_partition: SlurmName | None
    cpu_minutes: int = Field(ge=1)
    gpu_partition: SlurmName | None
    gpu_model: SlurmName | None
    gpu_gib: float = Field(gt=0)
    gpus_per_node: int = Field(ge=1)
    cores_per_gpu: int = Field(ge=1)
    sampling_minutes: int = Field(ge=1)
    training_minutes: int = Field(ge=1)
    status_seconds: int = Field(ge=1)
    status_command: Literal["squeue", "sacct"] | None


@functools.cache
def load_site(defaults: Path = DEFAULTS, own: Path = OWN) -> Site:
    """The cluster: the defaults, and over them what its users say.

    Raises:
        ConfigError: naming the file and every key.
    """
    known = read_yaml(defaults)
    if own.exists():
        known |= read_yaml(own)
        return check(Site, known, str(own))
    return check(Site, known, str(defaults))
