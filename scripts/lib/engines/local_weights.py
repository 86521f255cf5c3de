"""A model's folder: whether it is whole, and what its weights are known by."""

import hashlib
import json
from pathlib import Path
from typing import Any

from scripts.lib.engines.base import EngineError
from scripts.lib.engines.local_text import sha256
from scripts.lib.published import cached

_FILES = ("config.json", "tokenizer_config.json", "tokenizer.json")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def weights_hash(folder: Path) -> str:
    """The sha256 of a model's safetensors file; of several, that of their names and sha256s."""
    digests = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    if len(digests) == 1:
        return next(iter(digests.values()))
    return sha256("".join(f"{digest}  {name}\n" for name, digest in digests.items()))


def weights_identity(source: Path | str, config: Any, revision: str | None) -> dict[str, Any]:
    """What weights are known by, and how the model is laid out.

    Args:
        source: a folder, or the name of a repository on the Hub.
        config: the model's configuration.
        revision: of the repository.
    """
    if isinstance(source, Path):
        weights = {"sha256": weights_hash(source)}
    else:
        # The cache keeps each commit in a folder of its name.
        commit = cached(source, revision or "main", "weights").name
        weights = {"repo": source, "revision": commit}
    return {"weights": weights, "config": sha256(_plain_config(config))}


def check_files(folder: Path) -> None:
    """Refuse a folder that is not a whole model with safetensors weights.

    Raises:
        EngineError: with everything that is missing.
    """
    if not folder.is_dir():
        raise EngineError(f"{folder}: no such folder; a model is a folder with its weights")
    problems = [f"{name} is missing" for name in _FILES if not (folder / name).is_file()]
    if not any(folder.glob("*.safetensors")):
        pickles = sorted(path.name for pattern in _PICKLES for path in folder.glob(pattern))
        if pickles:
            problems.append(
                f"only pickled weights ({', '.join(pickles)}), which can run code when loaded; "
                "convert them to safetensors"
            )
        else:
            problems.append("no weights (*.safetensors)")
    if problems:
        lines = "".join(f"\n  - {problem}" for problem in problems)
        raise EngineError(f"{folder}: not a whole model: {len(problems)} problem(s){lines}")


def _plain_config(config: Any) -> str:
    """The configuration without what says nothing about the model itself."""
    content = config.to_dict()
    for key in ("transformers_version", "_name_or_path", "dtype", "_attn_implementation"):
        content.pop(key, None)
    return json.dumps(content, sort_keys=True, default=str)
