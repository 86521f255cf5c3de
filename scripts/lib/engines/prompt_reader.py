"""Reading prompts: keys and values of one at a time, and of a common beginning only once."""

from collections import OrderedDict
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import DynamicCache

PIECE = 512
"""Tokens that are read at once where the split of a text shows in the last bits."""
KEPT_BYTES = 2**28
"""Most memory of beginnings that are kept, besides that of the prompt read last."""

States = list[tuple[Tensor, Tensor]]
"""Keys and values of each layer, of shape (1, heads, tokens, size)."""


class _Read(NamedTuple):
    """What was read: the token ids, where reading was cut, and what came of it."""

    token_ids: tuple[int, ...]
    ends: tuple[int, ...]
    states: States


class PromptReader:
    """Reads prompts for one model.

    Below float64 the last bits of keys and values depend on which tokens were read at once. So a
    prompt is always cut at the same places, whatever was read before: after each PIECE tokens, and
    at the `cuts` of its request. What is kept of one prompt is then, to the bit, what another with
    the same beginning and the same cuts would read. In float64 any common beginning will do.

    Args:
        model: a causal language model.
        device: where it is.
    """

    def __init__(self, model: Any, device: torch.device) -> None:
        self._model = model
        self._device = device
        self._piece = None if model.dtype == torch.float64 else PIECE
        self._last = _Read((), (), [])
        self._kept: OrderedDict[tuple[tuple[int, ...], tuple[int, ...]], States] = OrderedDict()
        self._bytes = 0

    @torch.inference_mode()
    def read(self, token_ids: tuple[int, ...], cuts: tuple[int, ...]) -> States:
        """Keys and values of a text.

        Args:
            token_ids: what is read, without the last token of a request's context.
            cuts: of the request.
        """
        wanted = [cut - 1 for cut in cuts if 1 < cut <= len(token_ids)]
        ends = self._ends(wanted, len(token_ids))
        if (token_ids, ends) == self._last[:2]:
            return self._last.states
        start, states = self._known(token_ids, ends)
        for end in ends:
            if end > start:
                states = self._read_on(states, token_ids[start:end], start)
                start = end
                if end in wanted:
                    self._keep(token_ids[:end], _before(ends, end), states)
        self._last = _Read(token_ids, ends, states)
        if cuts:  # whoever goes on from this text has its end for a cut
            self._keep(token_ids, ends, states)
        return states

    def _ends(self, cuts: list[int], length: int) -> tuple[int, ...]:
        """Where reading is cut, the end included."""
        ends: list[int] = []
        start = 0
        for end in [*sorted(set(cuts)), length]:
            ends += range(start + self._piece, end, self._piece) if self._piece else []
            ends.append(end)
            start = end
        return tuple(dict.fromkeys(ends))

    def _known(self, token_ids: tuple[int, ...], ends: tuple[int, ...]) -> tuple[int, States]:
        """The longest beginning that was read before, and what came of it."""
        best, states = 0, States()
        for end in reversed(ends):
            kept = self._kept.get((token_ids[:end], _before(ends, end)))
            if kept is not None:
                self._kept.move_to_end((token_ids[:end], _before(ends, end)))
                best, states = end, kept
                break
        shared = _shared(self._last.token_ids, token_ids)
        if self._piece is not None:
            alike = _shared(self._last.ends, ends)
            shared = max((end for end in ends[:alike] if end <= shared), default=0)
        if shared > best:
            best = shared
            states = [(k[:, :, :shared], v[:, :, :shared]) for k, v in self._last.states]
        return best, states

    def _keep(self, token_ids: tuple[int, ...], ends: tuple[int, ...], states: States) -> None:
        if (token_ids, ends) in self._kept:
            return
        self._kept[token_ids, ends] = states
        self._bytes += _size(states)
        while self._bytes > KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)

    def _read_on(self, states: States, token_ids: tuple[int, ...], start: int) -> States:
        """Read what follows `start` tokens that were read before."""
        cache = DynamicCache()
        for number, (keys, values) in enumerate(states):
            cache.update(keys, values, number)
        self._model(
            input_ids=torch.tensor([token_ids], device=self._device),
            attention_mask=self._causal(start + len(token_ids), start) if start else None,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        layers: list[Any] = cache.layers
        return [(layer.keys, layer.values) for layer in layers]

    def _causal(self, length: int, shared: int) -> Tensor:
        """What the tokens after the first `shared` of `length` see: all before, and themselves.

        Needed behind a cache: the attention's own causal mask counts from the first key.
        """
        positions = torch.arange(length, device=self._device)
        unseen = positions[None] > positions[shared:, None]
        mask = torch.zeros(unseen.shape, dtype=self._model.dtype, device=self._device)
        return mask.masked_fill_(unseen, torch.finfo(self._model.dtype).min)[None, None]


def _before(ends: tuple[int, ...], end: int) -> tuple[int, ...]:
    """The ends up to one of them."""
    return ends[: ends.index(end) + 1]


def _size(states: States) -> int:
    return sum(each.numel() * each.element_size() for pair in states for each in pair)


def _shared(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    """How many elements two sequences have in common at their beginning."""
    pairs = zip(first, second, strict=False)
    return next(
        (n for n, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second))
    )
