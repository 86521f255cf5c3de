"""What the rules of models and of ledgers ask about a study."""

import json
import shlex
from pathlib import Path
from typing import Any

from scripts.lib.config.benchmarks import GeneratedBenchmark
from scripts.lib.config.models import (
    AskedModel,
    HubModel,
    LocalSettings,
    Revisions,
    TrainedModel,
    TunedModel,
)
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.study_tables import LedgerTable
from scripts.lib.config.verifiers import HubVerifier
from scripts.lib.slices import as_json, reference_file
from scripts.lib.workflow_part import StudyPart

MODEL_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"]


class ModelFiles(StudyPart):
    """The models that a study makes, and what they cost: a part of StudyFiles."""

    # --- what there is -------------------------------------------------------------------

    def trained(self) -> list[str]:
        """Models that the study trains itself, from scratch."""
        return [n for n, m in self.study.models.items() if isinstance(m, TrainedModel)]

    def tuned(self) -> list[str]:
        """Models that the study fine-tunes."""
        return [n for n, m in self.study.models.items() if isinstance(m, TunedModel)]

    def revising(self) -> list[str]:
        """Models that are tuned on pairs of attempts."""
        return [name for name in self.tuned() if self._tuned_model(name).revisions is not None]

    def made(self) -> list[str]:
        """Models whose weights the study makes."""
        return [*self.trained(), *self.tuned()]

    def model_files(self, model: str) -> list[str]:
        """The files of a model made here."""
        return [self.path("models", model, name) for name in ["model.safetensors", *MODEL_FILES]]

    # --- published models ----------------------------------------------------------------

    def published(self) -> list[str]:
        """Models and verifiers that are fetched from the Hub."""
        return [
            name
            for name, model in self.study.models.items()
            if isinstance(model, HubModel | HubVerifier) and not Path(model.repo).is_dir()
        ]

    def fetched(self, model: str, part: str = "weights") -> list[str]:
        """The record of a published model that jobs load; none for other models."""
        return [self.path("published", model, f"{part}.json")] if model in self.published() else []

    def fetched_option(self, wildcards: Any) -> str:
        """The options that name a published model."""
        model = self.study.models[wildcards.model]
        assert isinstance(model, HubModel | HubVerifier)
        return f"--repo {shlex.quote(model.repo)} --revision {shlex.quote(model.revision)}"

    def loaded_files(self, model: str) -> list[str]:
        """What a job waits for that runs a model: its files if made here, or its record."""
        return self.model_files(model) if model in self.made() else self.fetched(model)

    # --- tokenizers ----------------------------------------------------------------------

    def tokenizer_files(self, model: str) -> list[str]:
        """The files of a model's tokenizer if made here, or the record that it was fetched."""
        name = self._tokenizer_owner(model)
        if name not in self.made():
            return self.fetched(name, "tokenizer")
        return [self.path("models", name, f) for f in ("tokenizer.json", "tokenizer_config.json")]

    def tokenizer_place(self, model: str) -> str:
        """Where a model's tokenizer is loaded from: a folder, or REPO@REVISION on the Hub."""
        name = self._tokenizer_owner(model)
        entry = self.study.models[name]
        if isinstance(entry, HubModel):
            published = name in self.published()
            return f"{entry.repo}@{entry.revision}" if published else entry.repo
        return self.path("models", name)

    def _tokenizer_owner(self, model: str) -> str:
        """Whose tokenizer it is: a tuned model has that of the one it rests on."""
        return self.lineage(model)[0]

    # --- training ------------------------------------------------------------------------

    def chains_problems(self, _wildcards: Any) -> list[str]:
        """Problems that no model may be trained on."""
        return [self.path("problems", f"{n}.parquet") for n in self.benchmarks(GeneratedBenchmark)]

    def training_spec(self, wildcards: Any) -> str:
        """What training depends on: not how the model is run afterwards."""
        return as_json(
            self.study.models[wildcards.model],
            include={"kind", "architecture", "corpus", "training"},
        )

    def corpus_prompts(self, wildcards: Any) -> str:
        """The prompts that a model's corpus asks with."""
        names = self.study.models[wildcards.model].corpus.prompts()  # type: ignore[union-attr]
        return json.dumps({name: self.study.prompts[name] for name in names}, sort_keys=True)

    def tuned_model(self, wildcards: Any) -> TunedModel:
        """A fine-tuned model's entry."""
        return self._tuned_model(wildcards.model)

    def _tuned_model(self, name: str) -> TunedModel:
        model = self.study.models[name]
        assert isinstance(model, TunedModel)
        return model

    def pair_inputs(self, wildcards: Any) -> dict[str, str]:
        """The samples that a revision model's pairs are made from, and what was asked."""
        pool = self._revisions(wildcards).pool
        benchmark = self.study.pools[pool].benchmark
        return {
            "problems": self.path("problems", f"{benchmark}.parquet"),
            "traces": self.path("pools", pool, "traces.parquet"),
            "answers": self.path("pools", pool, "answers.parquet"),
        }

    def pair_spec(self, wildcards: Any) -> str:
        """How they are paired."""
        return as_json(self._revisions(wildcards))

    def _revisions(self, wildcards: Any) -> Revisions:
        revisions = self.tuned_model(wildcards).revisions
        assert revisions is not None
        return revisions

    def tuning_inputs(self, wildcards: Any) -> dict[str, Any]:
        """The selection or pairs that a model is tuned on, and what its base is loaded from."""
        model = self.tuned_model(wildcards)
        base = self.loaded_files(model.base)
        if model.revisions is not None:
            return {"pairs": self.path("pairs", f"{wildcards.model}.parquet"), "base": base}
        return {"questions": self.path("selections", f"{model.selection}.parquet"), "base": base}

    def tuning_data(self, wildcards: Any) -> str:
        """The option that hands it the selection, or the pairs."""
        files = self.tuning_inputs(wildcards)
        (what,) = set(files) - {"base"}
        return f"--{what} {files[what]}"

    def tuning_spec(self, wildcards: Any) -> str:
        """What fine-tuning depends on: not how the program is started, or the model run."""
        return as_json(
            self.tuned_model(wildcards),
            exclude={**dict.fromkeys(LocalSettings.model_fields, True), "training": {"launch"}},
        )

    def tuning_prompt(self, wildcards: Any) -> str:
        """The prompt of the training examples."""
        return self.study.prompts[self.tuned_model(wildcards).prompt]

    def base_option(self, wildcards: Any) -> str:
        """The options that say what fine-tuning begins with: a folder, or a Hub repository."""
        return self.weights_or_repo(self.tuned_model(wildcards).base)

    def weights_or_repo(self, name: str) -> str:
        """The options that name a model's weights: a folder, or a Hub repository."""
        base = self.study.models[name]
        if isinstance(base, HubModel) and name in self.published():
            return f"--repo {shlex.quote(base.repo)} --revision {shlex.quote(base.revision)}"
        folder = base.repo if isinstance(base, HubModel) else self.path("models", name)
        return f"--weights {shlex.quote(folder)}"

    def launcher(self, wildcards: Any) -> str:
        """What starts a fine-tuning: python, or accelerate on the machines of its config file."""
        launch = self.tuned_model(wildcards).training.launch
        if launch is None:
            return "python"
        return f"python -m scripts.train.launch --config-file {shlex.quote(launch)}"

    def checkpoints(self, wildcards: Any) -> str:
        """The checkpoints of a model: beside the outputs, so that no failure deletes them."""
        return self.path("checkpoints", wildcards.model)

    def lineage(self, model: str) -> list[str]:
        """A model and what it was tuned from, the first base first."""
        entry = self.study.models.get(model)
        before = self.lineage(entry.base) if isinstance(entry, TunedModel) else []
        return [*before, model]

    def training_files(self, model: str) -> list[str]:
        """The records of all trainings here that made a model, the first base first."""
        made = [name for name in self.lineage(model) if name in self.made()]
        return [self.path("models", name, "training.csv") for name in made]

    # --- ledgers -------------------------------------------------------------------------

    def ledger_pools(self) -> dict[str, str]:
        """Pools that the curation asked about the questions, by the item that they are."""
        questions = self.study.questions
        if questions is None:
            return {}
        pools = {
            "small": questions.small,
            "large": questions.large,
            "classifier": questions.domain.pool,
        }
        return {item: pool for item, pool in pools.items() if pool is not None}

    def ledger_references(self, model: str) -> list[tuple[str, str]]:
        """Trainings here of the models that the curation asked, besides those of `model`.

        Item and name of each, every training once.
        """
        found: dict[str, str] = {}
        for item, pool in self.ledger_pools().items():
            for name in self.lineage(self.study.pools[pool].model):
                if name in self.made() and name not in self.lineage(model):
                    found.setdefault(name, item)
        return [(item, name) for name, item in found.items()]

    def ledger_journal(self, pool: str) -> str:
        """The journal that times a pool's computing; none where only waiting was timed."""
        entry = self.study.pools[pool]
        if isinstance(entry, RecordedPool) or isinstance(
            self.study.models[entry.model], AskedModel
        ):
            return ""
        return self.path("journal", pool)

    def ledger_inputs(self, wildcards: Any) -> dict[str, Any]:
        """The tables that a ledger is made from."""
        table = self.study.tables[wildcards.table]
        assert isinstance(table, LedgerTable)
        trained = [name for name in self.lineage(table.model) if name in self.made()]
        trained += [name for _, name in self.ledger_references(table.model)]
        files: dict[str, Any] = {
            what: [self.path("models", name, f"{what}.csv") for name in trained]
            for what in ("training", "timing")
        }
        if self.study.questions is not None:
            names = ("decontaminated", "featurised")
            files |= {n: self.path("questions", f"{n}.parquet") for n in names}
            files["costs"] = [
                self.path("pools", pool, "costs.parquet") for pool in self.ledger_pools().values()
            ]
        if table.published:
            files["reference"] = reference_file("s1")
        return files

    def ledger_options(self, wildcards: Any) -> str:
        """What names the models, tables, pools and journals of a ledger."""
        files = self.ledger_inputs(wildcards)
        model = self.study.tables[wildcards.table].model  # type: ignore[union-attr]
        options = []
        for name in self.lineage(model):
            entry = self.study.models[name]
            what = f"{entry.repo} at {entry.revision}" if isinstance(entry, HubModel) else name
            folder = self.path("models", name) if name in self.made() else ""
            options.append(f"--model {shlex.quote(what)} {shlex.quote(folder)}")
        if "featurised" in files:
            options.append(f"--decontaminated {files['decontaminated']}")
            options.append(f"--featurised {files['featurised']}")
        for item, name in self.ledger_references(model):
            options.append(f"--training {item} {name} {self.path('models', name)}")
        for item, pool in self.ledger_pools().items():
            costs = self.path("pools", pool, "costs.parquet")
            journal = shlex.quote(self.ledger_journal(pool))
            options.append(f"--pool {item} {pool} {costs} {journal}")
        if "reference" in files:
            options.append(f"--reference {files['reference']}")
        return " ".join(options)
