"""What the rules of verifiers and searches ask about a study."""

import shlex
from typing import Any

from pydantic import BaseModel

from scripts.lib.config.pools import RecordedPool, SampledPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.study_tables import VerifierTable
from scripts.lib.config.verifiers import HubVerifier, ImportedLabels, RolloutLabels, VerifierModel
from scripts.lib.slices import as_json
from scripts.lib.workflow_pools import PoolFiles

VERIFIER_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json"]


class SearchFiles(PoolFiles):
    """Labels, verifiers, scores and searches of one study: a part of StudyFiles."""

    # --- what there is -------------------------------------------------------------------

    def labels(self, kind: type[BaseModel]) -> list[str]:
        """Step labels of one kind."""
        return [n for n, labels in self.study.labels.items() if isinstance(labels, kind)]

    def trained_verifiers(self) -> list[str]:
        """Verifiers that the study trains."""
        return [n for n, m in self.study.models.items() if isinstance(m, VerifierModel)]

    def verifiers(self) -> list[str]:
        """All verifiers, trained here or published."""
        published = [n for n, m in self.study.models.items() if isinstance(m, HubVerifier)]
        return [*self.trained_verifiers(), *published]

    # --- labels --------------------------------------------------------------------------

    def labelled_inputs(self, wildcards: Any) -> dict[str, Any]:
        """What step labels are made from: a pool and the model that finishes, or a recording."""
        labels = self.study.labels[wildcards.labels]
        if isinstance(labels, ImportedLabels):
            return {"recording": labels.path or f"data/fetched/{labels.source}"}
        pool = self.study.pools[labels.pool]
        model = self._finisher(labels)
        return {
            "problems": self.path("problems", f"{pool.benchmark}.parquet"),
            "traces": self.path("pools", labels.pool, "traces.parquet"),
            "answers": self.path("pools", labels.pool, "answers.parquet"),
            "weights": self.loaded_files(model),
        }

    def labels_spec(self, wildcards: Any) -> str:
        """A slice of step labels, without what only the plan uses."""
        return as_json(self.study.labels[wildcards.labels], exclude={"expected_tokens", "path"})

    def labels_model(self, wildcards: Any) -> str:
        """The slice of the model that finishes solutions."""
        return as_json(self.study.models[self._finisher(self.study.labels[wildcards.labels])])

    def labels_weights(self, wildcards: Any) -> str:
        """The option that names that model's folder, if made here."""
        return self._folder_option("--weights", self._finisher(self.study.labels[wildcards.labels]))

    def labels_prompt(self, wildcards: Any) -> str:
        """The prompt that the labelled pool was asked with."""
        pool = self.study.pools[self.study.labels[wildcards.labels].pool]  # type: ignore[union-attr]
        assert isinstance(pool, SampledPool)
        return self.study.prompts[pool.wordings[0]]

    def labels_journal(self, wildcards: Any) -> str:
        """The journal of rollouts: beside the outputs, so that no failure deletes it."""
        return self.path("journal", "labels", wildcards.labels)

    def _finisher(self, labels: Any) -> str:
        assert isinstance(labels, RolloutLabels)
        return labels.model or self.study.pools[labels.pool].model

    # --- verifiers -----------------------------------------------------------------------

    def verifier(self, name: str) -> VerifierModel:
        """The entry of a verifier that is trained here."""
        model = self.study.models[name]
        assert isinstance(model, VerifierModel)
        return model

    def verifier_inputs(self, wildcards: Any) -> dict[str, Any]:
        """The labels of a verifier, and what its base is loaded from."""
        model = self.verifier(wildcards.model)
        base = self.loaded_files(model.base)
        return {"labels": self.path("labels", f"{model.labels}.parquet"), "base": base}

    def verifier_spec(self, wildcards: Any) -> str:
        """What its training depends on: not how it is run afterwards."""
        return as_json(self.verifier(wildcards.model), exclude={"dtype", "batch_size", "vllm"})

    def verifier_prompt(self, wildcards: Any) -> str:
        """The prompt before its solutions."""
        return self.study.prompts[self.verifier(wildcards.model).wording]

    def verifier_base(self, wildcards: Any) -> str:
        """The options that say what its training begins with: a folder, or a Hub repository."""
        return self.weights_or_repo(self.verifier(wildcards.model).base)

    def held_out_files(self, wildcards: Any) -> list[str]:
        """The held-out steps of the verifiers of a table."""
        return [self.path("models", name, "held_out.csv") for name in self._measured(wildcards)]

    def held_out_options(self, wildcards: Any) -> str:
        """The options that hand a table each verifier with its held-out steps."""
        names = self._measured(wildcards)
        return " ".join(f"--held-out {n} {self.path('models', n, 'held_out.csv')}" for n in names)

    def _measured(self, wildcards: Any) -> list[str]:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, VerifierTable)
        return table.verifiers

    def verifier_files(self, name: str) -> list[str]:
        """The files of a verifier that is trained here; none of a published one."""
        if name not in self.trained_verifiers():
            return []
        return [self.path("models", name, f) for f in ("model.safetensors", *VERIFIER_FILES)]

    def _loaded_verifier(self, name: str) -> list[str]:
        """What a job waits for that reads with a verifier: its files, or its record."""
        return self.verifier_files(name) or self.fetched(name)

    def separator_of(self, name: str) -> str:
        """What ends a step for a verifier."""
        model = self.study.models[name]
        if isinstance(model, HubVerifier):
            return model.separator
        return self.study.labels[self.verifier(name).labels].separator

    def _verifier_options(self, name: str) -> str:
        option = f"--verifier-spec {shlex.quote(as_json(self.study.models[name]))}"
        if name in self.trained_verifiers():
            option += f" --verifier-weights {self.path('models', name)}"
        return option

    def verifier_size(self, name: str) -> str:
        """The option that tells the size of a verifier: its folder, or what is known of it."""
        if name in self.trained_verifiers():
            return f"--verifier-weights {self.path('models', name)}"
        model = self.study.models[name]
        assert isinstance(model, HubVerifier)
        facts = self.facts.get(model.facts or name)
        if facts is None:
            return ""
        return f"--verifier-facts {shlex.quote(as_json(facts, exclude={'source'}))}"

    # --- scores --------------------------------------------------------------------------

    def score_inputs(self, wildcards: Any) -> dict[str, Any]:
        """What the scores of a pool are made from."""
        pool = self.study.pools[wildcards.pool]
        recorded = isinstance(pool, RecordedPool)
        return {
            "problems": self.pool_problems(wildcards),
            "traces": self.path("pools", wildcards.pool, "traces.parquet"),
            "tokenizer": [] if recorded else self.tokenizer_files(pool.model),
            "verifier": self._loaded_verifier(wildcards.model),
        }

    def scorer_option(self, wildcards: Any) -> str:
        """The options that open a verifier and say what ends a step for it."""
        separator = shlex.quote(self.separator_of(wildcards.model))
        return f"{self._verifier_options(wildcards.model)} --separator {separator}"

    def solver_option(self, wildcards: Any) -> str:
        """The options that tell how a pool's model was asked, and whose tokens its traces hold."""
        pool = self.study.pools[wildcards.pool]
        if isinstance(pool, RecordedPool):
            return ""
        place = self.tokenizer_place(pool.model)
        prompts = shlex.quote(self.pool_prompts(wildcards))
        return f"--tokenizer {shlex.quote(place)} --prompts {prompts}"

    def scores_journal(self, wildcards: Any) -> str:
        """The journal of a pool's scores: beside the outputs, so that no failure deletes it."""
        return self.path("journal", "scores", wildcards.pool, wildcards.model)

    # --- searches ------------------------------------------------------------------------

    def search_inputs(self, wildcards: Any) -> dict[str, Any]:
        """What a search needs: problems, and what both models are loaded from."""
        return {
            "problems": self.pool_problems(wildcards),
            "weights": self.pool_loaded(wildcards),
            "verifier": self._loaded_verifier(self._searched(wildcards).verifier),
        }

    def pool_verifier_weights(self, wildcards: Any) -> list[str]:
        """The files of a search's verifier, if trained here."""
        return self.verifier_files(self._searched(wildcards).verifier)

    def pool_verifier_option(self, wildcards: Any) -> str:
        """The options that open a search's verifier."""
        name = self._searched(wildcards).verifier
        return f"--verifier {shlex.quote(name)} {self._verifier_options(name)}"

    def pool_verifier_size(self, wildcards: Any) -> str:
        """The option that tells the size of a search's verifier."""
        return self.verifier_size(self._searched(wildcards).verifier)

    def _searched(self, wildcards: Any) -> SearchedPool:
        pool = self.study.pools[wildcards.pool]
        assert isinstance(pool, SearchedPool)
        return pool

    def _folder_option(self, option: str, model: str) -> str:
        return f"{option} {self.path('models', model)}" if model in self.made() else ""
