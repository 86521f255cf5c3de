"""The micro study from end to end: what it makes, that it repeats, and that it survives kills."""

import os
import random
import signal
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from scripts.lib.anatomy.tables import Segment
from scripts.lib.config.load import load_study
from scripts.lib.curves.tables import Fit, Outcome, Point
from scripts.lib.curves.tradeoff_tables import EqualCompute, IsoAccuracy
from scripts.lib.provenance.chain import chain, find, look
from scripts.lib.search.tables import HeldOut, Spent, Step, StepLabel, VerifierRow
from scripts.lib.tableio import read_table
from scripts.lib.tables import Answer, Cost, Problem, Trace
from tests.micro_study import RESULTS, STUDY, WARM, copy_base, journal_keys, run_micro, tables
from tests.workspace import Workspace

pytestmark = pytest.mark.slow

MICRO = Path("config/micro.yaml")
CURVE_OF = {"rebase_forced": "rebase_forced"}


@pytest.fixture(scope="module")
def micro() -> Workspace:
    """The micro study, run once."""
    return run_micro()


def test_every_result_has_a_record_and_is_followed_back_to_the_first(micro, monkeypatch):
    monkeypatch.chdir(micro.folder)
    made = micro.snakemake("all", *STUDY, "--summary").stdout.splitlines()[1:]
    files = [Path(line.split("\t")[0]) for line in made if line.startswith(RESULTS)]
    assert files
    assert [str(path) for path in files if look(path).state != "as it was made"] == []
    wanted = {f"{RESULTS}/curves/", f"{RESULTS}/pools/", f"{RESULTS}/models/", f"{RESULTS}/problem"}
    figure = find(Path(RESULTS) / "figures" / f"{next(iter(load_study(MICRO).figures))}.png")
    told = {str(one.path) for one in chain(figure)}
    assert [start for start in wanted if not any(name.startswith(start) for name in told)] == []


def test_every_table_and_figure_is_there_and_valid(micro):
    study = load_study(MICRO)
    folder = micro.folder / RESULTS
    for name in study.benchmarks:
        assert read_table(Problem, folder / "problems" / f"{name}.parquet").height
    for name in study.pools:
        pool = folder / "pools" / name
        traces = read_table(Trace, pool / "traces.parquet")
        assert read_table(Answer, pool / "answers.parquet").height == traces.height
        costs = read_table(Cost, pool / "costs.parquet")
        spent = traces
        if (pool / "spent.parquet").exists():
            spent = read_table(Spent, pool / "spent.parquet")
        assert costs["generated_tokens"].to_list() == spent["generated_tokens"].to_list()
        assert costs["flops"].null_count() == 0
        assert costs["usd"].null_count() == costs.height, "a local model has no price"
    for name, curve in study.curves.items():
        points = read_table(Point, folder / "curves" / f"{name}.csv")
        assert set(points["origin"]) == {"measured"}
        assert points["train_flops"].null_count() == 0
        outcomes = read_table(Outcome, folder / "outcomes" / f"{name}.parquet")
        assert outcomes["setting"].n_unique() == points.height
        if curve.method == "ask":
            assert read_table(Fit, folder / "fits" / f"{name}.csv").height
    for name in study.figures:
        png = (folder / "figures" / f"{name}.png").read_bytes()
        assert png.startswith(b"\x89PNG")
        assert (folder / "figures" / f"{name}.svg").stat().st_size > 5000


def test_only_safetensors_are_written(micro):
    models = list((micro.folder / RESULTS / "models").rglob("*"))
    assert any(path.suffix == ".safetensors" for path in models)
    assert not [p for p in models if p.suffix in (".bin", ".pt", ".pth", ".pkl", ".ckpt")]


def test_unchanged_nothing_runs(micro):
    assert micro.plan("all", *STUDY) == {}


def test_oracle_is_never_below_the_vote(micro):
    folder = micro.folder / RESULTS / "curves"
    votes = {p.stem.removeprefix("vote_"): p for p in folder.glob("vote_*.csv")}
    assert votes
    for name, path in votes.items():
        vote = read_table(Point, path).select("setting", vote="accuracy")
        oracle = read_table(Point, folder / f"oracle_{name}.csv").select("setting", "accuracy")
        both = vote.join(oracle, on="setting")
        assert both.height
        assert (both["accuracy"] >= both["vote"] - 1e-9).all()


def test_the_anatomy_of_a_run_holds_all_of_its_tokens(micro):
    folder = micro.folder / RESULTS
    anatomies = load_study(MICRO).anatomies
    assert {one.method for one in anatomies.values()} >= {"search", "forcing"}
    for name, anatomy in anatomies.items():
        pool = folder / "pools" / anatomy.pool
        table = read_table(Segment, pool / "anatomy" / f"{name}.parquet")
        costs = read_table(Cost, pool / "costs.parquet").filter(
            problem_id=table["problem_id"][0],
            **({"beams": anatomy.beams} if anatomy.method == "search" else {"sample": 0}),
        )
        assert table["generated"].sum() == costs["generated_tokens"].sum()
        assert table["read"][1:].sum() == costs["verifier_tokens"].sum()
        assert table["tokens"][0] == costs["prompt_tokens"][0]


def test_a_search_costs_what_its_engine_and_verifier_counted(micro):
    folder = micro.folder / RESULTS
    for name, method in load_study(Path("config/micro.yaml")).pools.items():
        if method.kind != "searched":
            continue
        pool = folder / "pools" / name
        traces = read_table(Trace, pool / "traces.parquet")
        assert len(traces) == 12 * sum(method.beams)
        costs = read_table(Cost, pool / "costs.parquet")
        assert costs.filter(beams=1)["verifier_tokens"].sum() == 0
        assert costs.filter(pl.col("beams") > 1)["verifier_flops"].sum() > 0
        steps = read_table(Step, pool / "steps.parquet")
        assert set(steps["beams"]) == set(method.beams) - {1}
        points = read_table(Point, folder / "curves" / f"{CURVE_OF.get(name, name + '_base')}.csv")
        assert points["n"].to_list() == method.beams
        assert (points["flops"] > points["verifier_flops"]).all()


def test_what_compute_is_spent_on_is_measured_against_brute_force(micro):
    folder = micro.folder / RESULTS
    equal = read_table(EqualCompute, folder / "tables/equal_flops.csv")
    assert set(equal["curve"]) == {"best_of_n_weighted", "beam_base", "rebase_base"}
    compared = equal.drop_nulls("gain_over_votes")
    assert compared.height
    bounds = pl.col("gain_over_votes").is_between("low_gain_over_votes", "high_gain_over_votes")
    assert compared.select(bounds.all()).item()
    assert equal.filter(pl.col("gain_over_votes").is_null())["why"].null_count() == 0
    # The verifier's part is in what is equal.
    own = read_table(Point, folder / "curves/best_of_n_weighted.csv").select("setting", "flops")
    assert (
        equal.join(own, on="setting")
        .filter(curve="best_of_n_weighted")
        .select((pl.col("compute") == pl.col("flops")).all())
        .item()
    )
    iso = read_table(IsoAccuracy, folder / "tables/iso.csv")
    assert iso["what"].to_list() == ["model", "model", "step", "all"] * 2
    models = iso.filter(what="model")
    assert models["model"].to_list() == ["base", "s1k"] * 2
    extra = iso.filter(what="step")["train_flops"].unique().to_list()
    assert extra == [models["train_flops"][1] - models["train_flops"][0]]


def test_steps_are_labelled_and_verifiers_measured(micro):
    folder = micro.folder / RESULTS
    labels = read_table(StepLabel, folder / "labels/steps.parquet")
    assert labels["truth"].null_count() < len(labels) / 5
    assert read_table(HeldOut, folder / "models/prm/held_out.csv").height
    measured = read_table(VerifierRow, folder / "tables/verifiers.csv")
    # Some 60 solutions teach a verifier little; that it learns is shown in test_train_verifier.py.
    told = measured.filter(metric="auc").select("verifier", "judge", "basis").rows()
    bases = [("score", "rollouts"), ("score", "truth"), ("labels", "truth")]
    assert told == [(name, *basis) for name in ("prm", "orm") for basis in bases]
    best = read_table(Point, folder / "curves/best_of_n_base.csv").select("n", best="accuracy")
    oracle = read_table(Point, folder / "curves/oracle_base_plain.csv").select("n", "accuracy")
    both = best.join(oracle, on="n")
    assert both.height == best.height
    assert (both["best"] <= both["accuracy"] + 1e-9).all()


def test_killed_at_ten_moments_at_another_batch_size_the_tables_are_the_same(micro, tmp_path):
    """`kill -9` of the whole process group, Snakemake included; then the same command.

    The base is that of the undisturbed run: test_train_base shows that training repeats itself.
    """
    workspace = Workspace(tmp_path)
    copy_base(workspace)
    batch = load_study(Path("config/micro.yaml")).models["base"].batch_size
    for _ in ("base", "tuned"):
        old, new = f"    batch_size: {batch}\n", f"    batch_size: {batch // 3}\n"
        workspace.edit("config/micro.yaml", old, new)
    assert "train_base" not in workspace.plan("samples", *STUDY)
    random_moment = random.Random(7)
    journal = workspace.folder / RESULTS / "journal"
    kills = 0
    for _ in range(10):
        before = journal_lines(journal)
        process = workspace.start("samples", *STUDY)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if journal_lines(journal) > before:
                break
            time.sleep(0.05)
        time.sleep(random_moment.uniform(0, 1.0))
        if process.poll() is not None:
            break
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills >= 3, "the job ended before it could be killed"
    finished = workspace.snakemake("samples", *STUDY, env=WARM)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    # What follows from samples is a function of them, and would only be computed again.
    resumed, left_alone = tables(workspace), tables(micro)
    pools = load_study(Path("config/micro.yaml")).pools
    assert {"labels/steps.parquet", *(f"pools/{p}/traces.parquet" for p in pools)} <= set(resumed)
    # Scores may differ in their last bits with what else was read beside a step.
    for name in (f"pools/{p}/steps.parquet" for p in pools if pools[p].kind == "searched"):
        of_both = [read_table(Step, s.folder / RESULTS / name) for s in (micro, workspace)]
        assert_frame_equal(*of_both, rel_tol=0.0, abs_tol=1e-9)
        del resumed[name]
    assert resumed == {name: left_alone[name] for name in resumed}


def journal_lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.jsonl"))


def test_the_journal_holds_each_response_once(micro):
    journals = {str(path): keys for path, keys in journal_keys(micro).items()}
    pools = load_study(Path("config/micro.yaml")).pools
    searched = {f"{name}/scores" for name, pool in pools.items() if pool.kind == "searched"}
    scored = {f"scores/plain/{verifier}" for verifier in ("prm", "orm")}
    assert set(journals) == {*pools, "labels/steps", *searched, *scored}
    for keys in journals.values():
        assert len(keys) == len(set(keys)) > 0
