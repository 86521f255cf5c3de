"""What the rules of tables of compute tradeoffs ask about a study."""

import json
from typing import Any

from scripts.lib.config.curves import made_from
from scripts.lib.config.tradeoff_tables import EqualComputeTable, IsoAccuracyTable
from scripts.lib.workflow_forecasts import ForecastFiles


class TradeoffFiles(ForecastFiles):
    """Tables of equal compute and of iso-accuracy of one study: a part of StudyFiles."""

    def tradeoff_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """Points of the curves of such a table, and the outcomes of those that have samples."""
        names = self._traded(wildcards)
        known = [name for name in names if made_from(self.study.curves[name]) != "published"]
        return {
            "points": [self.path("curves", f"{name}.csv") for name in names],
            "outcomes": [self.path("outcomes", f"{name}.parquet") for name in known],
        }

    def tradeoff_labels(self, wildcards: Any) -> str:
        """What its curves are called."""
        curves = self.study.curves
        return json.dumps({n: curves[n].label or n for n in self._traded(wildcards)})

    def _traded(self, wildcards: Any) -> list[str]:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, EqualComputeTable | IsoAccuracyTable)
        baselines = [table.vote, table.oracle] if isinstance(table, EqualComputeTable) else []
        return list(dict.fromkeys([*baselines, *table.curves]))
