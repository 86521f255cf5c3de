"""What searching many problems together saves, against one problem at a time.

Run from the repository root:
python -m tests.benchmarks.bench_search [--weights FOLDER --verifier FOLDER ...]

64 problems at N = 16, in float64, with the same engine and verifier. Alone, each problem is a pool
of its own, and at most 16 rows of the batch are in use. Every row of every table must be the same.
Bound: at least 4 times as many problems per second. With --rows-alone 16, searches alone get a
batch of their own size instead, which is the most that can be said for them: there is no bound.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import torch

from scripts.lib.config.searched import SearchedPool
from scripts.lib.engines.transformers_engine import TransformersEngine
from scripts.lib.search.pool import Searched
from scripts.lib.tableio import read_table
from scripts.lib.tables import Problem
from scripts.lib.verifiers.base import Verifier
from scripts.lib.verifiers.classifier import ClassifierVerifier
from scripts.search.search_pool import search_pool
from tests.small_model import write_model
from tests.small_verifier import SmallVerifier
from tests.test_pool_requests import problems

LEAST = 4.0
METHODS = (
    {"method": "beam", "width": 4},
    {"method": "dvts", "width": 4},
    {"method": "rebase"},
)


def verifier_of(args: argparse.Namespace, engine: TransformersEngine) -> Verifier:
    """The verifier that the arguments name, which remembers what it read; else a random one."""
    if args.verifier is None:
        return SmallVerifier(engine, width=64, batch_size=64)
    return ClassifierVerifier(
        args.verifier,
        dtype="float64",
        batch_size=64,
        solver_tokenizer=engine.tokenizer,
        device="cpu",
    )


def run(
    pool: SearchedPool, table: pl.DataFrame, engine: TransformersEngine, verifier: Verifier
) -> list[pl.DataFrame]:
    """The tables of one pool, drawn through a journal as the workflow does it."""
    searched = Searched("bench", pool, table, {"plain": "{problem}"}, engine, verifier, "v")
    with tempfile.TemporaryDirectory() as folder:
        search_pool(searched, engine, Path(folder))
    return [searched.traces(), searched.steps(), searched.spent()]


def same(one: list[pl.DataFrame], other: list[pl.DataFrame]) -> bool:
    """Whether all tables agree, scores to twelve digits: their batches have other shapes."""
    rounded = [
        [frame.with_columns(pl.col(pl.Float64).round(12)) for frame in tables]
        for tables in (one, other)
    ]
    return all(a.equals(b) for a, b in zip(*rounded, strict=True))


def compare(args: argparse.Namespace, search: dict[str, object], folder: Path) -> bool:
    """Print both ways; whether they agree within the bound."""
    content = {
        "kind": "searched",
        "model": "m",
        "verifier": "v",
        "benchmark": "b",
        "wording": "plain",
        "search": search,
        "beams": [args.beams],
        "separator": args.separator,
        "sampling": {"max_tokens": args.max_tokens},
    }
    pool = SearchedPool.model_validate(content)
    table = (
        read_table(Problem, args.problems).head(args.count)
        if args.problems
        else problems(*(f"{n} + {n * n}" for n in range(args.count)))
    )
    weights = args.weights or folder
    wide, narrow = (
        TransformersEngine(weights, dtype="float64", batch_size=rows, device="cpu")
        for rows in (args.batch_size, args.rows_alone or args.batch_size)
    )
    verifier = verifier_of(args, wide)
    began = time.perf_counter()
    together = run(pool, table, wide, verifier)
    middle = time.perf_counter()
    alone = [run(pool, one, narrow, verifier) for one in table.iter_slices(1)]
    ended = time.perf_counter()
    agree = same(together, [pl.concat(parts) for parts in zip(*alone, strict=True)])
    ratio = (ended - middle) / (middle - began)
    print(
        f"{search['method']:7} {len(table)} problems, N = {args.beams}: {middle - began:.1f} s "
        f"together, {ended - middle:.1f} s one at a time: {ratio:.2f} times as many a second (at "
        f"least {LEAST:g}); {'the same' if agree else 'OTHER'} results",
        flush=True,
    )
    return agree and (ratio >= LEAST or args.rows_alone is not None)


def main() -> None:
    """Read the arguments, compare for each method."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, help="a random model if left out")
    parser.add_argument("--verifier", type=Path, help="a token classifier; random if left out")
    parser.add_argument("--problems", type=Path, help="Problem table; sums if left out")
    parser.add_argument("--separator", default="s")
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--beams", type=int, default=16)
    parser.add_argument("--max-tokens", type=int, default=120)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--rows-alone", type=int, help="rows of the batch for a problem alone")
    parser.add_argument("--methods", nargs="+", default=[str(m["method"]) for m in METHODS])
    parser.add_argument("--threads", type=int, help="PyTorch's own choice if left out")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as name:
        folder = write_model(Path(name))
        kept = [compare(args, m, folder) for m in METHODS if m["method"] in args.methods]
    sys.exit(0 if kept and all(kept) else 1)


if __name__ == "__main__":
    main()
