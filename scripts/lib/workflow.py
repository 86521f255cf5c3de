"""What the rules ask about a study: which files a job reads, and its slice of the config.

Imported when the Snakefile is read, so it stays free of heavy imports.
"""

import os
import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.lib.config.benchmarks import GeneratedBenchmark, QuestionsBenchmark, SourceBenchmark
from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.curves import pools_of
from scripts.lib.config.load import load_claims, load_facts, load_prices, read_yaml
from scripts.lib.config.models import TunedModel
from scripts.lib.config.needs import Needs
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.released import as_asked
from scripts.lib.config.study import Study
from scripts.lib.recorded.lm_eval_budget import results_beside
from scripts.lib.slices import as_json
from scripts.lib.workflow_claims import ClaimFiles
from scripts.lib.workflow_curves import SAMPLES
from scripts.lib.workflow_export import ExportFiles
from scripts.lib.workflow_figures import FigureFiles
from scripts.lib.workflow_page import PageFiles
from scripts.lib.workflow_pulled import WhatIsThere
from scripts.lib.workflow_questions import QuestionFiles


def one_of(names: Iterable[str]) -> str:
    """A wildcard constraint that matches just these names (nothing if there are none)."""
    return "|".join(map(re.escape, sorted(names))) or "(?!)"


class StudyFiles(PageFiles, ExportFiles, FigureFiles, QuestionFiles, ClaimFiles):
    """The jobs of one study, by name: their inputs and parameters.

    Methods that take `wildcards` are input and parameter functions of rules.
    """

    def __init__(self, config: dict[str, Any], files: list[str]) -> None:
        """Check the study that Snakemake loaded from `files` (overrides included).

        Raises:
            ConfigError: naming the file, every key and what is allowed.
        """
        for file in files:
            read_yaml(Path(file))
        self.whole_study = check(Study, config, ", ".join(files) or "config")
        self.study, self.left_out = as_asked(self.whole_study)
        self.facts = load_facts()
        self.prices = load_prices()
        self.claims = load_claims()
        unknown = [
            f"pools.{name}.model: {pool.model!r} is not in config/models.yaml"
            for name, pool in self.pools(RecordedPool).items()
            if pool.model not in self.facts
        ]
        unknown += self.unknown_sizes()
        unknown += [
            f"models.{name}.training.launch: no file {model.training.launch!r}"
            for name, model in self.study.models.items()
            if isinstance(model, TunedModel)
            and model.training.launch
            and not Path(model.training.launch).exists()
        ]
        unknown += self.claim_problems()
        if unknown:
            raise ConfigError(f"{', '.join(files)}:\n" + "\n".join(f"  - {u}" for u in unknown))
        self.file = shlex.quote(os.path.relpath(files[0])) if files else "..."
        self.pull = f"make pull STUDY={self.file}"
        self.taken_as_they_stand: list[str] = []
        if self.study.samples == "pulled":
            there = WhatIsThere(self)
            self.missing = there.missing()
            self.taken_as_they_stand = there.only_tables()
            self.missing_samples = there.without(self.study.pools, self.pool_tables)

    # --- what was pulled -----------------------------------------------------------------

    def pulled_files(self) -> str:
        """What no rule makes with `samples: pulled`: a pattern of files in the study's folder."""
        drawn = one_of(name for name in self.study.pools if name not in self.pools(RecordedPool))
        posed = one_of(self.benchmarks(QuestionsBenchmark))
        return (
            r"(?:questions|selections|models|labels|scores|pairs)/.+"
            rf"|pools/(?:{drawn})/(?:traces|steps|spent|anatomy/.+)\.parquet"
            rf"|problems/(?:{posed})\.parquet"
        )

    def how_to_get(self, wildcards: Any) -> str:
        """The command that gets such a file, in the place of an input that is never there.

        Snakemake takes a file that is there as it is; where it is not, it says that this input is
        missing. (An error raised here would leave the jobs that read the file half planned.)
        """
        return f"{self.pull} gets it, or alone: dvc pull {self.path(wildcards.file)}"

    def missing_note(self) -> str:
        """What is left out, and what is taken as it stands, for want of samples; or nothing."""
        lines = [
            f"{what} are left out, for their samples are not here: {', '.join(names)}"
            for what in ("curves", "tables")
            if (names := getattr(self.missing, what))
        ]
        if self.taken_as_they_stand:
            names = ", ".join(self.taken_as_they_stand)
            lines.append(f"curves are taken as they stand, for their samples are not here: {names}")
        return "\n".join([*lines, f"`{self.pull}` gets what has been recorded"]) if lines else ""

    # --- where it lies -------------------------------------------------------------------

    def targets(self) -> list[str]:
        """Targets of the study's own: curves, figures and tables that `all` leaves out."""
        parts = (self.study.curves, self.study.figures, self.study.tables)
        named = {entry.target for part in parts for entry in part.values()}
        return sorted(name for name in named if name is not None)

    def target_files(self, target: str) -> list[str]:
        """What a target of the study's own makes."""
        return [
            *self.curve_files(target),
            *self.table_files(target),
            *self.printed(target),
            *self.figure_files(target),
        ]

    def sample_files(self) -> list[str]:
        """The samples behind the curves of `all`, and of pools that no curve draws on."""
        apart = {p for c in self.study.curves.values() if c.target is not None for p in pools_of(c)}
        needed = {p for c in self.study.curves.values() if c.target is None for p in pools_of(c)}
        names = [name for name in self.study.pools if name in needed or name not in apart]
        return [self.path("pools", name, "traces.parquet") for name in names]

    def shared_files(self) -> list[str]:
        """What of `all` takes GPUs, keys or days, with the answers and costs of its samples.

        All that `samples: pulled` needs, so that others can make the rest of it.
        """
        figures = (f.needs() for f in self.study.figures.values() if f.target is None)
        drawn = sum(figures, Needs())
        pools = [Path(path).parent for path in self.sample_files()]
        parts = [str(pool / f"{part}.parquet") for pool in pools for part in SAMPLES]
        made = [*self.curve_files(every=True), *self.table_files(every=True)]
        made += [self.path("bins", f"{name}.parquet") for name in self.study.bins]
        made += [self.path("selections", f"{name}.parquet") for name in drawn.selections]
        made += [self.path("models", name, "training.csv") for name in drawn.models]
        parts += [self.anatomy_file(name) for name in drawn.anatomies]
        return list(dict.fromkeys([*parts, *WhatIsThere(self).leaves(made)]))

    # --- data ----------------------------------------------------------------------------

    def source_of(self, wildcards: Any) -> str:
        """The file of a source benchmark: fetched, or the user's own."""
        benchmark = self.benchmarks(SourceBenchmark)[wildcards.benchmark]
        own: str | None = benchmark.path
        return own or f"data/fetched/{benchmark.source}"

    def problems_to_exclude(self, wildcards: Any) -> list[str]:
        """What a benchmark to train on must not hold: the problems of those that test."""
        made = self.benchmarks(GeneratedBenchmark)
        if not made[wildcards.benchmark].training:
            return []
        return [self.path("problems", f"{n}.parquet") for n, b in made.items() if not b.training]

    def benchmark_spec(self, wildcards: Any) -> str:
        """A benchmark's slice."""
        return as_json(self.study.benchmarks[wildcards.benchmark])

    def recording(self, wildcards: Any) -> dict[str, Any]:
        """The files that a recorded pool is read from."""
        pool = self.study.pools[wildcards.pool]
        assert isinstance(pool, RecordedPool)
        fetched = [f"data/fetched/{name}" for name in pool.sources()]
        places = [pool.path] if isinstance(pool.path, str) else pool.path or []
        here = list(dict.fromkeys(file for place in places for file in matching(place)))
        files: dict[str, Any] = {"recording": here or fetched}
        if pool.path and pool.format == "lm_eval":
            # Read if they are there: one that comes later changes what the logs say.
            beside = (results_beside(Path(path)) for path in files["recording"])
            results = list(dict.fromkeys(str(path) for path in beside if path.is_file()))
            files |= {"results": results} if results else {}
        if pool.problems_from:
            files["problems"] = self.path("problems", f"{pool.problems_from}.parquet")
        tokenizer = self.tokenizer_files(pool.tokenizer) if pool.tokenizer else []
        return files | ({"tokenizer": tokenizer} if tokenizer else {})

    def recording_problems(self, wildcards: Any) -> str:
        """The option that hands a recorded pool its problem texts, if it has any."""
        problems = self.recording(wildcards).get("problems")
        return f"--problems {problems}" if problems else ""

    def recording_tokenizer(self, wildcards: Any) -> str:
        """The option that says whose tokenizer counts the texts of a recorded pool, if any."""
        model = self.study.pools[wildcards.pool].tokenizer  # type: ignore[union-attr]
        return f"--tokenizer {shlex.quote(self.tokenizer_place(model))}" if model else ""


def matching(path: str) -> list[str]:
    """The files that a path with * or ** stands for, in order; itself where nothing matches."""
    parts = Path(path).parts
    fixed = next((place for place, part in enumerate(parts) if "*" in part), len(parts))
    if fixed == len(parts):
        return [path]
    found = Path(*parts[:fixed]).glob(str(Path(*parts[fixed:])))
    return sorted(str(file) for file in found if file.is_file()) or [path]
