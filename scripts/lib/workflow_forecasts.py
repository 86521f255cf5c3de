"""What the rules of tables of limits, forecasts and coverage ask about a study."""

from types import SimpleNamespace
from typing import Any

from scripts.lib.config.curves import pools_of
from scripts.lib.workflow_optimal import OptimalFiles


class ForecastFiles(OptimalFiles):
    """Tables of what more samples would give: a part of StudyFiles."""

    def voted_inputs(self, wildcards: Any) -> list[str]:
        """The answers that the vote curves of a table are made from."""
        pools = [pool for n in self.compared(wildcards) for pool in pools_of(self.study.curves[n])]
        return [self.path("pools", pool, "answers.parquet") for pool in dict.fromkeys(pools)]

    def voted_options(self, wildcards: Any) -> str:
        """The options that hand it each curve with its answers."""
        options = []
        for name in self.compared(wildcards):
            curve = self.study.curves[name]
            (pool,) = pools_of(curve)
            spec = self.quoted_spec(name)
            answers = self.path("pools", pool, "answers.parquet")
            origin = self.curve_origin(SimpleNamespace(curve=name))
            options.append(f"--curve {name} --spec {spec} --answers {answers} --origin {origin}")
        return " ".join(options)
