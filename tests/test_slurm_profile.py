"""What `--profile slurm` sends to sbatch for the paper study, as far as a machine without SLURM can
tell: the resources of a dry run, as the executor puts them into a command line."""

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string

from tests.workspace import Workspace

SITE = """
account: physics
cpu_partition: short
cpu_minutes: 30
gpu_partition: large
gpu_model: a100
gpu_gib: 40
"""
TABLES = "-A physics -p short -t 30 --mem {} --ntasks=1 --cpus-per-task={}"
CURVE = "-A physics -p short -t 7 --mem 2000 --ntasks=1 --cpus-per-task=1"
GPUS = "-A physics -p large -t 1440 --mem {} --cpus-per-gpu=8 --gpus=a100:{}"
TRAINING = "-A physics -p large -t 1440 --mem 85909 --nodes=2 --cpus-per-gpu=8 --gpus=a100:16"


class Resources(dict[str, object]):
    """Resources by key and by attribute, as a job has them."""

    __getattr__ = dict.__getitem__


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a dry run of the paper study says."""
    workspace = Workspace(tmp_path_factory.mktemp("slurm"))
    (workspace.folder / "slurm/site.yaml").write_text(SITE)
    run = workspace.snakemake("--dry-run", "--profile", "slurm", "all")
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.fixture(scope="module")
def sent(told: str) -> dict[str, set[str]]:
    """The options that sbatch gets, by rule; of samples and trainings by rule and model."""
    found: dict[str, set[str]] = {}
    for rule, output, line in jobs_of(told):
        found.setdefault(rule, set()).add(line)
        found.setdefault(output, set()).add(line)
    return found


def jobs_of(log: str) -> Iterator[tuple[str, str, str]]:
    """Rule, first output and command line of every job of a dry run.

    Of jobs that travel in a group, what each would ask for alone.
    """
    for job in re.split(r"\n *(?=rule \w+:)", log)[1:]:
        rule = job.removeprefix("rule ").split(":")[0]
        output = re.findall(r"    output: ([^,\n]*)", job)
        told = re.findall(r"    resources: (.*)", job)[0]
        resources = Resources(
            (key, int(value) if value.isdigit() else value)
            for key, _, value in (one.partition("=") for one in told.split(", "))
            if value
        )
        # The executor asks the cluster whether account and partition are there.
        params = {
            "run_uuid": "run",
            "slurm_logfile": "log",
            "comment_str": rule,
            "account": f"-A {resources['slurm_account']}" if "slurm_account" in resources else "",
            "partition": f"-p {resources['slurm_partition']}",
            "workdir": "",
        }
        threads = int((re.findall(r"    threads: (\d+)", job) or ["1"])[0])
        made = SimpleNamespace(resources=resources, threads=threads, is_group=lambda: False)
        line = get_submit_command(made, params).split(f"--comment {rule} ")[1]
        line += set_gres_string(made)
        yield rule, output[0] if output else "", " ".join(line.split())


@pytest.mark.parametrize(
    ("what", "options"),
    [
        # 65 GB of weights take four GPUs of 40 GiB, 15 GB take one.
        ("results/paper/pools/forced_s1_aime24/traces.parquet", GPUS.format(85909, 4)),
        ("results/paper/pools/samples_qwen_gpqa_diamond/traces.parquet", GPUS.format(85909, 4)),
        (
            "results/paper/pools/questions_qwen_7b/shards/1-of-4/traces.parquet",
            GPUS.format(23039, 1),
        ),
        ("results/paper/models/s1_32b/model.safetensors", TRAINING),
        ("train_sft", TRAINING),
        ("decontaminate_questions", TABLES.format(6000, 1)),
        ("featurise_questions", TABLES.format(4000, 2)),
        ("tabulate_curve", CURVE),
    ],
)
def test_jobs_ask_for_what_they_need(sent: dict[str, set[str]], what: str, options: str) -> None:
    assert sent[what] == {options}


def test_every_job_names_account_partition_time_and_memory(sent: dict[str, set[str]]) -> None:
    everywhere = re.compile(
        r"-A physics -p (short|large) -t \d+ --mem \d+ .*--cpus-per-(task|gpu)=\d"
    )
    assert len(sent) > 300
    for what, lines in sent.items():
        assert all(everywhere.match(line) for line in lines), what


def test_only_jobs_with_a_model_ask_for_gpus(sent: dict[str, set[str]]) -> None:
    rules = {what for what in sent if "/" not in what and any("--gpus" in s for s in sent[what])}
    assert rules == {"sample_pool", "sample_shard", "train_sft"}


def test_what_follows_the_same_samples_is_one_job(told: str) -> None:
    groups = told.split("] Group job pool ")[1:]
    pool = "results/paper/pools/samples_qwen_gpqa_diamond"
    curves = [f"results/paper/curves/{m}_qwen_gpqa_diamond.csv" for m in ("vote", "oracle")]
    made = [f"{pool}/answers.parquet", f"{pool}/costs.parquet", *curves]
    (group,) = [one for one in groups if f"output: {made[0]}" in one]
    assert [name for name in made if f"output: {name}" not in group] == []


def test_a_site_that_cannot_be_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "slurm/site.yaml").write_text("gpu_memory: 40\n")
    run = workspace.snakemake("--dry-run", "all", "--configfile", "config/paper.yaml")
    assert run.returncode != 0
    assert "slurm/site.yaml: 1 problem(s)\n  - gpu_memory: unknown key" in run.stdout + run.stderr
