"""What a run of a study spends outside of its programs, and inside of them on imports.

Run from the folder in which the study ran to its end in one go, after removing its results:
python -m tests.benchmarks.bench_overhead results/tiny .snakemake/log/LOG

The log tells when Snakemake began and ended, the records beside the results when each program did.
Bound: at most 15 % of the wall time without any program, or in which one only begins. Imports are
those before a program's own first line; what it loads later, such as its engine, is not told apart.
"""

import argparse
import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

MOST = 0.15
MOMENT = re.compile(r"^\[\w{3} (\w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})\]$", re.MULTILINE)


def covered(spans: list[tuple[float, float]]) -> float:
    """Length of the union of some intervals."""
    total, end = 0.0, float("-inf")
    for begin, stop in sorted(spans):
        total += max(0.0, stop - max(begin, end))
        end = max(end, stop)
    return total


def main() -> None:
    """Read log and records, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, help="folder of the study's results")
    parser.add_argument("log", type=Path, help="Snakemake's log of the run")
    args = parser.parse_args()
    times = [
        datetime.strptime(text, "%b %d %H:%M:%S %Y").astimezone(UTC).timestamp()
        for text in MOMENT.findall(args.log.read_text(encoding="utf-8"))
    ]
    wall = times[-1] - times[0]
    runs = {}
    for path in (args.results / "provenance").rglob("*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        runs[record["started"], *record["command"]] = record
    inside, working = [], []
    for record in runs.values():
        began = datetime.fromisoformat(record["started"]).timestamp()
        inside.append((began, began + record["wall_s"]))
        working.append((began + record["imports_s"], began + record["wall_s"]))
    imports = sum(record["imports_s"] for record in runs.values())
    cpu = sum(record["cpu_s"] for record in runs.values())
    outside = 1 - covered(working) / wall
    print(
        f"{len(runs)} programs in {wall:.0f} s: {1 - covered(inside) / wall:.1%} of it without a "
        f"program, {outside:.1%} without one that is past its imports (at most {MOST:.0%}); "
        f"imports {imports:.0f} s, all programs {cpu:.0f} s of processor time"
    )
    sys.exit(0 if outside <= MOST else 1)


if __name__ == "__main__":
    main()
