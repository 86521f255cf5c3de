from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scripts.lib.finetuning.layout import BatchError, accumulation, lay_out, plan_steps
from tests.tuned_model import tuned_spec


def settings(**more: object):
    return tuned_spec(**more).training


def test_a_batch_that_processes_cannot_share_names_the_numbers() -> None:
    with pytest.raises(BatchError) as raised:
        accumulation(settings(batch_size=16, device_batch_size=2), processes=3)
    assert str(raised.value) == (
        "training.batch_size: 16 examples a step cannot be shared by 3 processes that take 2 at "
        "once (device_batch_size): it must be a multiple of 3 x 2 = 6"
    )
    assert accumulation(settings(batch_size=16, device_batch_size=2), processes=4) == 2
    with pytest.raises(ValidationError, match="device_batch_size: 3 does not divide the 16"):
        settings(batch_size=16, device_batch_size=3)
    with pytest.raises(ValidationError, match="packing, padding_free"):
        settings(packing=True, padding_free=True)


@given(
    lengths=st.lists(st.integers(2, 99), min_size=1, max_size=40),
    size=st.sampled_from([1, 4, 6]),
    epochs=st.integers(1, 3),
    padding_free=st.booleans(),
)
def test_every_epoch_reads_every_row_once(
    lengths: list[int], size: int, epochs: int, padding_free: bool
) -> None:
    chosen = settings(
        batch_size=size, device_batch_size=1, epochs=epochs, padding_free=padding_free
    )
    steps = plan_steps(lengths, chosen)
    an_epoch = -(-len(lengths) // size)
    assert len(steps) == epochs * an_epoch
    for epoch in range(epochs):
        own = steps[epoch * an_epoch : (epoch + 1) * an_epoch]
        assert sorted(row for step in own for row in step) == list(range(len(lengths)))
        assert Counter(map(len, own))[size] >= an_epoch - 1
    assert steps == plan_steps(lengths, chosen)


def test_epochs_and_seeds_differ_and_a_part_of_an_epoch_is_possible() -> None:
    lengths = [10 + n % 7 for n in range(64)]
    two = plan_steps(lengths, settings(epochs=2))
    assert two[:8] != two[8:]
    assert plan_steps(lengths, settings(epochs=1.5)) == two[:12]
    assert plan_steps(lengths, settings(epochs=2, seed=1)) != two


def test_padded_steps_hold_rows_of_like_length_and_others_are_shuffled() -> None:
    lengths = list(range(2, 66))
    padded = plan_steps(lengths, settings(epochs=1))
    assert all(max(step) - min(step) == 7 for step in padded)
    loose = plan_steps(lengths, settings(epochs=1, padding_free=True))
    assert all(max(step) - min(step) > 7 for step in loose)


@pytest.mark.parametrize(("processes", "device"), [(1, 8), (1, 2), (2, 4), (4, 1), (8, 1)])
def test_processes_take_the_rows_of_one_step_together(processes: int, device: int) -> None:
    chosen = settings(batch_size=8, device_batch_size=device)
    steps = plan_steps([10 + n % 7 for n in range(30)], chosen)
    order = lay_out(steps, 8, filler=30)
    device_batches = [order[i : i + device] for i in range(0, len(order), device)]
    rounds = accumulation(chosen, processes)
    for number, step in enumerate(steps):
        taken: list[int] = []
        for process in range(processes):
            own = device_batches[process::processes]
            for batch in own[number * rounds : (number + 1) * rounds]:
                taken += batch
        assert sorted(taken) == sorted([*step, *[30] * (8 - len(step))])
