from types import SimpleNamespace

import pytest

from scripts.lib.config.check import ConfigError, check
from scripts.lib.config.study import Study
from scripts.lib.workflow import StudyFiles
from tests.studies import QUESTION_COLUMNS

STUDY = {
    "study": "small",
    "title": "A small study",
    "benchmarks": {
        "chains": {"kind": "chains", "seed": 1, "operations": [2], "problems": 3},
        "other": {"kind": "chains", "seed": 2, "operations": [2], "problems": 3},
        "asked": {"kind": "questions"},
    },
    "models": {
        "base": {
            "kind": "hub",
            "repo": "someone/model",
            "revision": "0" * 40,
        }
    },
    "prompts": {"plain": "{problem}"},
    "pools": {
        "judge": {
            "kind": "sampled",
            "model": "base",
            "benchmark": "asked",
            "wordings": ["plain"],
            "sampling": {"max_tokens": 5},
            "n": 1,
        }
    },
    "questions": {
        "sources": {
            name: {
                "kind": "chains",
                "seed": 1,
                "questions": 5,
                "families": ["arrows"],
                "operations": [2],
                "slip_rate": 0.0,
                "most_waits": 0,
            }
            for name in ("zeta", "alpha")
        },
        "tokenizer": "base",
        "large": "judge",
        "quality": {"patterns": {"z": "1", "a": "2"}, "spared": {"z": ["alpha"]}},
    },
    "selections": {
        "best": {"rule": "s1", "size": 3, "first": [{"sources": ["alpha"]}]},
        "all": {"rule": "full", "start": "quality"},
    },
}
NONE = SimpleNamespace()


def changed(**questions: object) -> dict[str, object]:
    return {**STUDY, "questions": {**STUDY["questions"], **questions}}


@pytest.fixture
def files() -> StudyFiles:
    return StudyFiles(STUDY, [])


def test_sources_stand_in_the_order_of_the_study(files):
    assert files.collected_files(NONE) == [
        "results/small/questions/sources/zeta.parquet",
        "results/small/questions/sources/alpha.parquet",
    ]


def test_questions_are_compared_with_all_benchmarks_but_themselves(files):
    tests = files.tests_of_questions(NONE)
    assert tests == [
        "results/small/problems/chains.parquet",
        "results/small/problems/other.parquet",
    ]
    named = StudyFiles(changed(against=["other"]), [])
    assert named.tests_of_questions(NONE) == ["results/small/problems/other.parquet"]
    with pytest.raises(
        ConfigError, match=r"questions\.against: 'asked' is made of these questions"
    ):
        check(Study, changed(against=["asked"]), "study")


def test_the_order_of_comparison_is_told_apart_from_the_files(files):
    sources = STUDY["questions"]["sources"]
    swapped = StudyFiles(changed(sources=dict(reversed(sources.items()))), [])
    named = StudyFiles(changed(against=["other", "chains"]), [])
    assert files.order_of_comparison(NONE) == '[["zeta", "alpha"], ["chains", "other"]]'
    assert swapped.order_of_comparison(NONE) == '[["alpha", "zeta"], ["chains", "other"]]'
    assert named.order_of_comparison(NONE) == '[["zeta", "alpha"], ["other", "chains"]]'


def test_jobs_get_their_slices(files):
    assert files.shared_words(NONE) == 8
    assert files.verdicts_option(NONE) == "--large"
    patterns = '{"patterns": {"z": "1", "a": "2"}, "spared": {"z": ["alpha"]}}'
    assert files.quality_spec(NONE) == patterns
    of_best, of_all = SimpleNamespace(selection="best"), SimpleNamespace(selection="all")
    assert files.selection_questions(of_best) == "results/small/questions/difficulty.parquet"
    assert files.selection_questions(of_all) == "results/small/questions/quality.parquet"
    assert '"rule": "s1"' in files.selection_spec(of_best)
    assert files.selection_files() == [
        "results/small/selections/best.parquet",
        "results/small/selections/all.parquet",
    ]


def test_a_study_without_questions_says_so():
    gone = {"questions", "selections", "pools"}
    content = {key: value for key, value in STUDY.items() if key not in gone}
    content["benchmarks"] = {
        name: entry for name, entry in STUDY["benchmarks"].items() if name != "asked"
    }
    with pytest.raises(ConfigError, match="the study has no questions"):
        StudyFiles(content, []).collected_files(NONE)


@pytest.mark.parametrize(
    ("selection", "key"),
    [
        ({"first": [{"sources": ["alhpa"]}]}, "selections.best.first.0.sources"),
        (
            {"benchmark_share": 0.3, "benchmark_domains": {"alhpa": 1}},
            "selections.best.benchmark_domains",
        ),
    ],
)
def test_sources_of_a_selection_must_be_declared(selection, key):
    content = {**STUDY, "selections": {"best": {"rule": "s1", "size": 3, **selection}}}
    with pytest.raises(ConfigError, match=rf"{key}: 'alhpa' is not defined.*zeta, alpha"):
        check(Study, content, "study")
    columns = QUESTION_COLUMNS | {"source": "from"}
    collection = {"kind": "file", "path": "questions.csv", "columns": columns}
    # A collection names the sources of its rows itself.
    questions = {**STUDY["questions"], "sources": {"zeta": collection, **_alpha()}}
    check(Study, {**content, "questions": questions}, "study")


def test_a_source_must_have_the_columns_of_a_complete_question():
    def source(*left_out: str) -> dict[str, object]:
        columns = {k: v for k, v in QUESTION_COLUMNS.items() if k not in left_out}
        return {"kind": "file", "path": "questions.csv", "columns": columns}

    check(Study, changed(sources=_alpha() | {"zeta": source()}), "study")
    for column in ("answer", "trace", "attempt", "domain"):
        key = rf"questions\.sources\.zeta\.columns\.{column}: not given"
        with pytest.raises(ConfigError, match=key):
            check(Study, changed(sources=_alpha() | {"zeta": source(column)}), "study")
    named = {"sources": _alpha() | {"zeta": source("domain")}, "domain": {"by": "source"}}
    check(Study, changed(**named), "study")


def _alpha() -> dict[str, object]:
    return {"alpha": STUDY["questions"]["sources"]["alpha"]}
