"""Put problems into bins by their difficulty, and say what it cost to find out; write a Bin table.

By pass1: the share of right samples. By score: the mean score of a verifier, from the scores of the
steps (--scores); what the verifier read is then counted too. Its size comes from --verifier-weights
or --verifier-facts; without either its FLOPs are unknown.
"""

import argparse
import logging
from pathlib import Path

from scripts.lib.accounting import UNKNOWN_SIZE, ModelSize, size_of_facts, size_of_weights
from scripts.lib.cli import existing, parser, run, spec
from scripts.lib.config.bins import Bins
from scripts.lib.config.options import facts_option
from scripts.lib.curves.bins import bin_rows
from scripts.lib.curves.samples import CurveError, join_samples
from scripts.lib.curves.scores import with_reading, with_scores
from scripts.lib.curves.tables import Bin
from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Cost


def main() -> None:
    """Read the samples and scores, bin, write."""
    arguments = _arguments()
    bins: Bins = arguments.spec
    try:
        samples = join_samples(
            read_table(Answer, arguments.answers), read_table(Cost, arguments.costs)
        )
        if bins.verifier is not None and arguments.scores is not None:
            steps = read_table(Step, arguments.scores)
            scored = with_scores(samples, steps, bins.verifier, bins.aggregate)
            samples = with_reading(scored, steps, _size(arguments))
        table = bin_rows(samples, bins)
    except CurveError as error:
        raise CurveError(f"{arguments.bins}, from {arguments.answers}: {error}") from None
    write_table(Bin, table, arguments.output)
    sizes = dict(table.group_by("bin").len().sort("bin").rows())
    logging.info("problems in each bin: %s", sizes)


def _size(arguments: argparse.Namespace) -> ModelSize:
    if arguments.verifier_weights is not None:
        return size_of_weights(arguments.verifier_weights)
    facts = arguments.verifier_facts
    return UNKNOWN_SIZE if facts is None else size_of_facts(facts)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(Bins), required=True, help="the bins as JSON")
    add("--bins", required=True, help="their name")
    add("--answers", type=existing, required=True, help="Answer table")
    add("--costs", type=existing, required=True, help="Cost table")
    add("--scores", type=existing, help="Step table of the verifier")
    add("--verifier-weights", type=existing, help="its folder")
    add("--verifier-facts", type=facts_option, help="or what is known of it, JSON")
    add("--output", type=Path, required=True, help="Bin table, Parquet")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
