"""What the rules of tables at equal compute, and of shapes against it, ask about a study."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

from scripts.lib.config.curves import made_from
from scripts.lib.config.study_tables import CrossingsTable, RatiosTable, ShapeTable
from scripts.lib.slices import as_json
from scripts.lib.workflow_tradeoff import TradeoffFiles


class ComputeFiles(TradeoffFiles):
    """Tables of crossings, ratios and shapes of one study: a part of StudyFiles."""

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
        return [self.path("curves", f"{name}.csv") for name in self._crossed(wildcards)]

    def crossings_labels(self, wildcards: Any) -> str:
        """What they are called."""
        curves = self.study.curves
        return json.dumps({n: curves[n].label or n for n in self._crossed(wildcards)})

    def crossings_facts(self, wildcards: Any) -> str:
        """The options that tell the sizes of the models of published curves, where known."""
        options = []
        for name in self._crossed(wildcards):
            published = self.study.curves[name].published
            if published is not None and published.model in self.facts:
                options.append(self._facts_of(name, published.model))
        return " ".join(options)

    def ratios_facts(self, wildcards: Any) -> str:
        """The options that tell the sizes of the models of a table of ratios."""
        names = dict.fromkeys(n for _, _, n in _sized(self.study.tables[wildcards.table]))
        return " ".join(self._facts_of(name, name) for name in names)

    def sized_spec(self, wildcards: Any) -> str:
        """A slice of a table of crossings, ratios or shapes."""
        return as_json(self.study.tables[wildcards.table], exclude={"target"})

    def shape_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """The curves of a table of shapes, and the outcomes of those that have samples."""
        names = self._shaped(wildcards)
        known = [n for n in names if made_from(self.study.curves[n]) != "published"]
        return {
            "points": [self.path("curves", f"{name}.csv") for name in names],
            "outcomes": [self.path("outcomes", f"{name}.parquet") for name in known],
        }

    def shape_labels(self, wildcards: Any) -> str:
        """What they are called."""
        curves = self.study.curves
        return json.dumps({name: curves[name].label or name for name in self._shaped(wildcards)})

    def _facts_of(self, name: str, model: str) -> str:
        told = as_json(self.facts[model], exclude={"source"})
        return f"--facts {shlex.quote(name)} {shlex.quote(told)}"

    def _crossed(self, wildcards: Any) -> list[str]:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, CrossingsTable)
        return list(dict.fromkeys([*table.curves, *table.against]))

    def _shaped(self, wildcards: Any) -> list[str]:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, ShapeTable)
        return list(dict.fromkeys(table.curves))


def _sized(table: Any) -> Iterator[tuple[int, str, str]]:
    """Models whose sizes a table of ratios needs: the number of the run, the key, the name."""
    if not isinstance(table, RatiosTable):
        return
    for place, one in enumerate(table.runs):
        for key in ("model", "verifier", "larger"):
            name = getattr(one, key)
            if name is not None:
                yield place, key, name
