"""The heads of published verifiers, built from their tensors: no code comes with a model."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from scripts.lib.verifiers.base import VerifierError


class Headed(nn.Module):
    """A transformer without a head of its own, under another one.

    The head computes in float32 at least: it is small, and scores near 1 need the digits.
    """

    def __init__(self, body: Any, head: nn.Module) -> None:
        super().__init__()
        self.body: Any = body
        self._fine = torch.promote_types(body.dtype, torch.float32)
        self.head = head.to(body.device, self._fine)

    @property
    def dtype(self) -> torch.dtype:
        """Of the transformer."""
        dtype: torch.dtype = self.body.dtype
        return dtype

    def forward(self, **inputs: Any) -> Any:
        """The head's outputs at each token, as `logits`."""
        hidden = self.body(**inputs).last_hidden_state
        return SimpleNamespace(logits=self.head(hidden.to(self._fine)))


def between_tokens(model: Any, tokens: Sequence[int]) -> Any:
    """A language model whose head knows these tokens alone: the others cost time and memory."""
    whole = model.get_output_embeddings()
    bias = getattr(whole, "bias", None)
    head = nn.Linear(
        whole.weight.shape[1],
        len(tokens),
        bias=bias is not None,
        device=whole.weight.device,
        dtype=whole.weight.dtype,
    )
    with torch.no_grad():
        head.weight.copy_(whole.weight[list(tokens)])
        if bias is not None:
            head.bias.copy_(bias[list(tokens)])
    model.set_output_embeddings(head)
    return model


def stored_head(folder: Path, prefix: str, width: int) -> tuple[nn.Module, int]:
    """The head whose tensors a model's files hold, and its number of outputs.

    That is one linear layer, PREFIX.weight with or without PREFIX.bias, or several with ReLU
    between them, numbered as modules of a Sequential: PREFIX.0.weight, PREFIX.2.weight.

    Args:
        folder: of the model.
        prefix: of the tensors' names.
        width: of the hidden states.

    Raises:
        VerifierError: there is none, or it does not fit.
    """
    tensors = _tensors(folder, f"{prefix}.")
    layers = sorted(name.removesuffix("weight") for name in tensors if name.endswith("weight"))
    modules: list[nn.Module] = []
    for layer in layers:
        weight = tensors.pop(f"{layer}weight")
        bias = tensors.pop(f"{layer}bias", None)
        if weight.ndim != 2 or weight.shape[1] != width:
            raise VerifierError(
                f"{folder}: {layer}weight has shape {tuple(weight.shape)}, which takes no "
                f"{width} inputs"
            )
        width = weight.shape[0]
        modules += [_linear(weight, bias), nn.ReLU()]
    if not modules or tensors:
        other = f"; {', '.join(sorted(tensors))} is unknown" if tensors else ""
        raise VerifierError(
            f"{folder}: its files hold no head {prefix}.weight or {prefix}.0.weight, "
            f"{prefix}.2.weight{other}; take another layout"
        )
    return nn.Sequential(*modules[:-1]), width


def _linear(weight: Tensor, bias: Tensor | None) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None, dtype=weight.dtype)
    layer.load_state_dict({"weight": weight} | ({} if bias is None else {"bias": bias}))
    return layer


def _tensors(folder: Path, prefix: str) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            found |= {name: file.get_tensor(name) for name in names}
    return found
