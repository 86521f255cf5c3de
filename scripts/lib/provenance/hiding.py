"""What a record must not tell: secrets, and places of the machine that made it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
"""Names of variables of the environment that hold one."""
SHORTEST_SECRET = 8
HIDDEN = "(hidden)"
OUTSIDE = "(outside)"


def hidden(record: dict[str, Any]) -> dict[str, Any]:
    """A record without secrets, and with paths relative to the folder of the workflow."""
    secrets = list(_secrets(record))
    cleaned: dict[str, Any] = _clean(record, secrets, str(Path.cwd()), str(Path.home()))
    return cleaned


def _secrets(record: dict[str, Any]) -> Iterator[str]:
    named = {value for value in _values_of("api_key_env", record) if isinstance(value, str)}
    for name, value in os.environ.items():
        if len(value) >= SHORTEST_SECRET and (name in named or SECRET.search(name)):
            yield value


def _values_of(key: str, part: Any) -> Iterator[Any]:
    if isinstance(part, dict):
        yield from [part[key]] if key in part else []
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for one in inner:
        yield from _values_of(key, one)


def _clean(part: Any, secrets: list[str], root: str, home: str) -> Any:
    if isinstance(part, dict):
        return {key: _clean(value, secrets, root, home) for key, value in part.items()}
    if isinstance(part, list):
        return [_clean(value, secrets, root, home) for value in part]
    return _text(part, secrets, root, home) if isinstance(part, str) else part


def _text(text: str, secrets: list[str], root: str, home: str) -> str:
    if text.startswith(("{", "[")):  # an option that is JSON: the same in its parts
        try:
            content = json.loads(text)
        except ValueError:
            pass
        else:
            return json.dumps(_clean(content, secrets, root, home), ensure_ascii=False)
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = re.sub(r"://[^/@\s]+@", f"://{HIDDEN}@", text)
    text = text.replace(f"{root}/", "").replace(f"{home}/", "~/")
    before, equals, path = text.rpartition("=")
    if path.startswith(("/", "../")) and not re.search(r"\s", text) and Path(path).exists():
        return f"{before}{equals}{OUTSIDE}/{Path(path).name}"
    return text
