"""What the page of a study is written of; tests/test_reruns.py has when."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.config.curves import pools_of
from scripts.lib.config.load import read_yaml
from scripts.lib.page.spec import PageSpec
from scripts.lib.workflow import StudyFiles

ANY = SimpleNamespace()


def files_of(name: str) -> StudyFiles:
    path = Path(f"config/{name}.yaml")
    return StudyFiles(read_yaml(path), [str(path)])


@pytest.mark.parametrize("name", ["tiny", "micro", "recorded", "paper", "search", "workstation"])
def test_every_pool_that_curves_of_all_draw_on_can_be_read(name):
    files = files_of(name)
    spec = PageSpec.model_validate_json(files.page_spec(ANY))
    assert spec.page == files.study.page
    assert list(spec.figures) == [n for n, f in files.study.figures.items() if f.target is None]
    assert spec.figures == {n: files.study.figures[n] for n in spec.figures}
    assert {pool for curve in spec.curves.values() for pool in pools_of(curve)} == set(spec.pools)
    inputs = files.page_inputs(ANY)
    options = files.page_options(ANY)
    assert [options.count(f"/pools/{pool}/traces.parquet") for pool in spec.pools] == [
        1 for _ in spec.pools
    ]
    assert all(option in inputs["samples"] for option in options.split() if "parquet" in option)
    # A command is one argument of a shell, which takes 128 KiB.
    told = (files.page_spec(ANY), options, *(" ".join(paths) for paths in inputs.values()))
    assert sum(map(len, told)) < 100_000


def test_pools_name_what_marks_their_traces():
    spec = PageSpec.model_validate_json(files_of("micro").page_spec(ANY))
    assert spec.pools["forced"].wait == "Wait"
    assert spec.pools["plain"].separator == "\n", "its verifier's steps"


def test_scores_and_tokenizers_are_read_where_traces_are_marked():
    inputs = files_of("micro").page_inputs(ANY)["samples"]
    assert "results/micro/pools/beam/steps.parquet" in inputs
    assert "results/micro/scores/plain/prm.parquet" in inputs
    assert "results/micro/models/base/tokenizer.json" in inputs
    assert not [path for path in inputs if path.endswith(".safetensors")]


def test_without_samples_the_page_shows_what_is_here(tmp_path, monkeypatch):
    study = Path("config/paper.yaml").read_text(encoding="utf-8")
    for part in ("config", "data"):
        (tmp_path / part).symlink_to(Path(part).resolve())
    (tmp_path / "paper.yaml").write_text(study, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    config = read_yaml(Path("paper.yaml")) | {"samples": "pulled"}
    files = StudyFiles(config, ["paper.yaml"])
    spec = PageSpec.model_validate_json(files.page_spec(ANY))
    assert spec.pools == {}
    assert files.page_inputs(ANY)["samples"] == []
    assert files.page_options(ANY) == "--verdicts results/paper/verdicts.csv"
    assert spec.lost["forcing_s1_aime24"] == files.study.curves["forcing_s1_aime24"].label
    assert not set(spec.lost) & set(spec.curves)
    assert spec.pull == "make pull STUDY=paper.yaml"
