"""Points of forcing, of conditional control and of revision."""

import pytest

from scripts.lib.curves.samples import CurveError
from tests.curve_tables import tables_of
from tests.pool_tables import samples_of


def forced(budgets, waits=(0,), **more):
    """Two problems; the longer the thinking, the likelier problem "a" is right."""
    samples = []
    for budget in budgets:
        for count in waits:
            thinking = (budget or 300) + 10 * count
            right = "1" if budget is None or budget > 100 else "2"
            common = {"budget": budget, "waits": count, "thinking": thinking, **more}
            samples += samples_of("a", [right, "1"], **common)
            samples += samples_of("b", ["2", "2"], **common)
    return samples


def test_forcing_has_a_point_per_budget_then_per_wait(tmp_path):
    samples = [*forced([None], (0, 1, 2)), *forced([100, 200])]
    tables = tables_of(tmp_path, samples, method="forcing")
    points = tables.points
    assert points["setting"].to_list() == [
        "budget=100",
        "budget=200",
        "budget=auto",
        "waits=1",
        "waits=2",
    ]
    assert points["budget"].to_list() == [100, 200, None, None, None]
    assert points["waits"].to_list() == [0, 0, 0, 1, 2]
    assert points["accuracy"].to_list() == pytest.approx([0.25, 0.5, 0.5, 0.5, 0.5])
    assert points["thinking_tokens"].to_list() == [100, 200, 300, 310, 320]
    assert points["tokens"].to_list() == [150] * 5
    assert points["n"].to_list() == [1] * 5
    obeyed = dict(tables.outcomes.filter(problem_id="a").select("setting", "obeyed").rows())
    assert obeyed == {
        "budget=100": 1,
        "budget=200": 1,
        "budget=auto": None,
        "waits=1": None,
        "waits=2": None,
    }


def test_a_response_beyond_its_budget_does_not_obey(tmp_path):
    samples = forced([100])
    samples[0]["thinking"] = 101
    outcomes = tables_of(tmp_path, samples, method="forcing").outcomes
    assert outcomes["obeyed"].to_list() == [0.5, 1]


def test_forcing_along_budgets_or_waits(tmp_path):
    samples = forced([100, None], (0, 2))
    names = {
        along: tables_of(tmp_path, samples, method="forcing", along=along).points["setting"]
        for along in ("all", "budgets", "waits")
    }
    assert names["budgets"].to_list() == ["budget=100", "budget=auto"]
    assert names["waits"].to_list() == ["waits=0", "waits=2"]
    assert names["all"].to_list() == [
        "budget=100",
        "budget=100,waits=2",
        "budget=auto",
        "budget=auto,waits=2",
    ]


def test_recorded_budgets_without_waits_are_forced_too(tmp_path):
    points = tables_of(tmp_path, forced([100, 200], (0,)), method="forcing").points
    samples = [sample | {"waits": None} for sample in forced([100, 200])]
    recorded = tables_of(tmp_path, samples, method="forcing").points
    assert recorded["setting"].to_list() == points["setting"].to_list()
    assert recorded["waits"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("samples", "curve", "message"),
    [
        (samples_of("a", ["1"]), {"method": "forcing"}, "a budget or waits; none has either"),
        (
            [*forced([100], asked=8), *forced([100], asked=16)],
            {"method": "forcing"},
            r"several values of \(asked, effort\).*a forcing curve takes one",
        ),
        (forced([100], (1,)), {"method": "forcing", "along": "budgets"}, "all have some"),
        (samples_of("a", ["1"]), {"method": "control"}, "asked for a length, or classes"),
        (forced([100, 200], asked=8), {"method": "control"}, "one at each asked length"),
        (samples_of("a", ["1"]), {"method": "revision"}, "a number of revisions in waits"),
        (
            [*samples_of("a", ["1"], waits=0), *samples_of("a", ["1", "1"], waits=1)],
            {"method": "revision"},
            r"1 samples lack some of the attempts 0 to 1.*'a', 'plain', 1, 1",
        ),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, samples, curve, message):
    with pytest.raises(CurveError, match=message):
        tables_of(tmp_path, samples, **curve)


def test_control_holds_each_response_to_what_was_asked(tmp_path):
    samples = [
        *samples_of("a", ["1", "2"], asked=16, thinking=1600),
        *samples_of("b", ["1", "1"], asked=16, thinking=1601),
        *samples_of("a", ["1", "1"], asked=2, thinking=100),
        *samples_of("b", ["1", "1"], asked=2, thinking=150),
    ]
    tables = tables_of(tmp_path, samples, method="control", limit_per_asked=100)
    assert tables.points["setting"].to_list() == ["asked=2", "asked=16"]
    assert tables.points["accuracy"].to_list() == [1, 0.75]
    assert tables.points["thinking_tokens"].to_list() == [125, 1600.5]
    assert tables.outcomes["obeyed"].to_list() == [1, 1, 1, 0]
    free = tables_of(tmp_path, samples, method="control", limit_per_asked=None)
    assert free.outcomes["obeyed"].null_count() == 4


def test_classes_are_held_to_what_the_neutral_wording_makes_of_the_problem(tmp_path):
    samples = []
    for problem, neutral in (("a", 100), ("b", 1000)):
        samples += samples_of(problem, ["1"], wording="none", thinking=neutral)
        samples += samples_of(problem, ["1"], wording="short", thinking=200)
        samples += samples_of(problem, ["2"], wording="long", thinking=1000)
    curve = {"method": "control", "classes": {"short": "below", "long": "above"}, "neutral": "none"}
    tables = tables_of(tmp_path, samples, **curve)
    assert tables.points["setting"].to_list() == ["class=short", "class=long", "class=none"]
    assert tables.points["accuracy"].to_list() == [1, 0, 1]
    # 200 is above what "a" takes unasked; 1000 is not above what "b" takes.
    assert tables.outcomes["obeyed"].to_list() == [0, 1, 1, 0, None, None]
    with pytest.raises(CurveError, match=r"no sample has the wordings \['long'\]"):
        tables_of(tmp_path, [s for s in samples if s["wording"] != "long"], **curve)


def test_revisions_cost_all_attempts_so_far(tmp_path):
    samples = [
        *samples_of("a", ["2", "2"], waits=0, thinking=50),
        *samples_of("a", ["1", "2"], waits=1, thinking=60, tokens=1000, prompt_flops=3000.0),
        *samples_of("a", ["1", "1"], waits=2, thinking=70, tokens=10, usd=None),
    ]
    points = tables_of(tmp_path, samples, method="revision").points
    assert points["setting"].to_list() == ["revisions=0", "revisions=1", "revisions=2"]
    assert points["waits"].to_list() == [0, 1, 2]
    assert points["accuracy"].to_list() == [0, 0.5, 1]
    assert points["tokens"].to_list() == [150, 1150, 1160]
    assert points["serial_tokens"].to_list() == [150, 1150, 1160]
    assert points["thinking_tokens"].to_list() == [50, 110, 180]
    prompts = [1000, 4000, 5000]
    flops = [prompt + 7 * tokens for prompt, tokens in zip(prompts, [150, 1150, 1160], strict=True)]
    assert points["flops"].to_list() == pytest.approx(flops)
    assert points["usd"].to_list() == [0.5, 1.0, None]
