"""What the rules of anatomies ask about a study."""

import shlex
from typing import Any

from scripts.lib.config.anatomies import (
    Anatomy,
    BestOfNAnatomy,
    ForcingAnatomy,
    SearchAnatomy,
)
from scripts.lib.config.pools import ForcedPool
from scripts.lib.slices import as_json
from scripts.lib.workflow_search import SearchFiles


class AnatomyFiles(SearchFiles):
    """The anatomies of one study: a part of StudyFiles.

    Each lies beside the samples of its pool. They take the journal, tokenizers or both models, and
    so are made where samples are drawn.
    """

    def replayed(self) -> list[str]:
        """Anatomies of searches."""
        return [n for n, a in self.study.anatomies.items() if isinstance(a, SearchAnatomy)]

    def tabulated(self) -> list[str]:
        """All others."""
        return [name for name in self.study.anatomies if name not in self.replayed()]

    def anatomy_file(self, name: str) -> str:
        """The table of an anatomy."""
        pool = self.study.anatomies[name].pool
        return self.path("pools", pool, "anatomy", f"{name}.parquet")

    def anatomy(self, wildcards: Any) -> Anatomy:
        """An anatomy's entry."""
        return self.study.anatomies[wildcards.anatomy]

    def anatomy_spec(self, wildcards: Any) -> str:
        """An anatomy's slice."""
        return as_json(self.anatomy(wildcards))

    def anatomy_inputs(self, wildcards: Any) -> dict[str, Any]:
        """The tables that an anatomy is made from, and what its program loads."""
        anatomy = self.anatomy(wildcards)
        answers = self.path("pools", wildcards.pool, "answers.parquet")
        files: dict[str, Any] = {
            "problems": self.pool_problems(wildcards),
            "traces": self.path("pools", wildcards.pool, "traces.parquet"),
            "answers": answers,
        }
        if anatomy.judge is not None:
            files["judge"] = self.path("pools", anatomy.judge, "answers.parquet")
        if isinstance(anatomy, SearchAnatomy):
            files["spent"] = self.path("pools", wildcards.pool, "spent.parquet")
            return files | self.search_inputs(wildcards)
        if isinstance(anatomy, ForcingAnatomy | BestOfNAnatomy):
            files["tokenizer"] = self.tokenizer_files(self.study.pools[wildcards.pool].model)
        if isinstance(anatomy, BestOfNAnatomy):
            files["scores"] = self._anatomy_scores(anatomy)
        return files

    def judge_option(self, wildcards: Any) -> str:
        """The option that names the answers that choose the problem; nothing where it is named."""
        judge = self.anatomy_inputs(wildcards).get("judge")
        return f"--judge {judge}" if judge else ""

    def anatomy_options(self, wildcards: Any) -> str:
        """What else an anatomy of samples is made with."""
        anatomy = self.anatomy(wildcards)
        pool = self.study.pools[wildcards.pool]
        options = [self.judge_option(wildcards)]
        if isinstance(anatomy, ForcingAnatomy | BestOfNAnatomy):
            options.append(f"--tokenizer {shlex.quote(self.tokenizer_place(pool.model))}")
        if isinstance(pool, ForcedPool):
            options.append(f"--forcing {shlex.quote(as_json(pool.forcing))}")
        if isinstance(anatomy, BestOfNAnatomy):
            separator = shlex.quote(self.separator_of(anatomy.verifier))
            options.append(f"--scores {self._anatomy_scores(anatomy)} --separator {separator}")
        return " ".join(option for option in options if option)

    def _anatomy_scores(self, anatomy: BestOfNAnatomy) -> str:
        return self.path("scores", anatomy.pool, f"{anatomy.verifier}.parquet")
