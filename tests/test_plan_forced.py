"""Plans of forced pools, with numbers by hand."""

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.pools import ForcedPool
from scripts.lib.config.study import Study
from scripts.lib.journal import read_entries
from scripts.lib.plan_estimates import UNKNOWN, Amount
from scripts.sample.sample_forced import sample_forced
from tests.planned import TEXTS, plan, study, trained, with_problems
from tests.small_model import write_model
from tests.test_pool_requests import problems

FORCING = {"budgets": [100, 200], "waits": [0, 2], "answer_tokens": 10}


def forced(**changes: object) -> dict[str, Any]:
    forcing = FORCING | changes.pop("forcing", {})  # type: ignore[operator]
    return {
        "kind": "forced",
        "model": "s1",
        "benchmark": "sums",
        "wordings": ["plain"],
        "n": 3,
        "forcing": forcing,
    } | changes


@pytest.mark.parametrize(
    ("changes", "requests", "thinking", "answers"),
    [
        # 6 samples: 3 rounds, answers at (100, 0), (200, 0), (200, 2); all rounds share 200
        ({}, 6 * (3 + 3), 6 * 200, 6 * 3),
        ({"every_pair": True}, 6 * (3 + 4), 6 * 200, 6 * 4),
        # each of three rounds may take 200
        ({"rule": "s1"}, 6 * (3 + 3), 6 * 600, 6 * 3),
        # but never more than the context, which is what auto may take
        ({"rule": "s1", "budgets": [500]}, 6 * (3 + 2), 6 * 1000, 6 * 2),
        ({"auto": True}, 6 * (3 + 4), 6 * 1000, 6 * 4),
        ({"waits": [0]}, 6 * (1 + 2), 6 * 200, 6 * 2),
    ],
)
def test_worst_of_a_forced_pool(
    tmp_path: Path, changes: dict[str, object], requests: int, thinking: int, answers: int
) -> None:
    curves = {"forcing_s1": {"method": "forcing", "pool": "forced"}}
    content = study({"forced": forced(forcing=changes)}, curves)
    rows = plan(with_problems(tmp_path), content)
    need = rows["forced"].estimate
    assert need.requests == need.remaining == Amount(requests)
    assert need.worst_tokens == need.expected_tokens == Amount(thinking + answers * 10)
    assert need.expected_from == {"budget", "answer_tokens"}
    assert need.expected_usd is None
    assert need.gpu_hours == UNKNOWN
    assert rows["forcing_s1"].estimate == need


def test_what_is_unknown_of_a_forced_pool(tmp_path: Path) -> None:
    pools = {
        "auto": forced(forcing={"auto": True}, expected_tokens=70),
        "asked": forced(wordings=["asks"], asked=[5, 9], problems=1,
                        forcing={"budgets": "asked", "tokens_per_asked": 10, "waits": [0]}),
    }  # fmt: skip
    content = study(pools, {})
    content["models"]["s1"]["facts"] = "nobody"
    rows = plan(tmp_path, content)
    assert rows["auto"].estimate.requests == UNKNOWN
    assert any(
        "each takes 21 requests and an unknown number of tokens" in note
        for note in rows["auto"].notes
    )
    assert any("nobody has no context in config/models.yaml" in note for note in rows["auto"].notes)
    rows = plan(with_problems(tmp_path), content)
    assert rows["auto"].estimate.worst_tokens == Amount(6 * 4 * 10, whole=False)
    assert rows["auto"].estimate.expected_tokens == Amount(6 * (70 + 4 * 10))
    asked = rows["asked"].estimate
    assert asked.requests == Amount(3 * 2 * (1 + 1))
    assert asked.worst_tokens == Amount(3 * (50 + 10 + 90 + 10))


def test_curves_take_all_the_thinking_and_their_answers(tmp_path: Path) -> None:
    curves = {
        "forcing_budgets": {"method": "forcing", "pool": "forced", "along": "budgets"},
        "forcing_waits": {"method": "forcing", "pool": "forced", "along": "waits"},
        "vote_200": {"method": "vote", "pool": "forced", "budget": 200, "waits": 2},
        "vote_auto": {"method": "vote", "pool": "free", "budget": "auto"},
        "sft_all": {"method": "sft", "pools": ["free", "plain"], "budget": "auto"},
    }
    plain = {"kind": "sampled", "model": "other", "benchmark": "sums", "wordings": ["plain"],
             "sampling": {"max_tokens": 7}, "n": 1}  # fmt: skip
    free = forced(forcing={"auto": True, "waits": [0]})
    content = study({"forced": forced(), "free": free, "plain": plain}, curves)
    content["models"]["other"] = content["models"]["s1"]
    rows = plan(with_problems(tmp_path), content)
    worst = {name: rows[name].estimate.worst_tokens.known for name in curves}
    assert worst == {
        "forcing_budgets": 6 * (200 + 2 * 10),
        "forcing_waits": 6 * (200 + 2 * 10),
        "vote_200": 6 * (200 + 10),
        "vote_auto": 6 * (1000 + 10),
        "sft_all": 6 * (1000 + 10) + 2 * 7,
    }


def test_what_the_journal_of_a_forced_pool_holds_is_taken_off(tmp_path: Path) -> None:
    with_problems(tmp_path)
    weights = write_model(tmp_path / "planned/models/base", layers=1, width=32)
    small = {"stop": ["<|im_end|>"], "budgets": [10, 20], "answer_tokens": 4}
    content = study({"forced": forced(model="base", forcing=small)}, {})
    content["models"]["base"] = trained()
    checked = Study.model_validate(content)
    pool = checked.pools["forced"]
    assert isinstance(pool, ForcedPool)
    model, journal = checked.models["base"], tmp_path / "planned/journal/forced"
    traces = sample_forced(
        pool, "forced", model, checked.prompts, problems(*TEXTS), weights, None, None, journal
    )
    assert len(traces) == 6 * 3
    entries = list(read_entries(journal))
    done = plan(tmp_path, content)["forced"].estimate
    assert done.journaled == len(entries)
    assert done.requests == Amount(len(entries))
    assert done.remaining == done.expected_tokens == done.worst_tokens == Amount(0)

    rounds = [entry for entry in entries if entry.sample.budget is None]
    answers = [entry for entry in entries if entry.sample.budget is not None]
    thought = sum(entry.response.generated_tokens or 0 for entry in rounds) / 6
    answered = sum(entry.response.generated_tokens or 0 for entry in answers) / len(answers)
    content["pools"]["forced"]["n"] = 4
    more = plan(tmp_path, content)["forced"].estimate
    assert more.remaining == Amount(2 * (3 + 3))
    assert more.expected_tokens.known == pytest.approx(2 * (thought + 3 * answered))
    assert more.expected_from == {"journal"}
    assert more.gpu_hours is not None
    assert more.gpu_hours.known > 0

    # A line lost is asked for again; what its sample still needs cannot be known before.
    (path,) = journal.glob("*.jsonl")
    lines = path.read_text().splitlines(keepends=True)
    answer = next(i for i, entry in enumerate(entries) if entry in answers)
    path.write_text("".join(lines[:answer] + lines[answer + 1 :]))
    content["pools"]["forced"]["n"] = 3
    lost = plan(tmp_path, content)["forced"].estimate
    assert lost.remaining == Amount(1)
    assert lost.worst_tokens == Amount(4)
    content["pools"]["forced"]["seed"] = 1
    assert plan(tmp_path, content)["forced"].estimate.journaled == 0
