"""Tabulate the compute of small models that sample much in that of larger ones; a Ratio table.

From sizes alone: what a token takes, not how many tokens anyone writes.
"""

import argparse
import logging
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from scripts.lib.cli import parser, run, spec
from scripts.lib.config.options import facts_option
from scripts.lib.config.study_tables import OneRun, RatiosTable
from scripts.lib.curves.samples import CurveError
from scripts.lib.curves.tables import Ratio
from scripts.lib.estimators.ratios import matched_inference, samples_over_one_run
from scripts.lib.tableio import make_table, write_table


def ratios_table(table: RatiosTable, parameters: Mapping[str, float | None]) -> pl.DataFrame:
    """The rows of a table, runs first.

    Args:
        table: its entry in the study.
        parameters: active parameters by model.

    Raises:
        CurveError: those of a model are unknown.
    """
    rows: list[dict[str, object]] = [_run(one, parameters) for one in table.runs]
    rows += [
        {
            "what": "matched",
            "size": one.size,
            "inference": inference,
            "value": matched_inference(one.size, inference),
        }
        for one in table.matched
        for inference in one.inference
    ]
    return make_table(Ratio, rows)


def _run(one: OneRun, parameters: Mapping[str, float | None]) -> dict[str, object]:
    model, larger = _known(one.model, parameters), _known(one.larger, parameters)
    verifier = 0.0 if one.verifier is None else _known(one.verifier, parameters)
    return {
        "what": "one run",
        "model": one.model,
        "verifier": one.verifier,
        "n": one.n,
        "larger": one.larger,
        "model_parameters": model,
        "verifier_parameters": verifier or None,
        "larger_parameters": larger,
        "size": larger / model,
        "value": samples_over_one_run(one.n, model, verifier, larger),
    }


def _known(name: str, parameters: Mapping[str, float | None]) -> float:
    found = parameters.get(name)
    if found is None:
        raise CurveError(f"the active parameters of {name} are unknown: see config/models.yaml")
    return found


def main() -> None:
    """Read the sizes, compute, write."""
    arguments = _arguments()
    sizes = {name: facts_option(facts).active_parameters for name, facts in arguments.facts}
    table = ratios_table(arguments.spec, sizes)
    write_table(Ratio, table, arguments.output)
    logging.info("wrote %d rows to %s", table.height, arguments.output)


def _arguments() -> argparse.Namespace:
    arguments = parser(__doc__)
    add = arguments.add_argument
    add("--spec", type=spec(RatiosTable), required=True, help="entry in the study")
    add(
        "--facts",
        nargs=2,
        action="append",
        default=[],
        metavar=("MODEL", "FACTS"),
        help="an entry of config/models.yaml, JSON",
    )
    add("--output", type=Path, required=True, help="Ratio table, CSV")
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
