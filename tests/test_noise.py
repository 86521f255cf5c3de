import numpy as np
import torch

from scripts.lib.engines.noise import gumbel_noise, philox
from scripts.lib.engines.row_sampler import keep_nucleus


def test_philox_gives_the_published_words() -> None:
    """Known answers of the authors' own test vectors (Random123)."""

    def words(*values: int) -> tuple[torch.Tensor, ...]:
        return tuple(torch.tensor(value) for value in values)

    most = 0xFFFFFFFF
    for counter, key, expected in [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((most,) * 4, (most,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ]:
        assert philox(words(*counter), words(*key)).tolist() == list(expected)  # type: ignore[arg-type]


def test_noise_is_a_function_of_seed_position_and_token() -> None:
    seeds = torch.tensor([[7, 0], [8, 0], [7, 1]])
    positions = torch.tensor([5, 5, 5])
    noise = gumbel_noise(seeds, positions, 1001)
    assert noise.shape == (3, 1001)
    assert len(noise.unique()) == noise.numel()
    assert torch.equal(gumbel_noise(seeds[1:2], positions[1:2], 17), noise[1:2, :17])
    many = gumbel_noise(torch.tensor([[1, 2]]).repeat(300, 1), torch.arange(300), 1000)
    assert torch.equal(
        many[299], gumbel_noise(seeds[:1] * 0 + torch.tensor([1, 2]), torch.tensor([299]), 1000)[0]
    )
    # Mean and variance of the standard Gumbel distribution, within five standard errors.
    assert abs(float(many.mean()) - np.euler_gamma) < 5 * 1.2825 / many.numel() ** 0.5
    assert abs(float(many.var()) - np.pi**2 / 6) < 0.02


def test_the_nucleus_is_the_smallest_set_that_reaches_top_p() -> None:
    scores = torch.tensor([[0.5, 0.3, 0.15, 0.05]] * 4).log().double()
    kept = keep_nucleus(scores, torch.tensor([0.79, 0.81, 1e-9, 1.0])).isfinite()
    assert kept.tolist() == [
        [True, True, False, False],
        [True, True, True, False],
        [True, False, False, False],
        [True, True, True, True],
    ]
