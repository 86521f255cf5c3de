"""Curation finds the flaws that the studies plant, with the settings that the studies have."""

from pathlib import Path

import polars as pl
import pytest

from scripts.data.generate_problems import generate_problems
from scripts.lib.chains.excluded import asked_chains
from scripts.lib.config.load import load_study
from scripts.lib.curation.complete import FAILED, NEEDED, drop_incomplete
from scripts.lib.curation.decontaminate import DUPLICATE, TEST, decontaminate
from scripts.lib.curation.quality import drop_broken
from scripts.lib.questions.chains import generate_questions
from scripts.lib.tableio import write_table
from scripts.lib.tables import Problem


@pytest.mark.parametrize("name", ["tiny", "micro"])
def test_the_flaws_of_a_study_are_found_and_little_else_is_dropped(name, tmp_path):
    study = load_study(Path(f"config/{name}.yaml"))
    questions = study.questions
    tests = generate_problems(study.benchmarks["chains"], "chains")
    write_table(Problem, tests, tmp_path / "tests.parquet")
    chains = asked_chains([tmp_path / "tests.parquet"])
    sources = [
        generate_questions(spec, source, chains) for source, spec in questions.sources.items()
    ]
    planted = {
        flaw: sum(getattr(spec.flaws, flaw) for spec in questions.sources.values())
        for flaw in ("no_answer", "failed_calls", "broken_format", "duplicates", "near_tests")
    }
    copies = [
        text
        for table in sources
        for text in table["question"]
        if any(test in text for test in chains)
    ]
    assert len(copies) >= planted["near_tests"] > 0

    clean, dropped = decontaminate(sources, tests, questions.words)
    reasons = dict(dropped["reason"].value_counts().rows())
    assert not any(test in text for text in clean["question"] for test in chains)
    assert reasons[TEST] >= len(copies)
    assert reasons[DUPLICATE] >= planted["duplicates"]
    assert clean["question_id"].is_unique().all()
    # Chains that begin as another one does are not that other one.
    sound = sum(map(len, sources)) - len(copies) - planted["duplicates"]
    assert sound - len(clean) < 0.03 * sound

    featured = clean.with_columns(trace_tokens=pl.lit(9, pl.Int64), correct_trace=pl.lit(True))
    complete, dropped = drop_incomplete(featured, small=False, large=False)
    reasons = dict(dropped["reason"].value_counts().rows())
    # A near-copy or a repeat may be gone before.
    assert 0.8 * planted["no_answer"] <= reasons[NEEDED["answer"]] <= planted["no_answer"]
    assert 0.8 * planted["failed_calls"] <= reasons[FAILED] <= planted["failed_calls"]

    kept, dropped = drop_broken(complete, questions.quality)
    assert 0.8 * planted["broken_format"] <= len(dropped) <= planted["broken_format"]
    assert not kept["question"].str.contains(r"!\[Image\]|\\\[|\$").any()
