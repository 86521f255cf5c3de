"""The table of verdicts of one study."""

from collections.abc import Mapping

import polars as pl

from scripts.lib.claims.judge import verdict
from scripts.lib.claims.measure import HOW, measure
from scripts.lib.claims.query import check_query, rows_of
from scripts.lib.claims.tables import Verdict, model_of
from scripts.lib.config.claims import Judged, Judgement, Said
from scripts.lib.tableio import make_table
from scripts.lib.tables import schema_of

Row = dict[str, object]


def check_judgement(judgement: Judgement) -> None:
    """Make sure that every query can be run on the tables that it names, before these are made.

    Raises:
        ClaimError: naming the claim and the key.
    """
    for one in judgement.judged:
        names = set(one.evidence.tables.values())
        schemas = {name: pl.Schema(schema_of(model_of(name, judgement.kinds))) for name in names}
        check_query(one.at, one.evidence, schemas)


def verdicts_table(
    judgement: Judgement,
    tables: Mapping[str, pl.DataFrame],
    missing: Mapping[str, str],
    draws: int,
    seed: int,
) -> pl.DataFrame:
    """A row for each piece of evidence.

    Args:
        judgement: the evidence of the study.
        tables: what it reads, as evidence names them, each with its model's columns.
        missing: tables that are neither there nor can be made, and how to get them.
        draws: draws of a bootstrap over problems.
        seed: of these.

    Raises:
        ClaimError: a query does not give what it should.
    """
    check_judgement(judgement)
    rows = [
        _of_claim(one, judgement.claims[one.claim]) | _found(one, tables, missing, draws, seed)
        for one in judgement.judged
    ]
    return make_table(Verdict, rows)


def _of_claim(one: Judged, said: Said) -> Row:
    evidence = one.evidence
    return {
        **{"claim": one.claim, "text": said.claim, "source": said.source},
        **{"published": said.published, "study": evidence.study, "about": evidence.about},
        **{"quantity": evidence.quantity, "interval": HOW[evidence.interval]},
        **{"confirmed_if": str(evidence.confirmed_if), "basis": one.basis},
        **{"evidence": ", ".join(_tables_of(one)), "note": evidence.note},
    }


def _found(
    one: Judged,
    tables: Mapping[str, pl.DataFrame],
    missing: Mapping[str, str],
    draws: int,
    seed: int,
) -> Row:
    lost = [table for table in _tables_of(one) if table in missing]
    if lost:
        ways = "; ".join(dict.fromkeys(missing[table] for table in lost))
        return {"verdict": "no data", "why": f"{', '.join(lost)} not there: {ways}"}
    rows = rows_of(one.at, one.evidence, tables)
    measured = measure(one.at, one.evidence.interval, rows, draws, seed)
    if measured is None:
        return {"verdict": "no data", "why": "its tables leave this number empty"}
    decision, why = verdict(measured, one.evidence.confirmed_if)
    limits: Row = {"value": measured.value, "low": measured.low, "high": measured.high}
    return limits | {"verdict": decision, "why": why}


def _tables_of(one: Judged) -> list[str]:
    return list(dict.fromkeys(one.evidence.tables.values()))
