"""Step labels of others: counted against the files themselves, and broken lines."""

import json
from collections import Counter

import polars as pl
import pytest

from scripts.lib.config.verifiers import ImportedLabels
from scripts.lib.search.imported import import_labels
from scripts.lib.search.label_tree import Node, solutions
from scripts.lib.search.solutions import LabelsError
from scripts.lib.search.tables import StepLabel
from scripts.lib.tableio import check_table

FILES = {
    "prm800k": "openr_prm_samples/samples_prm800k.jsonl",
    "math_shepherd": "openr_prm_samples/samples_math-shepherd.jsonl",
    "math_aps": "openr_prm_samples/samples_math-aps.jsonl",
    "tree": "openr_prm_samples/samples_math-aps-tree.jsonl",
}


def spec(name: str, **changes: object) -> ImportedLabels:
    content = {"kind": "imported", "format": name, "path": "given"}
    return ImportedLabels.model_validate(content | changes)


def read(mirror, name: str, **changes: object) -> tuple[pl.DataFrame, list[dict]]:
    path = mirror(FILES[name])
    table = import_labels(path, "l", spec(name if name != "tree" else "math_aps", **changes))
    check_table(StepLabel, table, path)
    return table, [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.mirror
def test_prm800k_holds_every_rating_once(mirror):
    table, lines = read(mirror, "prm800k")
    rated = Counter(
        (line["question"]["problem"], one["text"] + "\n\n", one["rating"] >= 0)
        for line in lines
        for step in line["label"]["steps"]
        for one in step["completions"] or []
        if one["rating"] is not None
    )
    labelled = table.filter(pl.col("soft").is_not_null())
    assert Counter(labelled.select("prompt", "text", "hard").iter_rows()) == rated
    told = table.group_by("problem_id", "solution").agg(pl.col("outcome").first())["outcome"]
    reasons = Counter(line["label"]["finish_reason"] for line in lines)
    assert (told == True).sum() == reasons["solution"]  # noqa: E712
    human = [s["human_completion"]["text"] for line in lines for s in line["label"]["steps"]
             if s["human_completion"] and s["chosen_completion"] is None]  # fmt: skip
    assert table.filter(pl.col("text") == human[0] + "\n\n")["soft"].null_count() >= 1


@pytest.mark.mirror
def test_math_shepherd_holds_every_sign(mirror):
    table, lines = read(mirror, "math_shepherd", separator="\n")
    marks = sum(line["input"].count("ки") for line in lines)
    wrong = sum(line["input"].count("ки") - line["label"].count(" +") for line in lines)
    assert len(table) == marks
    assert table["text"].str.ends_with("\n").all()
    assert table["text"].str.starts_with("Step ").all()
    # "+" also stands in sums, so that what is counted is no more than a bound.
    assert 0 < (~table["hard"]).sum() <= wrong + sum(line["input"].count(" +") for line in lines)
    first = table.filter(pl.col("problem_id") == "0")
    assert first["hard"].to_list() == [True, True, True, True, False]
    assert first["prompt"][0].startswith("Janet pays $40/hour")
    assert first["prompt"][0].endswith("in a year?")
    assert first["outcome"].to_list() == [False] * 5


@pytest.mark.mirror
@pytest.mark.parametrize("name", ["math_aps", "tree"])
def test_math_aps_holds_every_share_once(mirror, name):
    table, lines = read(mirror, name)

    def below(node: dict) -> int:
        return sum(1 + below(child) for child in node["children"])

    count = 0
    for line in lines:
        steps = line["reasoning_steps"]
        whole = len({s["solution_prefix"] for s in steps}) - 1 if name == "math_aps" else None
        count += below(steps) if whole is None else whole
    labelled = table.filter(pl.col("soft").is_not_null())
    assert len(labelled) == count
    assert (labelled["hard"] == (labelled["soft"] > 0)).all()
    assert 0 < labelled["soft"].mean() < 1


@pytest.mark.mirror
def test_a_beginning_joins_the_longest_one_before_it(mirror):
    table, lines = read(mirror, "math_aps")
    texts = {s["solution_prefix"].replace("\n", "") for s in lines[0]["reasoning_steps"]}
    own = table.filter(pl.col("problem_id") == "0")
    for _, group in own.group_by("solution", maintain_order=True):
        whole = group["prompt"][0].replace("\n", "") + "".join(group["text"]).replace("\n", "")
        assert whole in texts


@pytest.mark.mirror
def test_only_the_first_solutions_are_taken(mirror):
    table, _ = read(mirror, "prm800k", solutions=3)
    assert table.select("problem_id", "solution").n_unique() == 3


def test_a_step_that_paths_share_is_labelled_once():
    tree = [Node("a", 1.0, [Node("b", 0.5), Node("c", 0.0, [Node("d", 0.0)])])]
    paths = [[(step.text, step.soft) for step in steps] for steps, _ in solutions(tree)]
    assert paths == [[("a", 1.0), ("b", 0.5)], [("a", None), ("c", 0.0), ("d", 0.0)]]


PRM = {
    "question": {"problem": "p"},
    "label": {
        "finish_reason": "solution",
        "steps": [
            {
                "completions": [{"text": "t", "rating": 1}],
                "human_completion": None,
                "chosen_completion": 0,
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("name", "line", "complaint"),
    [
        ("prm800k", "{", "not JSON"),
        ("prm800k", json.dumps({"question": {}}), r"question\.problem: Field required"),
        ("prm800k", json.dumps(PRM).replace('"rating": 1', '"rating": 4'), r"steps\.0: rating 4"),
        ("prm800k", json.dumps(PRM).replace(": 0}", ": 7}"), "7 is none of 1"),
        ("math_shepherd", '{"input": "p Step 1: a", "label": ""}', "every step must end with"),
        ("math_shepherd", '{"input": "p a ки", "label": "p a +"}', "'Step 1:' is missing"),
        ("math_shepherd", '{"input": "p Step 1: a ки", "label": "p Step 1: b +"}', "step 1 is not"),
        ("math_aps", '{"question": "q", "reasoning_steps": []}', "the list is empty"),
        ("math_aps", '{"question": "q", "reasoning_steps": 3}', "reasoning_steps"),
        (
            "math_aps",
            '{"question": "q", "reasoning_steps": [{"solution_prefix": "r s", "mc_value": 1}]}',
            "'r s' does not begin as the question",
        ),
    ],
)  # fmt: skip
def test_a_broken_line_is_named(tmp_path, name, line, complaint):
    path = tmp_path / "labels.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(LabelsError, match=rf"labels\.jsonl: line 2: .*{complaint}"):
        import_labels(path, "l", spec(name))


def test_a_file_without_a_step_is_refused(tmp_path):
    path = tmp_path / "labels.jsonl"
    path.write_text("\n")
    with pytest.raises(LabelsError, match="holds no labelled step"):
        import_labels(path, "l", spec("prm800k"))
