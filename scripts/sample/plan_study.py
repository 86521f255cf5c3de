"""Print what a study would still need: requests, tokens, dollars and GPU-hours per curve.

Nothing has to be fetched or trained for it. Tokens, dollars and hours are those of the samples
that the journal lacks. Expected tokens are the mean of the journaled samples of the same setting;
before there are any, the pool's expected_tokens, else the budget asked for or forced, else
max_tokens (the last column says which). The worst case is max_tokens, and the bound of the
prompt, for every sample; under budget forcing the largest budget and every answer. Models that
are trained here have a line with training tokens and FLOPs of their own, and so have step labels,
whose rollouts are counted once the samples are there that they start from.

"unknown" and "at least" mean what they say: an unknown price is not 0. "-" stands where nothing
is to be known: models that run here send no bill, and models behind an API take none of our
hours, which are those of the device that the journal so far was drawn on.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.config.load import load_facts, load_prices, load_study
from scripts.lib.plan import Row, plan_study
from scripts.lib.plan_estimates import NOTHING, Amount


def main() -> None:
    """Read the study, print its plan."""
    parser = cli.parser(__doc__)
    parser.add_argument(
        "--study", type=cli.existing, nargs="+", required=True, help="and files that add to it"
    )
    parser.add_argument("--models", type=cli.existing, default=Path("config/models.yaml"))
    parser.add_argument("--prices", type=cli.existing, default=Path("config/prices.yaml"))
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    args = parser.parse_args()
    study = load_study(*args.study)
    rows = plan_study(study, args.results, load_facts(args.models), load_prices(args.prices))
    sys.stdout.write(as_json(rows) if args.json else as_text(rows))


def as_json(rows: list[Row]) -> str:
    """The plan for programs: amounts with `known` and `whole`, null where there is none."""
    return json.dumps([asdict(row) for row in rows], indent=2, default=sorted) + "\n"


def as_text(rows: list[Row]) -> str:
    """The plan as an aligned table, its notes below."""
    table = pl.DataFrame([_cells(row) for row in rows])
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=10_000,
        fmt_str_lengths=1_000,
        tbl_formatting="NOTHING",
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        lines = [line.rstrip() for line in str(table).splitlines()]
    noted: dict[str, list[str]] = {}
    for row in rows:
        for note in row.notes:
            noted.setdefault(note, []).append(f"{row.kind} {row.name}")
    lines += ["", *(f"{note}: {', '.join(names)}" for note, names in noted.items())]
    return "\n".join(lines).rstrip() + "\n"


def _cells(row: Row) -> dict[str, str]:
    need = row.estimate
    asks = row.kind != "training"
    return {
        "": row.kind,
        "name": row.name,
        "model": row.model,
        "requests": _count(need.requests) if asks else "-",
        "journaled": f"{need.journaled:,}" if asks else "-",
        "remaining": _count(need.remaining) if asks else "-",
        "expected tokens": _count(need.expected_tokens),
        "worst tokens": _count(need.worst_tokens),
        "expected $": _decimals(need.expected_usd, 2),
        "worst $": _decimals(need.worst_usd, 2),
        "GPU-hours": _decimals(need.gpu_hours, 3),
        "training FLOPs": _scientific(need.train_flops),
        "expected from": ", ".join(sorted(need.expected_from)) or "-",
    }


def _count(amount: Amount) -> str:
    return _decimals(amount, 0)


def _decimals(amount: Amount | None, decimals: int) -> str:
    return _written(amount, f",.{decimals}f")


def _scientific(amount: Amount | None) -> str:
    return _written(amount, ".2e")


def _written(amount: Amount | None, form: str) -> str:
    if amount is None:
        return "-"
    if amount.whole:
        return format(amount.known, form)
    if amount.known == NOTHING.known:
        return "unknown"
    return f"at least {format(amount.known, form)}"


if __name__ == "__main__":
    cli.run(main)
