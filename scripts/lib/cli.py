"""What every program shares: arguments, a log on stderr, and errors without tracebacks."""

import argparse
import importlib
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter

from scripts.lib.config.check import check
from scripts.lib.errors import UserError
from scripts.lib.provenance.notes import asked

M = TypeVar("M", bound=BaseModel)


class _Parser(argparse.ArgumentParser):
    """Notes what it was asked."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        parsed, rest = super().parse_known_args(args, namespace)
        asked(vars(parsed))
        return parsed, rest


def parser(doc: str | None) -> argparse.ArgumentParser:
    """An argument parser whose help text is the program's module docstring."""
    return _Parser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def spec(model: type[M]) -> Callable[[str], M]:
    """An argparse type: a slice of the study as JSON, checked against its model."""

    def read(text: str) -> M:
        return check(model, json.loads(text), "--spec")

    return read


def spec_of(adapter: TypeAdapter[M]) -> Callable[[str], M]:
    """As `spec`, for a union of models."""
    return adapter.validate_json


def run(main: Callable[[], None]) -> None:
    """Run a program: log to stderr; a UserError prints its text and sets the exit status.

    Beside each result that it wrote below results/ lies a record of the run then.
    """
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    for chatty in ("httpx", "httpx2", "openai", "urllib3", "matplotlib", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    record = _begin_record()
    try:
        main()
        _keep(record)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_status)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _begin_record() -> Any:
    """The record of this run, which nothing that goes wrong with it may end."""
    try:
        # By name, so that it is no part of a program's code: it changes nothing of what is made.
        return importlib.import_module("scripts.lib.provenance.record").Run()
    except Exception as error:
        logging.warning("there will be no record of this run: %s", error)
        return None


def _keep(record: Any) -> None:
    """Write it; results that may have cost hours stand without it too."""
    try:
        if record is not None:
            record.write_records()
    except Exception as error:
        logging.warning("no record of this run could be written: %s", error)


def existing(text: str) -> Path:
    """An argparse type: a path that must exist."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{path}: no such file")
    return path
