"""Make the Point table of one curve from the samples of its pool, and its Outcome table.

ask: a point per asked budget or effort. vote, oracle: a point per number k of samples drawn
together. finished: a point per token budget. forcing: a point per thinking budget and number of
waits. control: a point per asked length or class of length. rejection: a point per budget that
samples are held to. revision: a point per number of revisions, or per way to split a number of
attempts into chains. sft: a point per trained model, or per group of models that differ in their
seed. best_of_n: a point per number k of samples, the best of which a verifier's scores choose.
beam, lookahead, dvts, rebase: a point per number of candidates that the search held.

Accuracy comes with two 95 % intervals: on new problems of this kind, and on these problems with
new samples. The Outcome table has a row per problem and point.

Each --model begins a pool: --answers, --costs, --traces, --training, --examples, --training-set,
--scores, --verifier, --verifier-weights and --verifier-facts after it are those of that pool and
its model. All curves but sft take one pool. What a verifier took follows from --scores and its
size, and is unknown without that; of a search it lies in the costs, but for the verifier's prompt.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from pydantic import TypeAdapter

from scripts.lib.accounting import UNKNOWN_SIZE, ModelSize, size_of_facts, size_of_weights
from scripts.lib.cli import existing, run, spec_of
from scripts.lib.config.curves import BestOfNCurve, SampledCurve, SearchCurve, SftCurve, pools_of
from scripts.lib.config.models import ModelFacts
from scripts.lib.config.options import facts_option
from scripts.lib.curves.arguments import curve_parser, write_curve
from scripts.lib.curves.make import curve_tables
from scripts.lib.curves.rows import Bootstrap, CurveTables, Labels
from scripts.lib.curves.samples import CurveError, join_samples
from scripts.lib.curves.scores import with_read_prompt, with_reading, with_scores
from scripts.lib.curves.sft import ModelSamples, sft_points
from scripts.lib.option_groups import option_groups
from scripts.lib.search.tables import Step
from scripts.lib.tableio import read_table
from scripts.lib.tables import Answer, Cost, Trace
from scripts.lib.training_tables import TrainingSet, TrainingStep


@dataclass
class PoolFiles:
    """One pool on the command line: its tables, and what its model was trained with."""

    model: str
    answers: Path | None = None
    costs: Path | None = None
    traces: Path | None = None
    training: list[Path] = field(default_factory=list)
    examples: int | None = None
    training_set: Path | None = None
    scores: Path | None = None
    verifier: str | None = None
    verifier_weights: Path | None = None
    verifier_facts: ModelFacts | None = None

    def labels(self, curve: str, method: str, benchmark: str, origin: str) -> Labels:
        """Labels of the curve's points over this pool."""
        examples = self.examples
        if self.training_set is not None:
            examples = read_table(TrainingSet, self.training_set)["examples"][0]
        # Each record is a running sum; the trainings of a chain add up.
        records = [read_table(TrainingStep, path)["flops"].to_numpy() for path in self.training]
        return Labels(
            curve=curve,
            method=method,
            benchmark=benchmark,
            model=self.model,
            origin=origin,
            train_flops=sum(float(flops.max()) for flops in records) if records else None,
            train_examples=examples,
        )

    def verifier_size(self) -> ModelSize:
        """The size of the verifier, as far as it is told."""
        if self.verifier_weights is not None:
            return size_of_weights(self.verifier_weights)
        return UNKNOWN_SIZE if self.verifier_facts is None else size_of_facts(self.verifier_facts)


def read_pool(
    pool: str, files: PoolFiles, name: str, curve: SampledCurve, origin: str
) -> ModelSamples:
    """The samples of a pool, labelled with what its model was trained with.

    Args:
        pool: its name.
        files: its tables.
        name: of the curve.
        curve: what the samples are for.
        origin: whether they were measured or recorded.

    Raises:
        CurveError: the answers or costs are missing, or the tables do not fit together.
    """
    if files.answers is None or files.costs is None:
        raise CurveError(f"--model {files.model}: --answers and --costs must follow it")
    samples = join_samples(
        read_table(Answer, files.answers),
        read_table(Cost, files.costs),
        None if files.traces is None else read_table(Trace, files.traces),
    )
    if isinstance(curve, BestOfNCurve | SearchCurve):
        samples = _scored(samples, files, curve)
    labels = files.labels(name, curve.method, samples["benchmark"][0], origin)
    return ModelSamples(pool, samples, labels)


def _scored(
    samples: pl.DataFrame, files: PoolFiles, curve: BestOfNCurve | SearchCurve
) -> pl.DataFrame:
    """Samples with their scores and what their costs do not hold of what scoring took."""
    if files.scores is None or files.verifier is None:
        raise CurveError(f"--model {files.model}: --scores and --verifier must follow it")
    steps = read_table(Step, files.scores)
    try:
        scored = with_scores(samples, steps, files.verifier, curve.aggregate)
    except CurveError as error:
        raise CurveError(f"{files.scores}: {error}") from None
    with_read = with_read_prompt if isinstance(curve, SearchCurve) else with_reading
    return with_read(scored, steps, files.verifier_size())


def tables_of(
    curve: SampledCurve, pools: Sequence[ModelSamples], bootstrap: Bootstrap
) -> CurveTables:
    """The Point and Outcome tables of a curve over its pools."""
    if isinstance(curve, SftCurve):
        return sft_points(curve, pools, bootstrap)
    return curve_tables(curve, pools[0].samples, pools[0].labels, bootstrap)


def main() -> None:
    """Read the pools' tables, tabulate, write."""
    arguments = _arguments()
    curve, files, names = arguments.spec, arguments.pools, pools_of(arguments.spec)
    try:
        if len(files) != len(names):
            raise CurveError(f"{len(names)} pools, but --model stands {len(files)} times")
        pools = [
            read_pool(name, each, arguments.curve, curve, arguments.origin)
            for name, each in zip(names, files, strict=True)
        ]
        tables = tables_of(curve, pools, Bootstrap(arguments.bootstrap, arguments.seed))
    except CurveError as error:
        read = ", ".join(str(each.answers) for each in files)
        raise CurveError(f"{arguments.curve}, from {read}: {error}") from None
    write_curve(tables, arguments)


def _arguments() -> argparse.Namespace:
    curve: TypeAdapter[SampledCurve] = TypeAdapter(SampledCurve)
    arguments = curve_parser(__doc__, spec_of(curve))
    begins, belongs = option_groups("pools", "--model", PoolFiles)
    add = arguments.add_argument
    add("--model", dest="pools", action=begins, required=True, help="name of a pool's model")
    add("--answers", action=belongs, type=existing, help="Answer table")
    add("--costs", action=belongs, type=existing, help="Cost table")
    add("--traces", action=belongs, type=existing, help="Trace table; finished curves need it")
    add(
        "--training",
        action=belongs,
        type=existing,
        nargs="+",
        help="training records of the model and of those it was tuned from",
    )
    add("--examples", action=belongs, type=int, help="how many examples the model was trained on")
    add("--training-set", action=belongs, type=existing, help="TrainingSet table that says so")
    add("--scores", action=belongs, type=existing, help="Step table of a verifier")
    add("--verifier", action=belongs, help="name of that verifier")
    add("--verifier-weights", action=belongs, type=existing, help="its folder")
    add("--verifier-facts", action=belongs, type=facts_option, help="or what is known of it, JSON")
    add("--origin", choices=["measured", "recorded"], required=True)
    return arguments.parse_args()


if __name__ == "__main__":
    run(main)
