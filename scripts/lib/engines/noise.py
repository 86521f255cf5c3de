"""Gumbel noise that is a function of seed, position and token alone.

`argmax(logits / temperature + noise)` draws from the softmax (the Gumbel-max method; Maddison,
Tarlow, Minka 2014, section 2). Noise that depends on nothing else makes a sample independent of
the rows around it, of their order, and of the device. The generator is counter-based: Philox
4x32-10 (Salmon, Moraes, Dror, Shaw 2011, section 3.2). PyTorch and NumPy have it only as one
stream per generator object, which for many rows and large vocabularies costs more than the model.
"""

import torch
from torch import Tensor

_WORD = 0xFFFFFFFF
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_ROUNDS = 10
_COUNTERS_AT_ONCE = {"cpu": 2**15}
"""On a CPU the working set of one piece stays in the cache."""


def gumbel_noise(seeds: Tensor, positions: Tensor, vocabulary: int) -> Tensor:
    """Standard Gumbel noise for each (seed, position) pair and each token.

    Args:
        seeds: int64 of shape (n, 2): low and high 32 bits of each seed.
        positions: int64 of shape (n,), below 2**32.
        vocabulary: number of tokens.

    Returns:
        float64 of shape (n, vocabulary), between -3.2 and 23 (32 random bits each).
    """
    columns = torch.arange(-(-vocabulary // 4), device=seeds.device)
    counters = _COUNTERS_AT_ONCE.get(seeds.device.type, 2**24)
    size = max(1, counters // len(columns))
    noise = torch.empty((len(seeds), len(columns) * 4), dtype=torch.float64, device=seeds.device)
    for start in range(0, len(seeds), size):
        part = slice(start, start + size)
        zero = torch.zeros((), dtype=torch.int64, device=seeds.device)
        words = philox(
            (columns[None], positions[part, None], zero, zero),
            (seeds[part, :1], seeds[part, 1:]),
        )
        noise[part] = words.flatten(1)
    uniform = noise.add_(0.5).mul_(2.0**-32)
    return uniform.log_().neg_().log_().neg_()[:, :vocabulary]


def philox(counter: tuple[Tensor, Tensor, Tensor, Tensor], key: tuple[Tensor, Tensor]) -> Tensor:
    """Philox 4x32-10: four random 32-bit words for each counter and key.

    Args:
        counter: four words (int64 tensors with values below 2**32) that broadcast together.
        key: two words, likewise.

    Returns:
        int64 with the broadcast shape and a last dimension of 4, values below 2**32.
    """
    first, second, third, fourth = counter
    low, high = key
    for _ in range(_ROUNDS):
        # The product of two words wraps around in int64, which keeps all of its 64 bits; `>>`
        # then repeats the sign, which the mask takes off.
        left, right = first * _MULTIPLIERS[0], third * _MULTIPLIERS[1]
        first, second = ((right >> 32) ^ second ^ low) & _WORD, right & _WORD
        third, fourth = ((left >> 32) ^ fourth ^ high) & _WORD, left & _WORD
        low, high = (low + _WEYL[0]) & _WORD, (high + _WEYL[1]) & _WORD
    words = torch.broadcast_tensors(first, second, third, fourth)  # type: ignore[no-untyped-call]
    return torch.stack(list(words), dim=-1)
