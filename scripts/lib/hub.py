"""Files of data sets on the Hugging Face Hub, gated ones included, and what its refusals mean."""

import os
import re
import shutil
from pathlib import Path

import huggingface_hub
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from scripts.lib.atomic import written_whole
from scripts.lib.errors import UserError

TOKEN_VARIABLE = "HF_TOKEN"
TOKEN_PAGE = "https://huggingface.co/settings/tokens"
MODEL_PAGE = "https://huggingface.co/"
"""Where people read about a model, before its name."""


class HubError(UserError):
    """The Hub does not give a file; the text says why and what to do."""


def is_hub_url(url: str) -> bool:
    """True for the form hf://datasets/OWNER/NAME/PATH, also where it is not well made."""
    return url.startswith("hf://")


def copy_from_hub(url: str, revision: str, target: Path) -> None:
    """Put the file `url` (hf://datasets/OWNER/NAME/PATH) at `target`, whole or not at all.

    The token comes from the environment variable HF_TOKEN; without one the request is
    anonymous. The Hub's own client resumes, retries and keeps its cache.

    Raises:
        HubError: no token, no access, no such file or revision, or no network.
    """
    match = re.fullmatch(r"hf://datasets/([^/]+/[^/]+)/(.+)", url)
    if match is None:
        raise HubError(f"{url}: not of the form hf://datasets/OWNER/NAME/PATH")
    data_set, filename = match.groups()
    page = page_of(data_set)
    token = os.environ.get(TOKEN_VARIABLE)
    try:
        cached = huggingface_hub.hf_hub_download(
            data_set, filename, repo_type="dataset", revision=revision, token=token or False
        )
    except GatedRepoError:
        raise HubError(gated_advice("data set", data_set, page, has_token=bool(token))) from None
    except RepositoryNotFoundError:
        raise HubError(not_found_advice(page, "data set", has_token=bool(token))) from None
    except (RevisionNotFoundError, RemoteEntryNotFoundError):
        raise HubError(f"{page}: holds no file {filename!r} at revision {revision!r}") from None
    except LocalEntryNotFoundError as error:
        raise HubError(f"{page}: cannot be reached: {first_cause(error)}") from None
    except (HfHubHTTPError, HFValidationError) as error:
        raise HubError(f"{page}: {error}") from None
    with written_whole(target) as temporary:
        shutil.copyfile(cached, temporary)


def page_of(data_set: str) -> str:
    """Where people read about a data set."""
    return f"https://huggingface.co/datasets/{data_set}"


def gated_advice(what: str, name: str, page: str, has_token: bool) -> str:
    """What to do about a data set or model whose terms must be accepted first."""
    gated = f"the {what} {name} is gated: its terms must be accepted at {page}"
    if has_token:
        return f"{gated}; the account of the token in {TOKEN_VARIABLE} has not been let in yet"
    return (
        f"{gated}; then make a token with read access at {TOKEN_PAGE} and put it into the "
        f"environment variable {TOKEN_VARIABLE}, which is not set"
    )


def not_found_advice(page: str, what: str, has_token: bool) -> str:
    """What "not found" may mean: the Hub says it of what the token may not even see, too."""
    return (
        f"{page}: no such {what}, or it is private and the token in the environment variable "
        f"{TOKEN_VARIABLE} {'does not open it' if has_token else 'is missing'}"
    )


def first_cause(error: BaseException) -> BaseException:
    """The first cause of an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error
