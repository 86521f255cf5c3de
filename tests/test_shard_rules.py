"""The jobs of pools with shards: what runs, what runs again, and what a study may not say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.lib.config.check import ConfigError
from scripts.lib.config.study import Study
from scripts.lib.plan import plan_study
from scripts.lib.tableio import read_table
from scripts.lib.tables import Trace
from scripts.lib.workflow import StudyFiles
from tests.small_model import write_model
from tests.small_published import SMALL
from tests.studies import micro
from tests.workspace import Workspace

FILE = "config/shared.yaml"
STUDY = ("--configfile", FILE)
POOLS = "results/shared/pools"
STUDIES = {
    "study": "shared",
    "title": "Pools that several jobs draw",
    "benchmarks": {"chains": {"kind": "chains", "seed": 1, "operations": [2], "problems": 4}},
    "models": {
        "solver": {"kind": "hub", "repo": "solver", "revision": "main", "dtype": "float32"},
        "judge": {"kind": "hub_verifier", "repo": "judge", "revision": "main"}
        | {"layout": "math_shepherd", "separator": "s"},
    },
    "prompts": {"plain": "{problem}"},
    "pools": {
        "plain": {
            "kind": "sampled",
            "model": "solver",
            "benchmark": "chains",
            "wordings": ["plain"],
        }
        | {"sampling": {"max_tokens": 16}, "n": 3},
        "alone": {
            "kind": "sampled",
            "model": "solver",
            "benchmark": "chains",
            "wordings": ["plain"],
        }
        | {"sampling": {"max_tokens": 16}, "n": 1},
        "beam": {"kind": "searched", "model": "solver", "verifier": "judge", "wording": "plain"}
        | {"benchmark": "chains", "search": {"method": "beam", "width": 2}, "beams": [1, 2]}
        | {"separator": "s", "sampling": {"max_tokens": 24}},
    },
}


def shared(shards: int, **changes: Any) -> dict[str, Any]:
    """The study, whose pools `plain` and `beam` have shards; the changes are those of `plain`."""
    pools: dict[str, Any] = dict(STUDIES["pools"])  # type: ignore[call-overload]
    pools["plain"] = pools["plain"] | {"shards": shards} | changes
    pools["beam"] = pools["beam"] | {"shards": shards}
    return STUDIES | {"pools": pools}


def write(workspace: Workspace, shards: int, **changes: Any) -> None:
    text = yaml.safe_dump(shared(shards, **changes), sort_keys=False)
    (workspace.folder / FILE).write_text(text, encoding="utf-8")


def shards_of(pool: str, count: int) -> list[str]:
    return [f"{POOLS}/{pool}/shards/{n}-of-{count}/traces.parquet" for n in range(1, count + 1)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    for model in ("solver", "judge"):
        (tmp_path / model).mkdir()
    write(made, 4)
    return made


def test_what_runs_and_what_runs_again(workspace: Workspace) -> None:
    targets = [f"{POOLS}/plain/traces.parquet", f"{POOLS}/alone/traces.parquet"]
    targets += [f"{POOLS}/beam/costs.parquet", f"{POOLS}/beam/traces.parquet"]
    merged = [f"{POOLS}/{t}.parquet" for t in ("beam/spent", "beam/traces", "plain/traces")]
    plan = workspace.plan(*targets, *STUDY)
    assert plan.pop("generate_problems")
    assert plan.pop("account_search") == [f"{POOLS}/beam/costs.parquet"]
    assert plan == {
        "sample_shard": shards_of("plain", 4),
        "search_shard": shards_of("beam", 4),
        "merge_shards": merged,
        "sample_pool": [f"{POOLS}/alone/traces.parquet"],
    }
    workspace.pretend_done(*targets, *STUDY)
    (workspace.folder / shards_of("plain", 4)[1]).unlink()
    # What is merged does not need its parts any more.
    assert workspace.plan(*targets, *STUDY) == {}
    (workspace.folder / f"{POOLS}/plain/traces.parquet").unlink()
    plan = workspace.plan(*targets, *STUDY)
    assert plan == {"sample_shard": shards_of("plain", 4)[1:2], "merge_shards": merged[2:]}
    # Another doubling: the shards of that pool, which read the journal for what they have.
    write(workspace, 4, n=6)
    plan = workspace.plan(*targets, *STUDY)
    assert plan == {"sample_shard": shards_of("plain", 4), "merge_shards": merged[2:]}
    write(workspace, 2)
    assert workspace.plan(*targets, *STUDY) == {
        "sample_shard": shards_of("plain", 2),
        "search_shard": shards_of("beam", 2),
        "merge_shards": merged,
        "account_search": [f"{POOLS}/beam/costs.parquet"],
    }


def test_one_shard_can_be_made_by_its_name(workspace: Workspace) -> None:
    target = shards_of("plain", 4)[2]
    plan = workspace.plan(target, *STUDY)
    assert plan["sample_shard"] == [target]
    assert set(plan) == {"generate_problems", "sample_shard"}
    study = shared(2)
    study["pools"]["beam"] |= {"shards": 4}
    (workspace.folder / FILE).write_text(yaml.safe_dump(study), encoding="utf-8")
    run = workspace.snakemake("--dry-run", target, *STUDY)
    assert run.returncode != 0
    assert "pool plain has no shard 3-of-4; there is: 1-of-2, 2-of-2" in run.stdout + run.stderr


def test_the_plan_of_a_study_is_the_same_however_many_jobs_draw_it(tmp_path: Path) -> None:
    one, four = (
        plan_study(Study.model_validate(shared(shards)), tmp_path, {}, {}) for shards in (1, 4)
    )
    assert one == four


API = {"kind": "api", "model": "m", "base_url": "http://127.0.0.1:9/v1", "api_key_env": ""}


@pytest.mark.parametrize(
    ("pool", "complaint"),
    [
        ({"model": "api", "shards": 2}, r"pools\.plain\.shards: 'api' is behind an API, which one"),
        (
            {"budget_usd": 5, "shards": 2},
            r"pools\.plain\.shards: only a single job can keep to bud",
        ),
        (
            {"problems": 3, "shards": 4},
            r"pools\.plain\.shards: 4 jobs for 3 problems; take as many",
        ),
    ],
)
def test_what_does_not_go_with_shards_is_named(pool: dict[str, Any], complaint: str) -> None:
    study = micro()
    study["models"]["api"] = API
    study["pools"]["plain"] |= pool
    with pytest.raises(ConfigError, match=complaint):
        StudyFiles(study, [])
    study["pools"]["plain"] |= {"shards": 1}
    StudyFiles(study, [])


def test_shards_run_side_by_side_and_another_number_draws_nothing_again(
    workspace: Workspace,
) -> None:
    write_model(workspace.folder / "solver", layers=1, width=32, context=256)
    SMALL["math_shepherd"].write(workspace.folder / "judge")
    tables = [f"{POOLS}/beam/{part}.parquet" for part in ("traces", "steps", "spent")]
    tables += [f"{POOLS}/plain/traces.parquet"]
    made, lines = [], []
    for shards in (2, 1):
        write(workspace, shards)
        run = workspace.snakemake(*tables, *STUDY)
        assert run.returncode == 0, run.stdout + run.stderr
        made.append([(workspace.folder / name).read_bytes() for name in tables])
        lines.append(journal_lines(workspace.folder / "results/shared/journal"))
    assert made[0] == made[1]
    assert lines[0] == lines[1] > 0
    traces = read_table(Trace, workspace.folder / tables[-1])
    assert traces.height == 3 * traces["problem_id"].n_unique() > 3


def journal_lines(folder: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in folder.rglob("*.jsonl"))
