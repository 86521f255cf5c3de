"""Anatomies in a study: what fits, what the rules hand over, and the program of samples."""

import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from pydantic import ValidationError

from scripts.analyse import tabulate_anatomy
from scripts.lib.anatomy.problem import AnatomyError
from scripts.lib.anatomy.tables import Segment
from scripts.lib.config.anatomies import VoteAnatomy
from scripts.lib.config.check import ConfigError
from scripts.lib.config.needs import Needs
from scripts.lib.config.pools import Forcing
from scripts.lib.search.tables import Step
from scripts.lib.slices import as_json
from scripts.lib.tableio import read_table, write_table
from scripts.lib.tables import Answer, Problem, Trace
from scripts.lib.workflow import StudyFiles
from tests.pool_tables import pool_tables, step_table
from tests.small_model import write_model
from tests.studies import micro
from tests.test_pool_requests import problems


def anatomy(name: str, **changes: object) -> dict[str, object]:
    """The micro study with one more anatomy."""
    study = micro()
    study["anatomies"]["more"] = {"method": name, "pool": "plain", **changes}
    return study


def refused(name: str, **changes: object) -> str:
    with pytest.raises(ConfigError) as caught:
        StudyFiles(anatomy(name, **changes), [])
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("vote", {"pool": "lost"}, "anatomies.more.pool: 'lost' is not defined"),
        ("vote", {"judged_in": "lost"}, "more.judged_in: 'lost' is not defined"),
        ("vote", {"judged_in": "reference"}, "'reference' is on 'pool', the pool on 'chains'"),
        ("vote", {"problem": "a", "judged_in": "plain"}, "name one of them"),
        ("vote", {"pool": "beam"}, "'beam' is of kind searched; vote is shown of a pool of kind"),
        ("vote", {"k": 49}, "more.k: 49 samples of a problem are needed, and the pool draws 48"),
        ("vote", {"wording": "most"}, "more.wording: 'most' is not among the pool's: ['plain']"),
        ("vote", {"pool": "about"}, "more.asked: the pool has several; name one of [8, 16, 32"),
        ("vote", {"pool": "about", "asked": 8}, "8 samples of a problem are needed, and the pool"),
        ("vote", {"pool": "forced", "k": 2}, "a forced pool with one setting, without waits"),
        ("rejection", {"budget": 4, "tries": 50}, "more.tries: 50 samples"),
        ("best_of_n", {"verifier": "base"}, "more.verifier: 'base' is not defined"),
        ("best_of_n", {"pool": "forced", "verifier": "prm"}, "best_of_n is shown of a pool of"),
        ("forcing", {}, "'plain' is of kind sampled; forcing is shown of a pool of kind forced"),
        ("forcing", {"pool": "forced", "budgets": [9]}, "budgets: [9] not among the pool's: [8"),
        ("forcing", {"pool": "forced", "waits": [3]}, "waits: [3] not among the pool's: [0, 1, 2"),
        ("forcing", {"pool": "forced", "sample": 2}, "sample: 2 is not there; the pool draws 2"),
        ("revision", {"pool": "revised", "sample": 1}, "sample: 1 is not there; the pool draws 1"),
        ("search", {"pool": "beam", "beams": 2}, "beams: 2 is not among the pool's: [1, 4, 8]"),
    ],
)
def test_what_does_not_fit_is_refused(name, changes, told):
    assert told in refused(name, **changes)


def test_a_panel_names_an_anatomy_that_is_there():
    study = micro()
    study["figures"]["anatomy"]["panels"][0]["anatomy"] = "lost"
    with pytest.raises(ConfigError, match=r"panels\.0\.anatomy: 'lost' is not defined; there is"):
        StudyFiles(study, [])


def test_a_pool_of_ones_own_judges_unless_the_problem_is_named():
    spec = {"method": "vote", "pool": "plain"}
    assert VoteAnatomy.model_validate(spec).judge == "plain"
    assert VoteAnatomy.model_validate(spec | {"judged_in": "other"}).judge == "other"
    assert VoteAnatomy.model_validate(spec | {"problem": "a"}).judge is None
    with pytest.raises(ValidationError, match="chosen_by"):
        VoteAnatomy.model_validate(spec | {"chosen_by": "hand"})


def test_rules_hand_over_what_an_anatomy_is_made_from():
    study = anatomy("best_of_n", verifier="prm", judged_in="s1k")
    study["anatomies"]["named"] = {"method": "vote", "pool": "plain", "problem": "a"}
    files = StudyFiles(study, [])
    assert files.replayed() == ["rebase"]
    assert set(files.tabulated()) == {"forcing", "more", "named"}
    rebase = SimpleNamespace(pool="rebase", anatomy="rebase")
    inputs = files.anatomy_inputs(rebase)
    assert inputs["spent"] == "results/micro/pools/rebase/spent.parquet"
    assert "results/micro/models/prm/model.safetensors" in inputs["verifier"]
    assert files.judge_option(rebase) == "--judge results/micro/pools/rebase/answers.parquet"
    forcing = files.anatomy_options(SimpleNamespace(pool="forced", anatomy="forcing"))
    assert "--tokenizer results/micro/models/base" in forcing
    assert '"answer_tokens": 16' in forcing
    best = SimpleNamespace(pool="plain", anatomy="more")
    assert files.anatomy_inputs(best)["scores"] == "results/micro/scores/plain/prm.parquet"
    options = files.anatomy_options(best)
    assert "--judge results/micro/pools/s1k/answers.parquet" in options
    assert "--scores results/micro/scores/plain/prm.parquet --separator '\n'" in options
    assert files.anatomy_options(SimpleNamespace(pool="plain", anatomy="named")) == ""
    assert "results/micro/pools/rebase/anatomy/rebase.parquet" in files.shared_files()


def test_what_was_not_pulled_is_left_out_by_name(tmp_path, monkeypatch):
    study = {**micro(), "samples": "pulled"}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("scripts.lib.workflow.load_facts", dict)
    monkeypatch.setattr("scripts.lib.workflow.load_prices", dict)
    monkeypatch.setattr("scripts.lib.workflow.load_claims", dict)
    there = tmp_path / "results/micro/pools/rebase/anatomy/rebase.parquet"
    there.parent.mkdir(parents=True)
    there.touch()
    files = StudyFiles(study, [])
    assert files.missing.anatomies == ("forcing",)
    figure = SimpleNamespace(figure="anatomy")
    assert files.figure_anatomies(figure) == [str(there.relative_to(tmp_path))]
    assert '"anatomies": ["forcing"]' in files.figure_missing(figure)
    assert files.figure_needs(figure) == Needs(anatomies=("rebase",))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> Path:
    return write_model(tmp_path_factory.mktemp("model"), layers=1, width=32, context=64)


def call(tmp_path: Path, monkeypatch, spec: dict, *options: str) -> pl.DataFrame:
    output = tmp_path / "anatomy.parquet"
    files = [f"--{n} {tmp_path}/{n}.parquet" for n in ("problems", "traces", "answers")]
    line = f"program --anatomy shown --output {output} {' '.join([*files, *options])}"
    spec = {"pool": "votes", **spec}
    monkeypatch.setattr("sys.argv", [*shlex.split(line), "--spec", json.dumps(spec)])
    tabulate_anatomy.main()
    return read_table(Segment, output)


def test_the_program_tells_every_method_of_samples(tmp_path, monkeypatch, tokenizer):
    given = [
        {"problem": p, "answer": answer, "gold": "2", "tokens": 6, "thinking": 3, "waits": waits}
        | {"scores": [0.5], "read": [6]}
        for p, answers in {"p0": "22", "p1": "23"}.items()
        for waits, answer in enumerate(answers)
    ]
    answers, _, traces = pool_tables(given)
    ids = [[2, 3, 4, 5, 6, 7]] * 4
    known = {
        "prompt_tokens": pl.lit(10, pl.Int64),
        "token_ids": pl.Series(ids),
        "text": pl.lit("x"),
    }
    write_table(Trace, traces.with_columns(**known), tmp_path / "traces.parquet")
    write_table(Answer, answers, tmp_path / "answers.parquet")
    write_table(Problem, problems("1 + 1", "2"), tmp_path / "problems.parquet")
    write_table(Step, step_table(given), tmp_path / "scores.parquet")
    judge = f"--judge {tmp_path}/answers.parquet"
    named = f"--tokenizer {tokenizer}"
    table = call(tmp_path, monkeypatch, {"method": "revision"}, judge)
    assert set(table["problem_id"]) == {"p1"}
    assert table.filter(pl.col("answer").is_not_null())["answer"].to_list() == ["1", "2", "3"]
    table = call(tmp_path, monkeypatch, {"method": "vote", "problem": "p0"})
    assert set(table["problem_id"]) == {"p0"}
    table = call(tmp_path, monkeypatch, {"method": "rejection", "budget": 3}, judge)
    assert table["generated"].sum() == 6
    scores = f"--scores {tmp_path}/scores.parquet --separator s"
    best = {"method": "best_of_n", "verifier": "judge"}
    table = call(tmp_path, monkeypatch, best, judge, named, scores)
    assert table["generated"].sum() == 12
    assert table["read"].sum() == 20 + 12
    marks = Forcing(auto=True, answer_tokens=4, think="a", wait="b", answer="c", final="d")
    forcing = f"--forcing {shlex.quote(as_json(marks))}"
    with pytest.raises(AnatomyError, match=r"sample 0 .* does not hold what was appended by force"):
        call(tmp_path, monkeypatch, {"method": "forcing"}, judge, named, forcing)
    known |= {
        "token_ids": pl.Series([[2, 3, 4, 5, 6, 7, 8, 9]] * 4),
        "forced_tokens": pl.lit(2, pl.Int64),
    }
    write_table(Trace, traces.with_columns(**known), tmp_path / "traces.parquet")
    told = call(tmp_path, monkeypatch, {"method": "forcing"}, judge, named, forcing)
    assert told["generated"].sum() == 12
    assert told["forced"].sum() == 4
    assert told["tokens"].sum() == 10 + 16
    with pytest.raises(AnatomyError, match="forcing: --tokenizer of the pool's model is needed"):
        call(tmp_path, monkeypatch, {"method": "forcing"}, judge)
    with pytest.raises(AnatomyError, match="best_of_n: --forcing, or --scores and --separator"):
        call(tmp_path, monkeypatch, best, judge, named)
    with pytest.raises(AnatomyError, match="--judge or a problem is needed"):
        call(tmp_path, monkeypatch, {"method": "revision"})
    with pytest.raises(AnatomyError, match="'p7' is not in"):
        call(tmp_path, monkeypatch, {"method": "vote", "problem": "p7"})
