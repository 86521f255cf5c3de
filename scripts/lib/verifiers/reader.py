"""Reading many pieces of text at once, each behind a memory of its own."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from scripts.lib.verifiers.thread import Piece


class Reader:
    """A model that reads pieces and remembers their keys and values.

    Args:
        model: a transformer of transformers with full attention; called with a cache.
        batch_size: pieces read at once.
        device: where the model is.
        context: most tokens that it reads.
    """

    def __init__(self, model: Any, batch_size: int, device: torch.device, context: int) -> None:
        self._model, self._batch_size, self._device = model, batch_size, device
        self.context = context
        self.identity = {"dtype": str(model.dtype).removeprefix("torch.")}

    def read(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Tensor]]:
        """What the model says at the last token of each piece; their memories are filled.

        Pieces that stand before them and were not read yet are read first.

        Yields:
            The place of each piece in their order, and a tensor of shape (outputs,), as soon as
            its batch is read.
        """
        for generation in _unread_before(pieces):
            for _ in self._read(generation):
                pass
        yield from self._read(pieces)

    def _read(self, pieces: Sequence[Piece]) -> Iterator[tuple[int, Tensor]]:
        # Of like length, so that little is computed on padding.
        order = sorted(
            range(len(pieces)), key=lambda at: (len(pieces[at].token_ids), pieces[at].start)
        )
        for start in range(0, len(order), self._batch_size):
            rows = order[start : start + self._batch_size]
            yield from zip(rows, self._batch([pieces[row] for row in rows]), strict=True)

    @torch.inference_mode()
    def _batch(self, pieces: Sequence[Piece]) -> list[Tensor]:
        past = max(piece.start for piece in pieces)
        length = max(len(piece.token_ids) for piece in pieces)
        cache = DynamicCache()
        if past:
            memory = self._memory(pieces, past)
            for layer in range(len(memory) // 2):
                cache.update(memory[2 * layer], memory[2 * layer + 1], layer)
        starts = torch.tensor([piece.start for piece in pieces], device=self._device)
        new = torch.arange(length, device=self._device)
        output = self._model(
            input_ids=torch.tensor(
                [[*piece.token_ids, *[0] * (length - len(piece.token_ids))] for piece in pieces],
                device=self._device,
            ),
            position_ids=starts[:, None] + new,
            attention_mask=self._mask(starts, new, past),
            past_key_values=cache,
            use_cache=True,
        )
        layers: list[Any] = cache.layers
        for row, piece in enumerate(pieces):
            end = past + len(piece.token_ids)
            own = [part[row, :, past:end] for one in layers for part in (one.keys, one.values)]
            piece.memory = torch.stack(own)
        return [output.logits[row, len(p.token_ids) - 1] for row, p in enumerate(pieces)]

    def _memory(self, pieces: Sequence[Piece], past: int) -> Tensor:
        """Keys and values before each piece, of shape (2 layers, pieces, heads, past, size)."""
        store: Tensor | None = None
        for row, piece in enumerate(pieces):
            parts = [one.memory for one in piece.chain()[:-1] if one.memory is not None]
            if not parts:
                continue
            if store is None:
                depth, heads, _, size = parts[0].shape
                store = parts[0].new_zeros((depth, len(pieces), heads, past, size))
            torch.cat(parts, dim=2, out=store[:, row, :, : piece.start])
        assert store is not None
        return store

    def _mask(self, starts: Tensor, new: Tensor, past: int) -> Tensor:
        """What each new token sees: its own memory, and the new tokens up to itself."""
        dtype = self._model.dtype
        old = torch.arange(past, device=self._device)
        hidden_old = (old >= starts[:, None])[:, None].expand(-1, len(new), -1)
        hidden_new = (new > new[:, None])[None].expand(len(starts), -1, -1)
        hidden = torch.cat([hidden_old, hidden_new], dim=-1)
        mask = torch.zeros(hidden.shape, dtype=dtype, device=self._device)
        return mask.masked_fill_(hidden, torch.finfo(dtype).min)[:, None]


def _unread_before(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that must be read before these, each once; those of one list do not need each other.

    A prompt is one until its first step is scored.
    """
    wanted: dict[int, tuple[int, Piece]] = {}
    for piece in pieces:
        for depth, one in enumerate(piece.chain()[:-1]):
            if one.memory is None:
                wanted[id(one)] = (depth, one)
    generations: dict[int, list[Piece]] = {}
    for depth, one in wanted.values():
        generations.setdefault(depth, []).append(one)
    return [generations[depth] for depth in sorted(generations)]
