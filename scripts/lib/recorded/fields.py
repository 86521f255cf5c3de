"""Fields of recordings: types that are checked, and texts that can be stored."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from tqdm import tqdm

from scripts.lib.recorded.faults import Faults, excerpt

R = TypeVar("R", bound=BaseModel)


def storable(text: str) -> str:
    """`text` with "?" for lone surrogates, which JSON may hold and UTF-8 may not."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _as_text(value: object) -> object:
    """Whole numbers as text; some recorders write answers and ids as numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return storable(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_as_text)]
MOST = 2**53
"""Largest count: beyond it, floats skip whole numbers."""
Count = Annotated[int, Field(strict=True, ge=0, le=MOST)]


class Row(BaseModel):
    """One object of a recording; what is not asked for is left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def read_row(model: type[R], value: object, where: str, faults: Faults) -> R | None:
    """`value` as a `model`; None, with every problem noted, where it does not fit."""
    if not isinstance(value, dict):
        faults.add(where, f"should be a JSON object, is {excerpt(value)}")
        return None
    try:
        return model.model_validate(value)
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_context=False):
            key = ".".join(str(part) for part in problem["loc"])
            if problem["type"] == "missing":
                faults.add(where, f"key {key!r} is missing")
            else:
                faults.add(where, f"key {key!r}: {problem['msg']}, not {excerpt(problem['input'])}")
    return None


def read_json_lines(path: Path, model: type[R], faults: Faults) -> Iterator[tuple[str, R]]:
    """Yield ("line N", row) for every line of `path` that fits `model`, one line at a time.

    Lines that do not fit are noted in `faults`; empty lines are passed over.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        faults.stop("", f"cannot be read: {error.strerror}")
    progress = tqdm(
        total=path.stat().st_size, unit="B", unit_scale=True, disable=None, desc=path.name
    )
    with file, progress:
        for number, line in enumerate(file, start=1):
            progress.update(len(line))
            if not line.strip():
                continue
            where = f"line {number}"
            try:
                value: Any = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                faults.add(where, f"not UTF-8 at byte {error.start}")
            except RecursionError:
                faults.add(where, "JSON is nested too deeply")
            except ValueError as error:
                faults.add(where, f"not valid JSON: {error}")
            else:
                row = read_row(model, value, where, faults)
                if row is not None:
                    yield where, row
