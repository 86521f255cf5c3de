"""From files to a figure: which files the rule hands over, and what the program makes of them."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.figures.plot_figure import main
from scripts.lib.curves.tables import Comparison, ControlRow, Fit, Point
from scripts.lib.errors import UserError
from scripts.lib.questions.tables import Funnel, Question
from scripts.lib.tableio import write_table
from scripts.lib.training_tables import TrainingStep
from scripts.lib.workflow import StudyFiles
from tests.figure_rows import comparison, control
from tests.figure_sets import funnel, questions, training
from tests.figure_tables import doublings, obedience_fit
from tests.test_config_figures import NEEDS, PANELS, figure, study
from tests.workspace import Workspace

FILES = {
    "scaling": {"points": ["curves/sft_x.csv"]},
    "obedience": {"points": ["curves/ask_x.csv"], "fits": ["fits/ask_x.csv"]},
    "comparison": {"tables": ["tables/ablations.csv"]},
    "control": {"tables": ["tables/lengths.csv"]},
    "funnel": {"tables": ["tables/funnel.csv"]},
    "lengths": {"questions": ["selections/chosen.parquet"], "reference": ["data/reference/s1.csv"]},
    "domains": {"questions": ["selections/chosen.parquet"]},
    "training": {"training": ["models/tuned/training.csv"]},
}
# The panels of all kinds that one figure holds, in two figures.
TOGETHER = [["scaling", "comparison", "control", "funnel"], ["obedience", "domains", "training"]]


@pytest.fixture(scope="module")
def files() -> StudyFiles:
    return StudyFiles(study(), [])


def inputs(files: StudyFiles, name: str) -> dict[str, list[str]]:
    """What the rule of figures hands over, by option, without what is empty."""
    wildcards = SimpleNamespace(study="small", figure=name)
    found = {
        "points": files.figure_points(wildcards),
        "fits": files.figure_fits(wildcards),
        "reference": files.figure_references(wildcards),
        "tables": files.figure_tables(wildcards),
        "questions": files.figure_questions(wildcards),
        "training": files.figure_training(wildcards),
    }
    return {option: paths for option, paths in found.items() if paths}


@pytest.mark.parametrize("kind", PANELS)
def test_a_figure_depends_on_the_files_of_its_panels_and_no_others(files, kind):
    wanted = {
        option: [p if p.startswith("data/") else f"results/small/{p}" for p in paths]
        for option, paths in FILES[kind].items()
    }
    assert inputs(files, kind) == wanted


def test_labels_are_those_of_the_curves_of_the_figure(files):
    def labels(name: str) -> dict[str, str]:
        return json.loads(files.figure_labels(SimpleNamespace(figure=name)))

    assert labels("obedience") == {"ask_x": "asked"}
    assert labels("scaling") == {"sft_x": "sft_x"}
    assert labels("funnel") == {}


def test_a_figure_of_training_plans_the_training_and_no_samples(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.edit(
        "config/micro.yaml",
        "figures:\n",
        "figures:\n  loss:\n    title: Loss\n    status: new\n    caption: Loss.\n    panels:\n"
        "      - {kind: training, title: Loss, models: [base]}\n",
    )
    outputs = "results/micro/figures/loss.png"
    plan = workspace.plan(outputs, "--configfile", "config/micro.yaml")
    assert plan["plot_figure"] == [outputs]
    assert plan["train_base"]
    assert not {"sample_pool", "grade_pool", "account_pool", "tabulate_curve"} & set(plan)


def written(folder: Path, *kinds: str) -> list[str]:
    """Write every table that `PANELS` draws; options that hand over those of some kinds."""
    tables = {
        "curves/sft_x.csv": (Point, doublings("sft_x", "sft", "measured")),
        "curves/ask_x.csv": (Point, doublings("ask_x", "ask", "measured")),
        "fits/ask_x.csv": (Fit, obedience_fit("ask_x")),
        "tables/ablations.csv": (Comparison, comparison()),
        "tables/lengths.csv": (ControlRow, control()),
        "tables/funnel.csv": (Funnel, funnel()),
        "selections/chosen.parquet": (Question, questions(80, 1)),
        "models/tuned/training.csv": (TrainingStep, training(30, 1)),
    }
    for name, (model, table) in tables.items():
        write_table(model, table, folder / name)
    options: dict[str, list[str]] = {}
    for kind in kinds:
        for option, names in FILES[kind].items():
            options.setdefault(f"--{option}", []).extend(str(folder / name) for name in names)
    return [part for option, paths in options.items() for part in (option, *paths)]


def run(monkeypatch, spec: dict, options: list[str], output: Path) -> None:
    labels = {name: name for kind in NEEDS for name in NEEDS[kind].curves}
    arguments = ["--spec", json.dumps(spec), "--labels", json.dumps(labels), *options]
    arguments += ["--style", "config/figures.mplstyle", "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["plot_figure", *arguments])
    main()


@pytest.mark.parametrize(("kinds", "axes"), [(TOGETHER[0], 7), (TOGETHER[1], 3)])
def test_figures_are_drawn_from_files(tmp_path, monkeypatch, kinds, axes):
    options = written(tmp_path, *kinds)
    output = tmp_path / "figure.svg"
    run(monkeypatch, figure(*(PANELS[kind] for kind in kinds)), options, output)
    assert output.read_text(encoding="utf-8").count('id="axes_') == axes


def test_a_table_that_is_none_is_refused_with_its_file_and_row(tmp_path, monkeypatch):
    options = written(tmp_path, "funnel")
    path = tmp_path / "tables/funnel.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1965", "-1"), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        run(monkeypatch, figure(PANELS["funnel"]), options, tmp_path / "figure.png")
    assert "funnel.csv: not a valid Funnel table" in str(caught.value)
    assert "column 'questions'" in str(caught.value)
    assert not (tmp_path / "figure.png").exists()
