"""What of a study is there, or can be made, where samples and models are only pulled."""

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.lib.config.benchmarks import QuestionsBenchmark
from scripts.lib.config.curves import made_from
from scripts.lib.config.needs import Needs
from scripts.lib.config.panels import FUNNEL
from scripts.lib.config.pools import RecordedPool
from scripts.lib.curation.steps import STEPS
from scripts.lib.workflow_compute import ComputeFiles


class WhatIsThere:
    """Follows files of a study back to what lies on the disk.

    Args:
        files: the study.
    """

    def __init__(self, files: ComputeFiles) -> None:
        self._files = files
        self._study = files.study
        self._known: dict[str, bool] = {}
        self._makers: dict[str, Callable[..., Any]] = {
            "curves": self._of_curve,
            "outcomes": self._of_curve,
            "fits": self._of_fit,
            "bins": self._of_bins,
            "tables": self._of_table,
            "pools": self._of_pool,
            "problems": self._of_problems,
        }

    def missing(self) -> Needs:
        """Names of what is neither there nor can be made of what is."""
        study, lost = self._study, self._lost
        tables = [*study.tables, *([FUNNEL] if study.questions else [])]
        return Needs(
            curves=lost("curves", list(study.curves), "{}.csv"),
            fits=lost("fits", self._files.fitted(), "{}.csv"),
            tables=lost("tables", tables, "{}.csv"),
            selections=lost("selections", list(study.selections), "{}.parquet"),
            models=lost("models", self._files.made(), "{}/training.csv"),
            outcomes=lost("outcomes", list(study.curves), "{}.parquet"),
            bins=lost("bins", list(study.bins), "{}.parquet"),
            anatomies=tuple(n for n in study.anatomies if not self._has(self._anatomy(n))),
        )

    def only_tables(self) -> list[str]:
        """Curves that are there but could not be made again: they are taken as they stand."""
        paths = {name: self._files.path("curves", f"{name}.csv") for name in self._study.curves}
        return [n for n, path in paths.items() if Path(path).exists() and not self._makes(path)]

    def _anatomy(self, name: str) -> str:
        return self._files.anatomy_file(name)

    def without(self, names: Iterable[str], tables: Callable[[str], list[str]]) -> tuple[str, ...]:
        """Those of some names whose tables are not all there, nor can be made."""
        return tuple(name for name in names if not all(map(self._has, tables(name))))

    def _lost(self, part: str, names: list[str], file: str) -> tuple[str, ...]:
        path = self._files.path
        return tuple(n for n in names if not self._has(path(part, file.format(n))))

    def _has(self, path: str) -> bool:
        return Path(path).exists() or self._makes(path)

    def leaves(self, paths: Iterable[str]) -> list[str]:
        """What files are made of in the end: what `samples: pulled` takes as it is.

        Answers and costs are taken with their samples, so not what these could be made of.
        """
        found: dict[str, None] = {}
        for path in paths:
            inputs = self._inputs(path)
            if inputs != [] and path.startswith(self._files.path("pools", "")):
                found[path] = None
            elif inputs is not None:
                found |= dict.fromkeys(self.leaves(_flat(inputs)))
            elif path.startswith(self._files.path("")):
                found[path] = None
        return list(found)

    def _makes(self, path: str) -> bool:
        if path not in self._known:
            inputs = self._inputs(path)
            self._known[path] = inputs is not None and all(map(self._has, _flat(inputs)))
        return self._known[path]

    def _inputs(self, path: str) -> Any:
        """What a file is made of; None for what no rule makes here."""
        if path.startswith("data/fetched/"):
            return []
        if not path.startswith(self._files.path("")):
            return None
        _, _, part, name, *inner = path.split("/")
        made = self._makers.get(part)
        return None if made is None else made(Path(name).stem, *inner)

    def _of_curve(self, name: str) -> Any:
        of = SimpleNamespace(curve=name)
        source = made_from(self._study.curves[name])
        if source == "curves":
            return self._files.optimal_inputs(of)
        return self._files.curve_inputs(of) if source == "samples" else []

    def _of_fit(self, name: str) -> Any:
        asks = name in self._files.obeying()
        inputs = self._files.fit_inputs if asks else self._files.outcome_inputs
        return inputs(SimpleNamespace(curve=name))

    def _of_bins(self, name: str) -> Any:
        return self._files.bins_inputs(SimpleNamespace(bins=name))

    def _of_problems(self, name: str) -> Any:
        posed = isinstance(self._study.benchmarks[name], QuestionsBenchmark)
        return None if posed else []

    def _of_table(self, name: str) -> Any:
        files = self._files
        if name == FUNNEL:
            steps = [*STEPS.values(), *(f"dropped/{step}" for step in STEPS)]
            return [files.path("questions", f"{step}.parquet") for step in steps]
        return {
            "control": files.beside_paper_inputs,
            "comparison": files.beside_paper_inputs,
            "passed_over": files.chosen_inputs,
            "scores": files.chosen_inputs,
            "verifier": files.held_out_files,
            "crossings": files.crossings_inputs,
            "ratios": lambda _: [],
            "shape": files.compared_inputs,
            "vote_limit": files.voted_inputs,
            "forecast": files.voted_inputs,
            "coverage": files.compared_inputs,
            "equal_compute": files.compared_inputs,
            "iso_accuracy": files.compared_inputs,
            "ledger": files.ledger_inputs,
        }[self._study.tables[name].kind](SimpleNamespace(table=name))

    def _of_pool(self, name: str, file: str, *_inner: str) -> Any:
        files, of = self._files, SimpleNamespace(pool=name)
        if isinstance(self._study.pools[name], RecordedPool):
            return []
        searched = name in files.searched_pools()
        traces = files.path("pools", name, "traces.parquet")
        if file == "answers.parquet":
            return [traces, files.pool_problems(of)]
        if file == "costs.parquet" and searched:
            spent = files.path("pools", name, "spent.parquet")
            return [spent, files.pool_weights(of), files.pool_verifier_weights(of)]
        return [traces, files.pool_weights(of)] if file == "costs.parquet" else None


def _flat(inputs: Any) -> list[str]:
    if isinstance(inputs, str):
        return [inputs]
    parts = inputs.values() if isinstance(inputs, dict) else inputs
    return [file for part in parts for file in _flat(part)]
