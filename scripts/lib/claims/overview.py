"""All claims side by side, whichever study judged them."""

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl

from scripts.lib.claims.tables import VERDICTS
from scripts.lib.config.claim_names import AUDIT
from scripts.lib.config.claims import Claim, Claims, Evidence

NOT_JUDGED = "not judged"


def of_all_claims(claims: Claims, judged: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Lines that tell of each claim what the studies say, and how to have the others say it.

    Args:
        claims: from config/claims.yaml.
        judged: Verdict tables by study, of those that have one.
    """
    for name, claim in claims.items():
        yield from (f"{name}: {claim.claim}", *_by_study(claim, name, judged), "")


def of_one_claim(name: str, claim: Claim, judged: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Lines that tell each number that speaks for or against a claim, and what follows from it."""
    yield from (claim.claim, f"  source: {claim.source}", f"  published: {claim.published}", "")
    for evidence in claim.evidence:
        row = _verdict(evidence, name, judged)
        yield f"{evidence.study}, {evidence.about}: {evidence.quantity}"
        if row is None:
            yield f"  {NOT_JUDGED}: {_how(evidence.study)}"
            continue
        yield f"  {row['verdict']}: {row['why']}"
        yield f"  interval: {row['interval']}; from {row['evidence']} ({row['basis']})"
        if evidence.note is not None:
            yield f"  note: {evidence.note}"


def _by_study(claim: Claim, name: str, judged: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    for study in dict.fromkeys(evidence.study for evidence in claim.evidence):
        rows = [_verdict(one, name, judged) for one in claim.evidence if one.study == study]
        counts = Counter(NOT_JUDGED if row is None else row["verdict"] for row in rows)
        told = ", ".join(f"{counts[v]} {v}" for v in (*VERDICTS, NOT_JUDGED) if counts[v])
        yield f"  {study:<9} {told}{f': {_how(study)}' if counts[NOT_JUDGED] else ''}"


def _verdict(
    evidence: Evidence, claim: str, judged: Mapping[str, pl.DataFrame]
) -> dict[str, str] | None:
    """The row of a piece of evidence; None where its study has not judged it, or another one."""
    if evidence.study not in judged:
        return None
    rows = judged[evidence.study].filter(
        claim=claim,
        about=evidence.about,
        quantity=evidence.quantity,
        confirmed_if=str(evidence.confirmed_if),
    )
    return None if rows.is_empty() else rows.row(0, named=True)


def _how(study: str) -> str:
    if study == AUDIT:
        return "`make audit LOG=...` does, by anyone's log"
    return f"`make verdicts STUDY=config/{study}.yaml` does"
