"""The sampling job beside a bare `LLM.generate` on the same requests.

Run from the repository root, with vLLM installed (`make .venv/ready-vllm` on a CPU):
python -m tests.benchmarks.bench_vllm [--weights FOLDER --problems TABLE] [--repeats 3]

The job is what the workflow runs: requests from the pool, an empty journal, checked rows of the
Trace table. Both use one loaded engine and take turns. Printed are medians of generated tokens per
second, and the median ratio of neighbouring runs. Bound: the job reaches at least 0.9 of the rate.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from scripts.lib.config.models import TrainedModel
from scripts.lib.config.pools import SampledPool
from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.base import Request
from scripts.lib.engines.local_engine import Job
from scripts.lib.engines.vllm_engine import VllmEngine
from scripts.lib.engines.vllm_queue import VllmQueue
from scripts.lib.pool_requests import pool_requests
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem
from scripts.sample import sample_pool as program
from tests.small_model import write_model
from tests.test_pool_requests import problems

LEAST = 0.9
PROMPTS = {"plain": "{problem}"}
SETTINGS = Vllm(cache_gib=1, eager=True)
MODEL = TrainedModel.model_construct(kind="trained", vllm=SETTINGS)


def job(engine: VllmEngine, pool: SampledPool, table: pl.DataFrame) -> tuple[int, float]:
    """Generated tokens and seconds of the sampling job."""
    program.open_engine = lambda *_: engine  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        traces = program.sample_pool(
            pool, "bench", MODEL, PROMPTS, table, None, None, None, Path(folder)
        )
        took = time.perf_counter() - began
    return int(traces["generated_tokens"].sum()), took


def bare(engine: VllmEngine, requests: list[Request]) -> tuple[int, float]:
    """Generated tokens and seconds of one call of the library."""
    queue = VllmQueue(engine._llm.llm_engine, engine._text, 1)
    began = time.perf_counter()
    prompts = [engine.encode(request) for request in requests]
    outputs = engine._llm.generate(
        [{"prompt_token_ids": list(prompt)} for prompt in prompts],
        [
            queue._params(Job("", request, prompt, request.max_tokens))
            for request, prompt in zip(requests, prompts, strict=True)
        ],
        use_tqdm=False,
    )
    tokens = sum(len(output.outputs[0].token_ids) for output in outputs)
    return tokens, time.perf_counter() - began


def main() -> None:
    """Read the arguments, let both take turns, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, help="a random model if left out")
    parser.add_argument("--problems", type=Path, help="Problem table; sums if left out")
    parser.add_argument("--count", type=int, default=100, help="problems")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--max-tokens", type=int, default=120)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    table = (
        read_table(Problem, args.problems).head(args.count)
        if args.problems
        else problems(*(f"{n} + {n * n}" for n in range(args.count)))
    )
    content = {
        **{"kind": "sampled", "model": "m", "benchmark": "b", "wordings": ["plain"]},
        "n": args.samples,
        "sampling": {"max_tokens": args.max_tokens},
    }
    pool = SampledPool.model_validate(content)
    requests = [request for _, request in pool_requests(pool, table, PROMPTS)]
    with tempfile.TemporaryDirectory() as folder:
        weights = args.weights or write_model(Path(folder))
        engine = VllmEngine(weights, SETTINGS, dtype="float32", batch_size=args.batch_size)
        bare(engine, requests[: args.batch_size])
        rates: dict[str, list[float]] = {"job": [], "bare": []}
        for turn in range(args.repeats):
            for way in ("job", "bare") if turn % 2 else ("bare", "job"):
                tokens, took = job(engine, pool, table) if way == "job" else bare(engine, requests)
                rates[way].append(tokens / took)
                print(f"{way:4} {tokens:,} tokens, {tokens / took:,.0f} a second", flush=True)
    ratio = statistics.median(a / b for a, b in zip(rates["job"], rates["bare"], strict=True))
    middle = {way: statistics.median(all_) for way, all_ in rates.items()}
    print(
        f"{len(requests)} requests: job {middle['job']:,.0f}, bare {middle['bare']:,.0f} tokens a "
        f"second; ratio {ratio:.2f} (at least {LEAST:g})"
    )
    sys.exit(0 if ratio >= LEAST else 1)


if __name__ == "__main__":
    main()
