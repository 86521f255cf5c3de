"""Read step labels that others made and write a StepLabel table.

Formats: PRM800K, Math-Shepherd and Math-APS (scripts/lib/search/imported.py).
"""

import logging
from pathlib import Path

from scripts.lib import cli
from scripts.lib.config.verifiers import ImportedLabels
from scripts.lib.search.imported import import_labels
from scripts.lib.search.tables import StepLabel
from scripts.lib.tableio import write_table


def main() -> None:
    """Read the arguments, import, write."""
    parser = cli.parser(__doc__)
    parser.add_argument("--spec", type=cli.spec(ImportedLabels), required=True)
    parser.add_argument("--labels", required=True, help="their name")
    parser.add_argument("--recording", type=cli.existing, required=True)
    parser.add_argument("--output", type=Path, required=True, help="StepLabel table to write")
    args = parser.parse_args()
    table = import_labels(args.recording, args.labels, args.spec)
    write_table(StepLabel, table, args.output)
    logging.info(
        "%s: %d solutions of %d problems, %d labelled steps",
        args.output,
        table.select("problem_id", "solution").n_unique(),
        table["problem_id"].n_unique(),
        table["soft"].count(),
    )


if __name__ == "__main__":
    cli.run(main)
