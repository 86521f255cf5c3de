"""What the trainings of a study still take: tokens and FLOPs, as far as they are known before.

A fine-tuning reads the traces of its selection, or the right attempts of its pairs, whose lengths
are known once these are there: with the prompts and answers around them, which nobody has counted,
it reads at least so much. So does a verifier read the solutions of its labels, but those held out.
The worst case is every example at its full length.
"""

from pathlib import Path

import polars as pl

from scripts.lib.accounting import size_of_weights, training_flops
from scripts.lib.config.models import HubModel, Model, ModelFacts, TrainedModel, TunedModel
from scripts.lib.config.study import Study
from scripts.lib.config.verifiers import VerifierModel
from scripts.lib.plan_estimates import UNKNOWN, Amount, Estimate
from scripts.lib.questions.tables import Question
from scripts.lib.search.tables import StepLabel
from scripts.lib.tableio import read_table
from scripts.lib.tables import Table
from scripts.lib.training_tables import RevisionPair, TrainingStep
from scripts.lib.verifiers.examples import is_held_out


def plan_training(
    study: Study, name: str, folder: Path, facts: dict[str, ModelFacts]
) -> tuple[Estimate, list[str]]:
    """What training a model still takes, and what to know of it.

    Args:
        study: the study.
        name: one of its models, of kind trained, tuned or verifier.
        folder: results/{study}.
        facts: config/models.yaml.
    """
    record = folder / "models" / name / "training.csv"
    if record.exists():
        last = read_table(TrainingStep, record).tail(1)
        tokens, flops = last["tokens"].item(), last["flops"].item()
        note = f"trained: {tokens:,} tokens, {flops:.3g} FLOPs"
        return Estimate(train_flops=Amount(), gpu_hours=Amount()), [note]
    model = study.models[name]
    notes = []
    if isinstance(model, TunedModel):
        expected, worst, source = _of_tuned(study, name, model, folder)
        if source == "-":
            made = "selection is" if model.revisions is None else "pairs are"
            notes.append(f"training tokens are unknown until the {made} made")
    elif isinstance(model, VerifierModel):
        expected, worst, source = _of_verifier(model, folder)
        if source == "-":
            notes.append("training tokens are unknown until the steps are labelled")
    else:
        assert isinstance(model, TrainedModel)
        expected, source = UNKNOWN, "-"
        seen = model.training.epochs * model.corpus.examples
        worst = Amount(seen * model.architecture.context)
        notes.append("training tokens are unknown until the corpus is drawn")
    parameters = _parameters(study, name, folder, facts)
    if parameters is None:
        notes.append("training FLOPs are unknown: the size of the model is not known here (yet)")
    estimate = Estimate(
        expected_tokens=expected,
        worst_tokens=worst,
        gpu_hours=UNKNOWN,
        train_flops=UNKNOWN
        if parameters is None
        else expected * Amount(training_flops(parameters, 1)),
        expected_from=frozenset([source]) - {"-"},
    )
    return estimate, notes


def _of_tuned(
    study: Study, name: str, model: TunedModel, folder: Path
) -> tuple[Amount, Amount, str]:
    """Expected and worst tokens of a fine-tuning, and where the first is from."""
    settings = model.training
    table: type[Table]
    if model.revisions is not None:
        asked = study.pools[model.revisions.pool].problems  # type: ignore[union-attr]
        most = None if asked is None else asked * model.revisions.most
        path = folder / "pairs" / f"{name}.parquet"
        table, column, source = RevisionPair, "tokens", "pairs"
    else:
        most = study.selections[model.selection or ""].size
        path = folder / "selections" / f"{model.selection}.parquet"
        table, column, source = Question, "trace_tokens", "trace_tokens"
    traces = None
    if path.exists():
        whole = read_table(table, path)[column]
        traces = whole.head(model.examples or len(whole))
    examples = len(traces) if traces is not None else most
    if traces is None and model.examples is not None:
        examples = min(model.examples, examples or model.examples)
    worst = UNKNOWN
    if examples is not None:
        worst = Amount(settings.epochs * examples * settings.max_length)
    if traces is None or traces.has_nulls():
        return UNKNOWN, worst, "-"
    read = sum(min(tokens, settings.max_length) for tokens in traces)
    return Amount(settings.epochs * read, whole=False), worst, source


def _of_verifier(model: VerifierModel, folder: Path) -> tuple[Amount, Amount, str]:
    """Expected and worst tokens of training a verifier, and where the first is from."""
    path = folder / "labels" / f"{model.labels}.parquet"
    if not path.exists():
        return UNKNOWN, UNKNOWN, "-"
    steps = read_table(StepLabel, path).with_columns(tokens=pl.col("token_ids").list.len())
    ids = steps["problem_id"].unique().to_list()
    trained = [problem for problem in ids if not is_held_out(problem, model.held_out)]
    own = steps.filter(pl.col("problem_id").is_in(trained)).group_by("problem_id", "solution")
    settings = model.training
    # Imported steps have no tokens yet: they are nulls, and count as nothing known.
    lengths = own.agg(pl.col("tokens").sum(), unknown=pl.col("tokens").is_null().any())
    worst = Amount(settings.epochs * len(lengths) * settings.max_length)
    if lengths["unknown"].any():
        return UNKNOWN, worst, "-"
    read = int(lengths["tokens"].clip(upper_bound=settings.max_length).sum())
    return Amount(settings.epochs * read, whole=False), worst, "labels"


def _parameters(
    study: Study, name: str, folder: Path, facts: dict[str, ModelFacts]
) -> float | None:
    """Parameters of a model without input embeddings; what is trained on has those of its base."""
    model: Model = study.models[name]
    if isinstance(model, TunedModel | VerifierModel):
        return _parameters(study, model.base, folder, facts)
    if isinstance(model, HubModel):
        known = facts.get(model.facts or name)
        return None if known is None else known.active_parameters
    weights = folder / "models" / name
    if (weights / "model.safetensors").exists():
        return size_of_weights(weights).active_parameters
    return None
