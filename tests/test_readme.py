"""What the pages for users name is there: targets, results, files, and entries that fit a study."""

import copy
import re
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from scripts.lib.config.check import check
from scripts.lib.config.load import read_yaml
from scripts.lib.config.study import Study

PAGES = [
    *(Path("README.md"), Path("slurm/README.md"), Path("config/README.md")),
    *(Path("docs/adding.md"), Path("results/README.md")),
]
TINY = Path("config/tiny.yaml")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_commands_of_make_are_in_the_makefile(page):
    rules = re.findall(r"^([a-z./-]+):", text_of(Path("Makefile")), re.M)
    named = re.findall(r"(?:^ +|`|&& )make ([a-z./-]+)", text_of(page), re.M)
    assert set(named) <= {*rules, ".venv/ready-gpu"}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_results_of_studies_are_those_of_an_entry(page):
    parts = "curves|figures|pools|models|tables"
    named = re.findall(rf"results/([a-z]+)/({parts})/([a-z0-9_]+)", text_of(page))
    mine = {"vote_odd_qwen3_4b", "odd_votes"} if page.name == "adding.md" else set()
    for study, part, name in named:
        there = read_yaml(Path(f"config/{study}.yaml"))[part]
        assert name in {*there, *mine}, f"{study} has no {part} called {name}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_files_that_are_linked_or_named_are_there(page):
    text = text_of(page)
    links = [page.parent / to for to in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text)]
    studies = [Path(name) for name in re.findall(r"config/[a-z_]+\.(?:yaml|json)", text)]
    assert [path for path in {*links, *studies} if not path.exists()] == []


def blocks() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", text_of(Path("README.md")), re.M | re.S)


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block.splitlines()[1].strip()[:30])
def test_entries_of_the_readme_fit_the_tiny_study(block):
    study = copy.deepcopy(read_yaml(TINY))
    before = len(study["pools"]), len(study["curves"])
    update_config(study, yaml.safe_load(block))
    checked = check(Study, study, "README.md")
    assert (len(checked.pools), len(checked.curves)) >= before
