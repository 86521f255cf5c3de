"""What the rules of samples ask about a study."""

import json
import shlex
from typing import Any

from scripts.lib.code import code_files
from scripts.lib.config.check import ConfigError
from scripts.lib.config.models import (
    AskedModel,
    HubModel,
    ModelFacts,
    Price,
    TrainedModel,
    TunedModel,
)
from scripts.lib.config.pools import RecordedPool, RevisedPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.shards import all_shards
from scripts.lib.slices import as_json
from scripts.lib.workflow_models import ModelFiles

SAMPLING_PROGRAMS = {
    "sampled": "scripts.sample.sample_pool",
    "forced": "scripts.sample.sample_forced",
    "revised": "scripts.sample.sample_revised",
}


class PoolFiles(ModelFiles):
    """The samples of one study: a part of StudyFiles."""

    facts: dict[str, ModelFacts]
    prices: dict[str, Price]

    def drawn_pools(self) -> list[str]:
        """Pools whose samples a local model draws, other than by a search."""
        return [name for name in self._sampled() if name not in self.asked_pools()]

    def asked_pools(self) -> list[str]:
        """Pools whose samples are asked of an API."""
        models, pools = self.study.models, self.study.pools
        return [
            name for name in self._sampled() if isinstance(models[pools[name].model], AskedModel)
        ]

    def _sampled(self) -> list[str]:
        others = RecordedPool | SearchedPool
        return [n for n, p in self.study.pools.items() if not isinstance(p, others)]

    def unsearched_pools(self) -> list[str]:
        """Pools of samples that are single calls or chains of them, drawn here or recorded."""
        return [n for n in self.study.pools if n not in self.searched_pools()]

    def searched_pools(self) -> list[str]:
        """Pools whose samples a search finds."""
        return list(self.pools(SearchedPool))

    # --- shards --------------------------------------------------------------------------

    def whole(self, pools: list[str]) -> list[str]:
        """Those of some pools whose samples one job draws."""
        return [name for name in pools if self._shards(name) == 1]

    def sharded(self, pools: list[str]) -> list[str]:
        """Those of some pools whose samples several jobs share."""
        return [name for name in pools if self._shards(name) > 1]

    def shard_names(self) -> list[str]:
        """The shards of all pools."""
        counts = {self._shards(name) for name in self.study.pools}
        return [str(one) for count in counts for one in all_shards(count)]

    def shard_option(self, wildcards: Any) -> str:
        """The option that says which problems of a pool a job draws; all, without a shard.

        Raises:
            ConfigError: the pool has no such shard.
        """
        shard = getattr(wildcards, "shard", None)
        if shard is None:
            return ""
        names = [str(one) for one in all_shards(self._shards(wildcards.pool))]
        if shard not in names:
            raise ConfigError(
                f"pool {wildcards.pool} has no shard {shard}; there is: {', '.join(names)}"
            )
        return f"--shard {shard}"

    def shard_tables(self, wildcards: Any) -> list[str]:
        """One table of a pool from each of its shards, in the order of its problems."""
        return [
            self.path("pools", wildcards.pool, "shards", str(one), f"{wildcards.part}.parquet")
            for one in all_shards(self._shards(wildcards.pool))
        ]

    def _shards(self, name: str) -> int:
        pool = self.study.pools[name]
        return 1 if isinstance(pool, RecordedPool) else pool.shards

    # --- jobs ----------------------------------------------------------------------------

    def sampling_program(self, wildcards: Any) -> str:
        """The program that draws the samples of a pool, by its kind."""
        return SAMPLING_PROGRAMS[self.study.pools[wildcards.pool].kind]

    def sampling_code(self, wildcards: Any) -> list[str]:
        """What that program is made of."""
        return code_files(self.sampling_program(wildcards))

    def pool_spec(self, wildcards: Any) -> str:
        """A pool's slice, without what only the plan uses, and who draws it."""
        return as_json(self.study.pools[wildcards.pool], exclude={"expected_tokens", "shards"})

    def pool_prompts(self, wildcards: Any) -> str:
        """The prompts that a pool uses."""
        pool = self.study.pools[wildcards.pool]
        assert not isinstance(pool, RecordedPool)
        names = [pool.wording, pool.revision] if isinstance(pool, RevisedPool) else pool.wordings
        return json.dumps({name: self.study.prompts[name] for name in names}, sort_keys=True)

    def pool_model(self, wildcards: Any) -> str:
        """The slice of a pool's model."""
        return as_json(self.study.models[self.study.pools[wildcards.pool].model])

    def pool_problems(self, wildcards: Any) -> str:
        """The problems of a pool."""
        pool = self.study.pools[wildcards.pool]
        if isinstance(pool, RecordedPool):
            return self.path("pools", wildcards.pool, "problems.parquet")
        return self.path("problems", f"{pool.benchmark}.parquet")

    def pool_weights(self, wildcards: Any) -> list[str]:
        """The files of the model behind a pool, if made here; none for other models."""
        model = self.study.pools[wildcards.pool].model
        return self.model_files(model) if model in self.made() else []

    def pool_loaded(self, wildcards: Any) -> list[str]:
        """What the jobs that draw a pool load its model from, files or a record."""
        return self.loaded_files(self.study.pools[wildcards.pool].model)

    def weights_option(self, wildcards: Any) -> str:
        """The option that names the folder of a model made here."""
        model = self.study.pools[wildcards.pool].model
        return f"--weights {self.path('models', model)}" if model in self.made() else ""

    def facts_option(self, wildcards: Any) -> str:
        """The options that tell size, dates and price of the model behind a pool."""
        pool = self.study.pools[wildcards.pool]
        name = pool.model
        facts: ModelFacts | None = self.facts.get(name)
        model = None if isinstance(pool, RecordedPool) else self.study.models.get(name)
        if isinstance(model, AskedModel):
            name = model.facts or model.model
            facts = self.facts.get(name)
        elif isinstance(model, HubModel):
            facts = self.facts.get(model.facts or name)
        options = []
        if facts is not None and not isinstance(model, TrainedModel | TunedModel):
            options.append(f"--facts {shlex.quote(as_json(facts, exclude={'source'}))}")
        price = self.prices.get(name)
        if price is not None and not isinstance(model, TrainedModel | TunedModel):
            options.append(f"--price {shlex.quote(as_json(price))}")
        return " ".join(options)

    def journal(self, wildcards: Any) -> str:
        """The journal of a pool: beside the outputs, so that no failure deletes it."""
        return self.path("journal", wildcards.pool)
