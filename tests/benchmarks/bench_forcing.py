"""What nesting saves: forcing all settings from one trace, against each setting by itself.

Run from the repository root:
python -m tests.benchmarks.bench_forcing --weights FOLDER --problems TABLE [--count 16] [--vllm]

Budgets 2^4 to 2^8, each with 0 to 6 waits, in float64. The long way thinks and answers each
setting with calls of its own, all problems at once, as the published evaluation did. Every token
must be the same; with vLLM, which runs in float32 and is not exact, those of 99 % of the settings.
Bounds: at most 1/3 of the generated tokens, at most 1/2 of the time.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import torch

from scripts.lib.config.pool_settings import settings_of
from scripts.lib.config.pools import ForcedPool
from scripts.lib.config.vllm import Vllm
from scripts.lib.engines.base import Request, TokenEngine
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.engines.vllm_engine import VllmEngine
from scripts.lib.forcing.pool import Forced
from scripts.lib.journal import Journal
from scripts.lib.sampling import journaled
from scripts.lib.spending import Spending
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem
from tests.forcing_alone import Alone, Run

MOST_TOKENS, MOST_TIME = 1 / 3, 1 / 2
VLLM = Vllm(cache_gib=1, eager=True)
LEAST_SAME = {"transformers": 1.0, "vllm": 0.99}


def make_pool(args: argparse.Namespace, rule: str, temperature: float) -> ForcedPool:
    """The grid as a pool."""
    forcing = {
        "rule": rule,
        "budgets": [2**power for power in range(4, 9)],
        "waits": list(range(7)),
        "every_pair": True,
        "answer_tokens": args.answer_tokens,
    }
    return ForcedPool.model_validate(
        {
            "kind": "forced",
            "model": "m",
            "benchmark": "b",
            "problems": args.count,
            "wordings": ["plain"],
            "forcing": forcing,
            "sampling": {"temperature": temperature},
            "n": 1,
        }
    )


def nested(
    engine: TokenEngine, pool: ForcedPool, problems: pl.DataFrame
) -> tuple[Forced, pl.DataFrame]:
    """The pool drawn through a journal, as the workflow does it."""
    with tempfile.TemporaryDirectory() as folder:
        forced = Forced("bench", pool, problems, {"plain": "{problem}"}, engine)
        spending = Spending(None, None, "bench")
        for _ in journaled(engine, forced.begin(), Journal(Path(folder)), spending, forced.follow):
            pass
    return forced, forced.table()


def long_way(engine: TokenEngine, pool: ForcedPool, traces: pl.DataFrame) -> list[Run]:
    """Each setting by itself, on the problems and seeds of a drawn pool."""
    runs = []
    for at in settings_of(pool.forcing, None):
        rows = traces.filter(budget=at.budget, waits=at.waits)
        samples = zip(rows["prompt"], rows["seed"], strict=True)
        those = [Run(tuple(prompt), seed, at.budget, at.waits) for prompt, seed in samples]
        Alone(engine, pool.forcing, pool.sampling).run(those)
        runs += those
    return runs


def compare(engine: TokenEngine, pool: ForcedPool, problems: pl.DataFrame) -> bool:
    """Print both ways; whether they agree within the bounds."""
    began = time.perf_counter()
    forced, traces = nested(engine, pool, problems)
    middle = time.perf_counter()
    prompts = {
        row["problem_id"]: list(engine.encode(Request(row["problem"], 0, 1, 0.0)))
        for row in problems.head(pool.problems or 0).iter_rows(named=True)
    }
    traces = traces.with_columns(prompt=pl.Series([prompts[name] for name in traces["problem_id"]]))
    prepared = time.perf_counter()
    runs = long_way(engine, pool, traces)
    ended = time.perf_counter()
    keys = traces.select("budget", "waits", "seed").iter_rows()
    found = dict(zip(keys, traces["token_ids"].to_list(), strict=True))
    equal = sum(found[run.budget, run.most_waits, run.seed] == run.token_ids for run in runs)
    alone = sum(run.generated for run in runs)
    tokens = forced.generated / alone
    seconds = (middle - began) / (ended - prepared)
    print(
        f"{pool.forcing.rule:9} temperature {pool.sampling.temperature:g}: "
        f"{forced.generated:,} of {alone:,} tokens ({tokens:.3f}, at most {MOST_TOKENS:.3f}), "
        f"{middle - began:.1f} of {ended - prepared:.1f} s ({seconds:.3f}, at most "
        f"{MOST_TIME:.3f}), {equal} of {len(runs)} rows the same",
        flush=True,
    )
    same = len(runs) == len(traces)
    same = same and equal >= LEAST_SAME[str(engine.identity["engine"])] * len(runs)
    return same and tokens <= MOST_TOKENS and seconds <= MOST_TIME


def main() -> None:
    """Read the arguments, compare for both rules, greedy and at temperature 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--problems", type=Path, required=True)
    parser.add_argument("--count", type=int, default=16)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--answer-tokens", type=int, default=16)
    parser.add_argument("--rules", nargs="+", default=["remaining", "s1"])
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.0, 1.0])
    parser.add_argument("--vllm", action="store_true", help="decode with vLLM")
    parser.add_argument("--threads", type=int, help="PyTorch's own choice if left out")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    engine: TokenEngine = (
        VllmEngine(args.weights, VLLM, dtype="float32", batch_size=args.batch_size)
        if args.vllm
        else TransformersEngine(args.weights, dtype="float64", batch_size=args.batch_size)
    )
    problems = read_table(Problem, args.problems)
    kept = [
        compare(engine, make_pool(args, rule, temperature), problems)
        for rule in args.rules
        for temperature in args.temperatures
    ]
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
