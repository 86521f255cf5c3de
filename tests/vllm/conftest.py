"""One model, and both engines that run it: vLLM takes half a minute to start."""

from pathlib import Path

import pytest

from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.engines.vllm_engine import VllmEngine
from tests.small_model import write_model

CONTEXT = 256
SETTINGS = Vllm(cache_gib=1, eager=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder need vLLM, which most environments lack."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.vllm)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), context=CONTEXT)


@pytest.fixture(scope="session")
def engine(weights: Path) -> VllmEngine:
    return VllmEngine(weights, SETTINGS, dtype="float32", batch_size=64)


@pytest.fixture(scope="session")
def reference(weights: Path) -> TransformersEngine:
    return TransformersEngine(weights, dtype="float32", batch_size=64, device="cpu")
