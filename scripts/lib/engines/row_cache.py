"""A key-value cache whose rows begin at slot 0, stand at positions of their own, and are refilled.

Padding behind a row, not before it: what a row computes then depends on its own tokens and on
the number of rows, not on how long its neighbours are.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import Cache
from transformers.cache_utils import CacheLayerMixin

SLOTS = 64
"""The width of the cache that attention sees is a multiple of this."""


class RowCache(Cache):
    """The cache of a batch of `rows` sequences for a model of `layers` attention layers."""

    def __init__(self, rows: int, layers: int) -> None:
        self._row_layers = [_RowLayer(rows) for _ in range(layers)]
        super().__init__(layers=list(self._row_layers))

    def fill(self, row: int, states: list[tuple[Tensor, Tensor]]) -> None:
        """Put the keys and values of one sequence into `row`.

        Args:
            row: which.
            states: keys and values of each layer, of shape (1, heads, length, size).
        """
        for layer, (keys, values) in zip(self._row_layers, states, strict=True):
            layer.fill(row, keys, values)

    def move(self, source: int, target: int) -> None:
        """Put the keys and values of one row into another."""
        for layer in self._row_layers:
            layer.move(source, target)

    def step(self, positions: Tensor, width: int, active: int) -> None:
        """Say where the next token of each row goes, and what attention sees.

        Args:
            positions: int64 of shape (rows,).
            width: number of slots: above every position, a multiple of SLOTS.
            active: number of rows, from the first on.
        """
        for layer in self._row_layers:
            layer.step(positions, width, active)


class _RowLayer(CacheLayerMixin):  # type: ignore[no-untyped-call]
    """Keys and values of one layer, in the shape (rows, heads, slots, size).

    With the slots of a head side by side, attention reads them in one go.
    """

    is_sliding = False

    def __init__(self, rows: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._rows = rows
        self._slots = 0
        self._width = 0
        self._active = rows
        self._positions = torch.zeros(rows, dtype=torch.int64)
        self._heads = torch.empty(0, dtype=torch.int64)
        self._stored_keys = self._stored_values = torch.empty(0)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Make room for `self._slots` tokens like these (shape (.., heads, length, size))."""
        self._stored_keys, self._stored_values = (
            torch.zeros(
                (self._rows, states.shape[1], self._slots, states.shape[3]),
                dtype=states.dtype,
                device=states.device,
            )
            for states in (key_states, value_states)
        )
        heads = torch.arange(self._rows * key_states.shape[1], device=key_states.device)
        self._heads = heads.view(self._rows, -1)
        self.is_initialized = True

    def fill(self, row: int, keys: Tensor, values: Tensor) -> None:
        length = keys.shape[2]
        self._reserve(length)
        if not self.is_initialized:
            self.lazy_initialization(keys, values)
        self._stored_keys[row, :, :length] = keys[0]
        self._stored_values[row, :, :length] = values[0]

    def move(self, source: int, target: int) -> None:
        for store in (self._stored_keys, self._stored_values):
            store[target] = store[source]

    def step(self, positions: Tensor, width: int, active: int) -> None:
        self._reserve(width)
        self._positions, self._width, self._active = positions, width, active

    def update(
        self, key_states: Tensor, value_states: Tensor, *_args: Any, **_kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        """Write one token a row; return keys and values of shape (active, heads, width, size)."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        places = (self._heads * self._slots + self._positions[:, None]).flatten()
        for store, states in (
            (self._stored_keys, key_states),
            (self._stored_values, value_states),
        ):
            store.flatten(0, 2).index_copy_(0, places, states.flatten(0, 2))
        seen = slice(self._active), slice(None), slice(self._width)
        return self._stored_keys[seen], self._stored_values[seen]

    def get_seq_length(self) -> int:
        return self._width

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self._width, 0

    def get_max_length(self) -> int:
        return -1

    def _reserve(self, length: int) -> None:
        """Grow by at least half, so that growing stays cheap."""
        if length <= self._slots:
            return
        slots = -(-max(length, self._slots * 3 // 2) // SLOTS) * SLOTS
        if self.is_initialized:
            more = (0, 0, 0, slots - self._slots)
            self._stored_keys = torch.nn.functional.pad(self._stored_keys, more)
            self._stored_values = torch.nn.functional.pad(self._stored_values, more)
        self._slots = slots
