"""How long the costs of many samples take, and the memory they need.

Run from the repository root: python -m tests.benchmarks.bench_accounting [rows]
"""

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from scripts.lib.accounting import cost_table, size_of_facts
from scripts.lib.config.load import load_facts, load_prices
from scripts.lib.tableio import check_table, make_table
from scripts.lib.tables import Cost, Trace


def main() -> None:
    """Account for made-up traces five times; print the median."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000_000
    one = {
        "pool": "p",
        "benchmark": "b",
        "problem_id": "1",
        "wording": "w",
        "sample": 0,
        "prompt_tokens": 150,
        "cached_tokens": 0,
        "generated_tokens": 12_000,
        "end": "stop",
        "forced_tokens": 0,
        "wait_positions": [],
    }
    traces = pl.concat([make_table(Trace, [one])] * 1000).sample(
        rows, with_replacement=True, seed=0
    )
    traces = traces.with_columns(pl.int_range(rows, dtype=pl.Int64).alias("sample"))
    size, price = size_of_facts(load_facts()["Qwen3-14B"]), load_prices()["o1-mini"]
    parts: dict[str, list[float]] = {"costs": [], "check": [], "write": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "costs.parquet"
        for _ in range(5):
            began = time.perf_counter()
            costs = cost_table(traces, size, price)
            made = time.perf_counter()
            check_table(Cost, costs, path)
            checked = time.perf_counter()
            costs.write_parquet(path, compression="zstd")
            written = time.perf_counter()
            parts["costs"].append(made - began)
            parts["check"].append(checked - made)
            parts["write"].append(written - checked)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    for part, times in parts.items():
        print(f"{part}: median {statistics.median(times):.3f} s of 5 for {rows:,} rows")
    print(f"peak memory {peak:.2f} GiB")


if __name__ == "__main__":
    main()
