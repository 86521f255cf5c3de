"""What the rules of difficulty bins ask about a study."""

from typing import Any

from scripts.lib.config.bins import Bins
from scripts.lib.slices import as_json
from scripts.lib.workflow_curves import CurveFiles


class OptimalFiles(CurveFiles):
    """The difficulty bins of one study: a part of StudyFiles."""

    def bins_spec(self, wildcards: Any) -> str:
        """A slice of bins."""
        return as_json(self._bins(wildcards))

    def bins_inputs(self, wildcards: Any) -> dict[str, str | list[str]]:
        """The samples that bins are made from, with their scores if the bins go by them."""
        bins = self._bins(wildcards)
        files: dict[str, str | list[str]] = {
            part: self.path("pools", bins.pool, f"{part}.parquet") for part in ("answers", "costs")
        }
        if bins.verifier is not None:
            files["scores"] = self.path("scores", bins.pool, f"{bins.verifier}.parquet")
            files["verifier"] = self.verifier_files(bins.verifier)
        return files

    def bins_scores(self, wildcards: Any) -> str:
        """The options that hand bins by score the scores, and what tells the verifier's size."""
        bins = self._bins(wildcards)
        if bins.verifier is None:
            return ""
        scores = self.path("scores", bins.pool, f"{bins.verifier}.parquet")
        return f"--scores {scores} {self.verifier_size(bins.verifier)}".strip()

    def _bins(self, wildcards: Any) -> Bins:
        return self.study.bins[wildcards.bins]
