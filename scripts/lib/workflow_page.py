"""What the rule of the page asks about a study."""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.lib.config.curves import Curve, pools_of
from scripts.lib.config.pools import ForcedPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.page.spec import PageSpec, ReadPool, is_live
from scripts.lib.page.texts import plain_math
from scripts.lib.slices import reference_file
from scripts.lib.workflow_compute import ComputeFiles


class PageFiles(ComputeFiles):
    """The page of one study: a part of StudyFiles."""

    missing_samples: tuple[str, ...] = ()
    """Pools that `samples: pulled` leaves out: neither there nor to be had."""

    def page_files(self) -> list[str]:
        """The page, of a study that has anything to show."""
        return [self.path("index.html")] if self._page_figures() else []

    def _page_figures(self) -> dict[str, Any]:
        return {n: f for n, f in self.study.figures.items() if f.target is None}

    def _page_curves(self) -> dict[str, Curve]:
        """Curves of `all` that are there, and those that its figures draw besides."""
        drawn = {c for figure in self._page_figures().values() for c in figure.needs().curves}
        return {
            name: curve
            for name, curve in self.study.curves.items()
            if (curve.target is None or name in drawn) and name not in self.missing.curves
        }

    def _page_tables(self) -> list[str]:
        """Tables of panels that stand beside those that the page draws: styles are told by them."""
        live = [figure for figure in self._page_figures().values() if is_live(figure)]
        named = dict.fromkeys(table for figure in live for table in figure.needs().tables)
        return [name for name in named if name not in self.missing.tables]

    def _lost_labels(self) -> dict[str, str]:
        """What curves are called that figures should draw and that are not here."""
        drawn = {c for figure in self._page_figures().values() for c in figure.needs().curves}
        curves = self.study.curves
        return {n: curves[n].label or n for n in self.missing.curves if n in drawn}

    def _page_pools(self) -> list[str]:
        """Pools that those curves are drawn from, whose samples are here."""
        return [name for name in self._drawn_pools() if name not in self.missing_samples]

    def _drawn_pools(self) -> list[str]:
        """Pools that those curves are drawn from."""
        named = [pool for curve in self._page_curves().values() for pool in pools_of(curve)]
        return list(dict.fromkeys(named))

    def page_inputs(self, _wildcards: Any) -> dict[str, list[str]]:
        """All that the page shows."""
        figures, curves, pools = self._page_figures(), self._page_curves(), self._page_pools()
        papers = {paper for figure in figures.values() for paper in figure.needs().papers}
        samples = [file for name in pools for file in self.pool_tables(name)]
        return {
            "figures": [self.path("figures", f"{name}.svg") for name in figures],
            "points": [self.path("curves", f"{name}.csv") for name in curves],
            "tables": [self.path("tables", f"{name}.csv") for name in self._page_tables()],
            "references": [reference_file(paper) for paper in sorted(papers)],
            "verdicts": self.verdict_files(),
            "samples": list(dict.fromkeys(samples)),
        }

    def pool_tables(self, pool: str) -> list[str]:
        """All tables of a pool that the page reads."""
        return [file for files in self._pool_tables(pool).values() for file in files]

    def page_options(self, wildcards: Any) -> str:
        """The options that hand over the verdicts, if there are any, and each pool."""
        options = [f"--verdicts {file}" for file in self.verdict_files()]
        for name in self._page_pools():
            tables = self._pool_tables(name)
            options.append(f"--pool {name}")
            options += [
                f"--{option} {' '.join(files)}"
                for option, files in tables.items()
                if files and option != "tokenizer"
            ]
            if tables["tokenizer"]:
                model = self.study.pools[name].model
                options.append(f"--tokenizer {shlex.quote(self.tokenizer_place(model))}")
        return " ".join(options)

    def page_spec(self, _wildcards: Any) -> str:
        """What the page shows of the study, in the order of its file."""
        lost = self._lost_labels()
        spec = PageSpec(
            study=self.study.study,
            title=self.study.title,
            page=self.study.page,
            figures=self._page_figures(),
            curves=self._page_curves(),
            lost=lost,
            pull=self.pull if lost else "",
            absent=[n for n in self._drawn_pools() if n in self.missing_samples],
            pools={name: self._read_pool(name) for name in self._page_pools()},
        )
        return json.dumps(spec.model_dump(mode="json", exclude_defaults=True, by_alias=True))

    # --- what `snakemake --report` calls results ------------------------------------------

    def report_figure(self, wildcards: Any) -> dict[str, str]:
        """What a figure is called."""
        return {"figure": _plain(self.study.figures[wildcards.figure].title)}

    def report_status(self, wildcards: Any) -> str:
        """What a figure is: a reconstruction, a replication, and so on."""
        return self.study.figures[wildcards.figure].status

    def report_curve(self, wildcards: Any) -> dict[str, str]:
        """What a curve is called."""
        label = self.study.curves[wildcards.curve].label
        return {"curve": _plain(label or wildcards.curve), "name": wildcards.curve}

    def report_method(self, wildcards: Any) -> str:
        """A curve's method."""
        return self.study.curves[wildcards.curve].method

    def report_table(self, wildcards: Any) -> dict[str, str]:
        """What a table is called."""
        title = self.study.tables[wildcards.table].title
        return {"table": _plain(title), "name": wildcards.table}

    # --- parts -----------------------------------------------------------------------------

    def _pool_tables(self, name: str) -> dict[str, list[str]]:
        """The tables of a pool that the page reads, by the program's options."""
        of = SimpleNamespace(pool=name)
        pool = self.study.pools[name]
        tokenizer = self.tokenizer_files(pool.model) if pool.model in self.made() else []
        # What was pulled may have come without its models: the page can do without them too.
        here = self.study.samples == "built" or all(Path(file).exists() for file in tokenizer)
        marked = isinstance(pool, ForcedPool | SearchedPool) or self._scored(name)
        return {
            "traces": [self.path("pools", name, "traces.parquet")],
            "answers": [self.path("pools", name, "answers.parquet")],
            "problems": [self.pool_problems(of)],
            "scores": self._scored(name),
            "tokenizer": tokenizer if here and marked else [],
        }

    def _scored(self, name: str) -> list[str]:
        """The scores of a pool's steps: a search's own, or those that a curve chooses by."""
        curves = [c for c in self._page_curves().values() if pools_of(c) == [name]]
        found = [file for c in curves for file in self.score_files(c).get("scores", [])]
        return list(dict.fromkeys(found))

    def _read_pool(self, name: str) -> ReadPool:
        pool = self.study.pools[name]
        told = {"model": pool.model, "benchmark": getattr(pool, "benchmark", ""), "kind": pool.kind}
        if isinstance(pool, ForcedPool):
            parts = ("wait", "answer", "final")
            return ReadPool(**told, **{part: getattr(pool.forcing, part) for part in parts})
        if isinstance(pool, SearchedPool):
            return ReadPool(**told, separator=pool.separator)
        scorers = [self.scorer_of(c) for c in self._page_curves().values() if name in pools_of(c)]
        separators = [self.separator_of(scorer) for scorer in scorers if scorer is not None]
        return ReadPool(**told, **({"separator": separators[0]} if separators else {}))


def _plain(text: str) -> str:
    """A text without formulas, nor the braces that Snakemake takes for wildcards."""
    return plain_math(text).translate(str.maketrans("{}", "()"))
