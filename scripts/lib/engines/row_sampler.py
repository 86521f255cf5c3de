"""Choosing the next token of every row of a batch, each by its own seed and settings."""

import numpy as np
import torch
from torch import Tensor

from scripts.lib.engines.base import Request
from scripts.lib.engines.noise import gumbel_noise

_POSITIONS_AT_ONCE = 32
_MOST_NOISE = 2**23
"""Numbers held at once: large vocabularies get fewer positions at a time."""


class RowSampler:
    """Gumbel-max sampling for a fixed number of rows; at temperature 0 the most likely token.

    Noise is drawn for many positions and rows at once: one draw costs many small operations.
    """

    def __init__(self, rows: int, vocabulary: int, device: torch.device) -> None:
        self._vocabulary = vocabulary
        self._device = device
        self._seeds = torch.zeros((rows, 2), dtype=torch.int64, device=device)
        self._heat = torch.zeros((rows, 1), dtype=torch.float64, device=device)
        self._scale = torch.ones((rows, 1), dtype=torch.float64, device=device)
        self._top_p = np.ones(rows)
        self._temperature = np.zeros(rows)
        self._positions = int(np.clip(_MOST_NOISE // (rows * vocabulary), 1, _POSITIONS_AT_ONCE))
        self._noise = torch.zeros(
            (rows, self._positions, vocabulary), dtype=torch.float64, device=device
        )
        self._column = self._positions
        self._admitted: set[int] = set()

    def admit(self, row: int, request: Request) -> None:
        """Give `row` to `request`."""
        self._temperature[row] = request.temperature
        self._top_p[row] = request.top_p
        self._heat[row] = float(request.temperature > 0)
        self._scale[row] = 1 / request.temperature if request.temperature > 0 else 1.0
        seed = request.seed % 2**64
        self._seeds[row, 0], self._seeds[row, 1] = seed % 2**32, seed // 2**32
        self._admitted.add(row)

    def move(self, source: int, target: int) -> None:
        """Let a row go on in the place of another; none was admitted since tokens were chosen."""
        assert not self._admitted
        own = (self._temperature, self._top_p, self._heat, self._scale, self._seeds, self._noise)
        for values in own:
            values[target] = values[source]

    def choose(self, logits: Tensor, positions: Tensor) -> Tensor:
        """The token that each row takes at its position.

        Args:
            logits: shape (active, vocabulary), any float type: of rows from the first on.
            positions: int64 of shape (active,), each one more than at the last call.

        Returns:
            int64 of shape (active,).
        """
        active = len(logits)
        if not self._temperature[:active].any():
            self._column = self._positions
            self._admitted.clear()
            return logits.argmax(dim=-1)
        if self._column == self._positions:
            self._column = 0
            self._draw(list(range(active)), positions)
        else:
            # The others are in the middle of their noise: these rows join them there.
            self._draw([row for row in self._admitted if self._temperature[row] > 0], positions)
        self._admitted.clear()
        noise = self._noise[:active, self._column]
        self._column += 1
        scores = logits.double() * self._scale[:active]
        if (self._top_p[:active] < 1).any():
            top_p = torch.as_tensor(self._top_p[:active], device=self._device)
            scores = keep_nucleus(scores, top_p)
        return torch.addcmul(scores, noise, self._heat[:active]).argmax(dim=-1)

    def _draw(self, rows: list[int], positions: Tensor) -> None:
        """Noise for `rows` from the column on that is next, where all rows stand at `positions`."""
        if not rows:
            return
        chosen = torch.tensor(rows, device=self._device)
        seeds = self._seeds[chosen]
        ahead = torch.arange(self._positions - self._column, device=self._device)
        noise = gumbel_noise(
            seeds.repeat_interleave(len(ahead), dim=0),
            (positions[chosen, None] + ahead).flatten(),
            self._vocabulary,
        )
        self._noise[chosen, self._column :] = noise.view(len(rows), len(ahead), -1)


def keep_nucleus(scores: Tensor, top_p: Tensor) -> Tensor:
    """Scores with -inf for all but the likeliest tokens that together reach top_p.

    Nucleus sampling (Holtzman et al. 2020, section 3.1): the smallest set of most likely tokens
    whose probability is at least top_p.

    Args:
        scores: logits over temperature, shape (rows, vocabulary).
        top_p: shape (rows,).
    """
    ordered, tokens = scores.sort(dim=-1, descending=True, stable=True)
    probabilities = ordered.softmax(dim=-1)
    before = probabilities.cumsum(dim=-1) - probabilities
    # The first token stays even where rounding makes `before` not exactly 0.
    drop = before >= top_p[:, None]
    drop[:, 0] = False
    # A row without truncation keeps all, whatever the sum rounds to.
    drop &= (top_p < 1)[:, None]
    return scores.masked_fill(torch.zeros_like(drop).scatter(-1, tokens, drop), -torch.inf)
