"""Write what each sample of a pool cost: tokens, FLOPs, dollars, peak memory.

The model's size comes from its weights (--weights) or from its entry in config/models.yaml
(--facts); without either, FLOPs and memory are unknown. Dollars come from the bill or the price.
"""

import logging
from pathlib import Path

import polars as pl

from scripts.lib import cli
from scripts.lib.accounting import UNKNOWN_SIZE, cost_table, size_of_facts, size_of_weights
from scripts.lib.config.options import facts_option, price_option
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Cost, Trace


def main() -> None:
    """Read the arguments, account, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--traces", type=cli.existing, required=True)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--weights", type=cli.existing)
    size.add_argument("--facts", type=facts_option)
    parser.add_argument("--price", type=price_option)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    if args.weights is not None:
        known = size_of_weights(args.weights)
    else:
        known = size_of_facts(args.facts) if args.facts is not None else UNKNOWN_SIZE
    costs = cost_table(read_table(Trace, args.traces), known, args.price)
    write_table(Cost, costs, args.output)
    logging.info("%s: %s", args.pool, _summary(costs))


def _summary(costs: pl.DataFrame) -> str:
    """Totals, each with a word where some rows are unknown."""
    parts = [f"{len(costs)} samples"]
    for column, unit in (("generated_tokens", "tokens"), ("flops", "FLOPs"), ("usd", "dollars")):
        known = costs[column].drop_nulls()
        if known.is_empty():
            parts.append(f"{unit} unknown")
        else:
            least = "at least " if len(known) < len(costs) else ""
            parts.append(f"{least}{known.sum():,.6g} {unit}")
    return ", ".join(parts)


if __name__ == "__main__":
    cli.run(main)
