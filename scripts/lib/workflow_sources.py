"""What the rules of the question pool ask about a study: its sources and its features.

Imported when the Snakefile is read, so it stays free of heavy imports.
"""

import shlex
from typing import Any

from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.config.questions import ChainsQuestions, FileQuestions, HubQuestions
from scripts.lib.slices import as_json
from scripts.lib.workflow import StudyFiles


class SourceFiles:
    """The jobs that make and describe the question pool of a study.

    Methods that take `wildcards` are input and parameter functions of rules.
    """

    def __init__(self, files: StudyFiles) -> None:
        self.files = files
        self.study = files.study

    def names(self) -> list[str]:
        """All sources of questions."""
        return list(self.study.questions.sources) if self.study.questions else []

    def on_the_hub(self) -> list[str]:
        """Sources that are data sets on the Hub."""
        sources = self.study.questions.sources if self.study.questions else {}
        return [name for name, source in sources.items() if isinstance(source, HubQuestions)]

    def here(self) -> list[str]:
        """Sources that are files, or generated."""
        return [name for name in self.names() if name not in self.on_the_hub()]

    def benchmarks(self) -> dict[str, Any]:
        """Benchmarks that are made of the questions."""
        return self.files.benchmarks(QuestionsBenchmark)

    def spec(self, wildcards: Any) -> str:
        """A source's slice."""
        return as_json(self.files.questions().sources[wildcards.source])

    def inputs(self, wildcards: Any) -> dict[str, Any]:
        """The file of a source, or the problems that generated questions keep clear of."""
        source = self.files.questions().sources[wildcards.source]
        if isinstance(source, FileQuestions):
            if source.path:
                return {"file": source.path}
            return {"file": f"data/fetched/{source.source}", "sources": "data/sources.csv"}
        if isinstance(source, ChainsQuestions):
            return {"exclude": self.files.chains_problems(wildcards)}
        return {}

    def inputs_option(self, wildcards: Any) -> str:
        """The option that hands a source what it reads."""
        inputs = self.inputs(wildcards)
        if inputs.get("exclude"):
            return f"--exclude {shlex.join(inputs['exclude'])}"
        options = {"--input": inputs.get("file"), "--sources": inputs.get("sources")}
        return " ".join(f"{name} {shlex.quote(file)}" for name, file in options.items() if file)

    def features(self, _wildcards: Any) -> dict[str, Any]:
        """What the features are found with: a tokenizer, and the samples of pools."""
        questions = self.files.questions()
        inputs: dict[str, Any] = {}
        tokenizer = self.files.tokenizer_files(questions.tokenizer)
        if tokenizer:
            inputs["tokenizer"] = tokenizer
        inputs |= {size: self._samples(pool) for size, pool in self.files.references().items()}
        if questions.domain.pool:
            inputs["classified"] = self._samples(questions.domain.pool)[1]
        return inputs

    def features_option(self, wildcards: Any) -> str:
        """The options that name all of these."""
        inputs = self.features(wildcards)
        options = ["--tokenizer", self.files.tokenizer_place(self.files.questions().tokenizer)]
        for size, pool in self.files.references().items():
            options += [f"--{size}", pool, *inputs[size]]
        if "classified" in inputs:
            options += ["--classified", inputs["classified"]]
        return shlex.join(options)

    def published_inputs(self, wildcards: Any) -> list[str]:
        """The tokenizer that counts the traces of a published selection, if made here."""
        return self.files.tokenizer_files(self._counts(wildcards))

    def published_tokenizer(self, wildcards: Any) -> str:
        """Where it is loaded from."""
        return self.files.tokenizer_place(self._counts(wildcards))

    def _counts(self, wildcards: Any) -> str:
        return self.study.released.selections[wildcards.selection].tokenizer

    def domain(self, _wildcards: Any) -> str:
        """Where the domains come from."""
        return as_json(self.files.questions().domain)

    def _samples(self, pool: str) -> list[str]:
        return [self.files.path("pools", pool, f"{part}.parquet") for part in ("answers", "traces")]
