"""What every program shares: arguments, a log on stderr, and errors without tracebacks."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter

from scripts.lib.config.check import check
from scripts.lib.errors import UserError

M = TypeVar("M", bound=BaseModel)


def parser(doc: str | None) -> argparse.ArgumentParser:
    """An argument parser whose help text is the program's module docstring."""
    return argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def spec(model: type[M]) -> Callable[[str], M]:
    """An argparse type: a slice of the study as JSON, checked against its model."""

    def read(text: str) -> M:
        return check(model, json.loads(text), "--spec")

    return read


def spec_of(adapter: TypeAdapter[M]) -> Callable[[str], M]:
    """As `spec`, for a union of models."""
    return adapter.validate_json


def run(main: Callable[[], None]) -> None:
    """Run a program: log to stderr; a UserError prints its text and sets the exit status."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    for chatty in ("httpx", "httpx2", "openai", "urllib3", "matplotlib", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def existing(text: str) -> Path:
    """An argparse type: a path that must exist."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{path}: no such file")
    return path
