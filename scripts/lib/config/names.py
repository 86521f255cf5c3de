"""Whether the names in a study meet: each problem as a line that leads with its key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scripts.lib.config.anatomy_names import problems_of_anatomy
from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.config.curve_names import problems_of_curve
from scripts.lib.config.figure_names import problems_of_figure
from scripts.lib.config.model_names import problems_of_model
from scripts.lib.config.models import ApiModel, AskedModel, TunedModel
from scripts.lib.config.optimal_names import problems_of_bins
from scripts.lib.config.pools import DrawnPool, ForcedPool, Pool, RecordedPool, RevisedPool
from scripts.lib.config.prompt_names import prompt_problems
from scripts.lib.config.questions import ChainsQuestions, Questions
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.table_names import problems_of_table
from scripts.lib.config.undefined import undefined
from scripts.lib.config.verifier_names import (
    generator_problems,
    problems_of_labels,
    problems_of_search,
)

if TYPE_CHECKING:
    from scripts.lib.config.study import Study

TARGETS = [
    *("all", "figures", "curves", "tables", "export", "verdicts"),
    *("samples", "shared", "metrics"),
]
"""What the Snakefile makes in any study."""
RULES = [
    *("fetch_source", "fetch_model", "import_problems", "generate_problems", "import_samples"),
    *(
        "collect_questions",
        "fetch_questions",
        "decontaminate_questions",
        "pose_questions",
        "featurise_questions",
    ),
    *("filter_complete", "filter_quality", "filter_difficulty", "select_questions"),
    "import_selection",
    *("tabulate_anatomy", "replay_search"),
    "write_page",
    *("train_base", "pair_revisions", "train_sft", "train_verifier"),
    *("sample_pool", "sample_shard", "ask_pool", "merge_shards", "grade_pool", "account_pool"),
    *("label_steps", "import_labels", "score_pool"),
    *("search_pool", "search_shard", "account_search"),
    *("tabulate_curve", "tabulate_published", "tabulate_counts", "tabulate_control"),
    *("tabulate_comparison", "tabulate_bins", "tabulate_optimal"),
    *("tabulate_passed_over", "tabulate_scores", "tabulate_verifier"),
    *("tabulate_ledger", "tabulate_funnel"),
    *("tabulate_crossings", "tabulate_ratios"),
    "tabulate_shape",
    *("tabulate_vote_limit", "tabulate_forecast", "tabulate_coverage"),
    *("tabulate_equal_compute", "tabulate_iso_accuracy"),
    *("fit_obedience", "fit_length_control", "fit_seeds"),
    "judge_claims",
    *("plot_figure", "format_table", "summarise_curves", "pulled"),
]
"""Names that rules have: Snakemake takes each once."""


def problems_of(study: Study) -> list[str]:
    """All names that are not defined, or do not fit where they stand."""
    return [
        *_targets(study),
        *_each("models", study.models, study, problems_of_model),
        *_released(study),
        *_each("labels", study.labels, study, problems_of_labels),
        *_each("pools", study.pools, study, _pool),
        *_questions(study, study.questions),
        *_each("bins", study.bins, study, problems_of_bins),
        *_each("curves", study.curves, study, problems_of_curve),
        *_each("anatomies", study.anatomies, study, problems_of_anatomy),
        *_each("figures", study.figures, study, problems_of_figure),
        *_each("tables", study.tables, study, problems_of_table),
    ]


def _each(section, entries, study, check) -> Iterator[str]:  # type: ignore[no-untyped-def]
    for name, entry in entries.items():
        yield from check(study, f"{section}.{name}", entry)


def _targets(study: Study) -> Iterator[str]:
    targets = {f"curves.{name}": curve.target for name, curve in study.curves.items()}
    targets |= {f"figures.{name}": figure.target for name, figure in study.figures.items()}
    targets |= {f"tables.{name}": table.target for name, table in study.tables.items()}
    for at, target in targets.items():
        if target in TARGETS:
            yield f"{at}.target: {target!r} is a target of every study"
        elif target in RULES:
            yield f"{at}.target: {target!r} is the name of a rule; take another"


def _released(study: Study) -> Iterator[str]:
    for name in study.released.models:
        key = f"released.models.{name}"
        yield from undefined(key, name, study.models)
        if name in study.models and not isinstance(study.models[name], TunedModel):
            yield f"{key}: only a model of kind tuned can be published instead"
    for name, selection in study.released.selections.items():
        yield from undefined(f"released.selections.{name}", name, study.selections)
        yield from _tokenizer(study, f"released.selections.{name}.tokenizer", selection.tokenizer)


def _tokenizer(study: Study, key: str, name: str) -> Iterator[str]:
    yield from undefined(key, name, study.models)
    if isinstance(study.models.get(name), AskedModel):
        yield f"{key}: {name!r} is behind an API: no tokenizer to load"


def _pool(study: Study, at: str, pool: Pool) -> Iterator[str]:
    if isinstance(pool, RecordedPool):
        if pool.problems_from is not None:
            yield from undefined(f"{at}.problems_from", pool.problems_from, study.benchmarks)
        if pool.tokenizer is not None:
            yield from _tokenizer(study, f"{at}.tokenizer", pool.tokenizer)
        return
    yield from generator_problems(study, f"{at}.model", pool.model)
    yield from undefined(f"{at}.benchmark", pool.benchmark, study.benchmarks)
    yield from _shards(study, at, pool)
    model = study.models.get(pool.model)
    if isinstance(pool, RevisedPool):
        yield from prompt_problems(study, f"{at}.wording", pool.wording, asks=False)
        yield from prompt_problems(
            study, f"{at}.revision", pool.revision, asks=False, also="{attempt}"
        )
        return
    asks = not isinstance(pool, SearchedPool) and bool(pool.asked)
    for wording in pool.wordings:
        yield from prompt_problems(study, f"{at}.wordings", wording, asks=asks)
    if isinstance(pool, ForcedPool):
        if isinstance(model, AskedModel):
            yield f"{at}.model: {pool.model!r} is behind an API, which cannot be forced to think"
    elif isinstance(pool, SearchedPool):
        yield from problems_of_search(study, at, pool)
    elif pool.efforts and not isinstance(model, ApiModel):
        yield f"{at}.efforts: only models of kind api take a reasoning effort"


def _shards(study: Study, at: str, pool: DrawnPool) -> Iterator[str]:
    if pool.shards == 1:
        return
    if isinstance(study.models.get(pool.model), AskedModel):
        yield (
            f"{at}.shards: {pool.model!r} is behind an API, which one job asks for everything; "
            "how much at a time says the model's concurrency"
        )
    elif getattr(pool, "budget_usd", None) is not None:
        yield f"{at}.shards: only a single job can keep to budget_usd; leave out one of them"
    if pool.problems is not None and pool.shards > pool.problems:
        yield (
            f"{at}.shards: {pool.shards} jobs for {pool.problems} problems; take as many at most"
        )


def _questions(study: Study, questions: Questions | None) -> Iterator[str]:
    if questions is None:
        yield from _without_questions(study)
        return
    for name in questions.against:
        yield from undefined("questions.against", name, study.benchmarks)
        if isinstance(study.benchmarks.get(name), QuestionsBenchmark):
            yield f"questions.against: {name!r} is made of these questions"
    for key in questions.missing_columns():
        yield f"questions.{key}: not given; without it all questions of the source are dropped"
    yield from _tokenizer(study, "questions.tokenizer", questions.tokenizer)
    pools = {
        "small": questions.small,
        "large": questions.large,
        "domain.pool": questions.domain.pool,
    }
    for key, pool in pools.items():
        if pool is not None:
            yield from undefined(f"questions.{key}", pool, study.pools)
            yield from _asks_questions(study, f"questions.{key}", study.pools.get(pool))
    for reason, sources in questions.quality.spared.items():
        patterns = questions.quality.patterns
        yield from undefined(f"questions.quality.spared.{reason}", reason, patterns)
        yield from _sources(questions, f"questions.quality.spared.{reason}", sources)
    for name, selection in study.selections.items():
        at = f"selections.{name}"
        for number, first in enumerate(selection.first):
            yield from _sources(questions, f"{at}.first.{number}.sources", first.sources)
        yield from _sources(questions, f"{at}.benchmark_domains", selection.benchmark_domains)


def _without_questions(study: Study) -> Iterator[str]:
    for name, benchmark in study.benchmarks.items():
        if isinstance(benchmark, QuestionsBenchmark):
            yield f"benchmarks.{name}: there are no questions to pose"
    published = study.released.selections if study.data == "released" else {}
    for name in study.selections:
        if name not in published:
            yield f"selections.{name}: there are no questions to select from"


def _sources(questions: Questions, key: str, names: Iterable[str]) -> Iterator[str]:
    """Sources that are not declared, unless one of the declared names those of its rows itself."""
    declared = questions.sources.values()
    if any(
        not isinstance(source, ChainsQuestions) and source.columns.source for source in declared
    ):
        return
    for source in names:
        yield from undefined(key, source, questions.sources)


def _asks_questions(study: Study, key: str, pool: Pool | None) -> Iterator[str]:
    """A reference model answers the questions themselves, and does not rest on them."""
    if pool is None or isinstance(pool, RecordedPool):
        return
    if not isinstance(study.benchmarks.get(pool.benchmark), QuestionsBenchmark):
        yield f"{key}: asks {pool.benchmark!r}, which is not a benchmark of kind questions"
    if isinstance(study.models.get(pool.model), TunedModel):
        yield f"{key}: {pool.model!r} is tuned on a selection of these questions"
