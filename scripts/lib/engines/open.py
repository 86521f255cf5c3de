"""From a model's entry in the study to the engine that runs it."""

from pathlib import Path
from typing import Any

from scripts.lib.config.models import ApiModel, Generator, HubModel, ModelFacts, Price
from scripts.lib.engines.base import Engine, EngineError
from scripts.lib.provenance.notes import note


def open_engine(
    model: Generator, weights: Path | None, facts: ModelFacts | None, price: Price | None
) -> Engine:
    """The engine of a model. Its library is imported only here: each takes seconds to load.

    Args:
        model: the model's entry in the study.
        weights: folder of a model that was trained or fine-tuned here.
        facts: its entry in config/models.yaml: when it was retired.
        price: its entry in config/prices.yaml: tokens are derived from a bill by it.

    Raises:
        EngineError: the engine cannot be had.
    """
    engine = _opened(model, weights, facts, price)
    settings: dict[str, Any] = getattr(engine, "settings", {})
    note("engine", engine.identity | settings)
    return engine


def _opened(
    model: Generator, weights: Path | None, facts: ModelFacts | None, price: Price | None
) -> Engine:
    if isinstance(model, ApiModel):
        from scripts.lib.engines.openai_engine import OpenAIEngine  # noqa: PLC0415

        return OpenAIEngine(model, facts, price=price)
    source: Path | str | None = weights
    revision = None
    if isinstance(model, HubModel):
        source = Path(model.repo)
        if not source.is_dir():
            source, revision = model.repo, model.revision
    if source is None:
        raise EngineError("a trained model needs the folder of its weights: --weights")
    if model.vllm is not None:
        from scripts.lib.engines.vllm_engine import VllmEngine  # noqa: PLC0415

        return VllmEngine(
            source, model.vllm, revision=revision, dtype=model.dtype, batch_size=model.batch_size
        )
    from scripts.lib.engines.transformers_engine import TransformersEngine  # noqa: PLC0415

    return TransformersEngine(
        source, revision=revision, dtype=model.dtype, batch_size=model.batch_size
    )


def check_model(engine: Engine) -> None:
    """Let an engine that asks a service name a retired or unknown model before it spends.

    Raises:
        EngineError: the model is not to be had; local models always are.
    """
    check = getattr(engine, "check_model", None)
    if check is not None:
        check()
