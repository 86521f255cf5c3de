"""The recorded study's verdicts, from published values alone: no pool is read."""

import json
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from scripts.analyse import (
    fit_length_control,
    fit_obedience,
    judge_claims,
    tabulate_control,
    tabulate_published,
    tabulate_ratios,
)
from scripts.lib.claims.tables import Verdict
from scripts.lib.config.load import read_yaml
from scripts.lib.slices import as_json
from scripts.lib.tableio import read_table
from scripts.lib.workflow import StudyFiles

STUDY = Path("config/recorded.yaml")


def recorded() -> StudyFiles:
    """The recorded study."""
    return StudyFiles(read_yaml(STUDY), [str(STUDY)])


def program(module, *arguments):
    """Run a program's main on command line arguments, in this process to spare its imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
        module.main()


def judged(folder: Path, reference: Path = Path("data/reference")) -> pl.DataFrame:
    """Verdicts of the recorded study by the programs of its rules, on published values elsewhere.

    Tables that rest on recorded samples are said to be missing.
    """
    files = recorded()
    judgement = files.judgement()
    named = {table for one in judgement.judged for table in one.evidence.tables.values()}
    made = {}
    published = [name for name, c in files.study.curves.items() if c.published is not None]
    control = files.study.tables["control_s1"].curves
    for name in published:
        own = ["--curve", name, "--spec", files.curve_spec(SimpleNamespace(curve=name))]
        paper = reference / f"{files.study.curves[name].published.paper}.csv"
        if f"curves/{name}" not in named and name not in control:
            continue
        points = made[f"curves/{name}"] = folder / f"curves/{name}.csv"
        program(tabulate_published, *own, "--reference", paper, "--output", points)
        fit = folder / f"fits/{name}.csv"
        if name in control:
            program(fit_length_control, *own, "--points", points, "--output", fit)
        elif f"fits/{name}" in named:
            made[f"fits/{name}"] = fit
            program(fit_obedience, *own, "--points", points, "--output", fit)
    of = SimpleNamespace(table="control_s1")
    made["tables/control_s1"] = folder / "control_s1.csv"
    program(
        tabulate_control,
        *("--spec", files.table_spec(of), "--labels", files.table_labels(of)),
        *("--points", *(folder / f"curves/{name}.csv" for name in control)),
        *("--fits", *(folder / f"fits/{name}.csv" for name in control)),
        *("--reference", reference / "s1.csv", "--output", made["tables/control_s1"]),
    )
    of = SimpleNamespace(table="compute_ratios")
    made["tables/compute_ratios"] = folder / "compute_ratios.csv"
    facts = shlex.split(files.ratios_facts(of))
    output = ("--output", made["tables/compute_ratios"])
    program(tabulate_ratios, "--spec", files.table_spec(of), *facts, *output)
    made |= {f"reference/{path.stem}": path for path in reference.glob("*.csv")}
    made["prices"] = Path("config/prices.yaml")
    options = [word for n in sorted(named & set(made)) for word in ("--table", n, made[n])]
    lost = dict.fromkeys(sorted(named - set(made)), "`make recorded` makes it")
    output = ("--missing", json.dumps(lost), "--output", folder / "verdicts.csv")
    program(judge_claims, "--spec", as_json(judgement), *options, *output)
    return read_table(Verdict, folder / "verdicts.csv")
