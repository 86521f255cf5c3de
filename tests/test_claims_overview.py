"""What is told of all claims, and of one, by the studies that judged them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scripts.lib.claims.overview import of_all_claims, of_one_claim
from scripts.lib.claims.tables import Verdict
from scripts.lib.config.claims import Claim
from scripts.lib.tableio import make_table

TINY = {
    **{"study": "tiny", "about": "the tiny model", "quantity": "a gain", "note": "few problems"},
    **{
        "tables": {"curve": "curves/vote"},
        "sql": "SELECT 1 AS value",
        "confirmed_if": {"above": 0},
    },
}
PAPER = TINY | {"study": "paper", "about": "s1-32B"}
CLAIM = Claim.model_validate(
    {"claim": "It is so.", "source": "someone", "published": "1", "evidence": [TINY, PAPER]}
)


def judged(**changes: Any) -> dict[str, pl.DataFrame]:
    row = {
        **{"claim": "so", "text": "It is so.", "source": "someone", "published": "1"},
        **{"study": "tiny", "about": "the tiny model", "quantity": "a gain", "value": 0.2},
        **{"low": 0.1, "high": 0.3, "interval": "given", "confirmed_if": "above 0"},
        **{"verdict": "confirmed", "why": "all lies inside", "evidence": "curves/vote"},
        **{"basis": "measured"},
    }
    return {"tiny": make_table(Verdict, [row | changes])}


def test_each_study_that_speaks_of_a_claim_is_counted_or_told_how():
    assert list(of_all_claims({"so": CLAIM}, judged())) == [
        "so: It is so.",
        "  tiny      1 confirmed",
        "  paper     1 not judged: `make verdicts STUDY=config/paper.yaml` does",
        "",
    ]


def test_of_one_claim_each_number_says_why():
    told = list(of_one_claim("so", CLAIM, judged()))
    assert "tiny, the tiny model: a gain" in told
    assert told[told.index("tiny, the tiny model: a gain") + 1 :][:3] == [
        "  confirmed: all lies inside",
        "  interval: given; from curves/vote (measured)",
        "  note: few problems",
    ]
    assert told[-1] == "  not judged: `make verdicts STUDY=config/paper.yaml` does"


@pytest.mark.parametrize("change", [{"quantity": "another"}, {"confirmed_if": "above 0.1"}])
def test_a_verdict_on_what_was_asked_before_is_none_on_what_is_asked_now(change):
    told = "\n".join(of_all_claims({"so": CLAIM}, judged(**change)))
    assert "tiny      1 not judged" in told


def test_the_program_names_the_claims_there_are(tmp_path: Path):
    command = [sys.executable, "-m", "scripts.analyse.show_claims", "--results", str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "forcing_beats_votes: Thinking on" in told
    wrong = subprocess.run([*command, "forcing"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 1
    assert "claim: 'forcing' is not defined; there is: eight_times" in wrong.stderr
