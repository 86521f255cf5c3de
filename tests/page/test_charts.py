"""The figures of the page: what is drawn, and what hands and keys do with it."""

import re

import pytest

from scripts.lib.curves.tables import Point
from scripts.lib.tableio import read_table
from tests.page.conftest import until

FIGURE = "#figure-plain"


@pytest.fixture
def panel(opened, micro_page):
    """The first panel of votes and the oracle, drawn."""
    page = opened(micro_page)
    page.locator(FIGURE).scroll_into_view_if_needed()
    found = page.locator(f"{FIGURE} .panel").first
    found.locator("polyline").first.wait_for()
    return found


def tip(panel) -> str:
    return panel.locator(".tip").inner_text()


def test_every_curve_is_drawn_with_its_points(panel, micro_page):
    assert panel.locator("polyline").count() == 3
    votes = read_table(Point, micro_page.parent / "curves/vote_base_plain.csv")
    assert votes.height == 48
    names = [one.strip() for one in panel.locator(".legend li").all_inner_texts()]
    assert names == ["majority vote", "pass@k (perfect verifier)", "finished and right within T"]
    points = panel.locator("polyline").first.get_attribute("points").split()
    assert len(points) == votes.height


def test_hovering_shows_the_numbers_of_the_nearest_point(panel, micro_page):
    box = panel.locator("svg[role=application]").bounding_box()
    oracle = panel.locator("polyline").nth(1).get_attribute("points").split()
    x, y = map(float, oracle[-1].split(","))
    panel.page.mouse.move(box["x"] + x + 2, box["y"] + y + 2)
    told = tip(panel)
    points = read_table(Point, micro_page.parent / "curves/oracle_base_plain.csv")
    last = points.sort("tokens").row(-1, named=True)
    assert "pass@k (perfect verifier)" in told
    assert f"{100 * last['accuracy']:.1f} %" in told
    low, high = (f"{100 * last[name]:.1f}" for name in ("low", "high"))
    assert f"{low} to {high} %" in told
    assert re.search(rf"samples \(n\)\s*{last['n']}\b", told)
    assert re.search(r"dollars / problem\s*unknown", told), "a model made here has no price"
    panel.page.mouse.move(box["x"] - 5, box["y"] - 5)
    assert panel.locator(".tip").is_hidden()


def test_the_axis_can_be_another_and_its_scale_too(panel):
    axis = panel.get_by_label("x axis", exact=True)
    offered = axis.locator("option").all_inner_texts()
    assert offered[0] == "generated tokens per problem"
    assert not [text for text in offered if "dollars" in text], "nobody knows a price"
    before = panel.locator("polyline").first.get_attribute("points")
    axis.select_option("serial_tokens")
    assert panel.locator("polyline").first.get_attribute("points") != before
    assert "serial" in panel.locator("text.name").first.text_content()
    axis.select_option("tokens")
    panel.get_by_role("button", name="linear").click()
    linear = panel.locator("polyline").first.get_attribute("points")
    assert linear != before
    labels = panel.locator(".axes text").all_text_contents()
    assert "0" in labels
    panel.get_by_role("button", name="log", exact=True).click()
    assert panel.locator("polyline").first.get_attribute("points") == before


def test_series_can_be_hidden_and_come_back(panel):
    vote = panel.get_by_role("button", name="majority vote")
    assert vote.get_attribute("aria-pressed") == "true"
    vote.click()
    assert panel.locator("polyline").count() == 2
    assert vote.get_attribute("aria-pressed") == "false"
    vote.press("Enter")
    assert panel.locator("polyline").count() == 3
    assert panel.page.evaluate("document.activeElement.textContent") == "majority vote"


def test_keys_go_from_point_to_point(panel):
    chart = panel.locator("svg[role=application]")
    chart.focus()
    chart.press("ArrowRight")
    first = tip(panel)
    assert first.startswith("majority vote")
    assert "majority vote" in panel.page.locator("#announce").inner_text()
    chart.press("End")
    assert tip(panel) != first
    assert re.search(r"samples \(n\)\s*48\b", tip(panel))
    chart.press("ArrowDown")
    assert tip(panel).startswith("pass@k")
    chart.press("Home")
    chart.press("ArrowUp")
    assert tip(panel) == first
    chart.press("Escape")
    assert panel.locator(".tip").is_hidden()


def test_the_numbers_can_be_read_as_a_table(panel):
    panel.get_by_text("Numbers").click()
    rows = panel.locator(".numbers tbody tr")
    oracle = len(panel.locator("polyline").nth(1).get_attribute("points").split())
    until(lambda: rows.count() == 48 + oracle + 4)


def test_figures_of_other_kinds_are_shown_as_drawn(opened, micro_page):
    page = opened(micro_page)
    image = page.locator("#figure-verifiers img")
    image.scroll_into_view_if_needed()
    until(lambda: image.evaluate("one => one.naturalWidth") > 100)
    assert page.locator("#figure-verifiers .panel").count() == 0
    page.locator(f"{FIGURE} summary", has_text="As drawn").click()
    drawn = page.locator(f"{FIGURE} .drawn img")
    until(lambda: drawn.evaluate("one => one.naturalWidth") > 100)
