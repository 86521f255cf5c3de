"""What the rules of the curation ask about a study."""

import json
from typing import Any

from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.config.check import ConfigError
from scripts.lib.config.questions import Questions, Selection
from scripts.lib.slices import as_json
from scripts.lib.workflow_part import StudyPart


class QuestionFiles(StudyPart):
    """The jobs on the training questions of one study: a part of StudyFiles."""

    def questions(self) -> Questions:
        """The questions of the study.

        Raises:
            ConfigError: it has none.
        """
        if self.study.questions is None:
            raise ConfigError("the study has no questions: declare them under the key `questions`")
        return self.study.questions

    def questions_path(self, *parts: str) -> str:
        """A file about the questions."""
        return self.path("questions", *parts)

    def collected_files(self, _wildcards: Any) -> list[str]:
        """The questions of all sources, in the order in which they are compared."""
        return [
            self.questions_path("sources", f"{name}.parquet") for name in self.questions().sources
        ]

    def tests_of_questions(self, _wildcards: Any) -> list[str]:
        """The problems that no question may share words with."""
        return [self.path("problems", f"{name}.parquet") for name in self._against()]

    def order_of_comparison(self, _wildcards: Any) -> str:
        """Sources and tests in the order in which they are compared.

        Snakemake compares the inputs of a job with those it recorded in sorted order, so that
        another order of the same files would not rerun it.
        """
        return json.dumps([list(self.questions().sources), self._against()])

    def shared_words(self, _wildcards: Any) -> int:
        """How many shared words make a question contaminated."""
        return self.questions().words

    def references(self) -> dict[str, str]:
        """Pools of the reference models by "small" and "large"; only those that there are."""
        pools = {"small": self.questions().small, "large": self.questions().large}
        return {size: pool for size, pool in pools.items() if pool is not None}

    def verdicts_option(self, _wildcards: Any) -> str:
        """The options that tell which reference models have judged the questions."""
        return " ".join(f"--{size}" for size in self.references())

    def quality_spec(self, _wildcards: Any) -> str:
        """The formats that a question must not have."""
        quality = self.questions().quality
        # Patterns keep their order: the first that finds a question is its reason.
        return json.dumps(quality.model_dump(mode="json"))

    def published_selections(self) -> list[str]:
        """Selections that are taken from the Hub."""
        return list(self.study.released.selections) if self.study.data == "released" else []

    def curated_selections(self) -> list[str]:
        """Selections that are made here."""
        published = self.published_selections()
        return [name for name in self.study.selections if name not in published]

    def published_spec(self, wildcards: Any) -> str:
        """Where a published selection lies, and in which columns."""
        return as_json(self.study.released.selections[wildcards.selection].source())

    def selection(self, wildcards: Any) -> Selection:
        """A selection's entry."""
        return self.study.selections[wildcards.selection]

    def selection_spec(self, wildcards: Any) -> str:
        """A selection's slice."""
        return as_json(self.selection(wildcards))

    def selection_questions(self, wildcards: Any) -> str:
        """Which questions a selection is made from."""
        return self.questions_path(f"{self.selection(wildcards).start}.parquet")

    def selection_files(self, _wildcards: Any = None) -> list[str]:
        """All selections."""
        return [self.path("selections", f"{name}.parquet") for name in self.study.selections]

    def _against(self) -> list[str]:
        """Benchmarks that no question may share words with."""
        return self.questions().against or [
            name
            for name, benchmark in self.study.benchmarks.items()
            if not isinstance(benchmark, QuestionsBenchmark)
        ]
