"""What the rules of difficulty bins, and of curves that choose by them, ask about a study."""

from typing import Any

from scripts.lib.config.bins import Bins
from scripts.lib.config.curves import OptimalCurve
from scripts.lib.slices import as_json
from scripts.lib.workflow_curves import CurveFiles


class OptimalFiles(CurveFiles):
    """Bins and compute-optimal curves of one study: a part of StudyFiles."""

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

    def optimal_inputs(self, wildcards: Any) -> dict[str, str | list[str]]:
        """The curves that a compute-optimal one chooses among, and its bins."""
        curve = self.study.curves[wildcards.curve]
        assert isinstance(curve, OptimalCurve)
        names = list(dict.fromkeys(curve.curves or []))
        return {
            "points": [self.path("curves", f"{name}.csv") for name in names],
            "outcomes": [self.path("outcomes", f"{name}.parquet") for name in names],
            "bins": self.path("bins", f"{curve.bins}.parquet"),
        }
