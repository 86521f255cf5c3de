"""Budget forcing on vLLM: nested runs against runs of each setting alone, on vLLM too."""

from pathlib import Path

import pytest

from scripts.lib.config.models import TrainedModel
from scripts.lib.config.pool_settings import settings_of
from scripts.lib.config.pools import ForcedPool
from scripts.lib.engines.base import Request
from scripts.lib.engines.vllm_engine import VllmEngine
from scripts.lib.journal import read_entries
from scripts.lib.pool_requests import sample_seed
from scripts.sample import sample_forced as program
from scripts.sample.sample_forced import sample_forced
from tests.forcing_alone import Alone, Run
from tests.test_pool_requests import problems
from tests.vllm.conftest import SETTINGS

TABLE = problems(*(f"{n} + {n * n}" for n in range(24)))
PROMPTS = {"plain": "Q: {problem}"}
MODEL = TrainedModel.model_construct(kind="trained", dtype="float32", batch_size=64, vllm=SETTINGS)
FORCING = {
    "budgets": [8, 16, 24, 32, 48, 64],
    "auto": True,
    "waits": [0, 1, 2, 4],
    "every_pair": True,
    "answer_tokens": 8,
}


def test_nested_forcing_gives_the_answers_of_runs_alone_for_a_third_of_the_tokens(
    weights: Path, engine: VllmEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = ForcedPool.model_validate(
        {
            **{"kind": "forced", "model": "m", "benchmark": "sums", "wordings": ["plain"], "n": 1},
            "forcing": FORCING,
            "sampling": {"temperature": 0.0},
        }
    )
    monkeypatch.setattr(program, "open_engine", lambda *_: engine)
    traces = sample_forced(
        spec, "forced", MODEL, PROMPTS, TABLE, weights, None, None, tmp_path / "journal"
    )
    runs = []
    for row in TABLE.iter_rows(named=True):
        prompt = engine.encode(Request("Q: " + row["problem"], 0, 1, 0.0))
        seed = sample_seed(spec.seed, row["problem_id"], "plain", None, None, 0)
        settings = settings_of(spec.forcing, None)
        runs += [Run(prompt, seed, at.budget, at.waits) for at in settings]
    Alone(engine, spec.forcing, spec.sampling).run(runs)
    same = [
        row["token_ids"] == run.token_ids
        for run, row in zip(runs, traces.iter_rows(named=True), strict=True)
    ]
    assert sum(same) >= 0.99 * len(runs)
    entries = read_entries(tmp_path / "journal")
    nested = sum(entry.response.generated_tokens or 0 for entry in entries)
    assert nested <= sum(run.generated for run in runs) / 3
