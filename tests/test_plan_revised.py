"""Plans of revised pools, with numbers by hand."""

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.pools import RevisedPool
from scripts.lib.config.study import Study
from scripts.lib.engines.openai_engine import CHAT_OVERHEAD
from scripts.lib.journal import read_entries
from scripts.lib.plan_estimates import Amount
from scripts.sample.sample_revised import sample_revised
from tests.planned import PRICES, TEXTS, plan, study, with_problems
from tests.servers import OpenAIServer
from tests.test_pool_requests import problems


def revised(**changes: object) -> dict[str, Any]:
    return {
        "kind": "revised",
        "model": "api",
        "benchmark": "sums",
        "wording": "plain",
        "revision": "revise",
        "revisions": 2,
        "sampling": {"max_tokens": 64},
        "n": 3,
    } | changes


def test_numbers_of_a_revised_pool(tmp_path: Path) -> None:
    curves = {
        "revision_api": {"method": "revision", "pool": "revised"},
        "vote_once": {"method": "vote", "pool": "revised", "waits": 1},
    }
    content = study({"revised": revised(expected_tokens=20)}, curves)
    rows = plan(with_problems(tmp_path), content)
    need = rows["revised"].estimate
    assert need.requests == need.remaining == Amount(2 * 3 * 3)
    assert need.expected_tokens == Amount(18 * 20)
    assert need.worst_tokens == Amount(18 * 64)
    first = len("Q: 1 + 1") + CHAT_OVERHEAD
    later = len("1 + 1, you said: (none)") + CHAT_OVERHEAD
    assert need.expected_usd is not None
    assert need.worst_usd is not None
    prompts = 6 * first + 12 * (later + 20)
    assert need.expected_usd.known == pytest.approx(prompts * 1e-6 + 360 * 10e-6)
    prompts = 6 * first + 12 * (later + 64)
    assert need.worst_usd.known == pytest.approx(prompts * 1e-6 + 18 * 64 * 10e-6)
    assert rows["revision_api"].estimate == need
    assert rows["vote_once"].estimate.requests == Amount(2 * 3 * 2)


def test_what_the_journal_of_a_revised_pool_holds_is_taken_off(tmp_path: Path) -> None:
    with_problems(tmp_path)
    with OpenAIServer() as server:
        content = study({"revised": revised(budget_usd=5.0)}, {})
        content["models"]["api"]["base_url"] = server.base_url
        checked = Study.model_validate(content)
        pool = checked.pools["revised"]
        assert isinstance(pool, RevisedPool)
        table, journal = problems(*TEXTS), tmp_path / "planned/journal/revised"
        sample_revised(
            pool, "revised", checked.models["api"], checked.prompts, table, None, None,
            PRICES["api-model"], journal,
        )  # fmt: skip
    last = [entry for entry in read_entries(journal) if entry.sample.waits == 2]
    row = plan(tmp_path, content)["revised"]
    assert row.estimate.journaled == 18
    assert row.estimate.remaining == Amount(0)
    assert any(note.startswith("budget $5, $0.0") for note in row.notes)
    content["pools"]["revised"] |= {"revisions": 3, "n": 4}
    more = plan(tmp_path, content)["revised"].estimate
    assert more.remaining == Amount(2 * 3 + 2 * 3 + 2)
    means = [
        sum(e.response.generated_tokens or 0 for e in read_entries(journal) if e.sample.waits == w)
        / 6
        for w in range(3)
    ]
    assert means[2] == pytest.approx(sum(e.response.generated_tokens or 0 for e in last) / 6)
    assert more.expected_tokens.known == pytest.approx(2 * sum(means) + 8 * 64)
    for change in ({"seed": 1}, {"sampling": {"max_tokens": 63}}, {"wording": "revise"}):
        other = content | {"pools": {"revised": content["pools"]["revised"] | change}}
        other["prompts"] = content["prompts"] | {"revise": "{problem} {attempt}"}
        assert plan(tmp_path, other)["revised"].estimate.journaled == 0
