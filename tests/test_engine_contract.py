"""Engines keep their contract; an engine that breaks it is found."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from scripts.lib.engines.base import NOTHING_IN_FLIGHT, EngineError, Keyed, Request, Response
from scripts.lib.engines.transformers_engine import TransformersEngine
from tests.engine_contract import keep_contract
from tests.openai_asking import engine_at
from tests.servers import OpenAIServer
from tests.small_model import write_model


@pytest.mark.usefixtures("one_thread")
def test_a_local_model_keeps_it(tmp_path: Path) -> None:
    folder = write_model(tmp_path, layers=1, width=32, context=96)
    keep_contract(TransformersEngine(folder, dtype="float64", batch_size=4, device="cpu"))


def test_an_api_keeps_it() -> None:
    with OpenAIServer() as server:
        keep_contract(engine_at(server))


class Whole:
    """Sound but for what a test breaks."""

    def __init__(self, **broken: object) -> None:
        self.broken = broken
        self.identity = {"engine": "whole"} | ({"at": b"1"} if "identity" in broken else {})

    def generate(self, requests: Iterable[Keyed | None]) -> Iterator[tuple[str, Response]]:
        if "greedy" in self.broken:
            requests = [one for one, _ in zip(requests, range(1000), strict=False)]
        for one in requests:
            if one is None:
                if "deaf" in self.broken:
                    return
                raise EngineError(NOTHING_IN_FLIGHT)
            times = 2 if "twice" in self.broken else 1
            tokens = 13 if "long" in self.broken else 12
            yield from [(one[0], Response("1", "length", 9, tokens))] * times

    def prompt_tokens(self, request: Request) -> int:
        return 8 if "bound" in self.broken else 9


def test_a_sound_engine_keeps_it() -> None:
    keep_contract(Whole())


@pytest.mark.parametrize("fault", ["identity", "greedy", "deaf", "twice", "long", "bound"])
def test_a_fault_is_found(fault: str) -> None:
    with pytest.raises((AssertionError, TypeError, pytest.fail.Exception)):
        keep_contract(Whole(**{fault: True}))
