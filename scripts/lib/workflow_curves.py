"""What the rules of curves, fits and tables ask about a study."""

import json
import shlex
from types import SimpleNamespace
from typing import Any

from scripts.lib.config.curves import (
    AskCurve,
    BestOfNCurve,
    ControlCurve,
    Curve,
    ForcingCurve,
    OracleCurve,
    RejectionCurve,
    SearchCurve,
    SftCurve,
    made_from,
    pools_of,
)
from scripts.lib.config.models import TrainedModel
from scripts.lib.config.needs import Needs
from scripts.lib.config.panels import FUNNEL
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.searched import SearchedPool
from scripts.lib.config.study_tables import (
    ComparisonTable,
    ControlTable,
    PassedOverTable,
    ScoresTable,
)
from scripts.lib.slices import as_json, reference_file
from scripts.lib.workflow_anatomy import AnatomyFiles

SAMPLES = ("answers", "costs", "traces")


class CurveFiles(AnatomyFiles):
    """The curves and their tables of one study: a part of StudyFiles."""

    # --- what there is -------------------------------------------------------------------

    def curves(self, source: str) -> list[str]:
        """Curves whose points are made from one kind of source (config.curves.made_from)."""
        return [n for n, c in self.study.curves.items() if made_from(c) == source]

    def obeying(self) -> list[str]:
        """Curves of which the fit tells how asked budgets are obeyed."""
        return [n for n, c in self.study.curves.items() if isinstance(c, AskCurve)]

    def length_controlled(self) -> list[str]:
        """Curves of which the fit tells control, scaling and performance."""
        kinds = ForcingCurve | ControlCurve | RejectionCurve
        return [n for n, c in self.study.curves.items() if isinstance(c, kinds)]

    def seeded(self) -> list[str]:
        """Curves of which the fit tells the seed's share."""
        curves = self.study.curves.items()
        return [n for n, c in curves if isinstance(c, SftCurve) and c.groups is not None]

    def fitted(self) -> list[str]:
        """Curves with a fit of their own."""
        return [*self.obeying(), *self.length_controlled(), *self.seeded()]

    def tables(self, kind: str) -> list[str]:
        """Tables of one kind."""
        return [n for n, t in self.study.tables.items() if t.kind == kind]

    def curve_files(self, target: str | None = None, *, every: bool = False) -> list[str]:
        """The curve tables and fits of a target; those of `all` if none is named.

        Without what `samples: pulled` leaves out, unless `every` one is asked for.
        """
        left_out = Needs() if every else self.missing
        curves = [name for name, curve in self.study.curves.items() if curve.target == target]
        fitted = [name for name in self.fitted() if name in curves and name not in left_out.fits]
        curves = [name for name in curves if name not in left_out.curves]
        return [
            *(self.path("curves", f"{name}.csv") for name in curves),
            *(self.path("fits", f"{name}.csv") for name in fitted),
        ]

    def summarised_curves(self, _wildcards: Any) -> list[str]:
        """The curves of `all`, without fits."""
        return [path for path in self.curve_files() if path.startswith(self.path("curves"))]

    def table_files(self, target: str | None = None, *, every: bool = False) -> list[str]:
        """The tables of a target; those of `all`, the curation's funnel too, if none is named.

        Without what `samples: pulled` leaves out, unless `every` one is asked for.
        """
        names = [name for name, table in self.study.tables.items() if table.target == target]
        if target is None and self.study.questions is not None:
            names.append(FUNNEL)
        left_out = () if every else self.missing.tables
        return [self.path("tables", f"{name}.csv") for name in names if name not in left_out]

    # --- curves --------------------------------------------------------------------------

    def curve(self, wildcards: Any) -> Curve:
        """A curve's entry."""
        return self.study.curves[wildcards.curve]

    def curve_spec(self, wildcards: Any) -> str:
        """A curve's slice, without how it is shown."""
        return as_json(self.curve(wildcards), exclude={"label", "target"})

    def quoted_spec(self, curve: str) -> str:
        """The same for a command line that names several."""
        return shlex.quote(self.curve_spec(SimpleNamespace(curve=curve)))

    def curve_inputs(self, wildcards: Any) -> dict[str, Any]:
        """The tables that a curve is made from, and what its models were trained with."""
        curve = self.curve(wildcards)
        pools = pools_of(curve)
        files: dict[str, list[str]] = {
            part: [self.path("pools", pool, f"{part}.parquet") for pool in pools]
            for part in SAMPLES
        }
        models = list(dict.fromkeys(self.study.pools[pool].model for pool in pools))
        training = [file for model in models for file in self.training_files(model)]
        given = [file for model in models for file in self.training_set(model)]
        more = {"training": training, "training_sets": given} | self.score_files(curve)
        return files | {name: list(dict.fromkeys(found)) for name, found in more.items() if found}

    def curve_samples(self, wildcards: Any) -> str:
        """The options that hand a curve its pools, each with what its model was trained with."""
        curve = self.curve(wildcards)
        options = [self._pool_options(pool) for pool in pools_of(curve)]
        return " ".join([*options, *self.score_options(curve)])

    def scorer_of(self, curve: Curve) -> str | None:
        """The verifier whose scores choose among the samples of a curve, if one does."""
        if isinstance(curve, BestOfNCurve) and curve.pool is not None:
            return curve.verifier
        if isinstance(curve, SearchCurve) and curve.pool is not None:
            pool = self.study.pools[curve.pool]
            assert isinstance(pool, SearchedPool)
            return pool.verifier
        return None

    def score_files(self, curve: Curve) -> dict[str, list[str]]:
        """The scores that choose among a curve's samples, and what tells the verifier's size.

        A search has scored its steps itself.
        """
        verifier = self.scorer_of(curve)
        if verifier is None:
            return {}
        (pool,) = pools_of(curve)
        scores = self.path("scores", pool, f"{verifier}.parquet")
        if isinstance(curve, SearchCurve):
            scores = self.path("pools", pool, "steps.parquet")
        return {"scores": [scores], "verifier": self.verifier_files(verifier)}

    def score_options(self, curve: Curve) -> list[str]:
        """The options that hand a curve these scores."""
        verifier = self.scorer_of(curve)
        if verifier is None:
            return []
        (scores,) = self.score_files(curve)["scores"]
        options = [f"--scores {scores} --verifier {verifier}", self.verifier_size(verifier)]
        return [option for option in options if option]

    def _pool_options(self, pool: str) -> str:
        name = self.study.pools[pool].model
        options = [f"--model {shlex.quote(name)}"]
        options += [f"--{part} {self.path('pools', pool, f'{part}.parquet')}" for part in SAMPLES]
        training = self.training_files(name)
        if training:
            options.append(f"--training {' '.join(training)}")
        model = self.study.models.get(name)
        if isinstance(model, TrainedModel):
            options.append(f"--examples {model.corpus.examples}")
        options += [f"--training-set {file}" for file in self.training_set(name)]
        return " ".join(options)

    def training_set(self, model: str) -> list[str]:
        """What the fine-tuning of a model says it was given; none for other models."""
        return [self.path("models", model, "examples.csv")] if model in self.tuned() else []

    def curve_origin(self, wildcards: Any) -> str:
        """Whether the samples of a curve were drawn here or recorded by others."""
        pools = [self.study.pools[name] for name in pools_of(self.curve(wildcards))]
        return "recorded" if isinstance(pools[0], RecordedPool) else "measured"

    def curve_reference(self, wildcards: Any) -> str:
        """The file of published values, or counts, that a curve is taken from."""
        curve = self.curve(wildcards)
        taken = curve.published or (curve.counts if isinstance(curve, OracleCurve) else None)
        assert taken is not None
        return reference_file(taken.paper)

    # --- fits ----------------------------------------------------------------------------

    def fit_inputs(self, wildcards: Any) -> dict[str, str]:
        """The tables that a curve's fit of obedience is made from."""
        files = {"points": self.path("curves", f"{wildcards.curve}.csv")}
        for pool in pools_of(self.curve(wildcards)):
            files["traces"] = self.path("pools", pool, "traces.parquet")
        return files

    def traces_option(self, wildcards: Any) -> str:
        """The option that hands a fit the samples of its curve, if it has any."""
        traces = self.fit_inputs(wildcards).get("traces")
        return f"--traces {traces}" if traces else ""

    def outcome_inputs(self, wildcards: Any) -> dict[str, str]:
        """A curve's points, and its outcomes if it has samples."""
        files = {"points": self.path("curves", f"{wildcards.curve}.csv")}
        if pools_of(self.curve(wildcards)):
            files["outcomes"] = self.path("outcomes", f"{wildcards.curve}.parquet")
        return files

    def outcomes_option(self, wildcards: Any) -> str:
        """The option that hands a fit the outcomes of its curve, if it has any."""
        outcomes = self.outcome_inputs(wildcards).get("outcomes")
        return f"--outcomes {outcomes}" if outcomes else ""

    # --- tables --------------------------------------------------------------------------

    def compared(self, wildcards: Any) -> list[str]:
        """The curves that a table puts side by side."""
        return self.study.tables[wildcards.table].compared()

    def compared_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """Points of a table's curves, and outcomes of those that are not published."""
        names = self.compared(wildcards)
        known = [name for name in names if made_from(self.study.curves[name]) != "published"]
        return {
            "points": [self.path("curves", f"{name}.csv") for name in names],
            "outcomes": [self.path("outcomes", f"{name}.parquet") for name in known],
        }

    def beside_paper_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """What a control or comparison table is made from."""
        table = self._beside_paper(wildcards)
        files = self.compared_inputs(wildcards)
        if isinstance(table, ControlTable):
            del files["outcomes"]
            files["fits"] = [self.path("fits", f"{name}.csv") for name in table.compared()]
        if table.published is not None:
            files["reference"] = [reference_file(table.published.paper)]
        return files

    def table_spec(self, wildcards: Any) -> str:
        """A table's slice."""
        return as_json(self.study.tables[wildcards.table], exclude={"target"}, by_alias=True)

    def table_labels(self, wildcards: Any) -> str:
        """What the curves of a table are called."""
        curves = self.study.curves
        return json.dumps({name: curves[name].label or name for name in self.compared(wildcards)})

    def reference_option(self, wildcards: Any) -> str:
        """The option that hands a table the values of its paper, if it names one."""
        published = self._beside_paper(wildcards).published
        return "" if published is None else f"--reference {reference_file(published.paper)}"

    def _beside_paper(self, wildcards: Any) -> ControlTable | ComparisonTable:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, ControlTable | ComparisonTable)
        return table

    def chosen_inputs(self, wildcards: Any) -> dict[str, list[str]]:
        """The answers and scores that a table of what verifiers say or choose is made from."""
        curves = self._chosen(wildcards).values()
        answers = [
            self.path("pools", p, "answers.parquet") for curve in curves for p in pools_of(curve)
        ]
        scores = [file for curve in curves for file in self.score_files(curve)["scores"]]
        return {"answers": list(dict.fromkeys(answers)), "scores": list(dict.fromkeys(scores))}

    def chosen_options(self, wildcards: Any) -> str:
        """The options that hand it each curve with its files."""
        options = []
        for name, curve in self._chosen(wildcards).items():
            (pool,) = pools_of(curve)
            (scores,) = self.score_files(curve)["scores"]
            spec = self.quoted_spec(name)
            answers = self.path("pools", pool, "answers.parquet")
            options.append(f"--curve {name} --spec {spec} --answers {answers} --scores {scores}")
            options.append(f"--verifier {self.scorer_of(curve)}")
        return " ".join(options)

    def score_parts(self, wildcards: Any) -> int:
        """Into how many parts a scores table cuts solutions."""
        table = self.study.tables[wildcards.table]
        assert isinstance(table, ScoresTable)
        return table.parts

    def _chosen(self, wildcards: Any) -> dict[str, Curve]:
        table = self.study.tables[wildcards.table]
        assert isinstance(table, PassedOverTable | ScoresTable)
        return {name: self.study.curves[name] for name in table.curves}
