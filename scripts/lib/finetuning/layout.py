"""Which examples each optimiser step takes: the same whatever the number of processes.

The data set is laid out step after step, so that a sampler that reads it in order serves any
number of processes and any device batch: together they take one step's rows at a time.
"""

import math
from collections.abc import Sequence

import numpy as np

from scripts.lib.config.models import FineTuning
from scripts.lib.config.verifiers import VerifierTraining
from scripts.lib.errors import UserError
from scripts.lib.training import batches_of_like_length


class BatchError(UserError):
    """The global batch cannot be shared by the processes."""


def accumulation(settings: FineTuning | VerifierTraining, processes: int) -> int:
    """Device batches that each process adds up for one optimiser step.

    Raises:
        BatchError: batch_size is not so many whole device batches.
    """
    at_once = settings.device_batch_size * processes
    if settings.batch_size % at_once:
        raise BatchError(
            f"training.batch_size: {settings.batch_size} examples a step cannot be shared by "
            f"{processes} processes that take {settings.device_batch_size} at once "
            f"(device_batch_size): it must be a multiple of {processes} x "
            f"{settings.device_batch_size} = {at_once}"
        )
    return settings.batch_size // at_once


def plan_steps(lengths: Sequence[int], settings: FineTuning | VerifierTraining) -> list[list[int]]:
    """Numbers of the rows of each optimiser step, epoch after epoch, each shuffled anew.

    Padded batches hold rows of like length; rows without padding come as the shuffle has them.
    One step of an epoch may have fewer rows than the others.

    Args:
        lengths: tokens of each row.
        settings: of the training.
    """
    size = settings.batch_size
    total = math.ceil(settings.epochs * math.ceil(len(lengths) / size))
    steps: list[list[int]] = []
    epoch = 0
    while len(steps) < total:
        noise = np.random.Generator(np.random.PCG64([settings.seed, epoch]))
        order = noise.permutation(len(lengths)).tolist()
        if not settings.padded:
            steps += [order[i : i + size] for i in range(0, len(order), size)]
        else:
            batches = batches_of_like_length([lengths[row] for row in order], size, noise)
            steps += [[order[place] for place in batch] for batch in batches]
        epoch += 1
    return steps[:total]


def lay_out(steps: list[list[int]], batch_size: int, filler: int) -> list[int]:
    """All rows in the order of reading; `filler` is put first in steps that have too few."""
    return [row for step in steps for row in [filler] * (batch_size - len(step)) + step]
