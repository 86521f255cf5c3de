"""What the rules of tables of limits, forecasts and coverage ask about a study."""

import json
import shlex
from types import SimpleNamespace
from typing import Any

from scripts.lib.config.curves import pools_of
from scripts.lib.config.study_tables import CoverageTable, ForecastTable, VoteLimitTable
from scripts.lib.slices import as_json
from scripts.lib.workflow_optimal import OptimalFiles


class ForecastFiles(OptimalFiles):
    """Tables of what more samples would give: a part of StudyFiles."""

    def voted_inputs(self, wildcards: Any) -> list[str]:
        """The answers that the vote curves of a table are made from."""
        pools = [pool for n in self._further(wildcards) for pool in pools_of(self.study.curves[n])]
        return [self.path("pools", pool, "answers.parquet") for pool in dict.fromkeys(pools)]

    def voted_options(self, wildcards: Any) -> str:
        """The options that hand it each curve with its answers."""
        options = []
        for name in self._further(wildcards):
            curve = self.study.curves[name]
            (pool,) = pools_of(curve)
            spec = shlex.quote(as_json(curve, exclude={"label", "target"}))
            answers = self.path("pools", pool, "answers.parquet")
            origin = self.curve_origin(SimpleNamespace(curve=name))
            options.append(f"--curve {name} --spec {spec} --answers {answers} --origin {origin}")
        return " ".join(options)

    def coverage_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """The points and outcomes of the oracle curves of a table."""
        names = self._further(wildcards)
        return {
            "points": [self.path("curves", f"{name}.csv") for name in names],
            "outcomes": [self.path("outcomes", f"{name}.parquet") for name in names],
        }

    def further_spec(self, wildcards: Any) -> str:
        """Such a table's slice."""
        return as_json(self.study.tables[wildcards.table], exclude={"target"}, by_alias=True)

    def further_labels(self, wildcards: Any) -> str:
        """What its curves are called."""
        curves = self.study.curves
        return json.dumps({name: curves[name].label or name for name in self._further(wildcards)})

    def _further(self, wildcards: Any) -> list[str]:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, VoteLimitTable | ForecastTable | CoverageTable)
        return list(dict.fromkeys(table.curves))
