"""The claims of config/claims.yaml, and what the rule of verdicts asks about a study."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts.lib.claims.query import ClaimError
from scripts.lib.config.check import ConfigError
from scripts.lib.config.claims import Bounds
from scripts.lib.config.load import load_claims, read_yaml
from scripts.lib.workflow import StudyFiles
from tests.claim_files import recorded
from tests.studies import micro
from tests.workspace import Workspace

CLAIMS = [
    *("eight_times_the_tokens_asked", "asking_ends_near_2_to_the_14", "votes_gain_first"),
    *("votes_gain_nothing_past_2_to_the_17", "votes_end_at_70_percent"),
    *("useful_run_costs_50_dollars", "largest_run_costs_500_dollars"),
    *("reconstruction_ends_under_o1", "o1_mini_beats_o1_preview", "hundredfold_compute"),
    *("s1_reaches_o1_preview", "reasoning_lies_in_the_base", "forcing_lifts_s1"),
    *("too_many_waits_hurt", "forcing_beats_votes", "rejection_scales_inversely"),
    *("s1k_beats_other_selections", "s1k_equals_all_questions", "s1_takes_seven_gpu_hours"),
    *("scaling_follows_its_formula", "scaling_is_per_doubling"),
    *("small_model_beats_large", "small_model_beats_14_times", "small_model_takes_less_compute"),
    *("search_beats_votes_verifier_counted", "verifier_of_the_same_size"),
    *("weighted_beats_naive", "dvts_beats_beam_search"),
    *("gains_are_logarithmic", "gains_are_linear"),
]
BOTH = [
    *("votes_gain_first", "reasoning_lies_in_the_base", "forcing_lifts_s1", "too_many_waits_hurt"),
    *("forcing_beats_votes", "rejection_scales_inversely", "s1k_beats_other_selections"),
    *("s1k_equals_all_questions", "weighted_beats_naive", "dvts_beats_beam_search"),
]
"""Judged by published numbers of large models and, apart from these, by the tiny study."""
NONE = SimpleNamespace()


def of(study: str) -> StudyFiles:
    path = Path(f"config/{study}.yaml")
    return StudyFiles(read_yaml(path), [str(path)])


def with_claim(**evidence: Any) -> StudyFiles:
    """The micro study with one claim."""
    entry: dict[str, Any] = {
        **{"study": "micro", "about": "the tiny model", "quantity": "a number"},
        **{"tables": {"curve": "curves/vote_base"}, "confirmed_if": {"above": 0}},
        **{"sql": "SELECT MAX(accuracy) AS value FROM curve", "interval": "exact"},
    }
    told = {"claim": "It is so.", "source": "someone", "published": "1"}
    claims = {"it_is_so": told | {"evidence": [entry | evidence]}}
    with pytest.MonkeyPatch.context() as patch:
        path = Path("claims.yaml")
        patch.setattr("scripts.lib.workflow.load_claims", lambda: claims_of(claims, path))
        return StudyFiles(micro(), [])


def claims_of(claims: dict[str, Any], path: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scripts.lib.config.load.read_yaml", lambda _: claims)
        return load_claims(path)


def test_all_claims_are_there_with_someone_who_makes_them() -> None:
    claims = load_claims()
    assert set(CLAIMS) <= set(claims)
    for claim in claims.values():
        assert claim.claim.endswith(".")
        assert len(claim.claim.split(". ")) == 1, "one sentence"
        assert claim.source
        assert claim.published


@pytest.mark.parametrize("study", ["recorded", "tiny", "paper", "search"])
def test_every_query_fits_the_tables_of_its_study(study: str) -> None:
    files = of(study)
    assert files.verdict_files() == [f"results/{study}/verdicts.csv"]
    files.check_claims()
    assert len(files.claim_spec(NONE)) < 100_000, "one argument of a command line holds 128 KiB"


def test_what_the_tiny_model_does_says_nothing_of_large_ones() -> None:
    claims = load_claims()
    for name in BOTH:
        studies = {evidence.study for evidence in claims[name].evidence}
        assert {"recorded", "tiny"} <= studies, name
    rows = [one for claim in claims.values() for one in claim.evidence]
    assert {one.about for one in rows if one.study == "tiny"} == {"the tiny model"}
    assert not [one.about for one in rows if one.study != "tiny" and "tiny" in one.about]
    assert {one.basis for one in of("tiny").judgement().judged} == {"measured"}
    bases = {one.basis for one in of("recorded").judgement().judged}
    assert bases == {
        *("published points", "recorded samples"),
        "recorded samples and published points",
    }
    with pytest.raises(
        ConfigError, match=r"evidence\.0\.about: 's1-32B': .* begins with 'the tiny"
    ):
        with_claim(about="s1-32B")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tables": {"curve": "curves/none"}}, r"tables\.curve: 'none' is not defined; there is: "),
        ({"tables": {"curve": "tables/none"}}, r"tables\.curve: 'none' is not defined"),
        ({"tables": {"curve": "reference/none"}}, r"'none' is not defined; there is: .*o1_mini"),
        ({"tables": {"curve": "fits/vote_base"}}, r"tables\.curve: 'vote_base' is not defined"),
        ({"tables": {"curve": "pools/plain"}}, r"0\.tables\.curve: String should match pattern"),
        ({"study": "mikro"}, r"0\.study: 'mikro' is not defined; there is: .*micro"),
        ({"confirmed_if": {"over": 0}}, r"confirmed_if\.over: unknown key"),
        ({"confirmed_if": {}}, "give one of them at least"),
        ({"confirmed_if": {"above": 0, "at_least": 0}}, "at_least, above: give one of them"),
        ({"confirmed_if": {"at_least": 1, "at_most": 0}}, "the first is the larger"),
        ({"interval": "guessed"}, r"0\.interval: Input should be 'given', 'exact'"),
    ],
)
def test_names_that_stand_for_nothing_are_told(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as refused:
        with_claim(**change)
    assert "it_is_so.evidence.0" in str(refused.value)


def test_columns_that_are_not_there_are_told_before_anything_runs() -> None:
    files = with_claim(sql="SELECT MAX(acuracy) AS value FROM curve")
    with pytest.raises(ClaimError, match=r"claims\.yaml: it_is_so\.evidence\.0\.sql: .*acuracy"):
        files.check_claims()


def test_what_a_target_of_its_own_makes_is_no_evidence() -> None:
    study = micro()
    study["study"] = "tiny"
    study["curves"]["vote_base"]["target"] = "later"
    with pytest.raises(ConfigError, match="outcomes/vote_base is made by `snakemake later` alone"):
        StudyFiles(study, [])


def test_a_job_reads_the_tables_of_its_claims_and_no_more() -> None:
    files = with_claim(tables={"curve": "curves/vote_base", "told": "reference/o1_mini"})
    assert files.claim_tables(NONE) == [
        "results/micro/curves/vote_base.csv",
        "data/reference/o1_mini.csv",
    ]
    assert files.claim_options(NONE) == (
        "--table curves/vote_base results/micro/curves/vote_base.csv "
        "--table reference/o1_mini data/reference/o1_mini.csv"
    )
    assert files.claim_missing(NONE) == ""
    spec = json.loads(files.claim_spec(NONE))
    assert list(spec["claims"]) == ["it_is_so"]
    study = read_yaml(Path("config/recorded.yaml"))
    study["curves"]["ask_another"] = study["curves"]["ask_o1_mini"] | {"label": "another"}
    changed, plain = StudyFiles(study, []), recorded()
    assert changed.claim_spec(NONE) == plain.claim_spec(NONE)
    assert changed.claim_tables(NONE) == plain.claim_tables(NONE)
    assert StudyFiles(micro(), []).verdict_files() == []


def test_without_samples_there_is_no_data_but_a_way_to_get_it() -> None:
    path = Path("config/paper.yaml")
    files = StudyFiles(read_yaml(path) | {"samples": "pulled"}, [str(path)])
    assert files.claim_tables(NONE) == ["data/reference/s1.csv"]
    assert files.claim_options(NONE) == "--table reference/s1 data/reference/s1.csv"
    lost = json.loads(files.claim_missing(NONE).removeprefix("--missing ").strip("'"))
    named = {t for j in files.judgement().judged for t in j.evidence.tables.values()}
    assert set(lost) == named - {"reference/s1"}
    assert set(lost.values()) == {
        "`make pull STUDY=config/paper.yaml` gets it if the study was recorded; run it without "
        "`samples=pulled` to make it"
    }


def test_what_rests_on_unpublished_models_is_no_data() -> None:
    path = Path("config/paper.yaml")
    study = read_yaml(path) | {"weights": "released"}
    study["released"]["models"]["s1_32b"]["revision"] = "0" * 40
    files = StudyFiles(study, [str(path)])
    files.check_claims()
    lost = json.loads(files.claim_missing(NONE).removeprefix("--missing ").strip("'"))
    benchmarks = ("aime24", "gpqa_diamond", "math500")
    assert list(lost) == [*(f"tables/ablations_{name}" for name in benchmarks), "tables/ledger"]
    assert "`weights=released`" in lost["tables/ablations_aime24"]
    assert "results/paper/outcomes/forcing_s1_aime24.parquet" in files.claim_tables(NONE)


def test_some_claims_are_asked_of_each_vote_of_an_audit() -> None:
    study = read_yaml(Path("config/recorded.yaml"))
    named = ["vote_qwen3_4b_aime24", "vote_gpt_oss_20b_aime24"]
    shape = {"kind": "shape", "title": "Shapes", "curves": named}
    curves = {name: study["curves"][name] for name in named}
    pools = {one["pool"]: study["pools"][one["pool"]] for one in curves.values()}
    audit = {"study": "audit_mine", "title": "Mine", "pools": pools, "curves": curves}
    files = StudyFiles(audit | {"tables": {"shape": shape}}, [])
    files.check_claims()
    assert files.verdict_files() == ["results/audit_mine/verdicts.csv"]
    rows = files.judgement().judged
    assert {row.claim for row in rows} == {
        *("votes_gain_first", "gains_are_logarithmic", "gains_are_linear"),
    }
    assert len(rows) == 2 * 5
    assert {row.basis for row in rows} == {"recorded samples"}
    assert len({(row.claim, row.evidence.quantity) for row in rows}) == len(rows)
    told = [row.evidence for row in rows if row.claim == "votes_gain_first"]
    assert [one.tables["curve"] for one in told] == [f"curves/{name}" for name in named]
    assert StudyFiles(audit, []).verdict_files() == [], "without a shape nothing is asked"


def test_bounds_in_words() -> None:
    assert str(Bounds(at_least=-0.1, below=0)) == "at least -0.1, below 0"


def test_verdicts_are_part_of_figures_and_a_wrong_query_ends_the_run_at_its_start(tmp_path) -> None:
    workspace = Workspace(tmp_path)
    named = ("--configfile", "config/recorded.yaml")
    plan = workspace.plan("figures", *named)
    assert plan["judge_claims"] == ["results/recorded/verdicts.csv"]
    workspace.edit("config/claims.yaml", "SELECT LOG2(MAX(tokens))", "SELECT LOG2(MAX(tokns))")
    run = workspace.snakemake("verdicts", "--dry-run", *named)
    assert run.returncode != 0
    assert (
        "config/claims.yaml: asking_ends_near_2_to_the_14.evidence.0.sql: "
        in run.stdout + run.stderr
    )
    assert "tokns" in run.stdout + run.stderr
