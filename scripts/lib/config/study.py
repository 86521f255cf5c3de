"""A whole study file, with every name in it checked."""

from pydantic import Field, model_validator

from scripts.lib.config.base import Name, Strict
from scripts.lib.config.benchmarks import Benchmark, SourceBenchmark
from scripts.lib.config.curves import Curve, FinishedCurve
from scripts.lib.config.figures import Figure, FoundRegions, ScalingPanel
from scripts.lib.config.models import ApiModel, Model
from scripts.lib.config.pools import Pool, RecordedPool, SampledPool


class Study(Strict):
    """One study: problem sets, models, pools, curves, figures."""

    study: Name
    """Results go to results/{study}/."""
    title: str
    mirror: str | None = None
    """Folder with fetched files named by sha256, looked at before any URL; the environment
    variable TTSCALE_MIRROR goes before it."""
    bootstrap: int = Field(default=10_000, ge=100)
    """Draws of every bootstrap."""
    benchmarks: dict[Name, Benchmark] = Field(default_factory=dict)
    models: dict[Name, Model] = Field(default_factory=dict)
    prompts: dict[Name, str] = Field(default_factory=dict)
    """Prompt texts with {problem}, and {asked} where a budget is asked for."""
    pools: dict[Name, Pool] = Field(default_factory=dict)
    curves: dict[Name, Curve] = Field(default_factory=dict)
    figures: dict[Name, Figure] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_meet(self) -> "Study":
        problems = [
            *(p for name, pool in self.pools.items() for p in self._pool(name, pool)),
            *(p for name, curve in self.curves.items() for p in self._curve(name, curve)),
            *(p for name, figure in self.figures.items() for p in self._figure(name, figure)),
        ]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _pool(self, name: str, pool: Pool) -> list[str]:
        at = f"pools.{name}"
        if isinstance(pool, RecordedPool):
            if pool.problems_from is None:
                return []
            return _known(f"{at}.problems_from", pool.problems_from, self.benchmarks)
        problems = _known(f"{at}.model", pool.model, self.models)
        problems += _known(f"{at}.benchmark", pool.benchmark, self.benchmarks)
        for wording in pool.wordings:
            unknown = _known(f"{at}.wordings", wording, self.prompts)
            problems += unknown
            if unknown:
                continue
            asks = "{asked}" in self.prompts[wording]
            if asks != bool(pool.asked):
                problems.append(
                    f"{at}.wordings: prompt {wording!r} {'has' if asks else 'lacks'} {{asked}}, "
                    f"and the pool {'asks' if pool.asked else 'does not ask'} for budgets"
                )
            if "{problem}" not in self.prompts[wording]:
                problems.append(f"prompts.{wording}: {{problem}} is missing")
        if pool.efforts and not isinstance(self.models.get(pool.model), ApiModel):
            problems.append(f"{at}.efforts: only models of kind api take a reasoning effort")
        return problems

    def _curve(self, name: str, curve: Curve) -> list[str]:
        at = f"curves.{name}"
        problems = []
        if not name.startswith(f"{curve.method}_"):
            problems.append(f"{at}: a {curve.method} curve is named {curve.method}_...")
        if (curve.pool is None) == (curve.published is None):
            return [*problems, f"{at}: name exactly one of pool, published"]
        if curve.published is not None:
            if isinstance(curve, FinishedCurve):
                problems.append(f"{at}.published: {curve.method} needs samples, so a pool")
            return problems
        assert curve.pool is not None
        unknown = _known(f"{at}.pool", curve.pool, self.pools)
        if unknown:
            return problems + unknown
        pool = self.pools[curve.pool]
        asked = getattr(curve, "asked", None)
        if isinstance(pool, SampledPool):
            if curve.wording is not None and curve.wording not in pool.wordings:
                problems.append(f"{at}.wording: {curve.wording!r} not among {pool.wordings}")
            if curve.method == "ask" and not (pool.asked or pool.efforts):
                problems.append(f"{at}.pool: pool {curve.pool!r} asks for nothing")
            if curve.method != "ask" and pool.asked and asked not in pool.asked:
                problems.append(f"{at}.asked: {asked} not among the pool's {pool.asked}")
        return problems

    def _figure(self, name: str, figure: Figure) -> list[str]:
        problems = []
        for number, panel in enumerate(figure.panels):
            at = f"figures.{name}.panels.{number}"
            for curve in panel.curves:
                problems += _known(f"{at}.curves", curve, self.curves)
            if not isinstance(panel, ScalingPanel):
                continue
            if not (panel.curves or panel.references):
                problems.append(f"{at}: neither curves nor references")
            if isinstance(panel.regions, FoundRegions):
                for key in ("asking", "voting"):
                    curve = getattr(panel.regions, key)
                    if curve not in panel.curves:
                        problems.append(f"{at}.regions.{key}: {curve!r} not among {panel.curves}")
        return problems

    def sources(self) -> list[str]:
        """Names of all files in data/sources.csv that the study needs."""
        names = {b.source for b in self.benchmarks.values() if isinstance(b, SourceBenchmark)}
        names |= {p.source for p in self.pools.values() if isinstance(p, RecordedPool) and p.source}
        return sorted(names)


def _known(key: str, name: str, names: object) -> list[str]:
    assert isinstance(names, dict)
    if name in names:
        return []
    return [f"{key}: {name!r} is not defined; there is: {', '.join(names) or 'nothing'}"]
