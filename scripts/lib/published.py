"""Published models in the cache of the Hub's client: one program fetches them, all others read.

Jobs may run where there is no network, so they load what is in the cache and nothing else.
"""

import json
import os
import shlex
from pathlib import Path
from typing import Any, Literal

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from scripts.lib.hub import (
    MODEL_PAGE,
    HubError,
    first_cause,
    gated_advice,
    not_found_advice,
)

Part = Literal["weights", "tokenizer"]
"""What of a model: all of it, or its tokenizer alone."""

WANTED: dict[Part, list[str]] = {
    "weights": ["*.json", "*.jinja", "*.safetensors"],
    "tokenizer": [
        *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
        *("added_tokens.json", "*.jinja", "config.json"),
    ],
}
_UNWANTED = ["*/*", "consolidated*"]
"""Copies of the weights in other formats."""
_INDEX = "model.safetensors.index.json"
_SHA256, _SHA1 = 64, 40


def fetch(repo: str, revision: str, part: Part) -> Path:
    """The folder in the cache that holds a part of a model, fetched where it is not there yet.

    The token is the one that the Hub's client finds: HF_TOKEN, or that of `hf auth login`.

    Raises:
        HubError: no access, no such model or revision, no network, or no safetensors.
    """
    page = MODEL_PAGE + repo
    has_token = huggingface_hub.get_token() is not None
    try:
        folder = _snapshot(repo, revision, part)
    except GatedRepoError:
        raise HubError(gated_advice("model", repo, page, has_token=has_token)) from None
    except RepositoryNotFoundError:
        raise HubError(not_found_advice(page, "model", has_token=has_token)) from None
    except RevisionNotFoundError:
        raise HubError(f"{page}: has no revision {revision!r}") from None
    except LocalEntryNotFoundError as error:
        raise HubError(f"{page}: cannot be reached: {first_cause(error)}{_offline()}") from None
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise HubError(f"{page}: {error}") from None
    missing = _missing(folder, part)
    if missing:
        raise HubError(
            f"{page}: holds no {', '.join(missing)} at revision {revision!r}; weights are read "
            "from safetensors alone, as others can run code when they are loaded"
        )
    return folder


def cached(repo: str, revision: str, part: Part) -> Path:
    """The folder of a model that was fetched, or `repo` where that is a folder itself.

    Raises:
        HubError: the cache does not hold this part of it; the text says how it gets there.
    """
    if Path(repo).is_dir():
        return Path(repo)
    try:
        folder = _snapshot(repo, revision, part, local_files_only=True)
        missing = _missing(folder, part)
    except (LocalEntryNotFoundError, HFValidationError, OSError):
        missing = ["file of it"]
    if missing:
        options = f"--repo {shlex.quote(repo)} --revision {shlex.quote(revision)} --part {part}"
        raise HubError(
            f"{repo} at {revision}: not in the Hub's cache, {constants.HF_HUB_CACHE} (no "
            f"{', '.join(missing)}). Where there is a network, this fetches it:\n"
            f"  python -m scripts.data.fetch_model {options}"
        )
    return folder


def record(repo: str, revision: str, part: Part, folder: Path) -> dict[str, Any]:
    """What was fetched: the commit and, of each file, its bytes and its hash.

    The Hub names large files by their sha256, others by the sha1 that Git has for them.
    """
    files = []
    for path in sorted(found for pattern in WANTED[part] for found in folder.glob(pattern)):
        name = path.resolve().name  # a link to a file that is named by its hash
        is_hash = set(name) <= set("0123456789abcdef")
        files.append(
            {
                "name": path.name,
                "bytes": path.stat().st_size,
                "sha256": name if is_hash and len(name) == _SHA256 else None,
                "git_sha1": name if is_hash and len(name) == _SHA1 else None,
            }
        )
    return {
        "repo": repo,
        "revision": revision,
        "commit": folder.name,
        "part": part,
        "files": files,
    }


def _snapshot(repo: str, revision: str, part: Part, *, local_files_only: bool = False) -> Path:
    """The folder of a part of a model in the Hub's cache; it raises whatever the client raises."""
    return Path(
        huggingface_hub.snapshot_download(
            repo,
            revision=revision,
            allow_patterns=WANTED[part],
            ignore_patterns=_UNWANTED,
            local_files_only=local_files_only,
        )
    )


def _missing(folder: Path, part: Part) -> list[str]:
    """Files without which the part is not whole, as far as the folder tells."""
    if part == "tokenizer":
        return [] if (folder / "tokenizer.json").exists() else ["tokenizer.json"]
    if (folder / _INDEX).exists():
        index = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        named = sorted(set(index["weight_map"].values()))
        return [name for name in named if not (folder / name).exists()]
    return [] if any(folder.glob("*.safetensors")) else ["*.safetensors"]


def _offline() -> str:
    """A word on the variable that forbids the network, where it is set."""
    return "; HF_HUB_OFFLINE is set: unset it" if os.environ.get("HF_HUB_OFFLINE") else ""
