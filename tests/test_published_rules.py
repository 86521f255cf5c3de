"""What a cluster's nodes load is fetched before, where the command is typed."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.config.load import read_yaml
from scripts.lib.workflow import StudyFiles
from tests.workspace import Workspace

PUBLISHED = {
    "paper": ["qwen_32b/tokenizer", "qwen_32b/weights", "qwen_7b/weights"],
    "search": [
        *("llama_1b/tokenizer", "llama_1b/weights", "llama_3b/tokenizer", "llama_3b/weights"),
        *("llama_8b/weights", "rlhflow_8b/weights"),
    ],
}


@pytest.mark.parametrize("study", list(PUBLISHED))
def test_models_and_data_sets_are_fetched_by_local_jobs(tmp_path: Path, study: str) -> None:
    run = Workspace(tmp_path).snakemake("all", "--dry-run", "--configfile", f"config/{study}.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    jobs = re.split(r"\n(?=(?:local)?rule \w+:)", run.stdout)
    fetching = [job for job in jobs if re.match(r"\w+ fetch_", job)]
    outputs = [re.search(r"\n    output: (\S+)", job) for job in fetching]
    records = {found[1] for found in outputs if found and "/published/" in found[1]}
    assert records == {f"results/{study}/published/{name}.json" for name in PUBLISHED[study]}
    sources = {found[1] for found in outputs if found and "/questions/" in found[1]}
    assert len(sources) == len(read_yaml(Path(f"config/{study}.yaml"))["questions"]["sources"])
    # No other job is left that would have to ask the Hub, and these run where it can be asked.
    assert not [job for job in jobs if re.match(r"(local)?rule collect_questions:", job)]
    assert {
        found[1] for job in fetching if (found := re.match(r"\w+ (\w+):", job))
    } <= local_rules()


def test_whatever_asks_the_network_stays_where_the_command_is_typed() -> None:
    fetching = {"fetch_source", "fetch_model", "fetch_questions", "import_selection"}
    assert {*fetching, "ask_pool"} <= local_rules()


def test_what_takes_seconds_stays_there_too() -> None:
    assert {"plot_figure", "format_table"} <= local_rules()


def local_rules() -> set[str]:
    """What the rules say is never sent to a cluster."""
    text = "".join(path.read_text("utf-8") for path in Path("rules").glob("*.smk"))
    blocks = re.findall(r"^localrules:\n((?: +\w+,\n)+)", text, re.M)
    return set(re.findall(r"\w+", " ".join(blocks)))


def test_jobs_wait_for_what_they_load() -> None:
    path = Path("config/search.yaml")
    files = StudyFiles(read_yaml(path), [str(path)])

    def record(name: str) -> str:
        return f"results/search/published/{name}.json"

    def of(**wildcards: str) -> SimpleNamespace:
        return SimpleNamespace(**wildcards)

    solver, judge = record("llama_1b/weights"), record("rlhflow_8b/weights")
    assert files.pool_loaded(of(pool="samples_1b")) == [solver]
    searched = files.search_inputs(of(pool="beam_1b"))
    assert (searched["weights"], searched["verifier"]) == ([solver], [judge])
    assert solver not in files.search_inputs(of(pool="beam_1b_own"))["verifier"]
    scored = files.score_inputs(of(pool="samples_1b", model="rlhflow_8b"))
    assert scored["tokenizer"] == [record("llama_1b/tokenizer")]
    assert scored["verifier"] == [judge]
    assert files.labelled_inputs(of(labels="steps_3b"))["weights"] == [record("llama_3b/weights")]
    assert files.verifier_inputs(of(model="prm_1b"))["base"] == [solver]
    assert files.tuning_inputs(of(model="reviser_1b"))["base"] == [solver]
    # A tuned model is whole by itself, and costs are counted without loading anything.
    assert solver not in files.pool_loaded(of(pool="revised_1b"))
    assert files.pool_weights(of(pool="samples_1b")) == []
