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
        names = self.questions().against or [
            name
            for name, benchmark in self.study.benchmarks.items()
            if not isinstance(benchmark, QuestionsBenchmark)
        ]
        return [self.path("problems", f"{name}.parquet") for name in names]

    def shared_words(self, _wildcards: Any) -> int:
        """How many shared words make a question contaminated."""
        return self.questions().words

    def verdicts_option(self, _wildcards: Any) -> str:
        """The options that tell which reference models have judged the questions."""
        models = {"--small": self.questions().small, "--large": self.questions().large}
        return " ".join(option for option, pool in models.items() if pool is not None)

    def quality_spec(self, _wildcards: Any) -> str:
        """The formats that a question must not have."""
        quality = self.questions().quality
        # Patterns keep their order: the first that finds a question is its reason.
        return json.dumps(quality.model_dump(mode="json"))

    def selection(self, wildcards: Any) -> Selection:
        """A selection's entry."""
        return self.study.selections[wildcards.selection]

    def selection_spec(self, wildcards: Any) -> str:
        """A selection's slice."""
        return as_json(self.selection(wildcards))

    def selection_questions(self, wildcards: Any) -> str:
        """The questions that a selection is made from."""
        return self.questions_path(f"{self.selection(wildcards).start}.parquet")

    def selection_files(self, _wildcards: Any = None) -> list[str]:
        """All selections."""
        return [self.path("selections", f"{name}.parquet") for name in self.study.selections]
