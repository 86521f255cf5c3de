"""Write what each candidate of a searched pool cost: tokens, FLOPs of both models, dollars, memory.

The size of a model comes from its weights or from its entry in config/models.yaml; without
either, its FLOPs and memory are unknown. Dollars come from the prices of both models.
"""

import logging
from argparse import ArgumentParser
from pathlib import Path

from scripts.lib import cli
from scripts.lib.accounting import UNKNOWN_SIZE, ModelSize, size_of_facts, size_of_weights
from scripts.lib.config.models import ModelFacts
from scripts.lib.config.options import facts_option, price_option
from scripts.lib.search.costs import search_costs
from scripts.lib.search.tables import Spent
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Cost


def main() -> None:
    """Read the arguments, account, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--pool", required=True)
    parser.add_argument("--spent", type=cli.existing, required=True, help="Spent table")
    _add_size(parser, "", "the model that writes")
    _add_size(parser, "verifier-", "the verifier")
    parser.add_argument("--output", type=Path, required=True, help="Cost table to write")
    args = parser.parse_args()
    costs = search_costs(
        read_table(Spent, args.spent),
        _size(args.weights, args.facts),
        _size(args.verifier_weights, args.verifier_facts),
        args.price,
        args.verifier_price,
    )
    write_table(Cost, costs, args.output)
    generated, read = costs["generated_tokens"].sum(), costs["verifier_tokens"].sum()
    logging.info(
        "%s: %d samples, %s tokens generated, %s read by the verifier",
        args.pool, len(costs), f"{generated:,}", f"{read:,}",
    )  # fmt: skip


def _add_size(parser: ArgumentParser, prefix: str, whose: str) -> None:
    size = parser.add_mutually_exclusive_group()
    size.add_argument(f"--{prefix}weights", type=cli.existing, help=f"folder of {whose}")
    size.add_argument(f"--{prefix}facts", type=facts_option, help="its config/models.yaml entry")
    parser.add_argument(f"--{prefix}price", type=price_option, help="its config/prices.yaml entry")


def _size(weights: Path | None, facts: ModelFacts | None) -> ModelSize:
    if weights is not None:
        return size_of_weights(weights)
    return size_of_facts(facts) if facts is not None else UNKNOWN_SIZE


if __name__ == "__main__":
    cli.run(main)
