"""What the rules of tables of crossings and ratios ask about a study."""

import shlex
from collections.abc import Iterator
from typing import Any

from scripts.lib.config.study_tables import RatiosTable
from scripts.lib.slices import as_json
from scripts.lib.workflow_forecasts import ForecastFiles


class ComputeFiles(ForecastFiles):
    """Tables of crossings and ratios of one study: a part of StudyFiles."""

    def unknown_sizes(self) -> list[str]:
        """Models in tables of ratios that config/models.yaml does not know the size of."""
        lines = []
        for table, entry in self.study.tables.items():
            for place, key, name in _sized(entry):
                at = f"tables.{table}.runs.{place}.{key}"
                facts = self.facts.get(name)
                if facts is None:
                    lines.append(f"{at}: {name!r} is not in config/models.yaml")
                elif facts.active_parameters is None:
                    lines.append(f"{at}: config/models.yaml has no active_parameters of {name!r}")
        return lines

    def crossings_inputs(self, wildcards: Any) -> list[str]:
        """The curves of a table of crossings."""
        return [self.path("curves", f"{name}.csv") for name in self.compared(wildcards)]

    def crossings_facts(self, wildcards: Any) -> str:
        """The options that tell the sizes of the models of published curves, where known."""
        options = []
        for name in self.compared(wildcards):
            published = self.study.curves[name].published
            if published is not None and published.model in self.facts:
                options.append(self._facts_of(name, published.model))
        return " ".join(options)

    def ratios_facts(self, wildcards: Any) -> str:
        """The options that tell the sizes of the models of a table of ratios."""
        names = dict.fromkeys(n for _, _, n in _sized(self.study.tables[wildcards.table]))
        return " ".join(self._facts_of(name, name) for name in names)

    def _facts_of(self, name: str, model: str) -> str:
        told = as_json(self.facts[model], exclude={"source"})
        return f"--facts {shlex.quote(name)} {shlex.quote(told)}"


def _sized(table: Any) -> Iterator[tuple[int, str, str]]:
    """Models whose sizes a table of ratios needs: the number of the run, the key, the name."""
    if not isinstance(table, RatiosTable):
        return
    for place, one in enumerate(table.runs):
        for key in ("model", "verifier", "larger"):
            name = getattr(one, key)
            if name is not None:
                yield place, key, name
