"""What the rule of verdicts asks about a study: the tables that claims rest on, and no more."""

import json
import shlex
from pathlib import Path
from typing import Any

from scripts.lib.config.claim_names import of_study, problems_of_claims, unknown_studies
from scripts.lib.config.claims import PRICES, Claims, Evidence, Judged, Judgement, Said
from scripts.lib.config.curves import OptimalCurve, made_from, pools_of
from scripts.lib.config.panels import FUNNEL
from scripts.lib.config.pools import RecordedPool
from scripts.lib.config.study_tables import ComparisonTable, RatiosTable
from scripts.lib.slices import as_json, reference_file
from scripts.lib.workflow_part import StudyPart

CONFIG = Path("config")
PUBLISHED, RECORDED, MEASURED = "published points", "recorded samples", "measured"
MAKE_IT = "without `weights=released` and `data=released` the study makes it"
OF_RESULTS = ("curves", "outcomes", "fits", "tables")


class ClaimFiles(StudyPart):
    """The claims that one study judges: a part of StudyFiles."""

    claims: Claims

    def claim_problems(self) -> list[str]:
        """Names in claims that stand for nothing in the study, of which nothing is left out yet."""
        found = [
            *unknown_studies(self.claims, CONFIG),
            *problems_of_claims(self.claims, self.whole_study),
        ]
        return [f"{CONFIG}/claims.yaml: {line}" for line in found]

    def verdict_files(self) -> list[str]:
        """The table of verdicts, if any claim is judged by this study."""
        there = any(of_study(self.claims, self.whole_study))
        return [self.path("verdicts.csv")] if there else []

    def check_claims(self) -> None:
        """Try all queries on tables without rows.

        Raises:
            ClaimError: one of them does not fit its tables.
        """
        if self.verdict_files():
            # Here alone, as it loads what the programs do, which takes half a second.
            from scripts.lib.claims.verdicts import check_judgement  # noqa: PLC0415

            check_judgement(self.judgement())

    def judgement(self) -> Judgement:
        """All evidence of this study."""
        judged = [
            Judged(
                claim=name,
                at=f"{CONFIG}/claims.yaml: {at}",
                evidence=evidence,
                basis=self._basis(evidence),
            )
            for name, at, evidence in of_study(self.claims, self.whole_study)
        ]
        named = {table for one in judged for table in one.evidence.tables.values()}
        own = sorted(name.removeprefix("tables/") for name in named if name.startswith("tables/"))
        kinds: dict[str, str] = {n: t.kind for n, t in self.whole_study.tables.items() if n in own}
        if FUNNEL in own:
            kinds[FUNNEL] = FUNNEL
        said = {
            one.claim: Said(**self.claims[one.claim].model_dump(exclude={"evidence"}))
            for one in judged
        }
        return Judgement(claims=said, judged=judged, kinds=kinds)

    def claim_spec(self, _wildcards: Any) -> str:
        """The slice of the claims."""
        return as_json(self.judgement())

    def claim_tables(self, _wildcards: Any) -> list[str]:
        """The tables that evidence rests on, but for those that are neither there nor made."""
        return [path for name, path in self._named().items() if name not in self._lost()]

    def claim_options(self, _wildcards: Any) -> str:
        """The options that hand them over by name."""
        lost = self._lost()
        given = [f"--table {n} {path}" for n, path in self._named().items() if n not in lost]
        return " ".join(given)

    def claim_missing(self, _wildcards: Any) -> str:
        """The option that tells what is neither there nor can be made; nothing if all is."""
        lost = self._lost()
        return f"--missing {shlex.quote(json.dumps(lost))}" if lost else ""

    def _named(self) -> dict[str, str]:
        """Where the tables lie, by the names that evidence has for them."""
        evidence = [one for _, _, one in of_study(self.claims, self.whole_study)]
        names = sorted({table for one in evidence for table in one.tables.values()})
        return {name: self._place(name) for name in names}

    def _place(self, table: str) -> str:
        part, _, name = table.partition("/")
        if table == PRICES:
            return str(CONFIG / "prices.yaml")
        if part == "reference":
            return reference_file(name)
        return self.path(part, f"{name}.{'parquet' if part == 'outcomes' else 'csv'}")

    def _lost(self) -> dict[str, str]:
        """Tables that are not there and that no rule makes, with the command that gets them."""
        lost = {}
        for table in self._named():
            part, _, name = table.partition("/")
            if part not in OF_RESULTS:
                continue
            known = self.study.tables if part == "tables" else self.study.curves
            if name not in known and name != FUNNEL:
                lost[table] = f"it rests on what is not published: {MAKE_IT}"
            elif name in getattr(self.missing, part):
                lost[table] = (
                    f"`{self.pull}` gets it if the study was recorded; run it without "
                    "`samples=pulled` to make it"
                )
        return lost

    def _basis(self, evidence: Evidence) -> str:
        """What the tables of evidence hold in the end; of several curves, those that it names."""
        tables = evidence.tables.values()
        kinds = [kind for table in tables for kind in self._kinds_of(table, evidence.sql)]
        return " and ".join(dict.fromkeys(kinds))

    def _kinds_of(self, table: str, sql: str) -> list[str]:
        part, _, name = table.partition("/")
        if table == PRICES or part == "reference":
            return [PUBLISHED]
        if part != "tables":
            return self._kinds_of_curve(name)
        entry = self.whole_study.tables.get(name)
        if isinstance(entry, RatiosTable):
            return [PUBLISHED]
        named = [*getattr(entry, "curves", []), *getattr(entry, "against", [])]
        curves = [*named, entry.reference] if isinstance(entry, ComparisonTable) else named
        asked = [curve for curve in curves if f"'{curve}'" in sql] or curves
        found = [kind for curve in asked for kind in self._kinds_of_curve(curve)]
        return found or [MEASURED]

    def _kinds_of_curve(self, name: str) -> list[str]:
        curve = self.whole_study.curves[name]
        if made_from(curve) == "published":
            return [PUBLISHED]
        if made_from(curve) == "counts":
            return [RECORDED]
        if isinstance(curve, OptimalCurve):
            return [kind for part in curve.curves or [] for kind in self._kinds_of_curve(part)]
        pools = [self.whole_study.pools[pool] for pool in pools_of(curve)]
        return [RECORDED if isinstance(pool, RecordedPool) else MEASURED for pool in pools]
