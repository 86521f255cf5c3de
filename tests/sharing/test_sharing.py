"""A study shared over a real SSH server: pulled, rebuilt, and drawn on."""

import pytest

from tests.sharing.lab import STUDY, Clone, intact, reason

pytestmark = pytest.mark.sharing

NAMED = ("--configfile", STUDY)
PULLED = (*NAMED, "--config", "samples=pulled")
LOCAL_CURVE = "results/small/curves/vote_local.csv"


@pytest.fixture(scope="module")
def colleague(shared, tmp_path_factory) -> Clone:
    """A clone with all that was shared but weights."""
    made = shared.clone(tmp_path_factory.mktemp("colleague") / "clone")
    reason(made.share("pull_study"), "nothing has changed since it was recorded")
    return made


def test_what_was_recorded_lies_in_git_or_in_the_remote(shared):
    assert shared.git("status", "--porcelain", "--untracked-files=all") == ""
    tracked = shared.git("ls-files", "results").split()
    assert LOCAL_CURVE in tracked
    assert not [name for name in tracked if name.endswith((".parquet", ".png", ".jsonl"))]
    assert shared.plan("all", "metrics", "shared", *NAMED) == {}


def test_after_a_pull_there_is_nothing_to_do(colleague, server):
    asked = len(server.requests)
    assert not (colleague.folder / "results/small/models/base/model.safetensors").exists()
    assert colleague.plan("all", "metrics", *PULLED) == {}
    assert colleague.dvc("repro", "small").count("didn't change") == 1
    assert len(server.requests) == asked


def test_an_edited_curve_is_made_again_with_its_figure_and_nothing_else(colleague):
    edited = "label: votes of the base, pool: local"
    colleague.edit(STUDY, edited, f"{edited}, k: [2]")
    assert colleague.plan("all", *PULLED) == {
        "plot_figure": ["results/small/figures/local.png"],
        "tabulate_curve": [LOCAL_CURVE],
    }
    colleague.edit(STUDY, f"{edited}, k: [2]", edited)
    assert colleague.plan("all", *PULLED) == {}


def test_tables_are_rebuilt_byte_for_byte(colleague, shared):
    for path in (colleague.folder / "results/small").glob("*/*.csv"):
        path.unlink()
    assert not colleague.tables()
    colleague.dvc("repro", "small")
    assert colleague.tables() == shared.tables()
    assert colleague.git("diff", "--stat", "--", "results") == ""


def test_only_new_samples_are_asked_for(colleague, shared, server, tmp_path):
    other = shared.clone(tmp_path / "clone")
    other.dvc("config", "--local", "cache.type", "symlink")
    reason(other.share("pull_study", "--weights"), "nothing has changed since it was recorded")
    assert other.plan("all", *NAMED) == {}
    weights = other.folder / "results/small/models/base/model.safetensors"
    cache = other.folder / ".dvc/cache/files/md5"
    assert weights.is_symlink()
    asked, before = len(server.requests), {pool: other.lines(pool) for pool in ("asked", "local")}
    assert before == {"asked": 8, "local": 8}
    for model in ("server", "base"):
        old = f"model: {model}, benchmark: chains, wordings: [plain], sampling: {{max_tokens: 24}}"
        other.edit(STUDY, f"{old}, n: 2", f"{old}, n: 3")
    run = other.snakemake("all", *NAMED)
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(server.requests) - asked == 4, "a third sample of four problems"
    assert {pool: other.lines(pool) for pool in before} == {"asked": 12, "local": 12}
    assert "train_base" not in run.stdout + run.stderr
    intact(cache)


def test_with_nothing_pulled_figures_show_what_is_published_and_say_what_is_missing(
    shared, tmp_path
):
    other = shared.clone(tmp_path / "clone")
    for path in (other.folder / "results/small").glob("*/*_*.csv"):
        path.unlink()  # as if nobody had committed a table
    said = other.dvc("repro", "small")
    reason(said, "vote_local, oracle_local, vote_asked", f"make pull STUDY={STUDY}")
    reason(said, "Not here, so not drawn: votes of the server")
    results = other.folder / "results/small"
    assert {path.name for path in (results / "curves").iterdir()} == {"vote_published.csv"}
    assert {path.name for path in (results / "figures").glob("*.png")} == {"local.png", "asked.png"}
    run = other.snakemake(LOCAL_CURVE, *PULLED)
    assert run.returncode
    missing = "results/small/pools/local/traces.parquet"
    reason(run.stderr, f"make pull STUDY={STUDY} gets it, or alone: dvc pull {missing}")


def test_tables_from_git_are_drawn_without_a_pull(shared, tmp_path):
    other = shared.clone(tmp_path / "clone")
    said = other.dvc("repro", "small")
    reason(said, "taken as they stand", "vote_local, oracle_local, vote_asked")
    assert "not drawn" not in said
    assert other.tables() == shared.tables()


def test_one_dvc_at_a_time(colleague):
    with colleague.hold_dvc_lock():
        reason(colleague.share("pull_study", fails=True), "another DVC process", "wait")


def test_a_folder_serves_as_remote_as_well(shared, tmp_path):
    other = shared.copy(tmp_path / "copy")
    other.dvc("remote", "add", "--force", "--default", "folder", tmp_path / "store")
    other.share("push_study")
    other.git("commit", "--quiet", "-am", "A folder")
    third = other.clone(tmp_path / "third")
    reason(third.share("pull_study"), "nothing has changed since it was recorded")
    assert third.plan("all", "metrics", *PULLED) == {}


def test_metrics_plots_and_experiments(colleague):
    reason(colleague.dvc("metrics", "show"), "vote_local.accuracy", "vote_published.tokens")
    reason(colleague.dvc("plots", "show"), "index.html")
    page = (colleague.folder / "dvc_plots/index.html").read_text()
    reason(page, "vote_published", "vote_local")
    said = colleague.dvc("exp", "run", "small", "--set-param", f"{STUDY}:bootstrap=300")
    reason(said, "tabulate_curve")
    assert "sample_pool" not in said
    reason((colleague.folder / STUDY).read_text(), "bootstrap: 300")
