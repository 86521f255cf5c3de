"""Studies whose samples are pulled: what runs, what is left out, and what is said of it."""

import re
from pathlib import Path

import pytest

from scripts.lib.config.check import ConfigError
from scripts.lib.config.load import load_study, read_yaml
from scripts.lib.workflow import StudyFiles
from tests.workspace import Workspace

STUDY = ("--configfile", "config/micro.yaml")
PULLED = (*STUDY, "--config", "samples=pulled")
CHEAP = {
    *("fetch_source", "import_problems", "generate_problems", "import_samples"),
    *("grade_pool", "account_pool", "account_search", "plot_figure", "summarise_curves"),
    "format_table",
}


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> Workspace:
    """The micro study, as if it had run to its end."""
    workspace = Workspace(tmp_path_factory.mktemp("pulled"))
    workspace.pretend_done("all", "shared", "metrics", *STUDY)
    return workspace


def test_what_was_built_needs_nothing_when_taken_as_pulled(done):
    assert done.told_plan("all", "metrics", "shared", *PULLED)[0] == {}


def test_only_what_follows_from_samples_is_made(done):
    for folder in ("curves", "outcomes", "fits", "tables", "figures"):
        for path in (done.folder / "results/micro" / folder).iterdir():
            path.rename(path.with_name(f"{path.name}.away"))
    plan = done.plan("all", "metrics", *PULLED)
    for path in (done.folder / "results/micro").rglob("*.away"):
        path.rename(path.with_name(path.name.removesuffix(".away")))
    assert {rule for rule in plan if not rule.startswith(("tabulate_", "fit_"))} <= CHEAP
    study = load_study(done.folder / "config/micro.yaml")
    assert len(plan["tabulate_curve"]) == len(study.curves)
    assert len(plan["plot_figure"]) == len(study.figures)


def test_samples_are_never_drawn_again(done):
    traces = done.folder / "results/micro/pools/plain/traces.parquet"
    done.append("scripts/lib/sampling.py", "# an edit\n")
    traces.rename(traces.with_suffix(".away"))
    # Its curves are there, and are taken as they stand; the page says what is not here.
    plan, said = done.told_plan("all", *PULLED)
    assert plan == {"write_page": ["results/micro/index.html"]}
    assert re.search("taken as they stand.*vote_base_plain", said)
    run = done.snakemake("--dry-run", "samples", *PULLED)
    traces.with_suffix(".away").rename(traces)
    assert run.returncode
    lacking = "dvc pull results/micro/pools/plain/traces.parquet"
    assert (
        f"make pull STUDY=config/micro.yaml gets it, or alone: {lacking}" in run.stdout + run.stderr
    )


@pytest.mark.parametrize("name", ["paper", "search"])
def test_from_nothing_published_points_are_drawn_and_the_rest_is_named(tmp_path, name):
    workspace = Workspace(tmp_path)
    given = ("--configfile", f"config/{name}.yaml", "--config", "samples=pulled")
    plan, said = workspace.told_plan("all", "metrics", *given)
    study = load_study(tmp_path / f"config/{name}.yaml")
    assert set(plan) <= {"tabulate_published", "tabulate_ratios", "fit_obedience",
                         "fit_length_control", "judge_claims", "plot_figure", "format_table",
                         "write_page", "summarise_curves"}  # fmt: skip
    assert len(plan["plot_figure"]) == len(study.figures)
    published = {n for n, curve in study.curves.items() if curve.published}
    assert len(plan.get("tabulate_published", [])) == len(published)
    told = re.search("curves are left out, .*: (.*)", said)
    assert told
    assert set(told[1].split(", ")) == set(study.curves) - published
    assert f"`make pull STUDY=config/{name}.yaml` gets what has been recorded" in said


def test_samples_are_built_or_pulled():
    study = read_yaml(Path("config/micro.yaml"))
    with pytest.raises(ConfigError, match=r"samples: Input should be 'built' or 'pulled'"):
        StudyFiles({**study, "samples": "bought"}, [])
